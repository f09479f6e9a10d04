"""Codes in words, as letters and printed referrals say them. Pure."""

from typing import get_args

from app.rules.language import Language

LANGUAGES: tuple[Language, ...] = get_args(Language)

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
