"""Windows: the stretch of days that ends with the day judged, that day included (semantics 4).

Pure calendar arithmetic on ordinals.
"""

from calendar import monthrange
from datetime import date
from functools import lru_cache
from typing import Literal

Unit = Literal["days", "weeks", "months"]


@lru_cache(maxsize=65536)
def window_start(unit: Unit, length: int, day: int) -> int:
    """First day of the window of that form that ends with `day`.

    Months: the day after `day - length months`, where the day of the month is kept or, if that
    month is too short, becomes its last one.
    """
    if unit == "days":
        return day - length + 1
    if unit == "weeks":
        return day - 7 * length + 1
    return months_before(date.fromordinal(day), length).toordinal() + 1


def months_before(day: date, months: int) -> date:
    """The same day of an earlier month (with a negative count: a later one), or its last."""
    year, month0 = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month0 + 1, min(day.day, monthrange(year, month0 + 1)[1]))
