"""Signals of units: one that has risen is told of once, with what it rests on, and of nobody in it.

Four units of twenty. In each twelve people have one short episode a winter; in the north it is
three each in the winter of 2026. What chance would do is worked out in tests/unit/signals.
"""

import csv
import io
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import pytest
from lxml import etree
from sqlalchemy import func, select

from app.delivery.tables import Message
from app.ops.jobs import tell_of_unit_signals
from app.signals.tables import SignalMonth, UnitSignal
from tests.flow.case import at_once
from tests.flow.telling import KIM, manager, put_unit
from tests.kit import Employer, Service, event
from tests.mailbox import Mailbox
from tests.receiver import Receiver

REPORT = "/v1/reports/units"
UNITS = ("north", "south", "east", "west")
DUE = "2026-04-21"
"""The first day on which March 2026 is judged."""
RISEN = ("2026-01-12", "2026-02-10", "2026-03-10")
NUMBERS = {
    "employed": 20,
    "employed_days": 20 * 90,
    "episodes": 36,
    "own": {
        "years": 1,
        "expected": 12.0,
        "ratio": 3.0,
        "low": 1.31,
        "high": 7.67,
        "p": 0.0033,
    },
    "others": {
        "units": 3,
        "expected": 12.0,
        "ratio": 3.0,
        "low": 1.64,
        "high": 5.49,
        "p": 0.00015,
    },
    "swing": 0.04,
    "q": 0.013,
    "suppressed": None,
}
"""36 of 48 in half of the days, 36 of 72 in a quarter, 1.48 for one: areas, worked out apart."""


def employ(employer: Employer, unit: str, count: int = 20, **more: Any) -> list[str]:
    numbers = [f"{unit}-{n}" for n in range(count)]
    since = {"employment": [{"first_day": "2020-01-01"}]} | more
    employer.ok("PUT", "/v1/employees", [{"employee": n, "unit": unit} | since for n in numbers])
    return numbers


def ill(employer: Employer, numbers: Iterable[str], *days: str) -> list[dict[str, Any]]:
    events = [event(day, employee=number) for day in days for number in numbers]
    for start in range(0, len(events), 500):
        answers = employer.batch(*events[start : start + 500])
        assert {one["status"] for one in answers} == {"created"}
    return events


def winters(employer: Employer, unit: str, *days: str, count: int = 20, **more: Any) -> list[str]:
    """A unit of which all is known since 2024, and its winter of 2026 (first days)."""
    numbers = employ(employer, unit, count, **more)
    ill(employer, numbers[:12], "2024-11-04", "2025-02-10", *days)
    return numbers


def municipality(service: Service, **settings: Any) -> Employer:
    service.set_day("2026-04-20")
    employer = service.employer(preset=None, **settings)
    winters(employer, "north", *RISEN)
    for unit in UNITS[1:]:
        winters(employer, unit, "2026-02-10")
    return employer


def told(employer: Employer) -> list[Any]:
    with employer.service.ctx.database.read() as conn:
        rows = conn.execute(
            select(Message.type, Message.data, Message.provider_id)
            .where(Message.tenant_id == employer.tenant_id)
            .order_by(Message.message_id)
        ).all()
    assert {(row.type, row.provider_id) for row in rows} <= {("unit.signal", None)}
    return [row.data for row in rows]


def signalled(employer: Employer) -> list[tuple[str, str]]:
    return [(one["month"], one["unit"]) for one in told(employer)]


def tick_on(service: Service, *days: str) -> None:
    for day in days:
        service.set_day(day)
        service.tick()


def states(employer: Employer, month: str | None = None) -> dict[str, tuple[str, str | None]]:
    asked = f"{REPORT}?month={month}" if month else REPORT
    return {u["unit"]: (u["state"], u["reason"]) for u in employer.ok("GET", asked)["units"]}


def kept(employer: Employer) -> list[int]:
    with employer.service.ctx.database.read() as conn:
        rows = conn.scalars(
            select(SignalMonth.month).where(SignalMonth.tenant_id == employer.tenant_id)
        )
        return sorted(rows)


