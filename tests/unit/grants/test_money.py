"""Amounts: taken in three forms, exact to the öre, and shown in one."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.strict_json import parse_json
from app.grants.money import MAX_KRONOR, AmountOutOfRange, NoAmount, kronor, ore_of

quickly = settings(max_examples=500, deadline=None, derandomize=True, database=None)


class TestTaken:
    @pytest.mark.parametrize(
        ("said", "ore"),
        [
            (12500, 1250000),
            (12500.0, 1250000),
            (12500.5, 1250050),
            (12500.05, 1250005),
            ("12500", 1250000),
            ("12500.5", 1250050),
            ("12500.00", 1250000),
            (0.01, 1),
            ("0.01", 1),
            (0.1, 10),
            (1e4, 1000000),
            (1_000_000, 100_000_000),
            ("1000000.00", 100_000_000),
            (999999.99, 99_999_999),
            (1.15, 115),  # which no binary fraction is: 100 times it is 114.99999999999999
        ],
    )
    def test_is_exact_in_every_form(self, said: Any, ore: int):
        assert ore_of(said) == ore

    @quickly
    @given(st.integers(1, MAX_KRONOR * 100))
    def test_from_json_is_what_was_written(self, ore: int):
        written = str(Decimal(ore) / 100)
        assert ore_of(parse_json(written.encode())) == ore
        assert ore_of(parse_json(json.dumps(written).encode())) == ore
        assert ore_of(kronor(ore)) == ore


class TestRefused:
    @pytest.mark.parametrize(
        "said",
        [0, -1, -0.5, 0.0, "0", "0.00", "-1.00", 1_000_001, "1000000.01", 1e300, 196101182803],
    )
    def test_is_nothing_and_too_much(self, said: Any):
        with pytest.raises(AmountOutOfRange):
            ore_of(said)

    @pytest.mark.parametrize(
        "said",
        [
            12500.005,
            0.1 + 0.2,
            1e-300,
            "12500.005",
            "12 500",
            "12500,00",
            "12500.",
            ".50",
            "1e4",
            "+5",
            "007",
            " 5",
            "5 ",
            "5\n",
            "",
            "\u0665",  # a five, and no ASCII digit
            "NaN",
            "Infinity",
            "0x10",
            "1_000",
            True,
            False,
            None,
            [5],
            {"a": 5},
        ],
    )
    def test_is_what_is_no_amount(self, said: Any):
        with pytest.raises(NoAmount):
            ore_of(said)


class TestShown:
    @pytest.mark.parametrize(
        ("ore", "words"),
        [
            (0, "0.00"),
            (1, "0.01"),
            (10, "0.10"),
            (99, "0.99"),
            (100, "1.00"),
            (1250050, "12500.50"),
        ],
    )
    def test_has_two_decimals(self, ore: int, words: str):
        assert kronor(ore) == words
