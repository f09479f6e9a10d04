"""An activity's life, and the day a yearly one comes again."""

from datetime import date, timedelta
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.activities.moves import Call, State, a_year_after, allowed_calls, next_state

quickly = settings(max_examples=500, deadline=None, derandomize=True, database=None)
TABLE: dict[tuple[Call, State], State | None] = {
    ("hold", "planned"): "held",
    ("hold", "held"): "held",
    ("hold", "cancelled"): None,
    ("cancel", "planned"): "cancelled",
    ("cancel", "cancelled"): "cancelled",
    ("cancel", "held"): None,
}


@pytest.mark.parametrize("call", get_args(Call))
@pytest.mark.parametrize("state", get_args(State))
def test_a_call_leads_where_the_table_says(call: Call, state: State):
    assert next_state(call, state) == TABLE[call, state]
    moves = state != TABLE[call, state] and TABLE[call, state] is not None
    assert (call in allowed_calls(state)) == moves


@pytest.mark.parametrize(
    ("day", "next_year"),
    [
        ("2026-04-14", "2027-04-14"),
        ("2028-02-29", "2029-02-28"),
        ("2027-02-28", "2028-02-28"),
        ("2028-02-28", "2029-02-28"),
        ("2026-12-31", "2027-12-31"),
        ("2027-03-01", "2028-03-01"),
    ],
)
def test_a_year_after_is_the_same_date(day: str, next_year: str):
    assert a_year_after(date.fromisoformat(day)) == date.fromisoformat(next_year)


@quickly
@given(st.dates(date(1990, 1, 1), date(2100, 12, 31)))
def test_a_year_after_lies_in_the_same_month_of_the_next_year(day: date):
    after = a_year_after(day)
    assert (after.year, after.month) == (day.year + 1, day.month)
    assert after - day in (timedelta(days=365), timedelta(days=366))
