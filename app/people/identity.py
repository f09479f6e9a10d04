"""Personal and coordination numbers (personnummer, samordningsnummer): form, date, check digit.

A personal number is a birth date, three digits and a check digit (SKV 704); a coordination
number has 60 added to the day (SKV 707, SKV M 2010:3). Where a birth date is not known in full,
Skatteverket gives coordination numbers with month 00 or day 60 (its published test numbers have
them); those the library does not know. Reserve numbers with letters (T-numbers) are the payroll
system's own and are not taken. That a number is well formed does not say that it is anybody's.
"""

import re
from datetime import date

from personnummer import personnummer  # type: ignore[import-untyped]

OLDEST = 150
"""Years. Nobody older is employed; it is a century gone wrong."""
NOT_A_NUMBER = "Not a Swedish personal or coordination number with ten or twelve digits."
_FORM = re.compile(r"(\d\d)?(\d\d)(\d\d)(\d\d)([-+]?)(\d{4})", re.ASCII)
_UNKNOWN_DAY = 60


class InvalidPersonalNumber(ValueError):
    """Not a personal or coordination number; the message does not repeat it."""


def normalised(text: str, *, today: date) -> str:
    """The number with twelve digits; raises InvalidPersonalNumber.

    Ten digits are of the last hundred years by `today`, with a plus of the hundred before: the
    sign changes in the year in which the person turns 100.
    """
    form = _FORM.fullmatch(text)
    if form is None:
        raise InvalidPersonalNumber
    century, yy, month, day, sign, last = form.groups()
    year = int(century + yy) if century else _year(int(yy), sign, today)
    if century and sign == "+" and today.year - year < 100:
        raise InvalidPersonalNumber
    number = f"{year:04}{month}{day}{last}"
    if not (_plausible(year, int(month), int(day), today) and _well_formed(number)):
        raise InvalidPersonalNumber
    return number


def _year(yy: int, sign: str, today: date) -> int:
    latest = today.year - (100 if sign == "+" else 0)
    return latest - (latest - yy) % 100


def _plausible(year: int, month: int, day: int, today: date) -> bool:
    """Not born after today; of a date not known in full, its earliest day is asked."""
    if not today.year - OLDEST <= year <= today.year:
        return False
    known_day = day - _UNKNOWN_DAY if day >= _UNKNOWN_DAY else day
    return (year, month, known_day) <= (today.year, today.month, today.day)


def _well_formed(number: str) -> bool:
    month, day = int(number[4:6]), int(number[6:8])
    partly_known = day >= _UNKNOWN_DAY and (month == 0 or day == _UNKNOWN_DAY)
    if not partly_known:
        return bool(personnummer.valid(number))
    return month <= 12 and day <= _UNKNOWN_DAY + 31 and number[8:11] != "000" and _checks(number)


def _checks(number: str) -> bool:
    """Whether the check digit is right: the Luhn sum of the last ten digits ends in 0."""
    doubled = [int(digit) * (2 - place % 2) for place, digit in enumerate(number[2:])]
    return sum(n - 9 if n > 9 else n for n in doubled) % 10 == 0
