"""When time alone may next change what is known of an employee.

Pure. Due work is a date in the employee's row: a night the service slept through is made up for
at the next look, and nothing is lost.
"""

from collections.abc import Iterable, Sequence

from app.absences.fold import Absence
from app.absences.policy import Period


def next_look(
    absences: Iterable[Absence],
    employment: Sequence[Period],
    pause_ends: Iterable[int | None],
    *,
    today: int,
) -> int | None:
    """The first day after today on which a new sick day comes or something runs out.

    An ongoing absence, or one that lasts beyond today, brings a sick day tomorrow; one reported
    ahead brings its first; an employment, an exemption or a silence is over the day after its last.
    """
    days = [_next_sick_day(absence, today) for absence in absences]
    ends = [last for _, last in employment] + list(pause_ends)
    days += [end + 1 for end in ends if end is not None and end >= today]
    return min((day for day in days if day is not None), default=None)


def _next_sick_day(absence: Absence, today: int) -> int | None:
    if absence.cancelled or absence.first_day is None or absence.empty:
        return None
    tomorrow = max(absence.first_day.toordinal(), today + 1)
    over = absence.last_day is not None and absence.last_day.toordinal() < tomorrow
    return None if over else tomorrow
