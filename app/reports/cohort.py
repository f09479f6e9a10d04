"""Reads what the reports tell of: one month of everybody's, and everybody who ever took part.

Nothing of the month that is going on is looked at: what is known stands as of its last whole
predecessor, so that a report asked twice within a month says the same - but for what is
recorded late.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy.engine import Connection

from app.absences.days import merged, sick_runs_of_all
from app.absences.fold import Absence
from app.absences.history import History
from app.absences.policy import Policy, employed_on
from app.core.clock import local_date
from app.referrals.view import View
from app.reports import store
from app.reports.attendance import Worked
from app.reports.comparison import expected_after
from app.reports.disclosure import NOT_GIVEN, Timeline
from app.reports.journeys import WORK_STATUSES, Flag, Move, Referral, Said, journey, latest_status
from app.reports.months import first_day, last_day, month_of
from app.reports.participants import DIVISIONS, FLAGGED, Flagged, Participant
from app.reports.persons import Person, people
from app.reports.sick_leave import (
    WHOLE,
    Years,
    employed_throughout,
    extent_on,
    year_between,
    years_around,
)


def months_work(conn: Connection, tenant_id: str, policy: Policy, month: int) -> list[Worked]:
    """Everybody who was employed in that month, with their sick leave in it."""
    first, last = first_day(month), last_day(month)
    absences = store.absences_of_those_away(conn, tenant_id, first, last)
    everybody = (
        _worked(person, absences, policy, first, last)
        for person in people(store.members(conn, tenant_id))
    )
    return [one for one in everybody if one.employed_days]


def _worked(
    person: Person,
    absences: Mapping[str, Sequence[Absence]],
    policy: Policy,
    first: date,
    last: date,
) -> Worked:
    begin, end = first.toordinal(), last.toordinal()
    row = Worked(person.unit, person.sex or NOT_GIVEN, _employed_days(person, begin, end))
    if not person.of(absences) or not row.employed_days:
        return row
    parts = person.parts(absences)
    full = part = 0
    for start, stop, extent in sick_runs_of_all(parts, policy, as_of=end):
        days = max(0, stop - max(start, begin) + 1)
        full += days if extent >= WHOLE else 0
        part += days if extent < WHOLE else 0
    history = History.of_all(parts, policy, as_of=end)
    episodes = year_between(history, begin, end).episodes
    return replace(row, episodes=episodes, full_days=full, part_days=part)


def _employed_days(person: Person, begin: int, end: int) -> int:
    """Calendar days of employment between; without known employments, all of them."""
    periods = merged(person.employment) if person.employment else [(begin, None)]
    return sum(
        max(0, (end if last is None else min(last, end)) - max(first, begin) + 1)
        for first, last in periods
    )


class Entry(NamedTuple):
    """The day on which help began, and that on which the service came to know of it.

    The second is the service's own clock's, which nobody can set back: so no report of a time
    that is over gains anybody, and as what was held stays held it loses nobody, either.
    """

    began: date
    known: date


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a tenant on the last day of a whole month; rows by employment."""

    policy: Policy
    day: int
    date_of: Callable[[datetime], date]
    people: Sequence[Person]
    absences: Mapping[str, Sequence[Absence]]
    referrals: Mapping[str, Sequence[Any]]
    moves: Mapping[str, Sequence[Any]]
    flags: Mapping[str, Sequence[Any]]
    meetings: Mapping[str, Sequence[Any]]
    follow_ups: Mapping[str, Sequence[Any]]

    def history(self, person: Person) -> History:
        """Somebody's history up to that day."""
        return History.of_all(person.parts(self.absences), self.policy, as_of=self.day)

    def entry(self, person: Person) -> Entry | None:
        """When somebody began to take part: referred, or met; None: neither."""
        requested = [row.requested_at for row in person.of(self.referrals)]
        began = [self.date_of(at) for at in requested]
        known = list(began)
        for row in person.of(self.meetings):
            if row.kind in store.ENTRIES and self.held(row):
                began.append(self.date_of(row.starts_at))
                known.append(self.date_of(row.recorded_at or row.created_at))
        return Entry(min(began), min(known)) if known else None

    def held(self, row: Any) -> bool:
        """Whether a meeting was held by that day, and recorded so."""
        days = [self.date_of(at).toordinal() for at in (row.starts_at, row.recorded_at) if at]
        return row.state == "held" and max(days) <= self.day