class TestSignal:
    def test_is_told_once_when_the_month_is_over_and_late_reports_have_come(self, service: Service):
        employer = municipality(service)
        tick_on(service, "2026-04-20")
        assert signalled(employer) == []
        tick_on(service, DUE, DUE, "2026-04-22", "2026-05-20")
        assert told(employer) == [
            {
                "unit": "north",
                "month": "2026-03",
                "from": "2026-01-01",
                "to": "2026-03-31",
                "false_discoveries": 0.1,
                **NUMBERS,
                "link": "/v1/reports/units?month=2026-03",
            }
        ]

    def test_goes_out_signed_to_the_employer_and_to_no_provider(self, service: Service):
        employer = municipality(service)
        with Receiver() as own, Receiver() as theirs, Receiver() as others:
            secret = employer.endpoint(own.url, types=["unit.signal"])["secret"]
            employer.endpoint(theirs.url, provider_id=employer.provider())
            employer.endpoint(others.url, types=["flag.raised"])
            tick_on(service, DUE)
            service.deliver()
            [request] = own.wait_for(1)
            body = request.verify_at(service.clock.now(), secret)
            assert (theirs.requests, others.requests) == ([], [])
        assert body["type"] == "unit.signal"
        assert body["data"]["episodes"] == 36
        assert not any(number in str(body) for number in ("north-1", "emp_"))

    def test_is_small_whatever_the_unit_is_called(self, service: Service):
        service.set_day("2026-04-20")
        employer = service.employer(preset=None)
        name = "\N{SNOWMAN}" * 200
        numbers = employ(employer, name, 0) or [f"n-{n}" for n in range(20)]
        since = {"unit": name, "employment": [{"first_day": "2020-01-01"}]}
        employer.ok("PUT", "/v1/employees", [{"employee": n} | since for n in numbers])
        ill(employer, numbers[:12], "2024-11-04", "2025-02-10", *RISEN)
        for unit in UNITS[1:]:
            winters(employer, unit, "2026-02-10")
        with Receiver() as own:
            employer.endpoint(own.url)
            tick_on(service, DUE)
            service.deliver()
            [request] = own.wait_for(1)
            assert name in request.body.decode()
            assert len(request.body) < 4096

    def test_is_told_by_one_of_two_that_look_at_once(self, service: Service):
        employer = municipality(service)
        service.set_day(DUE)
        at_once(*[lambda: tell_of_unit_signals(service.ctx)] * 3)
        assert signalled(employer) == [("2026-03", "north")]

    def test_of_two_employers_is_each_ones_own(self, service: Service):
        employer = municipality(service)
        other = service.employer(preset=None)
        for unit in UNITS:
            winters(other, unit, "2026-02-10")
        tick_on(service, DUE)
        assert signalled(employer) == [("2026-03", "north")]
        assert signalled(other) == []
        assert {state for state, _ in states(other).values()} == {"none"}

    def test_stays_as_it_was_told_when_reports_are_corrected(self, service: Service):
        employer = municipality(service)
        tick_on(service, DUE)
        before = employer.ok("GET", REPORT)
        for day in RISEN:
            for n in range(12):
                cancelled = event(day, employee=f"north-{n}", type="absence.cancelled")
                said = {k: v for k, v in cancelled.items() if k not in ("first_day", "last_day")}
                employer.post(said | {"occurred_at": "2026-04-20T12:00:00+02:00"})
        tick_on(service, "2026-04-22", "2026-05-20")
        assert employer.ok("GET", f"{REPORT}?month=2026-03") == before
        assert signalled(employer) == [("2026-03", "north")]

    def test_tells_whoever_leads_the_unit_that_something_waits_and_no_more(self, service: Service):
        employer = municipality(service)
        put_unit(employer, "north", manager(KIM))
        put_unit(employer, "south", manager("robin@kommun.example", "9002"))
        tick_on(service, DUE)
        with Mailbox() as mailbox:
            assert service.mail(mailbox) == 1
            [mail] = mailbox.take()
        assert mail.to == (KIM,)
        assert "north" not in mail.text
        assert "36" not in mail.text


class TestQuarter:
    def test_has_one_signal_of_a_unit(self, service: Service):
        """High for half a year: told in March and in June, not of the months between."""
        employer = municipality(service)
        spring = ("2026-04-13", "2026-05-11", "2026-06-09")
        ill(employer, [f"north-{n}" for n in range(12)], "2025-05-12")
        for unit in UNITS[1:]:
            ill(employer, [f"{unit}-{n}" for n in range(12)], "2025-05-12")
        tick_on(service, DUE)
        service.set_day("2026-06-10")
        ill(employer, [f"north-{n}" for n in range(12)], *spring)
        for unit in UNITS[1:]:
            ill(employer, [f"{unit}-{n}" for n in range(12)], "2026-05-12")
        tick_on(service, "2026-05-21", "2026-06-21", "2026-07-20")
        assert states(employer, "2026-05")["north"] == ("not_judged", "told_before")
        assert signalled(employer) == [("2026-03", "north")]
        tick_on(service, "2026-07-21", "2026-08-21")
        assert signalled(employer) == [("2026-03", "north"), ("2026-06", "north")]


