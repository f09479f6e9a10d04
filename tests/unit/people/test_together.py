"""Which employments are one person's, and which of them leads."""

from dataclasses import dataclass
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.people.together import Link, lasting, leading, persons_of
from tests.strategies import examples

TODAY = date(2026, 3, 2).toordinal()
links = st.builds(
    lambda ties: [Link(f"emp_{n}", a, b) for n, (a, b) in enumerate(ties)],
    st.lists(
        st.tuples(st.sampled_from([None, *"abcd"]), st.sampled_from([None, *"abcd"])), max_size=9
    ),
)


def closure(found: list[Link]) -> dict[str, set[str]]:
    """Whom each can be reached from, by trying again until nothing changes."""
    reach = {one.employee_id: {one.employee_id} for one in found}
    while True:
        more = {
            one.employee_id: set().union(
                *(
                    reach[other.employee_id]
                    for other in found
                    if other is one
                    or (one.personal_hash and one.personal_hash == other.personal_hash)
                    or (one.joined_as and one.joined_as == other.joined_as)
                )
            )
            for one in found
        }
        if more == reach:
            return reach
        reach = more


class TestPersons:
    @examples(200)
    @given(links)
    def test_are_whoever_can_be_reached(self, found: list[Link]):
        persons = persons_of(found)
        reach = closure(found)
        for one in found:
            together = reach[one.employee_id]
            first = next(other.employee_id for other in found if other.employee_id in together)
            assert persons[one.employee_id] == (first if len(together) > 1 else None)

    def test_of_a_number_and_a_join_of_the_same_name_are_two(self):
        assert persons_of([Link("1", "a"), Link("2", None, "a")]) == {"1": None, "2": None}


@dataclass(frozen=True)
class Known:
    employee_id: str
    employment: tuple[tuple[int, int | None], ...] = ()


NOW = ((TODAY - 400, None),)
OVER = ((TODAY - 400, TODAY - 1),)
AHEAD = ((TODAY + 1, None),)
ENDING = ((TODAY - 500, TODAY + 9),)


class TestLeading:
    @pytest.mark.parametrize(
        ("employments", "leads"),
        [
            ([Known("1"), Known("2")], "1"),
            ([Known("2"), Known("1")], "1"),
            ([Known("1", OVER), Known("2", NOW)], "2"),
            ([Known("1", OVER), Known("2")], "2"),
            ([Known("1"), Known("2", NOW)], "2"),
            ([Known("1", AHEAD), Known("2", ENDING)], "2"),
            ([Known("1", AHEAD), Known("2", OVER)], "1"),
            ([Known("1", OVER + NOW), Known("2", NOW)], "1"),
        ],
    )
    def test_is_who_is_employed_then_who_may_be(self, employments: list[Known], leads: str):
        assert leading(employments, TODAY).employee_id == leads


class TestLasting:
    @pytest.mark.parametrize(
        ("employments", "lasts"),
        [
            ([Known("1"), Known("2")], "1"),
            ([Known("1", OVER), Known("2", NOW)], "2"),
            ([Known("1", OVER), Known("2", ENDING)], "2"),
            ([Known("1", OVER), Known("2")], "2"),
            ([Known("1"), Known("2", NOW)], "2"),
            ([Known("1", AHEAD), Known("2", NOW)], "2"),
            ([Known("1", OVER)], "1"),
        ],
    )
    def test_is_who_goes_on_longest(self, employments: list[Known], lasts: str):
        assert lasting(employments).employee_id == lasts
