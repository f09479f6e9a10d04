"""The tests that a rule carries: what they may say, and how they come out."""

from typing import Any
from unittest.mock import Mock

import pytest

from app.core.errors import InvalidInput
from app.privacy.redact import validated
from app.rules.document import DOCUMENT, LadderDocument, RuleDocument
from app.rules.proving import TooMuchWork, prove

TWO = {"measure": "episodes", "window": {"months": 1}, "op": "at_least", "value": 2}
ILL = {"measure": "ongoing_days", "op": "at_least", "value": 1}


def ill(first: str, last: str | None = None, **more: Any) -> dict[str, Any]:
    said = {"type": "absence.reported", "absence": first, "first_day": first}
    return said | {"last_day": last or first} | more


def trial(*events: dict[str, Any], triggers: list[Any], **more: Any) -> dict[str, Any]:
    return {"events": list(events), "as_of": "2026-03-31", "triggers": triggers} | more


def rule(*tests: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"id": "r", "when": TWO, "action": "notify", "tests": list(tests)} | more


def differences(*tests: dict[str, Any], **more: Any) -> list[list[tuple[int, str, str]]]:
    proofs = prove(DOCUMENT.validate_python(rule(*tests, **more)))
    return [[(d.rung, d.on.isoformat(), d.problem) for d in p.differences] for p in proofs]


def wrong(document: Any, model: Any = RuleDocument) -> list[tuple[str, str]]:
    with pytest.raises(InvalidInput) as refused:
        validated(model, document)
    return [(error.pointer, error.code) for error in refused.value.errors]


TWICE = (ill("2026-03-02"), ill("2026-03-17"))


class TestProof:
    def test_passes_when_every_trigger_is_as_expected(self):
        full = [{"on": "2026-03-17", "kind": "crossing", "accepted": True}]
        assert differences(trial(*TWICE, triggers=full)) == [[]]
        assert differences(trial(*TWICE, triggers=[{"on": "2026-03-17"}])) == [[]]
        assert differences(trial(TWICE[0], triggers=[])) == [[]]
        assert differences(trial(triggers=[])) == [[]]

    @pytest.mark.parametrize(
        ("expected", "problems"),
        [
            ([], [(1, "2026-03-17", "unexpected")]),
            (
                [{"on": "2026-03-02"}],
                [(1, "2026-03-02", "missing"), (1, "2026-03-17", "unexpected")],
            ),
            ([{"on": "2026-03-17", "kind": "renewal"}], [(1, "2026-03-17", "kind_differs")]),
            (
                [{"on": "2026-03-17", "accepted": False}],
                [(1, "2026-03-17", "acceptance_differs")],
            ),
            (
                [{"on": "2026-03-17", "rung": 2}],
                [(1, "2026-03-17", "unexpected"), (2, "2026-03-17", "missing")],
            ),
        ],
    )
    def test_names_every_difference(self, expected: Any, problems: Any):
        assert differences(trial(*TWICE, triggers=expected)) == [problems]

    def test_judges_by_the_policy_and_the_employment_of_the_test(self):
        none = trial(*TWICE, triggers=[], policy={"merge_gap_days": 14})
        after = trial(*TWICE, triggers=[], employment=[{"first_day": "2026-03-10"}])
        excluded = {"exclusion_windows": [{"first_day": "2026-03-01", "last_day": "2026-03-05"}]}
        assert differences(none, after, trial(*TWICE, triggers=[], policy=excluded)) == [[], [], []]

    def test_knows_corrections_in_the_order_of_the_list(self):
        gone = {"type": "absence.cancelled", "absence": "2026-03-02"}
        moved = {"type": "absence.changed", "absence": "2026-03-02", "first_day": "2026-02-02"}
        open_end = {"type": "absence.changed", "absence": "2026-03-17", "last_day": None}
        assert differences(trial(*TWICE, gone, triggers=[])) == [[]]
        assert differences(trial(TWICE[0], gone, *TWICE, triggers=[{"on": "2026-03-17"}])) == [[]]
        assert differences(trial(*TWICE, moved | {"last_day": "2026-02-02"}, triggers=[])) == [[]]
        longer = trial(*TWICE, open_end, triggers=[{"on": "2026-03-17"}])
        assert differences(longer) == [[]]

    def test_or_of_their_times_where_those_are_given(self):
        first, second = "2026-03-17T07:00:00+01:00", "2026-03-18T07:00:00+01:00"
        gone = {"type": "absence.cancelled", "absence": "2026-03-17", "occurred_at": second}
        dated = [one | {"occurred_at": first} for one in TWICE]
        assert differences(trial(gone, *dated, triggers=[])) == [[]]

    def test_counts_no_trigger_outside_the_validity(self):
        late = {"validity": {"from": "2026-03-18"}}
        assert differences(trial(*TWICE, triggers=[]), **late) == [[]]

    def test_of_a_ladder_says_which_rung(self):
        rungs = [
            {"when": ILL, "action": "notify", "rearm_days": 1},
            {"when": TWO, "action": "refer"},
        ]
        expected = [{"on": "2026-03-02"}, {"on": "2026-03-17"}, {"on": "2026-03-17", "rung": 2}]
        document = {"id": "r", "rungs": rungs, "tests": [trial(*TWICE, triggers=expected)]}
        [proof] = prove(DOCUMENT.validate_python(document))
        assert proof.passed

    def test_that_takes_too_much_work_is_not_begun(self, monkeypatch: pytest.MonkeyPatch):
        long = ill("2016-06-01", "2026-03-31")
        many = {"any": [TWO | {"value": n} for n in range(1, 16)]}
        document = DOCUMENT.validate_python(rule(*[trial(long, triggers=[])] * 50, when=many))
        judged = Mock(side_effect=AssertionError("begun"))
        monkeypatch.setattr("app.rules.proving.triggers_of", judged)
        with pytest.raises(TooMuchWork) as refused:
            prove(document)
        assert refused.value.place == 1