class TestDowntime:
    def test_of_a_day_or_a_month_loses_nothing(self, service: Service):
        employer = municipality(service)
        tick_on(service, "2026-05-20")
        assert signalled(employer) == [("2026-03", "north")]

    def test_of_months_brings_no_flood(self, service: Service):
        """Half a year later the latest month is judged, in which nothing has risen."""
        employer = municipality(service)
        tick_on(service, "2026-03-22", "2026-11-29", "2026-11-30")
        assert signalled(employer) == []
        first, *others = kept(employer)
        assert others == [first + 8]
        missed = employer.ok("GET", f"{REPORT}?month=2026-03")
        assert (missed["judged_at"], missed["units"]) == (None, [])

    def test_that_ended_in_an_error_tells_it_the_next_time(
        self, service: Service, monkeypatch: pytest.MonkeyPatch
    ):
        employer = municipality(service)
        other = service.employer(preset=None)

        def fails(conn: Any, tenant_id: str, *_: Any) -> None:
            if tenant_id == employer.tenant_id:
                raise RuntimeError

        with monkeypatch.context() as broken:
            broken.setattr("app.decisions.signals.tell", fails)
            tick_on(service, DUE)
        assert (kept(employer), signalled(employer)) == ([], [])
        assert len(kept(other)) == 1
        tick_on(service, DUE)
        assert signalled(employer) == [("2026-03", "north")]


class TestWhoCounts:
    def test_nine_employees_never_have_a_signal(self, service: Service):
        service.set_day("2026-04-20")
        employer = service.employer(preset=None)
        few = employ(employer, "few", 9)
        days = [(date(2026, 1, 5) + timedelta(days=7 * n)).isoformat() for n in range(12)]
        ill(employer, few, *days)
        for unit in UNITS:
            winters(employer, unit, "2026-02-10")
        tick_on(service, DUE, "2026-05-21", "2026-06-21")
        assert signalled(employer) == []
        assert states(employer, "2026-03")["few"] == ("not_judged", "fewer_than_ten")

    def test_somebody_with_two_employments_counts_once(self, service: Service):
        """Who is employed twice, and reported ill twice, is one person who was ill once."""
        employer = municipality(service)
        for n in range(20):
            since = [{"first_day": "2020-01-01"}]
            twice = {"employee": f"twice-{n}", "unit": "south", "employment": since}
            second = employer.ok("PUT", "/v1/employees", twice)["id"]
            found = {"employee": f"north-{n}"}
            [first] = employer.ok("POST", "/v1/employees/search", found)["items"]
            employer.ok("POST", f"/v1/employees/{first['id']}/join", {"with": second})
        ill(employer, [f"twice-{n}" for n in range(12)], *RISEN, "2025-02-10", "2024-11-04")
        tick_on(service, DUE)
        [one] = told(employer)
        assert one == one | NUMBERS

    def test_long_illness_and_other_absence_do_not(self, service: Service):
        employer = municipality(service)
        child = [event("2026-02-03", employee=f"west-{n}", kind="other") for n in range(20)]
        long = [event("2026-01-07", employee=f"west-{n}", last_day="2026-01-21") for n in range(12)]
        assert {one["status"] for one in employer.batch(*child, *long)} == {"created"}
        tick_on(service, DUE)
        assert signalled(employer) == [("2026-03", "north")]
        assert states(employer)["west"] == ("none", None)

    def test_is_not_known_without_employment(self, service: Service):
        """Whoever is only heard of when ill says nothing of how many are well."""
        service.set_day("2026-04-20")
        employer = service.employer(preset=None)
        winters(employer, "north", *RISEN, employment=[])
        for unit in UNITS[1:]:
            winters(employer, unit, "2026-02-10")
        tick_on(service, DUE)
        assert signalled(employer) == []
        assert states(employer)["north"] == ("not_judged", "employment_not_known")

    def test_years_before_reports_came_in_are_no_years_of_health(self, service: Service):
        service.set_day("2026-04-20")
        employer = service.employer(preset=None)
        for unit in UNITS:
            numbers = employ(employer, unit)
            ill(employer, numbers[:12], *(RISEN if unit == "north" else RISEN[:1]))
        tick_on(service, DUE)
        assert set(states(employer).values()) == {("not_judged", "no_earlier_year")}


