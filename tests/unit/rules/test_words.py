"""Rules in words: the comparator is spelled out, in both languages, for every measure."""

from itertools import product
from typing import Any, get_args

import pytest
from pydantic import TypeAdapter

from app.rules.document import WINDOWLESS, Condition, Measure, Op
from app.rules.presets import PRESETS
from app.rules.words import Language, in_words, verdict

MEASURES: tuple[Measure, ...] = get_args(Measure)
OPS: tuple[Op, ...] = get_args(Op)
LANGUAGES: tuple[Language, ...] = get_args(Language)
_CONDITION: TypeAdapter[Condition] = TypeAdapter(Condition)


def condition(document: dict[str, Any]) -> Condition:
    return _CONDITION.validate_python(document)


def leaf(
    measure: str, op: str = "at_least", value: int = 5, window: dict[str, int] | None = None
) -> dict[str, Any]:
    shown: dict[str, Any] = {"measure": measure, "op": op, "value": value}
    if measure not in WINDOWLESS:
        shown["window"] = window or {"months": 12}
    if measure == "weekday_starts":
        shown["weekdays"] = [1, 5]
    return shown


def words(document: dict[str, Any]) -> tuple[str, str]:
    return in_words(condition(document), "sv"), in_words(condition(document), "en")


PHRASES = {
    "episodes": (
        "fem eller fler korta sjukfrånvarotillfällen under tolv månader",
        "five or more short absence episodes within twelve months",
    ),
    "all_episodes": (
        "fem eller fler sjukfrånvarotillfällen under tolv månader",
        "five or more absence episodes within twelve months",
    ),
    "short_days": (
        "fem eller fler sjukdagar i korta sjukfrånvarotillfällen under tolv månader",
        "five or more sick days in short absence episodes within twelve months",
    ),
    "sick_days": (
        "fem eller fler sjukdagar under tolv månader",
        "five or more sick days within twelve months",
    ),
    "bradford": (
        "fem eller fler Bradfordpoäng under tolv månader",
        "five or more Bradford points within twelve months",
    ),
    "weekday_starts": (
        "fem eller fler sjukfrånvarotillfällen som börjar på en måndag eller fredag"
        " under tolv månader",
        "five or more absence episodes that begin on a Monday or Friday within twelve months",
    ),
    "episode_increase": (
        "fem eller fler korta sjukfrånvarotillfällen utöver dem i perioden före under tolv månader",
        "five or more short absence episodes beyond those of the period before"
        " within twelve months",
    ),
    "ongoing_days": ("fem eller fler sjukdagar i följd", "five or more consecutive sick days"),
    "period_days": (
        "fem eller fler sjukdagar i sjuklöneperioden",
        "five or more sick days in the sick-pay period",
    ),
}
COMPARATORS = {
    "at_least": ("fem eller fler", "five or more"),
    "more_than": ("fler än fem", "more than five"),
    "at_most": ("högst fem", "at most five"),
    "less_than": ("färre än fem", "fewer than five"),
}


class TestLeaf:
    def test_has_words_for_all_there_is(self):
        assert PHRASES.keys() == set(MEASURES)
        assert COMPARATORS.keys() == set(OPS)

    @pytest.mark.parametrize("measure", MEASURES)
    def test_says_what_is_counted_and_since_when(self, measure: str):
        assert words(leaf(measure)) == PHRASES[measure]

    @pytest.mark.parametrize("op", OPS)
    @pytest.mark.parametrize("measure", MEASURES)
    def test_says_how_it_is_compared(self, measure: str, op: str):
        for phrase, comparator in zip(words(leaf(measure, op)), COMPARATORS[op], strict=True):
            assert phrase.startswith(f"{comparator} ")

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_says_each_rule_otherwise_than_every_other(self, language: Language):
        documents = [
            leaf(measure, op, value)
            for measure, op, value in product(MEASURES, OPS, (-1, 0, 1, 5, 12, 13, 200))
        ]
        phrases = {in_words(condition(document), language) for document in documents}
        assert len(phrases) == len(documents)

    @pytest.mark.parametrize(
        ("window", "sv", "en"),
        [
            ({"days": 1}, "under 1 dag", "within 1 day"),
            ({"days": 2}, "under två dagar", "within two days"),
            ({"days": 183}, "under 183 dagar", "within 183 days"),
            ({"weeks": 1}, "under 1 vecka", "within 1 week"),
            ({"weeks": 52}, "under 52 veckor", "within 52 weeks"),
            ({"months": 1}, "under 1 månad", "within 1 month"),
            ({"months": 12}, "under tolv månader", "within twelve months"),
            ({"months": 13}, "under 13 månader", "within 13 months"),
        ],
    )
    def test_says_the_window(self, window: dict[str, int], sv: str, en: str):
        told = words(leaf("sick_days", window=window))
        assert told == (f"fem eller fler sjukdagar {sv}", f"five or more sick days {en}")

    @pytest.mark.parametrize(
        ("value", "sv", "en"),
        [
            *((-3, "-3", "-3"), (0, "noll", "zero"), (1, "1", "1"), (2, "två", "two")),
            *((8, "åtta", "eight"), (12, "tolv", "twelve"), (13, "13", "13"), (200, "200", "200")),
        ],
    )
    def test_says_small_numbers_as_words(self, value: int, sv: str, en: str):
        told = words(leaf("ongoing_days", "more_than", value))
        assert told == (f"fler än {sv} sjukdagar i följd", f"more than {en} consecutive sick days")

    def test_says_every_weekday(self):
        every = leaf("weekday_starts") | {"weekdays": [1, 2, 3, 4, 5, 6, 7]}
        sv, en = words(every)
        assert "måndag eller tisdag eller onsdag eller torsdag eller fredag" in sv
        assert "lördag eller söndag" in sv
        assert "Saturday or Sunday" in en


