"""Days and moments as spreadsheets write them, in a closed set of formats.

Pure. A format is told, never guessed: 03/04 is a day in March and in April.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Literal, get_args

from app.intake.rows import read_instant

DateFormat = Literal[
    "YYYY-MM-DD",
    "YYYY/MM/DD",
    "YYYY.MM.DD",
    "YYYYMMDD",
    "YY-MM-DD",
    "YYMMDD",
    "DD.MM.YYYY",
    "DD-MM-YYYY",
    "DD/MM/YYYY",
    "MM/DD/YYYY",
    "DD.MM.YY",
    "DD/MM/YY",
]

_FIRST_SHORT_YEAR = 90
_PARTS = {
    "YYYY": r"(?P<y>\d{4})",
    "YY": r"(?P<y>\d\d)",
    "MM": r"(?P<m>\d\d?)",
    "DD": r"(?P<d>\d\d?)",
}
# Databases write a day as its midnight.
_MIDNIGHT = r"(?:[T ]00:00(?::00(?:\.0+)?)?)?"


def _pattern(form: str) -> re.Pattern[str]:
    """Zeros in front may be missing where something stands between."""
    text = re.sub("YYYY|YY|MM|DD", lambda part: _PARTS[part[0]], form.replace(".", r"\."))
    if form.isalpha():
        text = text.replace(r"\d\d?", r"\d\d")
    return re.compile(text + _MIDNIGHT, re.ASCII)


_PATTERNS: Mapping[str, re.Pattern[str]] = {form: _pattern(form) for form in get_args(DateFormat)}


@lru_cache(maxsize=4096)
def read_formatted_day(text: str, form: DateFormat) -> date | None:
    """The day, None if the text is none in that format. Short years are of 1990 to 2089."""
    match = _PATTERNS[form].fullmatch(text)
    if match is None:
        return None
    year = int(match["y"])
    if len(match["y"]) == 2:
        year += 1900 if year >= _FIRST_SHORT_YEAR else 2000
    try:
        return date(year, int(match["m"]), int(match["d"]))
    except ValueError:
        return None


def read_formatted_instant(text: str, form: DateFormat) -> datetime | None:
    """The moment, in ISO form or as a day in that format with the time of day after it."""
    moment = read_instant(text)
    if moment is not None:
        return moment
    written, _, clock = text.partition(" ")
    day = read_formatted_day(written, form)
    return read_instant(f"{day.isoformat()}T{clock.strip() or '00:00'}") if day else None
