"""Shadow decisions: the same reconciliation, on their own flags."""

from datetime import date
from typing import Any

from hypothesis import given

from app.absences.history import History
from app.absences.policy import policy_from_json
from app.flags.picture import Flag, Picture, Referral, Watch
from app.flags.reconcile import reconcile
from app.flags.shadow.decide import Around, Decision, decide
from app.flags.watch import watch
from app.rules.cases import event_from_json, fold_all, rule_from_json
from app.rules.triggers import triggers_of
from app.rules.versions import StoredVersion
from tests.strategies import examples, live_cases

NOTHING = Picture()


def day(text: str) -> int:
    return date.fromisoformat(text).toordinal()


def around(today: int, picture: Picture = NOTHING) -> Around:
    return Around(picture, (), today, employed=True, silent_through=None)


def version(rule: Any, live_from: int) -> StoredVersion:
    return StoredVersion("rul_1", 2, True, rule_from_json(rule), "", live_from)


def watched(version: StoredVersion, history: History) -> Watch:
    return watch(version, triggers_of(history, version.document), automatic=False)


@examples(120)
@given(live_cases())
def test_alone_they_are_the_flags_that_would_be_raised(case: dict[str, Any]):
    """Step by step, whatever is corrected: as an employer has it that lets every flag lie."""
    rules = case.get("rules") or [case["rule"]]
    names = ("release", "live_from")
    rule = {name: value for name, value in rules[0].items() if name not in names}
    first = day(rules[0].get("live_from") or case["live_from"])
    policy = policy_from_json(case.get("policy", {}))
    said: list[Any] = []
    picture, stored = NOTHING, list[Decision]()
    for step in case["steps"]:
        said += [event_from_json(one) for one in step.get("events", ())]
        today = day(step["today"])
        history = History(fold_all(said).values(), policy, (), as_of=today)
        watches = [watched(version(rule, first), history)]
        outcome = reconcile(picture, watches, today=today)
        picture = outcome.picture
        stored = decide(stored, watches, around(today), first)
        told: set[tuple[int, str, frozenset[int]]] = {
            (f.on, "raised" if f.state == "open" else f.state, f.evidence) for f in picture.flags
        }
        told |= {(on, why, frozenset()) for _, on, why in outcome.unflagged if on >= first}
        assert {(one.on, one.outcome, one.evidence) for one in stored} == told
        assert len([one for one in stored if one.id]) == len(picture.flags)


RULE = {
    "id": "two",
    "when": {"measure": "episodes", "window": {"months": 12}, "op": "at_least", "value": 2},
    "action": "refer",
    "rearm_days": 30,
}


def history(*days: str) -> History:
    said = [
        event_from_json(
            {
                "id": on,
                "source": "hr",
                "type": "absence.reported",
                "occurred_at": f"{on}T07:00:00+01:00",
                "employee": "1",
                "absence": on,
                "first_day": on,
                "last_day": on,
            }
        )
        for on in days
    ]
    return History(fold_all(said).values(), policy_from_json({}), (), as_of=day(days[-1]))


def outcomes(picture: Picture, first: str, *days: str) -> list[tuple[str, str]]:
    watches = [watched(version(RULE, day(first)), history(*days))]
    found = decide([], watches, around(day(days[-1]), picture), day(first))
    return [(date.fromordinal(one.on).isoformat(), one.outcome) for one in found]


class TestWhatStandsBeside:
    """The live version's own doings since the shadow began are not its concern."""

    DAYS = ("2026-01-07", "2026-02-04", "2026-02-18", "2026-03-25")

    def flag(self, on: str, **more: Any) -> Flag:
        return Flag("flg_1", "two", 1, day(on), frozenset({day(on)}), "released", **more)

    def test_a_flag_of_before_holds_it_back(self):
        before = Picture((self.flag("2026-01-28"),))
        assert outcomes(before, "2026-02-01", *self.DAYS[:2]) == [("2026-02-04", "rearm")]

    def test_one_of_meanwhile_does_not(self):
        meanwhile = Picture((self.flag("2026-02-04"),))
        assert outcomes(meanwhile, "2026-02-01", *self.DAYS[:2]) == [("2026-02-04", "raised")]

    def test_nor_does_the_referral_that_it_led_to(self):
        own = Picture(
            (self.flag("2026-02-04", referral="ref_1"),), (Referral("ref_1", "requested"),)
        )
        assert outcomes(own, "2026-02-01", *self.DAYS) == [
            ("2026-02-04", "raised"),
            ("2026-03-25", "raised"),
            ("2026-02-18", "rearm"),
        ]

    def test_another_referral_does(self):
        other = Picture((), (Referral("ref_2", "accepted"),))
        assert outcomes(other, "2026-02-01", *self.DAYS[:2]) == [("2026-02-04", "inhibited")]
