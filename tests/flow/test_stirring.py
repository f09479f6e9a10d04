"""Leaving out whom a look cannot change anything for never changes an answer."""

import random
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from app import casebook, pipeline, previewing, standing
from app.absences.store import lock_employees
from app.casebook import tenant_today
from app.stirring import stirred
from tests.kit import FIVE, Employer, Service, event

TODAY = date(2026, 3, 2)


@pytest.fixture
def employer(service: Service) -> Employer:
    return service.employer("manual", live_from="2026-01-01")


def everything(employer: Employer) -> list[tuple[Any, ...]]:
    """What a look decides: flags by employee and day, and when to look again."""
    asked = (
        "SELECT e.number, f.state, f.on FROM flags f JOIN employees e"
        " ON e.employee_id = f.employee_id AND e.tenant_id = f.tenant_id"
        " WHERE f.tenant_id = :t ORDER BY 1, 3, 2",
        "SELECT number, due_on FROM employees WHERE tenant_id = :t ORDER BY 1",
    )
    with employer.service.ctx.database.read() as conn:
        quoted = [q.replace("f.on", 'f."on"') for q in asked]
        return [
            tuple(row) for q in quoted for row in conn.execute(text(q), {"t": employer.tenant_id})
        ]


def parted(employer: Employer) -> tuple[set[str], set[str]]:
    """The numbers of those for whom a look may change something, and of the others."""
    with employer.service.ctx.database.read() as conn:
        tenant = tenant_today(conn, employer.tenant_id, employer.service.clock.now())
        rows = conn.execute(
            text("SELECT employee_id FROM employees WHERE tenant_id = :t"),
            {"t": employer.tenant_id},
        )
        locked = lock_employees(conn, employer.tenant_id, [row.employee_id for row in rows])
        both = stirred(conn, tenant, locked)
        return {e.number for e in both[0]}, {e.number for e in both[1]}


def history(dice: random.Random, number: str) -> list[dict[str, Any]]:
    """Absences over three years, some ongoing, ahead, cancelled or of another kind."""
    said = []
    for place in range(dice.randint(1, 14)):
        first = TODAY - timedelta(days=dice.randint(-20, 600))
        last = first + timedelta(days=dice.choice((0, 0, 1, 2, 5, 40)))
        more: dict[str, Any] = {"last_day": last.isoformat(), "kind": "sickness"}
        if dice.random() < 0.1:
            more["last_day"] = None
        if dice.random() < 0.1:
            more["kind"] = "other"
        name = f"{number}-{place}"
        told = event(first.isoformat(), employee=number, absence=name, occurred_on="2026-03-02")
        said.append(told | more)
        if dice.random() < 0.1:
            over = event("2026-03-02", employee=number, absence=name, type="absence.cancelled")
            said.append({k: v for k, v in over.items() if k not in ("first_day", "last_day")})
    return said


def silence(employer: Employer) -> None:
    """The rule is silent for a while, and longer in a unit where every third employee is."""
    people = [{"employee": f"{n}", "unit": "silent"} for n in range(0, 120, 3)]
    employer.ok("PUT", "/v1/employees", people)
    said = {"first_day": "2026-02-10", "reason": "other", "decided_by": "HR 7"}
    [rule] = employer.items("/v1/rules")
    for named in (
        {"rule_id": rule["id"], "last_day": "2026-02-20"},
        {"rule_id": rule["id"], "last_day": "2026-03-20"},
        {"unit": "silent", "last_day": "2026-03-10"},
    ):
        employer.ok("POST", "/v1/silences", said | named)


@pytest.mark.parametrize(("seed", "silent"), [(1, False), (2, False), (3, True)])
def test_never_changes_what_is_decided(
    service: Service, monkeypatch: pytest.MonkeyPatch, seed: int, silent: bool
) -> None:
    dice = random.Random(seed)
    said = [one for n in range(120) for one in history(dice, f"{n}")]
    found = []
    for worth_asking in (1, 10**9):
        monkeypatch.setattr(pipeline, "WORTH_ASKING", worth_asking)
        employer = service.employer("manual", live_from="2026-01-01")
        if silent:
            silence(employer)
        for start in range(0, len(said), 1000):
            employer.batch(*said[start : start + 1000])
        found.append(everything(employer))
    assert found[0] == found[1]
    assert any(len(row) == 3 for row in found[0]), "nobody was flagged: nothing is tested"


