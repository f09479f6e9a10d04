"""Personal and coordination numbers: published test numbers in every form, and nothing else.

All are Skatteverket's own: its test series (serial numbers 980-981, 238-239), the examples of
SKV 704 and of SKV M 2010:3. A number that is changed in one digit is nobody's.
"""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.people.identity import OLDEST, InvalidPersonalNumber, normalised

TODAY = date(2026, 3, 2)
PERSONAL = [
    "189001019802",
    "189012319803",
    "189102289817",
    "191212121212",
    "196101182803",
    "198112189876",
    "200510312390",
    "200702282393",
    "201912312392",
]
COORDINATION = ["197010632391", "191401682396", "191603912385", "192302612383"]
NOT_KNOWN_IN_FULL = [
    "191711602399",  # the day
    "192001602396",
    "194502602396",
    "191500722390",  # the month
    "191500882392",
    "194300912385",
    "193100602394",  # both
]
EVERY = [*PERSONAL, *COORDINATION, *NOT_KNOWN_IN_FULL]
numbers = st.sampled_from(EVERY)
days = st.dates(date(1890, 1, 1), date(2120, 12, 31))


def understood(text: str, today: date) -> str | None:
    """The number, or None where it is refused."""
    try:
        return normalised(text, today=today)
    except InvalidPersonalNumber:
        return None


def born_by(number: str, today: date) -> bool:
    """Whether the person was born by then: of what is not known, the earliest is taken."""
    day = int(number[6:8])
    born = (number[:4], number[4:6], f"{day - 60 if day >= 60 else day:02}")
    return born <= (f"{today:%Y}", f"{today:%m}", f"{today:%d}")


class TestPublishedNumber:
    @pytest.mark.parametrize("number", EVERY)
    def test_is_one_in_every_form(self, number: str):
        sign = "+" if int(number[:4]) <= TODAY.year - 100 else "-"
        forms = [number, f"{number[:8]}-{number[8:]}", f"{number[2:8]}{sign}{number[8:]}"]
        assert {normalised(form, today=TODAY) for form in forms} == {number}

    @given(numbers, days)
    def test_of_twelve_digits_is_taken_from_birth_on(self, number: str, today: date):
        old = today.year - int(number[:4]) > OLDEST
        expected = number if born_by(number, today) and not old else None
        assert understood(number, today) == expected
        assert understood(f"{number[:8]}-{number[8:]}", today) == expected

    @given(numbers, days)
    def test_of_ten_digits_is_of_the_century_that_the_sign_says(self, number: str, today: date):
        """A hyphen until the year in which the person turns 100, then a plus."""
        years = today.year - int(number[:4])
        short = {sign: f"{number[2:8]}{sign}{number[8:]}" for sign in ("-", "+", "")}
        young = 0 <= years < 100 and born_by(number, today)
        assert (understood(short["-"], today) == number) == young
        assert understood(short[""], today) == understood(short["-"], today)
        assert (understood(short["+"], today) == number) == (100 <= years <= OLDEST)

    @given(numbers, days)
    def test_of_twelve_digits_has_a_plus_only_when_it_should(self, number: str, today: date):
        years = today.year - int(number[:4])
        signed = f"{number[:8]}+{number[8:]}"
        assert understood(signed, today) == (number if 100 <= years <= OLDEST else None)

    @given(numbers, st.integers(2, 11), st.integers(1, 9))
    def test_with_one_other_digit_is_refused(self, number: str, place: int, more: int):
        other = str((int(number[place]) + more) % 10)
        assert understood(number[:place] + other + number[place + 1 :], TODAY) is None

    def test_changes_its_sign_with_the_year_and_not_on_the_birthday(self):
        assert understood("121212-1212", date(2011, 12, 31)) == "191212121212"
        assert understood("121212+1212", date(2011, 12, 31)) is None
        assert understood("121212+1212", date(2012, 1, 1)) == "191212121212"
        assert understood("121212-1212", date(2012, 1, 1)) is None  # it is to come

    def test_does_not_depend_on_the_day_on_which_the_test_is_run(self):
        assert understood("191231-2392", date(2019, 12, 31)) == "201912312392"
        assert understood("191231-2392", date(2019, 12, 30)) is None
        assert understood("191231-2392", date(2118, 1, 1)) == "201912312392"
        assert understood("191231-2392", date(2119, 1, 1)) is None


class TestAnythingElse:
    @pytest.mark.parametrize(
        "text",
        [
            "",
            " ",
            "19121212121",
            "1912121212121",
            "1212121212 ",
            " 191212121212",
            "191212121212\n",
            "191212 121212",
            "19121212 1212",
            "19121212--1212",
            "1912-1212-1212",
            "191212-121212",
            "19121212–1212",  # noqa: RUF001 - a dash, as word processors put it
            "SE191212121212",
            "19121212121X",
            "１９１２１２１２１２１２",  # noqa: RUF001 - digits, of another alphabet
            "١٩١٢١٢١٢١٢١٢",
            "191212T21212",
            "19121212T212",
            "121212-T212",
            "121212-R212",
            "000000000000",
            "190000000000",
            "1" * 5000,
            "-" * 5000,
        ],
    )
    def test_is_refused(self, text: str):
        assert understood(text, TODAY) is None

    @given(
        st.text(max_size=9)
        | st.from_regex(r"([0-9]{2})?[0-9]{6}[-+T]?[0-9]{3}[^0-9]", fullmatch=True)
    )
    def test_is_refused_and_nothing_else_happens(self, text: str):
        assert understood(text, TODAY) is None

    def test_is_refused_without_a_word_of_it(self):
        with pytest.raises(InvalidPersonalNumber) as refused:
            normalised("191212121213", today=TODAY)
        error = refused.value
        assert (str(error), error.__cause__, error.__context__) == ("", None, None)

    @pytest.mark.parametrize(
        "number",
        [
            "196113182809",  # the thirteenth month
            "196102302803",  # 30 February
            "196100182804",  # no month, and no coordination number
            "196101002805",  # no day
            "196101522800",  # no day either, nor one with 60 added
            "196113602800",  # the thirteenth month, its day not known
            "192702902381",  # 30 February, with 60 added
            "191500922396",  # the 32nd, with 60 added
            "196101180005",  # serial number 000
            "191711600005",
        ],
    )
    def test_with_a_date_that_cannot_be_is_refused(self, number: str):
        with_check = [number[:11] + str(digit) for digit in range(10)]
        assert [n for n in with_check if understood(n, TODAY) is not None] == []


@pytest.mark.parametrize("today", [date(2026, 3, 2), date(2026, 12, 31)])
def test_needs_to_be_told_the_day(today: date):
    unsafe: Any = normalised
    with pytest.raises(TypeError):
        unsafe("191212121212")
    assert normalised("191212121212", today=today) == "191212121212"
