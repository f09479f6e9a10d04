"""What rules cost beside the rest: of one event, and of looking at everybody again."""

import statistics
from dataclasses import dataclass
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
QUIET = 1000


def run(_: bool) -> list[Result]:
    """Five active rules for employees with up to ten and up to thirty absences, SQLite.

    Ten are those of the other benchmarks; all come within two and a half years. The rules act on
    the last sixty days: of thirty absences each they raise flags, which stay. For looks at people
    with flags there must be more of them, so there the rules act on the last year.

    The ratio is of judging alone, against storing alone. Reading the case for it - absences, flags,
    referrals, pauses, the rules' versions - is told beside, and is in neither.
    """
    return [
        _live("up to 10 absences", 10, acting_days=60),
        _live("up to 30 absences", 30, acting_days=60),
        _live("flags already, up to 30 absences", 30, acting_days=365, flagged=True),
    ]


def _live(whom: str, each: int, *, acting_days: int, flagged: bool = False) -> Result:
    """The medians of the second half; `flagged`: of the looks at people who had flags."""
    looks: list[_Look] = []
    with places("sqlite") as [place]:
        today = place.ctx.now().date()
        _five_rules(place, since=today - timedelta(days=acting_days))
        for n in range(EVENTS):
            now = place.ctx.now() - timedelta(days=3 * (EVENTS - n))
            event = _event(n, f"{n % (EVENTS // each)}", now.date())
            looks.append(_taken_in(place, event, now))
    later = looks[EVENTS // 2 :]
    stored = statistics.median(look.stored for look in later)
    asked = [look for look in later if look.flags or not flagged]
    judged = statistics.median(look.judged for look in asked)
    details = {
        "judged_cpu_us": round(judged * 1e6),
        "stored_cpu_us": round(stored * 1e6),
        "case_read_cpu_us": round(statistics.median(look.opened for look in asked) * 1e6),
        "looks": len(asked),
        "of_these_with_flags": sum(look.flags > 0 for look in asked),
    }
    name = f"five rules, {whom}, share of the CPU of storing the event"
    return Result(name, judged / stored, 0.25, "lower", details)


@dataclass(frozen=True)
class _Look:
    """CPU seconds of storing an event, and of reading and judging whom it is of, who had so many
    flags."""

    stored: float
    opened: float
    judged: float
    flags: int


def _taken_in(place: Place, event: Event, now: datetime) -> _Look:
    begin = process_time()
    with place.ctx.database.write() as conn:
        # As if all came today: of the feed's own days nothing more is noted with each event.
        store(conn, place.tenant_id, [event], place.ctx.now())
    stored = process_time() - begin
    with place.ctx.database.write() as conn:
        tenant = tenant_today(conn, place.tenant_id, now)
        asked = select(Employee.employee_id).where(Employee.number == event.employee)
        mine = lock_employees(conn, place.tenant_id, list(conn.scalars(asked)))
        begin = process_time()
        [case] = open_cases(conn, place.tenant_id, mine)
        opened = process_time() - begin
        begin = process_time()
        judge(case, tenant)
        judged = process_time() - begin
        look(conn, place.tenant_id, mine, now)
    return _Look(stored, opened, judged, len(case.picture.flags))


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
    return [Result(name, at_once.cpu / each.cpu, 0.5, "lower", details)]


def _look(place: Place, ids: list[str], worth_asking: int) -> None:
    with patch("app.pipeline.WORTH_ASKING", worth_asking), place.ctx.database.write() as conn:
        look_again(conn, place.tenant_id, ids, place.ctx.now())
