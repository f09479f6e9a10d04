"""Every trigger is answered for: by a flag, by a new one, or by the reason why there is none."""

from app.flags.picture import Flag, Outcome, Pause, Picture, Watch
from app.flags.reconcile import reconcile
from app.rules.triggers import Trigger


def watching(*days: int, **more: object) -> Watch:
    """A rule whose triggers rest on the ten days up to each of these."""
    given = {
        "rule": "r",
        "version": 1,
        "active": True,
        "action": "notify",
        "automatic": False,
        "rearm_days": 100,
        "max_age_days": 60,
        "live_from": 0,
        "triggers": tuple(
            Trigger(day, "crossing", frozenset(range(day - 9, day + 1))) for day in days
        ),
    }
    return Watch(**(given | more))  # type: ignore[arg-type]  # values of the fields' own types


def flag(on: int, state: str, reason: str | None = None) -> Flag:
    evidence = frozenset(range(on - 9, on + 1))
    return Flag(f"flg_{on}", "r", 1, on, evidence, state, reason)  # type: ignore[arg-type]


def answers(outcome: Outcome) -> set[int]:
    """The days of the triggers that are answered for in one way or another."""
    matched = {on for _, on, _ in outcome.answered}
    left = {on for _, on, _ in outcome.unflagged}
    return matched | left | {f.on for f in outcome.picture.flags if f.id.startswith("new:")}


def test_a_trigger_that_a_frozen_flag_stands_for_is_answered_by_it():
    """The flag keeps its own day: by that day alone the trigger would seem forgotten."""
    outcome = reconcile(Picture((flag(500, "handled"),)), [watching(503)], today=505)
    assert outcome.answered == (("r", 503, "flg_500"),)
    assert outcome.unflagged == ()
    assert [f.on for f in outcome.picture.flags] == [500]


def test_none_is_forgotten():
    outcome = reconcile(Picture(), [watching(300, 500, 550, 590)], today=600)
    assert answers(outcome) == {300, 500, 550, 590}
    assert outcome.unflagged == (
        ("r", 300, "historical"),
        ("r", 500, "historical"),
        ("r", 590, "rearm"),
    )


class TestReasonOfASuppressedFlag:
    def test_is_that_of_a_pause_that_covers_it(self):
        outcome = reconcile(
            Picture((flag(500, "suppressed", "other"),)),
            [watching(500)],
            [Pause(490, 510, "reorganisation", "r")],
            today=505,
        )
        assert [f.reason for f in outcome.picture.flags] == ["reorganisation"]
        assert outcome.messages == ()

    def test_stays_while_its_own_covers_it(self):
        pauses = [Pause(490, 510, "reorganisation"), Pause(490, 510, "other")]
        before = Picture((flag(500, "suppressed", "other"),))
        assert reconcile(before, [watching(500)], pauses, today=505).picture == before

    def test_follows_the_flag_to_another_day(self):
        pauses = [Pause(490, 500, "reorganisation"), Pause(501, 510, "other")]
        before = Picture((flag(500, "suppressed", "reorganisation"),))
        after = reconcile(before, [watching(503)], pauses, today=505).picture
        assert [(f.on, f.reason) for f in after.flags] == [(503, "other")]
        assert reconcile(after, [watching(503)], pauses, today=505).picture == after

    def test_of_another_rules_silence_is_none_of_its_own(self):
        silent = [Pause(490, 510, "other", "another")]
        outcome = reconcile(Picture(), [watching(500)], silent, today=505)
        assert [f.state for f in outcome.picture.flags] == ["open"]
