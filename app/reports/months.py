"""Calendar months, which is how reports count time: consecutive numbers, and their days.

Pure. A month is `year * 12 + month - 1`, so that the next one is one more.
"""

from calendar import monthrange
from datetime import date

Period = tuple[int, int]
"""The first and the last month, both included."""


def month_of(day: date) -> int:
    """The month a day lies in."""
    return day.year * 12 + day.month - 1


def first_day(month: int) -> date:
    """The first day of a month."""
    return date(month // 12, month % 12 + 1, 1)


def last_day(month: int) -> date:
    """The last day of a month."""
    year, month0 = divmod(month, 12)
    return date(year, month0 + 1, monthrange(year, month0 + 1)[1])


def as_text(month: int) -> str:
    """A month as `YYYY-MM`."""
    return f"{month // 12:04}-{month % 12 + 1:02}"


def last_whole_month(today: date) -> int:
    """The month before the one that is going on."""
    return month_of(today) - 1