def test_leaves_out_whom_no_rule_may_act_on(employer: Employer) -> None:
    employer.post(event("2025-06-02", employee="quiet"))
    employer.post(event("2026-01-02", employee="once since then"))
    employer.post(event("2026-03-02", employee="ongoing", last_day=...))
    employer.post(event("2026-03-10", employee="ahead", occurred_on="2026-03-02"))
    assert parted(employer) == ({"ongoing", "ahead"}, {"quiet", "once since then"})


def test_never_leaves_out_who_has_a_flag(employer: Employer, service: Service) -> None:
    employer.post(*(event(day, employee="flagged") for day in FIVE))
    service.set_day("2028-03-02")
    assert parted(employer) == ({"flagged"}, set())


def test_looks_at_whom_a_rule_put_in_force_acts_on(service: Service) -> None:
    """Nobody has a flag yet: of three, one has a trigger the new rule may act on."""
    employer = service.employer("manual", preset=None)
    employer.post(*(event(day, employee="five times") for day in FIVE))
    employer.post(*(event(day, employee="long ago") for day in BEFORE))
    employer.post(*(event(day, employee="twice") for day in FIVE[-2:]))
    employer.rule(ORUST, live_from="2026-02-01")
    assert parted(employer) == ({"five times"}, {"long ago", "twice"})
    service.tick()
    flagged = [row[0] for row in everything(employer) if len(row) == 3]
    assert flagged == ["five times"]


BEFORE = ("2024-09-02", "2024-10-07", "2024-11-18", "2025-01-13", "2025-03-03", "2026-02-16")
ORUST = {
    "id": "five",
    "when": {"measure": "episodes", "window": {"months": 12}, "op": "at_least", "value": 5},
    "action": "refer",
}


@pytest.mark.parametrize("many", [1, 10**9])
def test_standing_is_the_same_looked_at_all_or_some(
    service: Service, monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    """Also of somebody whose two employments only together are above the limit."""
    monkeypatch.setattr(standing, "MANY", many)
    employer = service.employer("manual", preset=None)
    employer.post(*(event(day, employee="above") for day in FIVE))
    employer.post(*(event(day, employee="below") for day in FIVE[1:]))
    employer.post(*(event(day, employee="first") for day in FIVE[::2]))
    employer.post(*(event(day, employee="second") for day in FIVE[1::2]))
    employer.post(event("2026-02-20", employee="healthy"))
    found = employer.ok("POST", "/v1/employees/search", {"limit": 200})["items"]
    numbers = {one["employee"]: one["id"] for one in found}
    employer.ok("POST", f"/v1/employees/{numbers['first']}/join", {"with": numbers["second"]})
    rule = employer.rule(ORUST)
    above = employer.items(f"/v1/rules/{rule}/standing")
    assert [one["on"] for one in above] == ["2026-03-02", "2026-03-02"]


@pytest.mark.parametrize("live_from", ["2026-01-05", "2026-02-15", "2026-05-01"])
def test_preview_is_the_same_with_all_looked_at_or_some(
    service: Service, monkeypatch: pytest.MonkeyPatch, live_from: str
) -> None:
    """Of a ladder, also with a person of two employments, and with people left out."""
    dice = random.Random(5)
    employer = service.employer("manual", preset=None)
    said = [one for n in range(60) for one in history(dice, f"{n}")]
    employer.batch(*said[:900])
    employer.post(*(event(day, employee=f"half-{n % 2}") for n, day in enumerate(FIVE)))
    found = employer.ok("POST", "/v1/employees/search", {"limit": 200})["items"]
    numbers = {one["employee"]: one["id"] for one in found}
    employer.ok("POST", f"/v1/employees/{numbers['half-0']}/join", {"with": numbers["half-1"]})
    when = {"measure": "episodes", "window": {"months": 12}, "op": "at_least"}
    rungs = [{"when": when | {"value": value}, "action": "notify"} for value in (3, 5)]
    ladder = employer.ok("POST", "/v1/rules", {"id": "steps", "rungs": rungs})
    opened: list[int] = []
    cases = casebook.open_cases

    def counting(conn: Any, tenant_id: str, employees: Any, besides: Any) -> Any:
        opened.append(len(employees))
        return cases(conn, tenant_id, employees, besides)

    monkeypatch.setattr(previewing, "open_cases", counting)
    told = []
    for many in (10**9, 1):
        monkeypatch.setattr(previewing, "MANY", many)
        body = {"version": 1, "live_from": live_from}
        told.append(employer.ok("POST", f"/v1/rules/{ladder['id']}/activate/preview", body))
    assert told[0] == told[1]
    assert told[0]["rungs"][0]["standing"] or told[0]["rungs"][0]["flagged"]
    [everybody, concerned] = opened
    assert 0 < concerned < everybody
