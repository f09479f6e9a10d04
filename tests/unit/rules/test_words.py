"""Rules in words: the comparator is spelled out, in both languages, for every measure."""

from datetime import date
from itertools import product
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from app.rules.document import (
    WINDOWLESS,
    Condition,
    Leaf,
    Measure,
    Op,
    RuleDocument,
    leaves,
)
from app.rules.language import Language
from app.rules.otherwise import figure_of
from app.rules.phrases import difference, figure
from app.rules.presets import PRESETS
from app.rules.words import in_words, rule_in_words, verdict, when
from tests.strategies import conditions, examples, leaf_conditions

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
        "fem eller fler sjukfrånvarotillfällen oavsett längd under tolv månader",
        "five or more absence episodes of any length within twelve months",
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
        "five or more absence episodes beginning on a Monday or Friday within twelve months",
    ),
    "episode_increase": (
        "en ökning med fem eller fler korta sjukfrånvarotillfällen de senaste tolv månaderna "
        "jämfört med de tolv månaderna dessförinnan",
        "an increase by five or more short absence episodes in the last twelve months "
        "compared with the twelve months before",
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
            increase = phrase.removeprefix("en ökning med ").removeprefix("an increase by ")
            assert increase.startswith(f"{comparator} ")
            assert (increase != phrase) is (measure == "episode_increase")

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
            ({"days": 1}, "under en dag", "within one day"),
            ({"days": 2}, "under två dagar", "within two days"),
            ({"days": 183}, "under 183 dagar", "within 183 days"),
            ({"weeks": 1}, "under en vecka", "within one week"),
            ({"weeks": 52}, "under 52 veckor", "within 52 weeks"),
            ({"months": 1}, "under en månad", "within one month"),
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
            *((-3, "-3", "-3"), (0, "noll", "zero"), (2, "två", "two"), (200, "200", "200")),
            *((8, "åtta", "eight"), (12, "tolv", "twelve"), (13, "13", "13")),
        ],
    )
    def test_says_small_numbers_as_words(self, value: int, sv: str, en: str):
        told = words(leaf("ongoing_days", "more_than", value))
        assert told == (f"fler än {sv} sjukdagar i följd", f"more than {en} consecutive sick days")

    @pytest.mark.parametrize(
        ("measure", "op", "sv", "en"),
        [
            ("episodes", "at_least", "ett eller flera korta sjuk", "one or more short absence ep"),
            ("episodes", "more_than", "fler än ett kort sjuk", "more than one short absence epi"),
            ("episodes", "at_most", "högst ett kort sjuk", "at most one short absence episode "),
            ("episodes", "less_than", "färre än ett kort sjuk", "fewer than one short absence e"),
            ("sick_days", "at_least", "en eller flera sjukdagar", "one or more sick days "),
            ("sick_days", "at_most", "högst en sjukdag ", "at most one sick day "),
            ("bradford", "more_than", "fler än ett Bradfordpoäng", "more than one Bradford point "),
        ],
    )
    def test_says_one_as_each_language_does(self, measure: str, op: str, sv: str, en: str):
        told = words(leaf(measure, op, 1))
        assert (told[0][: len(sv)], told[1][: len(en)]) == (sv, en)

    @pytest.mark.parametrize(
        ("op", "value", "sv", "en"),
        [
            ("at_least", 1, "en ökning med ett eller flera korta", "an increase by one or more"),
            ("at_least", 0, "ingen minskning av antalet korta", "no decrease in short absence"),
            ("at_least", -2, "en minskning med högst två korta", "a decrease by at most two"),
            ("more_than", 0, "en ökning av antalet korta", "an increase in short absence"),
            ("more_than", -1, "en minskning med färre än ett kort", "a decrease by fewer than one"),
            ("at_most", 2, "en ökning med högst två korta", "an increase by at most two short"),
            ("at_most", 0, "ingen ökning av antalet korta", "no increase in short absence"),
            ("at_most", -2, "en minskning med två eller fler", "a decrease by two or more"),
            ("less_than", 0, "en minskning av antalet korta", "a decrease in short absence"),
        ],
    )
    def test_says_which_way_a_number_went(self, op: str, value: int, sv: str, en: str):
        told = words(leaf("episode_increase", op, value))
        assert (told[0][: len(sv)], told[1][: len(en)]) == (sv, en)

    def test_says_that_no_change_is_enough_where_it_is(self):
        sv, en = words(leaf("episode_increase", "at_most", 2, {"months": 1}))
        assert "tillfällen, eller ingen ökning, den senaste månaden jämfört med månaden" in sv
        assert "episodes, or no increase, in the last month compared with the month before" in en

    def test_says_every_weekday_once_and_in_order(self):
        every = leaf("weekday_starts") | {"weekdays": [6, 5, 4, 3, 2, 1, 7, 1]}
        every["weekdays"] = every["weekdays"][:7]
        sv, en = words(every)
        assert "måndag, tisdag, onsdag, torsdag, fredag, lördag eller söndag" in sv
        assert "Friday, Saturday or Sunday" in en

    @examples(200)
    @given(leaf_conditions(), leaf_conditions(), st.sampled_from(LANGUAGES))
    def test_is_said_otherwise_than_any_other(self, one: Any, other: Any, language: Language):
        first, second = leaf_of(one), leaf_of(other)
        same = (figure_of(first), first.op, first.value) == (
            figure_of(second),
            second.op,
            second.value,
        )
        assert (in_words(first, language) == in_words(second, language)) is same


