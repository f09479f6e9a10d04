"""Four years of history of 200 employees at once: silence, and a list of who stands above."""

import io
import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from xml.sax.saxutils import quoteattr

import pytest
from holidays import country_holidays

from app.absences.tables import Employee as EmployeeRow
from app.ops.imports import Report, Task, import_file
from app.rules.presets import PRESETS
from tests.kit import STOCKHOLM, Employer, Service, event, settings_for
from tests.oracle.evaluation import evaluate_case
from tests.process import Site, wait_until
from tests.receiver import Receiver

ORUST = PRESETS["orust"].rules[0].to_json()
EMPLOYEES = 200
YEARS = 4
DAY = timedelta(days=1)
FRIDAY = 5
TODAY = date(2026, 3, 2)
Spell = tuple[date, date]
History = Mapping[str, Sequence[Spell]]


@cache
def history(through: date) -> History:
    """Made-up spells of 200 employees up to that day, a seventh of them ill again and again."""
    chance = random.Random(20260302)
    return {str(7000 + n): list(spells(chance, through, n)) for n in range(EMPLOYEES)}


def spells(chance: random.Random, through: date, number: int) -> Iterator[Spell]:
    """Mostly a day or two; seldom weeks. Gaps of a year or so, or of two months."""
    often = number % 7 == 0
    first = through - timedelta(days=YEARS * 365 - chance.randint(0, 200))
    while True:
        last = first + chance.choice([0, 0, 0, 1, 1, 2, 4, 20]) * DAY
        if last > through:
            return
        yield first, last
        over_weekend = last.isoweekday() == FRIDAY and chance.random() < 0.3
        first = last + (3 if over_weekend else chance.randint(2, 100 if often else 500)) * DAY


def as_ndjson(held: History) -> bytes:
    lines = (
        event(
            first.isoformat(),
            id=f"{employee}:{first}",
            employee=employee,
            absence=f"{employee}:{first}",
            last_day=last.isoformat(),
        )
        for employee, own in held.items()
        for first, last in own
    )
    return "\n".join(map(json.dumps, lines)).encode()


def as_paxml(held: History) -> bytes:
    """A payroll file: a day row for a single day, a range for more, and a row about leave."""
    rows = (
        f"<tidtrans anstid={quoteattr(n)}><tidkod>SJK</tidkod>{_days(first, last)}</tidtrans>"
        for n, own in held.items()
        for first, last in own
    )
    leave = '<tidtrans anstid="7000"><tidkod>SEM</tidkod><datum>2025-07-07</datum></tidtrans>'
    head = "<version>2.0</version><datum>2026-03-02T06:00:00</datum><foretagid>1</foretagid>"
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f"<paxml><header>{head}</header>"
        f"<tidtransaktioner>{''.join(rows)}{leave}</tidtransaktioner></paxml>"
    ).encode()


def _days(first: date, last: date) -> str:
    if first == last:
        return f"<datum>{first}</datum>"
    return f"<datumfrom>{first}</datumfrom><datumtom>{last}</datumtom><omfattning>100</omfattning>"


@cache
def standing_on(today: date) -> Mapping[str, str]:
    """Who is above the limit, and since which trigger day, by the tests' own count of days."""
    years = range(today.year - YEARS - 1, today.year + 1)
    off = country_holidays("SE", years=years, categories=("public", "de_facto"))
    found = {}
    for employee, own in history(today - DAY).items():
        if sum(today - first < 366 * DAY for first, _ in own) < 5:
            continue  # five episodes need five spells
        said = [json.loads(line) for line in as_ndjson({employee: own}).splitlines()]
        case = {
            "as_of": today.isoformat(),
            "policy": {"holidays": [day.isoformat() for day in off]},
            "events": said,
            "rules": [ORUST],
        }
        [judged] = evaluate_case(case)["rules"]
        if judged["holds"]:
            found[employee] = judged["triggers"][-1]["on"]
    return found


@dataclass
class Loaded:
    """An employer whose history has been loaded, and whatever was told of it."""

    employer: Employer
    receiver: Receiver
    report: Report
    again: Callable[[bytes], Report]

    @property
    def rule_id(self) -> str:
        [rule] = self.employer.items("/v1/rules")
        return str(rule["id"])

    def standing(self) -> dict[str, str]:
        found = self.employer.items(f"/v1/rules/{self.rule_id}/standing")
        numbers = numbers_of(self.employer)
        return {numbers[entry["employee_id"]]: entry["on"] for entry in found}

    def employee_id(self, number: str) -> str:
        found = self.employer.ok("POST", "/v1/employees/search", {"employee": number})
        return str(found["items"][0]["id"])


