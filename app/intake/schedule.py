"""Who is to work how long on which day, as far as a file says so, and what follows for absence.

Pure. A schedule turns hours of absence into percent of the day, and tells which days are off for
those who do not work Monday to Friday: the evaluation knows weekends and holidays alone.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal

from app.intake.rows import UnreadableFile, share_of_day

MAX_DAYS = 2_000_000
_ONE_DAY = timedelta(days=1)
_UNSAID = Decimal(-1)


class Schedules:
    """Scheduled hours by whatever names an employee, and day; 0 is a day off.

    Of a day that somebody is scheduled on for an unknown time it is None. More than `MAX_DAYS`
    days: `UnreadableFile` with `too_large`.
    """

    def __init__(self, holidays: Collection[int] = frozenset()) -> None:
        self._holidays = holidays
        self._days: dict[str, dict[date, Decimal | None]] = {}
        self._size = 0

    def __bool__(self) -> bool:
        return bool(self._days)

    def add(self, name: str, days: Mapping[date, Decimal | None]) -> None:
        """Take in one schedule; where another says otherwise, the longer day holds."""
        known = self._days.setdefault(name, {})
        before = len(known)
        for day, hours in days.items():
            known[day] = _longer(known[day], hours) if day in known else hours
        self._size += len(known) - before
        if self._size > MAX_DAYS:
            raise UnreadableFile("too_large")

    def share(self, names: Iterable[str], day: date, hours: Decimal) -> int | None:
        """Those hours of that day in percent, rounded half up but never to nothing.

        All of a day that has no more, also of a day off; None where the schedule is not known.
        """
        scheduled = self._hours(names, day)
        if scheduled is None or scheduled is _UNSAID:
            return None
        return share_of_day(hours, scheduled)

    def is_off(self, names: Iterable[str], day: date) -> bool:
        """Whether the schedule says that the day is off."""
        return self._hours(names, day) == 0

    def reach(self, names: Collection[str], last: date, following: date) -> date:
        """How far an absence to `last` reaches when it goes on on `following`.

        Over scheduled days off, if there is nothing else between: to the last of them that the
        evaluation would take for a working day. What lies beyond it bridges by itself.
        """
        reached, day = last, last + _ONE_DAY
        while day < following:
            hours, usual = self._hours(names, day), self._is_usually_off(day)
            if hours is None or hours > 0 or (hours is _UNSAID and not usual):
                return last
            if not usual:
                reached = day
            day += _ONE_DAY
        return reached

    def _hours(self, names: Iterable[str], day: date) -> Decimal | None:
        for name in names:
            days = self._days.get(name)
            if days is not None and day in days:
                return days[day]
        return _UNSAID

    def _is_usually_off(self, day: date) -> bool:
        return day.weekday() >= 5 or day.toordinal() in self._holidays


def _longer(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    """A day of unknown length is a working day, so it outweighs a day off."""
    if one is None or other is None:
        return one or other
    return max(one, other)