def leaf_of(document: dict[str, Any]) -> Leaf:
    found = condition(document)
    assert isinstance(found, Leaf)
    return found


class TestFigure:
    @pytest.mark.parametrize(
        ("measure", "value", "sv", "en"),
        [
            ("episodes", 0, "inga korta sjukfrånvarotillfällen", "no short absence episodes"),
            ("episodes", 1, "ett kort sjukfrånvarotillfälle", "one short absence episode"),
            ("short_days", 1, "en sjukdag i korta sjukfr", "one sick day in short absence"),
            ("bradford", 221, "221 Bradfordpoäng", "221 Bradford points"),
            ("weekday_starts", 2, "två sjukfrånvarotillfällen som börjar på en måndag eller ", ""),
            ("ongoing_days", 8, "åtta sjukdagar i följd", "eight consecutive sick days"),
            ("episode_increase", 0, "lika många korta sjukfr", "as many short absence episodes in"),
            ("episode_increase", 1, "ett kort sjukfrånvarotillfälle fler", "one more short abs"),
            ("episode_increase", -2, "två korta sjukfrånvarotillfällen färre", "two fewer short"),
        ],
    )
    def test_is_what_was_counted(self, measure: str, value: int, sv: str, en: str):
        counted = leaf_of(leaf(measure))
        assert figure(counted, value, "sv").startswith(sv)
        assert figure(counted, value, "en").startswith(en)

    @pytest.mark.parametrize(
        ("measure", "values", "sv", "en"),
        [
            ("episodes", (5, 4), "ett kort sjukfrånvarotillfälle färre under tolv", "one short"),
            ("episodes", (3, 5), "två korta sjukfrånvarotillfällen till under", "two short"),
            ("all_episodes", (9, 8), "ett sjukfrånvarotillfälle färre oavsett längd", "one abs"),
            ("short_days", (9, 7), "två sjukdagar färre i korta sjukfrånvaro", "two sick days f"),
            ("episode_increase", (2, 1), "ett kort sjukfrånvarotillfälle färre de sen", "one sh"),
            ("bradford", (200, 199), "199 Bradfordpoäng under", "199 Bradford points within"),
        ],
    )
    def test_says_how_much_more_or_less(
        self, measure: str, values: tuple[int, int], sv: str, en: str
    ):
        assert difference(leaf_of(leaf(measure)), *values, "sv").startswith(sv)
        assert difference(leaf_of(leaf(measure)), *values, "en").startswith(en)


A, B, C = leaf("episodes", value=3), leaf("ongoing_days", value=8), leaf("period_days", value=15)


class TestTree:
    @pytest.mark.parametrize(
        ("document", "en"),
        [
            ({"all": [A]}, "{a}"),
            ({"any": [{"all": [A]}]}, "{a}"),
            ({"all": [A, B]}, "{a}, and {b}"),
            ({"any": [A, B, C]}, "{a}, or {b}, or {c}"),
            ({"not": A}, "not {a}"),
            ({"not": {"not": A}}, "not (not {a})"),
            ({"any": [A, {"all": [B, C]}]}, "{a}, or ({b}, and {c})"),
            ({"all": [{"any": [A, B]}, C]}, "({a}, or {b}), and {c}"),
            ({"all": [{"not": A}, {"not": {"any": [B, C]}}]}, "not {a}, and (not ({b}, or {c}))"),
        ],
    )
    def test_is_said_with_brackets_where_one_could_misread(self, document: Any, en: str):
        parts = {n: words(part)[1] for n, part in zip("abc", (A, B, C), strict=True)}
        assert words(document)[1] == en.format(**parts)

    def test_is_said_in_swedish_with_swedish_joints(self):
        sv, _ = words({"any": [A, {"all": [B, {"not": C}]}]})
        assert sv == (
            "tre eller fler korta sjukfrånvarotillfällen under tolv månader, eller "
            "(åtta eller fler sjukdagar i följd, och inte 15 eller fler sjukdagar i "
            "sjuklöneperioden)"
        )


DAY = date(2026, 3, 2)