def known(conn: Connection, tenant_id: str, policy: Policy, *, month: int, time_zone: str) -> Known:
    """Everything reports need to know as of the end of that month."""
    end = datetime.combine(first_day(month + 1), time(), ZoneInfo(time_zone))
    return Known(
        policy,
        last_day(month).toordinal(),
        lambda instant: local_date(instant, time_zone),
        people(store.members(conn, tenant_id)),
        store.every_absence(conn, tenant_id),
        store.referrals_before(conn, tenant_id, end),
        store.moves_before(conn, tenant_id, end),
        store.referring_flags_before(conn, tenant_id, end),
        store.meetings_before(conn, tenant_id, end),
        store.follow_ups_through(conn, tenant_id, last_day(month)),
    )


def timelines(found: Known) -> tuple[Timeline[Participant], Timeline[Flagged]]:
    """Everybody who takes part, and who was flagged and does not, by month of entry."""
    taking_part: list[tuple[int, Participant]] = []
    flagged: list[Flagged] = []
    others: list[Person] = []
    for person in found.people:
        if entry := found.entry(person):
            began = month_of(entry.began)
            taking_part.append((began, _participant(found, person, entry)))
            continue
        others.append(person)
        if own := person.of(found.flags):
            month = month_of(min(found.date_of(flag.raised_at) for flag in own))
            flagged.append(Flagged(month, person.unit, person.sex or NOT_GIVEN))
    month = month_of(date.fromordinal(found.day))
    compared = list(_compared(found, taking_part, others))
    return Timeline(compared, DIVISIONS, month), Timeline(flagged, FLAGGED, month)


def _participant(found: Known, who: Person, entry: Entry) -> Participant:
    runs = sick_runs_of_all(who.parts(found.absences), found.policy, as_of=found.day)
    employed = employed_on(who.employment, found.day)
    return Participant(
        month_of(entry.known),
        who.unit,
        who.sex or NOT_GIVEN,
        journey(list(_referrals(found, who)), list(_flags(found, who))),
        any(found.held(row) and row.kind in _MANAGERS for row in who.of(found.meetings)),
        extent_on(runs, entry.began.toordinal()),
        extent_on(runs, found.day),
        latest_status(_said(found, who), employed=employed),
        _years(found, who, entry.began.toordinal()),
    )


_MANAGERS = ("alignment", "follow_up")
"""The meetings that the manager leads (4 Ess); a three-party talk is a step of the referral."""


def _referrals(found: Known, who: Person) -> Iterator[Referral]:
    for row in sorted(who.of(found.referrals), key=lambda row: row.requested_at):
        made = found.moves.get(row.referral_id, ())
        consented = row.feedback_consent_on is not None
        outcome = View("employer", consented).outcome(row.outcome, made)
        yield Referral(row.referral_id, [_move(found, one) for one in made], outcome, consented)


def _move(found: Known, made: Any) -> Move:
    by_provider = made.party == "provider" and made.recorded_by is None
    return Move(made.target, found.date_of(made.at).toordinal(), by_provider)


def _flags(found: Known, who: Person) -> Iterator[Flag]:
    for row in who.of(found.flags):
        yield Flag(found.date_of(row.raised_at).toordinal(), row.referral_id)


def _said(found: Known, who: Person) -> Iterator[Said]:
    """Every work status that the employer may know; of those of one day a close outweighs a
    follow-up, and that a meeting.

    What a provider alone has said counts for nothing: the rest is the employer's own record, so
    that it could work it out.
    """
    for referral in _referrals(found, who):
        closed = referral.first("closed")
        if closed is not None and referral.outcome in WORK_STATUSES:
            yield Said(closed, 3, referral.outcome)
    for row in who.of(found.follow_ups):
        yield Said(row.done_on.toordinal(), 2, row.work_status)
    for row in who.of(found.meetings):
        if row.work_status and row.kind != "health_talk" and found.held(row):
            yield Said(found.date_of(row.starts_at).toordinal(), 1, row.work_status)


def _years(found: Known, who: Person, entry: int) -> Years | None:
    """The years before and after; None while the second is not over, or one was not worked."""
    before, after = years_around(entry)
    if after[1] > found.day or not employed_throughout(who.employment, before[0], after[1]):
        return None
    history = found.history(who)
    return Years(year_between(history, *before), year_between(history, *after))


def _compared(
    found: Known, taking_part: Sequence[tuple[int, Participant]], others: Sequence[Person]
) -> Iterator[Participant]:
    """The same people, those with both years beside what comparable colleagues had.

    Each stands with the month in which help began.
    """
    entered = [(began, one.years) for began, one in taking_part if one.years]
    if not entered:
        yield from (one for _, one in taking_part)
        return
    colleagues = ((found.history(one), one.employment) for one in others)
    expected = expected_after(colleagues, entered)
    for _, one in taking_part:
        yield replace(one, expected=one.years and expected.get(one.years.before.episodes))