class TestForm:
    @pytest.mark.parametrize(
        ("test", "expected"),
        [
            ({}, [("/events", "required"), ("/as_of", "required"), ("/triggers", "required")]),
            (
                trial(ill("2026-02-30"), triggers=[]),
                [("/events/0/first_day", "invalid_date"), ("/events/0/last_day", "invalid_date")],
            ),
            (
                trial(ill("2026-03-02", extent=0), triggers=[]),
                [("/events/0/extent", "out_of_range")],
            ),
            (trial({"type": "absence.lost"}, triggers=[]), [("/events/0/type", "invalid_choice")]),
            (
                trial(ill("2026-03-02", diagnosis="x"), triggers=[]),
                [("/events/0/diagnosis", "forbidden_field")],
            ),
            (trial(ill("2010-03-02"), triggers=[]), [("", "date_out_of_range")]),
            (
                trial(
                    ill("2026-03-02", employee="1"), ill("2026-03-03", employee="2"), triggers=[]
                ),
                [("", "one_employee")],
            ),
            (
                trial(
                    ill("2026-03-02"),
                    ill("2026-03-03", occurred_at="2026-03-03T07:00:00Z"),
                    triggers=[],
                ),
                [("", "occurred_at_missing")],
            ),
            (
                trial({"type": "absence.changed", "absence": "a"}, triggers=[]),
                [("/events/0", "nothing_changed")],
            ),
            (
                trial({"type": "absence.ended", "absence": "a"}, triggers=[]),
                [("/events/0", "one_of_two")],
            ),
            (trial(*[ill("2026-03-02")] * 101, triggers=[]), [("/events", "too_long")]),
            (
                trial(triggers=[{"on": "2026-03-02", "rung": 10}]),
                [("/triggers/0/rung", "out_of_range")],
            ),
        ],
    )
    def test_that_does_not_fit_is_refused_in_its_place(self, test: Any, expected: Any):
        places = [(f"#/tests/0{place}", code) for place, code in expected]
        assert wrong(rule(test)) == places

    def test_of_too_many_or_too_large_tests_is_refused(self):
        assert wrong(rule(*[trial(triggers=[])] * 51)) == [("#/tests", "too_long")]
        full = trial(*[ill("2026-03-02")] * 100, triggers=[])
        assert wrong(rule(*[full] * 11)) == [("#", "tests_too_large")]

    @pytest.mark.parametrize(
        ("more", "expected"),
        [
            ({"scope": {}}, [("#/scope", "scope_empty")]),
            ({"scope": {"units": []}}, [("#/scope/units", "too_short")]),
            (
                {"scope": {"employment_forms": ["fast"]}},
                [("#/scope/employment_forms/0", "invalid_choice")],
            ),
            ({"validity": {}}, [("#/validity", "validity_empty")]),
            (
                {"validity": {"from": "2026-02-01", "to": "2026-01-01"}},
                [("#/validity", "range_reversed")],
            ),
            ({"legal_basis": "a\nb"}, [("#/legal_basis", "invalid_format")]),
        ],
    )
    def test_of_scope_and_validity(self, more: Any, expected: Any):
        assert wrong(rule(**more)) == expected

    @pytest.mark.parametrize(
        ("ladder", "expected"),
        [
            ({"rungs": []}, [("#/rungs", "too_short")]),
            ({"rungs": [{"when": TWO, "action": "notify"}] * 10}, [("#/rungs", "too_long")]),
            ({"rungs": [{"when": TWO}]}, [("#/rungs/0/action", "required")]),
            (
                {"rungs": [{"when": TWO | {"value": "2"}, "action": "notify"}]},
                [("#/rungs/0/when/value", "invalid_integer")],
            ),
            ({"rungs": [], "when": TWO}, [("#/rungs", "too_short"), ("#/when", "unknown_field")]),
        ],
    )
    def test_of_a_ladder(self, ladder: Any, expected: Any):
        assert wrong({"id": "r"} | ladder, LadderDocument) == expected

    def test_that_was_read_is_written_again_as_it_was(self):
        open_end = {"type": "absence.changed", "absence": "a", "last_day": None}
        document = rule(
            trial(*TWICE, open_end, triggers=[{"on": "2026-03-17"}], policy={"min_extent": 100}),
            scope={"units": ["north"], "employment_forms": ["hourly"]},
            validity={"from": "2026-01-01"},
            legal_basis="SFB 30 kap. 6 §",
        )
        read = DOCUMENT.validate_python(document)
        defaults = {"rearm_days": 183, "max_age_days": 60}
        assert read.to_json() == document | defaults
        assert DOCUMENT.validate_python(read.to_json()).content_hash() == read.content_hash()
        assert (
            read.content_hash() != DOCUMENT.validate_python(rule(*document["tests"])).content_hash()
        )