def numbers_of(employer: Employer) -> dict[str, str]:
    """Employment numbers by id."""
    with employer.service.ctx.database.read() as conn:
        rows = conn.execute(EmployeeRow.__table__.select())
        return {row.employee_id: row.number for row in rows}


@pytest.fixture(params=["ndjson", "paxml"])
def loaded(service: Service, request: pytest.FixtureRequest) -> Iterator[Loaded]:
    service.set_day(TODAY)
    held = history(TODAY - DAY)
    file = as_paxml(held) if request.param == "paxml" else as_ndjson(held)

    def take_in(after: bytes = b"") -> Report:
        task = Task(request.param, "payroll" if request.param == "paxml" else None, TODAY - DAY)
        return import_file(service.ctx, employer.tenant_id, io.BytesIO(file + after), task)

    with Receiver() as receiver:
        # Its rule may act on the last seven weeks; what keeps it silent is the import.
        employer = service.employer(live_from=(TODAY - 49 * DAY).isoformat())
        employer.endpoint(receiver.url, provider_id=employer.provider())
        employer.endpoint(receiver.url)
        yield Loaded(employer, receiver, take_in(), take_in)


def taken(report: Report) -> dict[str, int]:
    """The counts of what was taken in; a PAXml file has rows besides that are passed over."""
    return {name: count for name, count in report.counts.items() if name != "ignored"}


def test_a_loaded_history_is_silent_until_somebody_above_the_limit_is_ill_again(
    loaded: Loaded,
) -> None:
    employer, service = loaded.employer, loaded.employer.service
    rows = sum(map(len, history(TODAY - DAY).values()))
    assert taken(loaded.report) == {"rows": rows, "created": rows, "employees": 200, "flags": 0}
    service.tick()
    service.deliver()
    assert loaded.receiver.requests == []
    assert employer.messages() == []
    assert employer.items("/v1/flags") == []

    # Who is above the limit stands in the list, as counted by hand.
    above = dict(standing_on(TODAY))
    assert 10 < len(above) < 100
    assert loaded.standing() == above

    # The same file once more is known; and the same rows in another file change nothing.
    known = loaded.again(b"")
    assert (known.known, known.import_id) == (True, loaded.report.import_id)
    again = loaded.again(b"\n")
    assert taken(again) == {"rows": rows, "duplicate": rows, "employees": 200, "flags": 0}
    assert loaded.standing() == above
    assert employer.messages() == []

    # The next report of one of them refers; of one who is not, nothing follows.
    ill, named, well = rested(above)
    [answer] = employer.post(event(TODAY.isoformat(), employee=ill))
    [flag_id] = answer["flags"]
    assert employer.ok("GET", f"/v1/flags/{flag_id}")["state"] == "released"
    [nothing] = employer.post(event(TODAY.isoformat(), employee=well))
    assert nothing["flags"] == []
    assert employer.messages() == ["flag.raised", "referral.requested"]
    above.pop(ill)
    assert loaded.standing() == above

    # A person may flag one of the others, once, on the latest trigger day.
    path = f"/v1/rules/{loaded.rule_id}/standing/flag"
    asked = {"employee_ids": [loaded.employee_id(named)], "decided_by": "HR 7"}
    [flag_id] = employer.ok("POST", path, asked)["flags"]
    flag = employer.ok("GET", f"/v1/flags/{flag_id}")
    assert (flag["on"], flag["decided_by"]) == (above.pop(named), "HR 7")
    assert employer.ok("POST", path, asked) == {"flags": []}
    assert loaded.standing() == above
    service.tick()
    service.deliver()
    assert employer.messages() == ["flag.raised", "referral.requested"] * 2
    told = [json.loads(request.body)["type"] for request in loaded.receiver.requests]
    assert sorted(told) == ["flag.raised"] * 2 + ["referral.requested"] * 4


