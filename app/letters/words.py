"""Days and codes in words, as letters and printed referrals say them. Pure."""

from datetime import date
from typing import get_args

from app.rules.words import Language

LANGUAGES: tuple[Language, ...] = get_args(Language)

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

WEEKDAYS = ("måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag", "söndag")
SERVICES = {
    "health_talk": "Hälsosamtal",
    "rehabilitation_investigation": "Rehabiliteringsutredning",
}
DECLINE_REASONS = {
    "no_capacity": "Vi har inte utrymme just nu",
    "not_our_area": "Uppdraget ligger utanför det vi gör",
    "wrong_provider": "Remissen skulle ha gått till någon annan",
    "incomplete": "Uppgifter saknas i remissen",
}
WISHES = {"employee": "medarbetarens egen önskan", "manager": "chefens önskan"}


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
