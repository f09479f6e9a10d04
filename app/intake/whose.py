"""Whom a row is about: the employment number it gives, or the one its personal number belongs to.

Pure. Personal numbers are looked up and forgotten; none stands in what is handed on.
"""

import re
from collections.abc import Callable
from datetime import date
from functools import lru_cache

from app.intake.rows import MAX_NUMBER_LENGTH

Who = Callable[[str], str | None]
"""The employment number to use for a normalised personal number, None if it is nobody's."""

_MAX_REMEMBERED = 100_000
_PERSONAL = re.compile(r"(\d\d)?(\d\d)(\d{4})([-+]?)(\d{4})", re.ASCII)


class Whose:
    """Finds employees; without `who` by employment number alone."""

    def __init__(self, who: Who | None, today: date) -> None:
        self._today = today
        self._who = lru_cache(_MAX_REMEMBERED)(who) if who else None

    def find(self, employee: str, person: str) -> tuple[str, str]:
        """The employment number, and the code of what is wrong if there is none, else ""."""
        if employee:
            if len(employee) > MAX_NUMBER_LENGTH:
                return "", "employment_number_too_long"
            return employee, ""
        if not person:
            return "", "employee_missing"
        if self._who is None:
            return "", "employment_number_missing"
        number = normal_personal_number(person, self._today)
        if number is None:
            return "", "personal_number_invalid"
        found = self._who(number)
        return (found, "") if found else ("", "personal_number_unknown")


def normal_personal_number(text: str, today: date) -> str | None:
    """The number with twelve digits, None if it has not that form.

    Ten digits are of the last hundred years by `today`, with a plus of the hundred before. Whether
    it can be a number at all shows when it is looked up.
    """
    form = _PERSONAL.fullmatch(text)
    if form is None:
        return None
    century, year, day, sign, last = form.groups()
    if century is None:
        latest = today.year - (100 if sign == "+" else 0)
        century = f"{(latest - (latest - int(year)) % 100) // 100:02}"
    return f"{century}{year}{day}{last}"
