"""What rules cost beside the rest: of one event, and of looking at everybody again."""

import statistics
from datetime import UTC, date, datetime, timedelta
from time import process_time
from unittest.mock import patch

from sqlalchemy import select

from app.absences.store import lock_employees
from app.absences.tables import Employee
from app.casebook import judge, open_cases, tenant_today
from app.intake.event import Event, make_event
from app.keeping import store
from app.pipeline import look_again
from app.rules.presets import PRESETS
from app.rules.store import activate, add_rule
from app.stirring import WORTH_ASKING
from benchmarks.measure import Result, side_by_side
from benchmarks.places import Place, places

EVENTS = 300
EMPLOYEES = 30
"""Hence ten absences each in three years, as in the other benchmarks."""
QUIET = 1000


def run(_: bool) -> list[Result]:
    """Five active rules for employees with up to ten absences in two and a half years, SQLite."""
    stored, judged = [], []
    with places("sqlite") as [place]:
        _five_rules(place)
        for n in range(EVENTS):
            event = _event(n, employee=f"{n % EMPLOYEES}")
            begin = process_time()
            with place.ctx.database.write() as conn:
                store(conn, place.tenant_id, [event], place.ctx.now())
            middle = process_time()
            with place.ctx.database.read() as conn:
                tenant = tenant_today(conn, place.tenant_id, place.ctx.now())
                asked = select(Employee.employee_id).where(Employee.number == f"{n % EMPLOYEES}")
                mine = lock_employees(conn, place.tenant_id, list(conn.scalars(asked)))
                [case] = open_cases(conn, place.tenant_id, mine)
                before = process_time()
                judge(case, tenant)
                judged.append(process_time() - before)
            stored.append(middle - begin)
    halves = [statistics.median(side[len(side) // 2 :]) for side in (judged, stored)]
    details = {"judged_cpu_us": round(halves[0] * 1e6), "stored_cpu_us": round(halves[1] * 1e6)}
    name = "five rules for one employee, share of the CPU of storing the event"
    return [Result(name, halves[0] / halves[1], 0.25, "lower", details)]


def _five_rules(place: Place) -> None:
    """The preset of the place, and the ladder's four."""
    today = place.ctx.now().date()
    with place.ctx.database.write() as conn:
        for rule in PRESETS["ladder"].rules:
            rule_id = add_rule(conn, place.tenant_id, rule, place.ctx.now())
            activate(
                conn,
                place.tenant_id,
                rule_id,
                version=1,
                live_from=today,
                now=place.ctx.now(),
                by=None,
            )


def _event(n: int, employee: str, first: date | None = None) -> Event:
    first = first or date(2024, 1, 2) + timedelta(days=3 * n)
    return make_event(
        {
            "id": f"e{n}",
            "source": "hr",
            "type": "absence.reported",
            "occurred_at": datetime(2026, 1, 1, tzinfo=UTC),
            "employee": employee,
            "absence": f"a{n}",
            "first_day": first,
            "last_day": first,
        }
    )


def look(full: bool) -> list[Result]:
    """A thousand employees with two absences each this month, whom no rule has anything to say of.

    A rule has been put in force as of a month ago: asking of all at once, and looking at each.
    """
    count = QUIET * (5 if full else 1)
    with places("sqlite") as [place]:
        today = place.ctx.now().date()
        _five_rules(place)
        said = [
            _event(n, f"{n // 2}", today - timedelta(days=5 + 10 * (n % 2)))
            for n in range(2 * count)
        ]
        with place.ctx.database.write() as conn:
            store(conn, place.tenant_id, said, place.ctx.now())
            ids = list(conn.scalars(select(Employee.employee_id)))
        at_once, each = side_by_side(
            lambda: _look(place, ids, WORTH_ASKING), lambda: _look(place, ids, 10**9), 5
        )
    details = {
        "employees": count,
        "at_once_cpu_us": round(at_once.cpu / count * 1e6),
        "each_cpu_us": round(each.cpu / count * 1e6),
    }
    name = "whom to look at again, asked of all at once against looking at each"
    return [Result(name, at_once.cpu / each.cpu, 0.25, "lower", details)]


def _look(place: Place, ids: list[str], worth_asking: int) -> None:
    with patch("app.pipeline.WORTH_ASKING", worth_asking), place.ctx.database.write() as conn:
        look_again(conn, place.tenant_id, ids, place.ctx.now())
