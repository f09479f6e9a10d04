"""What a look judges, against judging everything: nothing that it leaves out changes anything."""

from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.absences.fold import Absence
from app.absences.history import History
from app.absences.policy import Policy
from app.flags.picture import Flag, Pause, Picture, Referral
from app.flags.reconcile import JOINED, reconcile
from app.flags.watch import triggers_that_matter, watch
from app.rules.document import RuleDocument
from app.rules.triggers import Trigger, triggers_of
from app.rules.versions import StoredVersion
from tests.strategies import examples

BEGIN, LENGTH = 738_000, 150
DAYS = st.integers(BEGIN, BEGIN + LENGTH)


@st.composite
def rules(draw: st.DrawFn) -> RuleDocument:
    measure = draw(st.sampled_from(["episodes", "episodes", "sick_days", "ongoing_days"]))
    window = (
        {} if measure == "ongoing_days" else {"window": {"days": draw(st.sampled_from([9, 60]))}}
    )
    return RuleDocument.model_validate(
        {
            "id": "a",
            "when": {
                "measure": measure,
                "op": "at_least",
                "value": draw(st.integers(1, 3)),
                **window,
            },
            "action": draw(st.sampled_from(["notify", "refer"])),
            "rearm_days": draw(st.sampled_from([1, 20, 60])),
            "max_age_days": draw(st.sampled_from([10, 60, 300])),
        }
    )


STATES = ["open", "open", "released", "withdrawn", "suppressed", "inhibited", "dismissed"]


@st.composite
def flags(draw: st.DrawFn, number: int, sick: list[int], found: list[Trigger]) -> Flag:
    """Mostly of a trigger's own day; of another version, rule or referral now and then."""
    state: Any = draw(st.sampled_from(STATES))
    carries = {"released": ["r1", "r2", "gone"], "inhibited": ["r1", "gone"]}.get(state, [None])
    strange = Trigger(draw(st.sampled_from(sick) | DAYS), evidence=frozenset(sick[:3]))
    trigger = draw(st.sampled_from([*found, *found, strange]))
    return Flag(
        id=f"flg_{number}",
        rule=draw(st.sampled_from(["a", "a", "a", "b"])),
        version=draw(st.sampled_from([2, 2, 1])),
        on=trigger.on,
        evidence=trigger.evidence,
        state=state,
        reason=draw(st.sampled_from([None, JOINED])) if state == "withdrawn" else None,
        referral=draw(st.sampled_from(carries)),
        erasing=draw(st.sampled_from([False, False, False, True])),
    )


@examples(1500)
@given(st.data())
def test_the_same_comes_of_it(data: st.DataObject):
    starts = data.draw(st.lists(DAYS, min_size=1, max_size=12, unique=True))
    lengths = data.draw(st.lists(st.integers(1, 6), min_size=12, max_size=12))
    said = [
        Absence(first_day=date.fromordinal(first), last_day=date.fromordinal(first + length - 1))
        for first, length in zip(starts, lengths, strict=False)
    ]
    history = History(said, Policy(), (), as_of=data.draw(st.integers(max(starts), BEGIN + LENGTH)))
    written = data.draw(rules()), data.draw(rules())
    found = [trigger for rule in written for trigger in triggers_of(history, rule)]
    count = data.draw(st.integers(0, 5))
    raised = tuple(data.draw(flags(number, history.sick, found)) for number in range(count))
    picture = Picture(raised, (Referral("r1", "booked"), Referral("r2", "closed")))
    live_from = data.draw(st.just(BEGIN) | DAYS | st.none())
    silent = data.draw(st.sampled_from([None, None, BEGIN + 50]))
    pauses = data.draw(st.sampled_from([(), (Pause(BEGIN + 30, BEGIN + 90, "because"),)]))
    versions = [
        StoredVersion("rul_1", number, number == 2, rule, "", live_from)
        for number, rule in enumerate(written, 1)
    ]
    every = [watch(v, triggers_of(history, v.document), automatic=True) for v in versions]
    some = [
        watch(
            v,
            triggers_that_matter(history, v.document, v.version, live_from, picture, silent),
            automatic=True,
        )
        for v in versions
    ]
    settings: dict[str, Any] = {"today": history.as_of, "silent_through": silent}
    whole = reconcile(picture, every, pauses, **settings)
    looked = reconcile(picture, some, pauses, **settings)
    assert looked.picture == whole.picture
    assert looked.messages == whole.messages
    assert set(looked.unflagged) <= set(whole.unflagged)
    left = [one for one in some if one.triggers or any(f.rule == one.rule for f in raised)]
    assert looked == reconcile(picture, left, pauses, **settings)
