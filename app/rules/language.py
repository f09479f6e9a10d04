"""Numbers, days and lists as Swedish and English write them in running text. Pure."""

from collections.abc import Sequence
from datetime import date
from typing import Literal

Language = Literal["sv", "en"]
Gender = Literal["en", "ett"]
"""The gender of a Swedish noun: en dag, ett tillfälle."""

_SWEDISH = ("noll", "", "två", "tre", "fyra", "fem", "sex", "sju", "åtta", "nio", "tio", "elva")
_ENGLISH = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_NUMBERS: dict[Language, tuple[str, ...]] = {
    "sv": (*_SWEDISH, "tolv"),
    "en": (*_ENGLISH, "eleven", "twelve"),
}
_MONTHS: dict[Language, tuple[str, ...]] = {
    "sv": (
        "januari",
        "februari",
        "mars",
        "april",
        "maj",
        "juni",
        "juli",
        "augusti",
        "september",
        "oktober",
        "november",
        "december",
    ),
    "en": (
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ),
}
_WEEKDAYS: dict[Language, tuple[str, ...]] = {
    "sv": ("måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag", "söndag"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}


def number_in_words(number: int, language: Language, gender: Gender) -> str:
    """A number as it stands before a noun: words up to twelve, then figures."""
    if number == 1 and language == "sv":
        return gender
    return _NUMBERS[language][number] if 0 <= number <= 12 else str(number)


def weekday_in_words(weekday: int, language: Language) -> str:
    """A weekday, 1 is Monday."""
    return _WEEKDAYS[language][weekday - 1]


def day_in_words(day: date, language: Language) -> str:
    """A day as it is written in running text: "2 mars 2026"."""
    return f"{day.day} {_MONTHS[language][day.month - 1]} {day.year}"


def days_in_words(first: date, last: date, language: Language) -> str:
    """A stretch of days, both included, saying month and year once where they are the same."""
    whole = day_in_words(last, language)
    if first == last:
        return whole
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}\N{EN DASH}{whole}"
    begun = day_in_words(first, language)
    if first.year == last.year:
        begun = begun.removesuffix(f" {first.year}")
    return f"{begun} \N{EN DASH} {whole}"


def listed(items: Sequence[str], joint: str) -> str:
    """Items as running text lists them: "a", "a och b", "a, b och c"."""
    *others, last = items
    return f"{', '.join(others)} {joint} {last}" if others else last


def sentence(text: str) -> str:
    """The text with a capital first and a full stop last."""
    return f"{text[0].upper()}{text[1:]}."
