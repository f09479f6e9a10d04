"""What people decide about a flag: which states allow it, and what it makes of the picture."""

from dataclasses import replace
from typing import get_args

import pytest

from app.flags.decide import dismiss, handle, release
from app.flags.picture import Flag, FlagState, Message, Picture, Referral, ReferralState

STATES: tuple[FlagState, ...] = get_args(FlagState)
CLOSED: tuple[FlagState, ...] = tuple(state for state in STATES if state != "open")
FLAG = Flag("flg_1", "r", 1, 100, frozenset({99, 100}), "open")
OTHER = Flag("flg_2", "s", 2, 90, frozenset({90}), "released", referral="ref_1")


def picture(flag: Flag = FLAG, *referrals: Referral) -> Picture:
    return Picture((OTHER, flag), referrals)


class TestRelease:
    def test_makes_a_referral_that_carries_the_flag(self):
        ended = Referral("ref_1", "closed")
        outcome = release(picture(FLAG, ended), "flg_1", "refer")
        assert outcome is not None
        other, flag = outcome.picture.flags
        assert other == OTHER
        assert flag == replace(FLAG, state="released", referral="new:1")
        assert outcome.picture.referrals == (ended, Referral("new:1", "requested"))
        assert outcome.messages == (Message("referral.requested", referral="new:1"),)

    @pytest.mark.parametrize(
        "state",
        ["requested", "accepted", "booked", "talk_held", "three_party_held", "plan_adopted"],
    )
    def test_attaches_the_flag_to_the_referral_that_is_open(self, state: ReferralState):
        standing = Referral("ref_1", state)
        outcome = release(picture(FLAG, standing), "flg_1", "refer")
        assert outcome is not None
        flag = replace(FLAG, state="inhibited", referral="ref_1", reason="open_referral")
        assert outcome.picture == Picture((OTHER, flag), (standing,))
        assert outcome.messages == ()

    @pytest.mark.parametrize("state", ["closed", "declined", "declined_by_employee", "withdrawn"])
    def test_does_not_attach_to_one_that_has_ended(self, state: ReferralState):
        outcome = release(picture(FLAG, Referral("ref_1", state)), "flg_1", "refer")
        assert outcome is not None
        assert outcome.picture.flag("flg_1").state == "released"

    @pytest.mark.parametrize("state", CLOSED)
    def test_is_for_open_flags_alone(self, state: FlagState):
        assert release(picture(replace(FLAG, state=state)), "flg_1", "refer") is None

    def test_is_not_for_a_rule_that_only_notifies(self):
        assert release(picture(), "flg_1", "notify") is None


class TestDismiss:
    def test_closes_the_flag_with_its_reason_and_tells_nobody(self):
        outcome = dismiss(picture(), "flg_1", "no_need")
        assert outcome is not None
        assert outcome.picture == picture(replace(FLAG, state="dismissed", reason="no_need"))
        assert outcome.messages == ()

    @pytest.mark.parametrize("state", CLOSED)
    def test_is_for_open_flags_alone(self, state: FlagState):
        assert dismiss(picture(replace(FLAG, state=state)), "flg_1", "no_need") is None


class TestHandle:
    def test_closes_the_flag_with_its_outcome_and_tells_nobody(self):
        outcome = handle(picture(), "flg_1", "notify", "talk_held")
        assert outcome is not None
        assert outcome.picture == picture(replace(FLAG, state="handled", reason="talk_held"))
        assert outcome.messages == ()

    @pytest.mark.parametrize("state", CLOSED)
    def test_is_for_open_flags_alone(self, state: FlagState):
        assert handle(picture(replace(FLAG, state=state)), "flg_1", "notify", "x") is None

    def test_is_not_for_a_rule_that_refers(self):
        assert handle(picture(), "flg_1", "refer", "talk_held") is None


@pytest.mark.parametrize(
    "decide",
    [
        lambda p: release(p, "flg_9", "refer"),
        lambda p: dismiss(p, "flg_9", "x"),
        lambda p: handle(p, "flg_9", "notify", "x"),
    ],
)
def test_a_flag_that_is_not_there_is_no_decision(decide):
    with pytest.raises(KeyError):
        decide(picture())
