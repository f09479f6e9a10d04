"""The figures of a referral, held against the oracle; the days that a letter names."""

from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.absences.history import History
from app.absences.policy import ordinal, periods_from_json, policy_from_json
from app.letters.basis import basis_on, stretches_counted
from app.rules.cases import event_from_json, fold_all
from app.rules.document import All, AnyOf, Leaf, Not
from app.rules.trace import decisive
from tests import oracle
from tests.strategies import cases, examples


def history_of(case: dict[str, Any]) -> History:
    return History(
        fold_all(event_from_json(e) for e in case["events"]).values(),
        policy_from_json(case.get("policy", {})),
        periods_from_json(case.get("employment", [])),
        as_of=ordinal(case["as_of"]),
    )


def a_year_before(day: date) -> date:
    """The first day of the twelve months that end with `day`: 29 February counts as the 28th."""
    leap = (day.month, day.day) == (2, 29)
    return (day - timedelta(days=leap)).replace(year=day.year - 1) + timedelta(days=1)


@examples(150)
@given(st.data())
def test_the_figures_agree_with_the_oracle_on_every_day(data: st.DataObject) -> None:
    case = data.draw(cases())
    as_of = date.fromisoformat(case["as_of"])
    day = as_of - timedelta(days=data.draw(st.integers(0, 200)))
    found = basis_on(history_of(case), day)
    first = a_year_before(day)
    judged = oracle.evaluate_case(case | {"as_of": day.isoformat(), "rules": []})
    begun = [e for e in judged["episodes"] if e["first_day"] >= first.isoformat()]
    assert (found.first_day, found.last_day) == (first, day)
    assert [
        {
            "first_day": e.first_day.isoformat(),
            "last_day": e.last_day.isoformat(),
            "sick_days": e.sick_days,
            "short": e.short,
        }
        for e in found.episodes
    ] == [{k: e[k] for k in ("first_day", "last_day", "sick_days", "short")} for e in begun]
    assert found.sick_days == sum(e["sick_days"] for e in begun)
    assert found.short == sum(e["short"] for e in begun)
    starts = [date.fromisoformat(e["first_day"]).isoweekday() for e in begun]
    assert list(found.weekday_starts) == [starts.count(n) for n in range(1, 8)]


def test_an_episode_is_cut_off_at_the_day_the_figures_are_for() -> None:
    reported = {
        "id": "e1",
        "source": "hr",
        "type": "absence.reported",
        "occurred_at": "2026-03-02T07:00:00+01:00",
        "employee": "1001",
        "absence": "a",
        "first_day": "2026-03-02",
    }
    history = history_of({"events": [reported], "as_of": "2026-03-20"})
    [episode] = basis_on(history, date(2026, 3, 4)).episodes
    assert (episode.last_day, episode.sick_days, episode.short) == (date(2026, 3, 4), 3, True)
    [later] = basis_on(history, date(2026, 3, 20)).episodes
    assert (later.sick_days, later.short) == (19, False)


def test_a_year_without_sick_days_is_all_zeros() -> None:
    empty = basis_on(history_of({"events": [], "as_of": "2026-03-02"}), date(2026, 3, 2))
    assert (empty.episodes, empty.short, empty.sick_days) == ((), 0, 0)
    assert empty.weekday_starts == (0,) * 7


def comparison(*stretches: str, holds: bool = True) -> dict[str, Any]:
    pairs = [stretch.split("/") for stretch in stretches]
    return {"holds": holds, "counted": [{"first_day": a, "last_day": b} for a, b in pairs]}


def stretches(*comparisons: dict[str, Any]) -> list[str]:
    any_of_them = AnyOf(any=[LEAF] * len(comparisons)) if comparisons else LEAF
    told = decisive(any_of_them, comparisons) if comparisons else ()
    return [f"{a}/{b}" for a, b in stretches_counted(told)]


LEAF = Leaf(measure="ongoing_days", op="at_least", value=1)


class TestStretches:
    def test_are_named_once_and_in_order(self):
        one = comparison("2026-01-12/2026-01-14", "2026-03-02/2026-03-02")
        other = comparison("2025-10-06/2025-10-06", "2026-03-02/2026-03-02")
        expected = ["2025-10-06/2025-10-06", "2026-01-12/2026-01-14", "2026-03-02/2026-03-02"]
        assert stretches(one, other) == expected

    def test_within_another_are_left_out(self):
        spells = comparison("2026-01-12/2026-01-13", "2026-01-16/2026-01-16")
        episodes = comparison("2026-01-12/2026-01-16", "2026-01-19/2026-01-19")
        expected = ["2026-01-12/2026-01-16", "2026-01-19/2026-01-19"]
        assert stretches(spells, episodes) == stretches(episodes, spells) == expected

    def test_of_a_comparison_that_does_not_hold_decided_nothing(self):
        held = comparison("2026-03-02/2026-03-02")
        did_not = comparison("2025-01-07/2025-01-09", holds=False)
        assert stretches(held, did_not) == ["2026-03-02/2026-03-02"]

    def test_of_what_a_rule_denies_decided_when_it_did_not_hold(self):
        denied = comparison("2026-01-12/2026-01-14", holds=False)
        held = comparison("2026-03-02/2026-03-02")
        both = All(all=[Not.model_validate({"not": LEAF}), LEAF])
        assert list(decisive(both, [denied, held])) == [denied, held]
        assert list(decisive(both, [held, held])) == [held]

    def test_are_all_there_is_when_none_holds_any_more(self):
        assert stretches(comparison("2026-03-02/2026-03-02", holds=False)) == [
            "2026-03-02/2026-03-02"
        ]
        assert stretches() == []
