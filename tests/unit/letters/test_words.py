"""Days in words, and words for every code a paper may have to show."""

from datetime import date, timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.letters.words import (
    DECLINE_REASONS,
    LANGUAGES,
    SERVICES,
    WEEKDAYS,
    WISHES,
)
from app.referrals.schemas import DeclineReason, ReferralIn
from app.rules.document import Service
from app.rules.language import day_in_words, days_in_words

DAYS = st.dates(date(1990, 1, 1), date(2100, 12, 31))
DASH = "\N{EN DASH}"
MONTHS = {
    "sv": "januari februari mars april maj juni juli augusti september oktober november december",
    "en": "January February March April May June July August September October November December",
}


@pytest.mark.parametrize(
    ("first", "last", "swedish", "english"),
    [
        ("2026-03-02", "2026-03-02", "2 mars 2026", "2 March 2026"),
        ("2026-01-12", "2026-01-14", "12-14 januari 2026", "12-14 January 2026"),
        (
            "2025-11-30",
            "2025-12-02",
            "30 november - 2 december 2025",
            "30 November - 2 December 2025",
        ),
        (
            "2025-12-30",
            "2026-01-02",
            "30 december 2025 - 2 januari 2026",
            "30 December 2025 - 2 January 2026",
        ),
        ("2025-03-03", "2026-03-02", "3 mars 2025 - 2 mars 2026", "3 March 2025 - 2 March 2026"),
    ],
)
def test_a_stretch_says_month_and_year_once_where_they_are_the_same(
    first: str, last: str, swedish: str, english: str
) -> None:
    days = date.fromisoformat(first), date.fromisoformat(last)
    assert days_in_words(*days, "sv").replace(DASH, "-") == swedish
    assert days_in_words(*days, "en").replace(DASH, "-") == english


@given(first=DAYS, length=st.integers(0, 800), language=st.sampled_from(LANGUAGES))
def test_a_stretch_in_words_can_be_read_back(first: date, length: int, language: str) -> None:
    last = first + timedelta(days=length)
    said = days_in_words(first, last, language)  # type: ignore[arg-type]  # sampled from them
    begun, _, ended = said.rpartition(DASH)
    names = MONTHS[language].split()

    def read(words: str, missing: date) -> date:
        parts = words.split()
        month = names.index(parts[1]) + 1 if len(parts) > 1 else missing.month
        year = int(parts[2]) if len(parts) > 2 else missing.year
        return date(year, month, int(parts[0]))

    assert read(ended, last) == last
    assert read(begun or ended, last) == first


@given(day=DAYS)
def test_a_day_has_no_zero_before_it(day: date) -> None:
    for language in LANGUAGES:
        assert day_in_words(day, language).startswith(f"{day.day} ")


def test_every_code_has_its_words() -> None:
    assert DECLINE_REASONS.keys() == set(get_args(DeclineReason))
    assert SERVICES.keys() == set(get_args(Service))
    assert WISHES.keys() == set(get_args(ReferralIn.model_fields["wish_of"].annotation))
    assert (WEEKDAYS[date(2026, 3, 2).weekday()], len(WEEKDAYS)) == ("måndag", 7)
