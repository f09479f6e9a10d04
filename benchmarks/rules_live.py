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
from app.pipeline import look, look_again
from app.rules.presets import PRESETS
from app.rules.store import activate, add_rule
from app.stirring import WORTH_ASKING
from benchmarks.measure import Result, side_by_side
from benchmarks.places import Place, places

EVENTS = 300
ABSENCES = (10, 30)
"""Of each employee in the end, in two and a half years; ten are those of the other benchmarks."""
QUIET = 1000


def run(_: bool) -> list[Result]:
    """Five active rules for employees with up to ten absences and with up to thirty, SQLite.

    The rules act on the last sixty days: of thirty absences each they raise flags, which stay.
    The ratio is of judging alone, against storing alone. Reading the case for it - absences, flags,
    referrals, pauses, the rules' versions - is told beside, and is in neither.
    """
    return [_live(each) for each in ABSENCES]


def _live(each: int) -> Result:
    stored, opened, judged, flags = [], [], [], 0
    with places("sqlite") as [place]:
        today = place.ctx.now().date()
        _five_rules(place, since=today - timedelta(days=60))
        for n in range(EVENTS):
            number = f"{n % (EVENTS // each)}"
            event = _event(n, number, today - timedelta(days=3 * (EVENTS - n)))
            begin = process_time()
            with place.ctx.database.write() as conn:
                store(conn, place.tenant_id, [event], place.ctx.now())
            stored.append(process_time() - begin)
            with place.ctx.database.write() as conn:
                tenant = tenant_today(conn, place.tenant_id, place.ctx.now())
                asked = select(Employee.employee_id).where(Employee.number == number)
                mine = lock_employees(conn, place.tenant_id, list(conn.scalars(asked)))
                begin = process_time()
                [case] = open_cases(conn, place.tenant_id, mine)
                opened.append(process_time() - begin)
                flags += len(case.picture.flags) > 0
                begin = process_time()
                judge(case, tenant)
                judged.append(process_time() - begin)
                look(conn, place.tenant_id, mine, place.ctx.now())
    halves = [statistics.median(side[len(side) // 2 :]) for side in (judged, stored, opened)]
    details = {
        "judged_cpu_us": round(halves[0] * 1e6),
        "stored_cpu_us": round(halves[1] * 1e6),
        "case_read_cpu_us": round(halves[2] * 1e6),
        "judged_with_flags": flags,
    }
    name = f"five rules, up to {each} absences, share of the CPU of storing the event"
    return Result(name, halves[0] / halves[1], 0.25, "lower", details)


def _five_rules(place: Place, since: date) -> None:
    """The preset of the place, and the ladder's four, which act on triggers since that day."""
    with place.ctx.database.write() as conn:
        for rule in PRESETS["ladder"].rules:
            rule_id = add_rule(conn, place.tenant_id, rule, place.ctx.now())
            activate(
                conn,
                place.tenant_id,
                rule_id,
                version=1,
                live_from=since,
                now=place.ctx.now(),
                by=None,
            )


def _event(n: int, employee: str, first: date) -> Event:
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


def quiet(full: bool) -> list[Result]:
    """A thousand employees with two absences each this month, whom no rule has anything to say of.

    A rule has been put in force as of a month ago: asking of all at once, and looking at each.
    """
    count = QUIET * (5 if full else 1)
    with places("sqlite") as [place]:
        today = place.ctx.now().date()
        _five_rules(place, since=today)
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