class TestVerdict:
    def test_says_the_figure_the_limit_and_whether_it_is_met(self):
        asked = condition(leaf("episodes"))
        assert verdict(asked, [6], DAY, holds=True, language="sv") == (
            "Den 2 mars 2026 räknas sex korta sjukfrånvarotillfällen under tolv månader; "
            "regeln gäller vid fem eller fler och är uppfylld."
        )
        assert verdict(asked, [4], DAY, holds=False, language="en") == (
            "On 2 March 2026 the count is four short absence episodes within twelve months; "
            "the rule applies at five or more and is not met."
        )

    def test_of_several_comparisons_gives_each_figure_once_and_the_whole_condition(self):
        asked = condition({"any": [A, B, A]})
        assert verdict(asked, [2, 7, 2], DAY, holds=False, language="sv") == (
            "Den 2 mars 2026 räknas två korta sjukfrånvarotillfällen under tolv månader och sju "
            "sjukdagar i följd; regeln gäller vid tre eller fler korta sjukfrånvarotillfällen "
            "under tolv månader, eller åtta eller fler sjukdagar i följd, eller tre eller fler "
            "korta sjukfrånvarotillfällen under tolv månader, och är inte uppfylld."
        )

    def test_of_a_denied_comparison_does_not_say_that_its_limit_is_asked_for(self):
        told = verdict(condition({"not": B}), [9], DAY, holds=False, language="sv")
        assert told.endswith(
            "regeln gäller utan åtta eller fler sjukdagar i följd, och är inte uppfylld."
        )

    @pytest.mark.parametrize(
        ("denied", "sv", "en"),
        [
            ("less_than", "vid fem eller fler och", "at five or more and"),
            ("at_most", "vid fler än fem och", "at more than five and"),
        ],
    )
    def test_says_a_denied_upper_limit_as_what_it_comes_to(self, denied: str, sv: str, en: str):
        asked = condition({"not": {"all": [leaf("episodes", denied)]}})
        assert f"regeln gäller {sv}" in verdict(asked, [6], DAY, holds=True, language="sv")
        assert f"the rule applies {en}" in verdict(asked, [6], DAY, holds=True, language="en")
        assert when(asked, "sv").startswith(f"{sv.removesuffix(' och')} korta sjukfr")
        part = in_words(condition({"any": [asked.model_dump(by_alias=True), A]}), "en")
        assert part.startswith(en.removeprefix("at ").removesuffix(" and"))

    def test_says_an_upper_limit_without_stumbling(self):
        told = verdict(condition(leaf("episodes", "at_most")), [4], DAY, holds=True, language="en")
        assert told.endswith("; the rule applies with at most five and is met.")


class TestRule:
    @pytest.mark.parametrize(
        ("more", "sv"),
        [
            (
                {"action": "refer"},
                "erbjuds medarbetaren ett hälsosamtal hos företagshälsovården, "
                "högst en gång på 183 dagar.",
            ),
            (
                {
                    "action": "refer",
                    "service": "rehabilitation_investigation",
                    "release": "manual",
                    "rearm_days": 90,
                },
                "erbjuds medarbetaren en rehabiliteringsutredning hos företagshälsovården när en "
                "namngiven person hos arbetsgivaren har beslutat det, högst en gång på 90 dagar.",
            ),
            (
                {"action": "notify", "rearm_days": 1},
                "får chefen besked och kan erbjuda ett omtankesamtal.",
            ),
        ],
    )
    def test_says_who_acts_and_what_follows(self, more: dict[str, Any], sv: str):
        rule = RuleDocument.model_validate({"id": "r", "when": leaf("episodes")} | more)
        begun = "Vid fem eller fler korta sjukfrånvarotillfällen under tolv månader "
        assert rule_in_words(rule, "sv") == begun + sv

    @examples(150)
    @given(conditions(3), st.sampled_from(["notify", "refer"]), st.sampled_from(LANGUAGES))
    def test_is_one_sentence_whatever_is_asked(self, when: Any, does: str, language: Language):
        rule = RuleDocument.model_validate({"id": "r", "when": when, "action": does})
        values = [one.value for one in leaves(rule.when)]
        for said in (
            rule_in_words(rule, language),
            verdict(rule.when, values, DAY, holds=True, language=language),
        ):
            assert said[0].isupper()
            assert said.endswith(".")
            assert said.count(".") == 1
            assert not {"{", "}", "  ", " ,", ",,", "None"} & {
                said[i : i + n] for n in (1, 2, 4) for i in range(len(said))
            }
            assert said.count("(") == said.count(")")


SAID = {
    "orust": ["five or more short absence episodes within twelve months"],
    "standard-6-12": ["six or more short absence episodes within twelve months"],
    "early-3-183": ["three or more short absence episodes within 183 days"],
    "ladder": [
        "three or more short absence episodes within twelve months, or "
        "eight or more sick days in short absence episodes within twelve months",
        "five or more short absence episodes within twelve months",
        "six or more short absence episodes within twelve months",
        "ten or more absence episodes of any length within twelve months",
    ],
    "industry-4-6": [
        "four or more short absence episodes within six months",
        "seven or more short absence episodes within twelve months",
    ],
    "more-than-3-12": ["more than three short absence episodes within twelve months"],
    "early-return": [
        *(
            f"{n} or more consecutive sick days"
            for n in ("one", "eight", "30", "60", "90", "180", "365")
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
