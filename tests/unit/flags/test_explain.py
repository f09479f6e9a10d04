"""A flag in words: what becomes of it, what counted, what did not, and nothing unsaid."""

from datetime import date
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.absences.aside import Reason, set_aside
from app.absences.days import Part
from app.absences.fold import Absence
from app.absences.history import History
from app.absences.policy import Policy
from app.flags.explain import _UNCOUNTED, _UNSAID, explained, flag_in_words
from app.flags.picture import Flag, FlagState, Unflagged
from app.flags.reasons import CODES, reason_in_words
from app.flags.schemas import DismissReason, ExemptionReason, HandleOutcome
from app.flags.silences.schemas import SilenceReason
from app.rules.document import RuleDocument
from app.rules.presets import PRESETS
from app.rules.scope import Scope
from app.rules.trace import LANGUAGES, trace
from tests.strategies import conditions, examples

RULES = {rule.id: rule for preset in PRESETS.values() for rule in preset.rules}
SAID = [
    Absence(date(2025, 9, 1), date(2025, 9, 1)),
    Absence(date(2025, 10, 6), date(2025, 10, 8)),
    Absence(date(2025, 12, 1), date(2025, 12, 19)),
    Absence(date(2026, 1, 12), date(2026, 1, 13), extent=50),
    Absence(date(2026, 2, 2), date(2026, 2, 3), kind="other"),
    Absence(date(2026, 3, 2), None),
]
DAY = date(2026, 3, 3).toordinal()


def shown(rule: RuleDocument, policy: Policy, day: int = DAY) -> dict[str, Any]:
    history = History(SAID, policy, [], as_of=day)
    return trace(history, rule, day, set_aside([Part(SAID, [])], history))


def flag(state: FlagState, reason: str | None = None) -> Flag:
    return Flag("flg_1", "r", 1, DAY, frozenset(), state, reason)


class TestExplained:
    def test_is_this_for_a_worked_example(self):
        told = explained(
            RULES["early-3-183"], shown(RULES["early-3-183"], Policy(min_extent=100)), 14, "sv"
        )
        assert told.text == (
            "Den 3 mars 2026 hade du två korta sjukfrånvarotillfällen under 183 dagar. Regeln är "
            "lika för alla: vid tre eller fler korta sjukfrånvarotillfällen under 183 dagar får "
            "chefen besked och kan erbjuda ett omtankesamtal, högst en gång på 183 dagar. Ett kort "
            "tillfälle är högst 14 sjukdagar. Det här räknades: 6\N{EN DASH}8 oktober 2025 (tre "
            "sjukdagar) och 2\N{EN DASH}3 mars 2026 (två sjukdagar). Det här räknades inte: "
            "1\N{EN DASH}19 december 2025 (längre än 14 dagar), 12\N{EN DASH}13 januari 2026 (i "
            "för liten omfattning) och 2\N{EN DASH}3 februari 2026 (annan frånvaro än den som "
            "räknas). Med ett kort sjukfrånvarotillfälle till under 183 dagar hade regeln varit "
            "uppfylld. Regeln ser bara vilka dagar du har varit sjukanmäld, aldrig varför."
        )

    def test_says_the_same_in_english(self):
        rule = RULES["early-return-1"]
        assert explained(rule, shown(rule, Policy()), 14, "en").text == (
            "On 3 March 2026 you had two consecutive sick days. The rule is the same for "
            "everybody: with one or more consecutive sick days, the manager is told, and may offer "
            "a caring talk. This is what counted: 2\N{EN DASH}3 March 2026 (two sick days). "
            "This did not count: 2\N{EN DASH}3 February 2026 (another absence than what is "
            "counted). With two consecutive sick days fewer, the rule would not have been met. "
            "The rule sees only on which days you were reported sick, never why."
        )

    def test_names_what_counted_also_where_a_rule_says_it_by_denying(self):
        """Not fewer than two, and ill today: both are why."""
        few = {"measure": "episodes", "window": {"days": 183}, "op": "less_than", "value": 2}
        ill = {"measure": "ongoing_days", "op": "at_least", "value": 1}
        when = {"all": [{"not": {"any": [few]}}, ill]}
        rule = RuleDocument.model_validate({"id": "r", "when": when, "action": "notify"})
        told = explained(rule, shown(rule, Policy(min_extent=100)), 14, "sv")
        assert told.counted == (
            "Det här räknades: 6\N{EN DASH}8 oktober 2025 (tre sjukdagar) och 2\N{EN DASH}3 mars "
            "2026 (två sjukdagar)."
        )

    def test_of_a_rule_without_a_window_does_not_go_years_back(self):
        """Somebody ill today is not told of every absence there ever was that did not count."""
        rule = RULES["early-return-1"]
        said = [*SAID, Absence(date(2025, 3, 2), date(2025, 3, 2), cancelled=True)]
        said.append(Absence(date(2025, 3, 4), date(2025, 3, 5), kind="other"))
        history = History(said, Policy(), [], as_of=DAY)
        told = explained(
            rule, trace(history, rule, DAY, set_aside([Part(said, [])], history)), 14, "sv"
        )
        assert told.uncounted == (
            "Det här räknades inte: 4\N{EN DASH}5 mars 2025 (annan frånvaro än den som räknas) och "
            "2\N{EN DASH}3 februari 2026 (annan frånvaro än den som räknas)."
        )

    def test_does_not_call_a_rule_the_same_for_all_that_is_about_some(self):
        rule = RULES["early-3-183"].model_copy(update={"scope": Scope(units=["Lager"])})
        told = explained(rule, shown(rule, Policy()), 14, "sv").text
        assert "Regeln är lika för alla den gäller: vid" in told

    @pytest.mark.parametrize(
        ("language", "begun_before"),
        [
            ("sv", "6\N{EN DASH}8 oktober 2025 (tre sjukdagar, varav två i den period som räknas)"),
            ("en", "6\N{EN DASH}8 October 2025 (three sick days, two of them in the period that "),
        ],
    )
    def test_says_how_many_days_counted_of_an_episode_begun_before_the_window(
        self, language: Any, begun_before: str
    ):
        days = {"measure": "short_days", "window": {"days": 148}, "op": "at_least", "value": 4}
        rule = RuleDocument.model_validate({"id": "r", "when": days, "action": "notify"})
        told = explained(rule, shown(rule, Policy(min_extent=100)), 14, language)
        assert begun_before in told.counted
        whole = {"sv": "2\N{EN DASH}3 mars 2026 (två sjukdagar).", "en": "(two sick days)."}
        assert told.counted.endswith(whole[language])

    def test_explains_the_points_of_bradford(self):
        rule = RULES["bradford-200"]
        told = explained(rule, shown(rule, Policy()), 14, "sv")
        assert "antalet tillfällen gånger sig självt, gånger antalet sjukdagar" in told.rule
        assert "Ett kort tillfälle" not in told.rule

    @examples(100)
    @given(
        conditions(2),
        st.sampled_from(get_args(FlagState)),
        st.sampled_from(sorted(CODES)),
        st.sampled_from(LANGUAGES),
        st.integers(DAY - 400, DAY),
        st.sampled_from([Policy(), Policy(min_extent=100, exclusion_windows=((DAY - 9, DAY),))]),
    )
    def test_is_whole_sentences_for_any_rule(
        self, when: Any, state: Any, reason: str, language: Any, day: int, policy: Policy
    ):
        rule = RuleDocument.model_validate({"id": "r", "when": when, "action": "notify"})
        judged = shown(rule, policy, day)
        told = explained(rule, judged, 14, language).text
        said = flag_in_words(flag(state, reason), rule, judged, language)
        for text in (told, said):
            assert text.endswith(".")
            assert not {"{", "}"} & set(text)
            assert "  " not in text
            assert "None" not in text
        assert said.count(".") == 1