A, B, C = leaf("episodes", value=3), leaf("ongoing_days", value=8), leaf("period_days", value=15)


class TestTree:
    @pytest.mark.parametrize(
        ("document", "en"),
        [
            ({"all": [A]}, "a"),
            ({"all": [A, B]}, "a and b"),
            ({"any": [A, B, C]}, "a or b or c"),
            ({"not": A}, "not a"),
            ({"not": {"not": A}}, "not (not a)"),
            ({"any": [A, {"all": [B, C]}]}, "a or (b and c)"),
            ({"all": [{"any": [A, B]}, C]}, "(a or b) and c"),
            ({"all": [{"not": A}, {"not": {"any": [B, C]}}]}, "(not a) and (not (b or c))"),
        ],
    )
    def test_is_said_with_brackets_where_one_could_misread(self, document: Any, en: str):
        for name, part in zip("abc", (A, B, C), strict=True):
            en = " ".join(
                word.replace(name, in_words(condition(part), "en"))
                if word.strip("()") == name
                else word
                for word in en.split(" ")
            )
        assert words(document)[1] == en

    def test_is_said_in_swedish_with_swedish_joints(self):
        sv, _ = words({"any": [A, {"all": [B, {"not": C}]}]})
        assert sv == (
            "tre eller fler korta sjukfrånvarotillfällen under tolv månader eller "
            "(åtta eller fler sjukdagar i följd och "
            "(inte 15 eller fler sjukdagar i sjuklöneperioden))"
        )


class TestVerdict:
    def test_says_what_was_asked_what_came_out_and_whether_it_is_met(self):
        asked = condition(leaf("episodes"))
        assert verdict(asked, holds=True, values=[6], language="sv") == (
            "Fem eller fler korta sjukfrånvarotillfällen under tolv månader: "
            "utfallet är 6, villkoret är uppfyllt."
        )
        assert verdict(asked, holds=False, values=[4], language="en") == (
            "Five or more short absence episodes within twelve months: "
            "the outcome is 4, the condition is not met."
        )

    def test_gives_a_figure_for_each_comparison_in_reading_order(self):
        asked = condition({"any": [A, B]})
        told = verdict(asked, holds=False, values=[2, 7], language="en")
        assert told.endswith(": the outcome is 2, 7, the condition is not met.")


SAID = {
    "orust": ["five or more short absence episodes within twelve months"],
    "standard-6-12": ["six or more short absence episodes within twelve months"],
    "early-3-183": ["three or more short absence episodes within 183 days"],
    "ladder": [
        "three or more short absence episodes within twelve months or "
        "eight or more sick days in short absence episodes within twelve months",
        "five or more short absence episodes within twelve months",
        "six or more short absence episodes within twelve months",
        "ten or more absence episodes within twelve months",
    ],
    "industry-4-6": [
        "four or more short absence episodes within six months",
        "seven or more short absence episodes within twelve months",
    ],
    "more-than-3-12": ["more than three short absence episodes within twelve months"],
    "early-return": [
        *(
            f"{n} or more consecutive sick days"
            for n in ("1", "eight", "30", "60", "90", "180", "365")
        ),
        "15 or more sick days in the sick-pay period",
    ],
    "bradford-200": ["200 or more Bradford points within 52 weeks"],
}


class TestPresets:
    @pytest.mark.parametrize("name", PRESETS)
    def test_are_said_as_they_are_meant(self, name: str):
        assert [in_words(rule.when, "en") for rule in PRESETS[name].rules] == SAID[name]

    @pytest.mark.parametrize("name", PRESETS)
    def test_are_said_in_swedish_too(self, name: str):
        for rule in PRESETS[name].rules:
            said = in_words(rule.when, "sv")
            assert said != in_words(rule.when, "en")
            assert "sjuk" in said.lower() or "Bradfordpoäng" in said