class TestReport:
    def test_is_of_the_last_month_judged(self, service: Service):
        employer = municipality(service)
        report = employer.ok("GET", REPORT)
        assert (report["month"], report["judged_at"], report["units"]) == ("2026-02", None, [])
        tick_on(service, DUE)
        report = employer.ok("GET", REPORT)
        assert (report["month"], report["from"], report["to"]) == (
            "2026-03",
            "2026-01-01",
            "2026-03-31",
        )
        assert report["judged_at"] == "2026-04-21T10:00:00Z"
        found = {row["unit"]: row for row in report["units"]}
        assert list(found) == sorted(UNITS)
        assert found["north"] == {
            "unit": "north",
            "state": "signal",
            "reason": None,
            "figures": NUMBERS,
            "dialogue": None,
        }
        assert found["south"]["figures"] is None

    def test_tells_of_the_dialogue_that_followed(self, service: Service):
        """The work group's dialogue (APT) is an activity of its own; an earlier one is not it."""
        employer = municipality(service)
        plan = {"kind": "dialogue", "topic": "work_environment", "audience": "work_group"}

        def planned(on: str, **more: Any) -> str:
            body = plan | {"unit": "north", "planned_on": on} | more
            return str(employer.ok("POST", "/v1/activities", body)["id"])

        planned("2026-04-02")
        tick_on(service, DUE)
        planned("2026-05-04", unit="south")
        planned("2026-05-05", kind="training")
        employer.ok("POST", f"/v1/activities/{planned('2026-05-06')}/cancel", {})
        planned("2026-06-09")
        first = planned("2026-05-07")
        [row] = employer.ok("GET", f"{REPORT}?unit=north")["units"]
        assert row["dialogue"] == {"id": first, "state": "planned", "on": "2026-05-07"}
        service.set_day("2026-05-11")
        held = {"held_on": "2026-05-08", "attended": 17}
        employer.ok("POST", f"/v1/activities/{first}/hold", held)
        [row] = employer.ok("GET", f"{REPORT}?unit=north&month=2026-03")["units"]
        assert row["dialogue"] == {"id": first, "state": "held", "on": "2026-05-08"}

    def test_refuses_what_there_is_not(self, service: Service):
        employer = municipality(service)
        tick_on(service, DUE)
        employer.refused(404, "GET", f"{REPORT}?unit=nowhere")
        problem = employer.refused(422, "GET", f"{REPORT}?month=2026-04")
        assert problem["errors"][0]["code"] == "month_not_over"
        employer.key_for("events:write").refused(403, "GET", REPORT)

    def test_is_a_file_and_a_drawing(self, service: Service):
        employer = municipality(service)
        tick_on(service, DUE)
        answer = employer("GET", f"{REPORT}?format=csv&language=en")
        assert answer.headers["content-disposition"] == 'attachment; filename="units-2026-03.csv"'
        rows = {row["unit"]: row for row in csv.DictReader(io.StringIO(answer.text))}
        assert (rows["north"]["episodes"], rows["north"]["own_ratio"]) == ("36", "3.0")
        assert (rows["south"]["state"], rows["south"]["episodes"]) == ("none", "")
        swedish = employer("GET", f"{REPORT}?format=csv").content.decode("utf-8-sig")
        assert "3,0" in swedish
        drawn = employer("GET", f"{REPORT}?format=svg")
        assert drawn.headers["content-type"] == "image/svg+xml"
        said = "".join(etree.fromstring(drawn.content).itertext())
        assert "3,0 ggr egna år, 3,0 ggr andra" in said
        assert "säger inget om orsaker" in said

    def test_keeps_no_person(self, service: Service):
        employer = municipality(service)
        tick_on(service, DUE)
        with service.ctx.database.read() as conn:
            rows = conn.execute(select(UnitSignal.__table__)).all()
            assert conn.scalar(select(func.count()).select_from(SignalMonth)) == 1
        assert len(rows) == 4
        assert not any(mark in str(rows) for mark in ("emp_", "north-"))
        assert employer.ok("GET", "/v1/flags")["items"] == []
