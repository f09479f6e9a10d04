"""Signals of units: every month judged once, when late reports have had time to arrive.

Only the latest month that is due is judged. Months of downtime are left out: what they would have
told is no reason to talk any more, and the three months looked at reach back over them.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from app.absences.days import Part, merged
from app.absences.fold import Absence
from app.absences.history import History
from app.absences.policy import Policy
from app.access.store import tenant_row
from app.casebook import Tenant, tenant_today
from app.delivery.outbox import tell
from app.delivery.payloads import Notice
from app.mail.tell import something_waits
from app.people.together import leading
from app.reports.months import as_text, first_day, last_day
from app.reports.store import every_absence
from app.signals.judge import FALSE_DISCOVERIES, Verdict, judge
from app.signals.shown import Figures, figures_of
from app.signals.store import Employment, every_employment, keep_month, last_judged, told_since
from app.signals.tally import DELAY_DAYS, MONTHS, Person, due_month, episodes_begun, tallies


@dataclass(frozen=True, slots=True)
class WholeUnit:
    """A unit of which something waits for whoever leads it, about nobody in particular."""

    unit: str
    number: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """What a month's look found, to be kept and told."""

    month: int
    verdicts: Sequence[Verdict]
    figures: Mapping[str, Figures]


def is_due(conn: Connection, tenant: Tenant) -> bool:
    """Whether there is a month to judge."""
    last = last_judged(conn, tenant.tenant_id)
    return last is None or last < due_month(tenant.today)


def look_at_units(conn: Connection, tenant: Tenant) -> Found:
    """Judge the month that is due; nothing is written, so nobody waits for it."""
    month = due_month(tenant.today)
    as_of = last_day(month).toordinal() + DELAY_DAYS
    people = _people(conn, tenant, as_of, last_day(month).toordinal())
    counted = tallies(people, month, tenant.policy)
    verdicts = judge(counted, _recently_told(conn, tenant, month))
    return Found(month, verdicts, figures_of(verdicts, counted))


def tell_of_units(conn: Connection, tenant_id: str, found: Found, now: datetime) -> int:
    """Keep what was found and tell of the signals; answers how many there are.

    Nothing where another process was quicker: one at a time, for what was told is looked up.
    """
    tenant_row(conn, tenant_id, lock=True)
    tenant = tenant_today(conn, tenant_id, now)
    told = _recently_told(conn, tenant, found.month)
    signals = found.figures.keys()
    if not is_due(conn, tenant) or told & signals:
        return 0
    if not keep_month(conn, tenant_id, found.month, found.verdicts, found.figures, now):
        return 0
    notices = [_notice(found.month, unit, found.figures[unit]) for unit in sorted(signals)]
    tell(conn, tenant_id, notices, now)
    something_waits(conn, tenant, [WholeUnit(unit) for unit in sorted(signals)])
    return len(notices)


def _recently_told(conn: Connection, tenant: Tenant, month: int) -> frozenset[str]:
    """The units of whom a signal looked at a month that would be looked at again."""
    return told_since(conn, tenant.tenant_id, month - MONTHS + 1)


def _people(conn: Connection, tenant: Tenant, as_of: int, day: int) -> Iterator[Person]:
    """Everybody of the tenant, with all employments together, in the unit of today."""
    absences = every_absence(conn, tenant.tenant_id)
    by_person: defaultdict[str, list[Employment]] = defaultdict(list)
    for one in every_employment(conn, tenant.tenant_id):
        by_person[one.person].append(one)
    for own in by_person.values():
        yield _person(own, absences, tenant.policy, as_of, day)


def _person(
    own: Sequence[Employment],
    absences: Mapping[str, Sequence[Absence]],
    policy: Policy,
    as_of: int,
    day: int,
) -> Person:
    parts = [Part(absences.get(one.employee_id, ()), one.employment) for one in own]
    known = all(part.employment for part in parts)
    periods = merged(period for part in parts for period in part.employment) if known else None
    away = any(part.absences for part in parts)
    begun = episodes_begun(History.of_all(parts, policy, as_of=as_of)) if away else ()
    return Person(leading(own, day).unit, periods, begun)


def _notice(month: int, unit: str, figures: Figures) -> Notice:
    data: dict[str, Any] = {
        "unit": unit,
        "month": as_text(month),
        "from": first_day(month - MONTHS + 1).isoformat(),
        "to": last_day(month).isoformat(),
        "false_discoveries": FALSE_DISCOVERIES,
        **figures,
        "link": f"/v1/reports/units?month={as_text(month)}",
    }
    return Notice("unit.signal", data, data)