class TestFlagInWords:
    @pytest.mark.parametrize(
        ("state", "reason", "became"),
        [
            ("open", None, "en person hos arbetsgivaren tar ställning till om medarbetaren ska er"),
            ("released", None, "medarbetaren erbjuds ett hälsosamtal hos företagshälsovården."),
            ("withdrawn", None, "signalen är återkallad."),
            ("withdrawn", "reorganisation", "signalen är återkallad."),
            ("withdrawn", "open_referral", "signalen är återkallad."),
            (
                "withdrawn",
                "joined",
                "signalen är återkallad (anställningarna visade sig vara samma persons).",
            ),
            (
                "suppressed",
                "high_risk_protection",
                "regeln agerar inte den dagen (särskilt högriskskydd).",
            ),
            (
                "inhibited",
                "open_referral",
                "signalen läggs till en remiss som redan finns (en remiss är redan öppen).",
            ),
        ],
    )
    def test_says_what_becomes_of_it(self, state: Any, reason: str | None, became: str):
        rule = RULES["orust"]
        said = flag_in_words(flag(state, reason), rule, shown(rule, Policy()), "sv")
        assert said.split(": ", 1)[1].startswith(became)

    @pytest.mark.parametrize(
        ("language", "became"),
        [
            ("sv", "är uppfylld: signalen är ändå återkallad."),
            ("en", "is met: the flag is withdrawn all the same."),
        ],
    )
    def test_of_one_withdrawn_whose_day_still_holds_gives_no_reason(
        self, language: Any, became: str
    ):
        rule = RULES["early-return-1"]
        judged = shown(rule, Policy())
        assert judged["holds"]
        for reason in (None, "open_referral"):
            said = flag_in_words(flag("withdrawn", reason), rule, judged, language)
            assert said.endswith(became)

    def test_of_one_that_notifies_says_that_the_manager_is_told(self):
        rule = RULES["early-3-183"]
        said = flag_in_words(flag("open"), rule, shown(rule, Policy()), "sv")
        assert said.endswith(": chefen får besked och kan erbjuda ett omtankesamtal.")


class TestReasons:
    def test_have_words_for_every_code_there_is(self):
        codes = {
            code
            for codes in (DismissReason, HandleOutcome, ExemptionReason, SilenceReason, Unflagged)
            for code in get_args(codes)
        }
        assert codes <= CODES
        assert {"open_referral", "joined", "employment_over", "to_come", "pending"} <= CODES

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_differ_from_each_other(self, language: Any):
        assert len({reason_in_words(code, language) for code in CODES}) == len(CODES)

    def test_say_an_unknown_code_as_it_is(self):
        assert reason_in_words("of_another_version", "sv") == "of_another_version"

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_of_what_does_not_count_are_all_said_or_left_unsaid_on_purpose(self, language: Any):
        of_groups = {"too_long", "other_weekday", "in_the_window_before", "outside_window", "over"}
        known = set(_UNCOUNTED[language]) | _UNSAID
        assert known == of_groups | set(get_args(Reason))
