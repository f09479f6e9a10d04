"""Days that people name: neither to come nor before what they follow, and in an employment."""

from datetime import date

from app.absences.policy import Period
from app.core.errors import FieldError, InvalidInput
from app.core.wire import FURTHEST


def check_past(pointer: str, day: date, today: date) -> None:
    """Raise InvalidInput for a day to come."""
    if day > today:
        detail = "That cannot have been on a day to come."
        raise InvalidInput([FieldError(pointer, "date_in_future", detail)])


def check_not_before(pointer: str, day: date, first: date, code: str) -> None:
    """Raise InvalidInput for a day before the referral, or the plan, that it follows."""
    if day < first:
        detail = "That cannot have been before what it follows."
        raise InvalidInput([FieldError(pointer, code, detail)])


def check_employed(employment: tuple[Period, ...], day: date, pointer: str) -> None:
    """Raise InvalidInput when employments are known and the day lies in none of them."""
    if not employed_then(employment, day):
        detail = "The employee is not employed on that day."
        raise InvalidInput([FieldError(pointer, "outside_employment", detail)])


def employed_then(employment: tuple[Period, ...], day: date) -> bool:
    """Whether the day lies in an employment; where none is known, every day does."""
    on = day.toordinal()
    return not employment or any(f <= on and (last is None or on <= last) for f, last in employment)


def check_planned(employment: tuple[Period, ...], day: date, today: date, pointer: str) -> None:
    """Raise InvalidInput for a day to plan for beyond two years, or outside the employment."""
    if day > today + FURTHEST:
        detail = "At most two years from now."
        raise InvalidInput([FieldError(pointer, "date_out_of_range", detail)])
    check_employed(employment, day, pointer)