def rested(above: Mapping[str, str]) -> tuple[str, str, str]:
    """Two above the limit and one who was hardly ever ill, none of them ill these two weeks."""
    held = history(TODAY - DAY)
    quiet = TODAY - timedelta(days=14)
    fit = [number for number, own in held.items() if not own or own[-1][1] < quiet]
    ill, named = [number for number in fit if number in above][:2]
    lately = TODAY - timedelta(days=365)
    well = next(n for n in fit if sum(first > lately for first, _ in held[n]) < 3)
    return ill, named, well


def test_the_made_up_history_has_gaps_over_weekends_and_long_spells() -> None:
    held = history(TODAY - DAY)
    assert any((last - first).days > 14 for own in held.values() for first, last in own)
    joined = [
        (one[1], other[0])
        for own in held.values()
        for one, other in pairwise(own)
        if one[1].isoweekday() == FRIDAY and other[0] - one[1] == 3 * DAY
    ]
    assert joined


def test_a_flag_raised_by_a_person_under_manual_release_waits_for_release(
    service: Service,
) -> None:
    employer = service.employer(release="manual")
    days = ["2025-09-01", "2025-10-06", "2025-11-17", "2026-01-12", "2026-02-20"]
    file = io.BytesIO("\n".join(json.dumps(event(day)) for day in days).encode())
    import_file(service.ctx, employer.tenant_id, file, Task("ndjson", None, TODAY - DAY))
    [rule] = employer.items("/v1/rules")
    [entry] = employer.items(f"/v1/rules/{rule['id']}/standing")
    assert entry["on"] == "2026-02-20"
    asked = {"employee_ids": [entry["employee_id"]], "decided_by": "HR 7"}
    [flag_id] = employer.ok("POST", f"/v1/rules/{rule['id']}/standing/flag", asked)["flags"]
    assert employer.ok("GET", f"/v1/flags/{flag_id}")["state"] == "open"
    assert employer.messages() == ["flag.raised"]
    service.tick()
    employer.post(event(days[0], id="changes-nothing"))
    assert [flag["state"] for flag in employer.items("/v1/flags")] == ["open"]


@pytest.fixture
def beside(sqlite_url: str) -> Iterator[Employer]:
    """An employer created today, on a database that the command line works on as well."""
    with Service(settings_for(sqlite_url)) as service:
        service.set_now()
        yield service.employer()


def load_command(employer: Employer, file: Path, form: str, through: date) -> list[str]:
    named = ["--tenant", employer.tenant_id, "--format", form, "--source", "payroll"]
    return ["import", str(file), *named, "--history-through", through.isoformat()]


def standing_days(employer: Employer) -> list[str]:
    [rule] = employer.items("/v1/rules")
    return sorted(entry["on"] for entry in employer.items(f"/v1/rules/{rule['id']}/standing"))


def test_the_command_line_loads_both_formats_in_silence(
    beside: Employer, sqlite_url: str, tmp_path: Path
) -> None:
    today = beside.service.clock.now().astimezone(STOCKHOLM).date()
    with Site(sqlite_url, tmp_path) as site:
        for form, write, rest in (("ndjson", as_ndjson, 0), ("paxml", as_paxml, 1)):
            part = {n: own for n, own in history(today - DAY).items() if int(n) % 2 == rest}
            file = tmp_path / form
            file.write_bytes(write(part))
            report = site.cli(*load_command(beside, file, form, today - DAY))
            rows = sum(map(len, part.values()))
            assert (report["rows"], report["created"], report["flags"]) == (rows, rows, 0)
            assert report["errors"] == []
    assert standing_days(beside) == sorted(standing_on(today).values())
    assert beside.items("/v1/flags") == []
    assert beside.messages() == []


def test_an_import_that_was_killed_is_completed_by_running_it_again(
    beside: Employer, sqlite_url: str, tmp_path: Path
) -> None:
    today = beside.service.clock.now().astimezone(STOCKHOLM).date()
    file = tmp_path / "history.ndjson"
    file.write_bytes(as_ndjson(history(today - DAY)))
    load = load_command(beside, file, "ndjson", today - DAY)
    with Site(sqlite_url, tmp_path) as site:
        running = site.start(*load)
        wait_until(lambda: beside.ok("POST", "/v1/employees/search", {})["items"])
        running.kill()
        report = site.cli(*load)
    assert report["created"] == report["rows"] == sum(map(len, history(today - DAY).values()))
    assert report["employees"] == EMPLOYEES
    assert standing_days(beside) == sorted(standing_on(today).values())
    assert beside.items("/v1/flags") == []
