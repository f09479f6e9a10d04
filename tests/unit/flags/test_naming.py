"""Lasting ids for what is new, the same wherever it is spoken of, and none for what is not."""

import re

from app.flags.naming import named
from app.flags.picture import Flag, Message, Outcome, Picture, Referral


def flag(flag_id: str, referral: str | None = None, state: str = "open") -> Flag:
    return Flag(flag_id, "r", 1, 1, frozenset(), state, None, referral)  # type: ignore[arg-type]


OUTCOME = Outcome(
    Picture(
        (
            flag("flg_old", "ref_old"),
            flag("new:1", "new:0"),
            flag("new:2", "ref_old"),
            flag("new:3", None),
            flag("flg_kept", "new:0"),
        ),
        (Referral("ref_old", "closed"), Referral("new:0", "requested")),
    ),
    (
        Message("flag.raised", flag="new:1"),
        Message("referral.requested", referral="new:0"),
        Message("flag.updated", flag="flg_old"),
        Message("referral.withdrawn", referral="ref_old"),
        Message("flag.raised", flag="new:3"),
    ),
    (("r", 7, "rearm"),),
)


class TestNamed:
    def test_gives_every_new_flag_and_referral_an_id_of_its_kind(self):
        picture = named(OUTCOME).picture
        fresh = [f.id for f in picture.flags if f.id not in ("flg_old", "flg_kept")]
        assert len({f for f in fresh if re.fullmatch(r"flg_[0-9a-z]{26}", f)}) == 3
        assert re.fullmatch(r"ref_[0-9a-z]{26}", picture.referrals[1].id)

    def test_says_the_same_wherever_it_is_spoken_of(self):
        after = named(OUTCOME)
        flags, referral = after.picture.flags, after.picture.referrals[1].id
        assert [f.referral for f in flags] == ["ref_old", referral, "ref_old", None, referral]
        assert [(m.flag, m.referral) for m in after.messages] == [
            (flags[1].id, None),
            (None, referral),
            ("flg_old", None),
            (None, "ref_old"),
            (flags[3].id, None),
        ]

    def test_changes_nothing_else(self):
        after = named(OUTCOME)
        assert [f.id for f in after.picture.flags if f.id.startswith("flg_old")] == ["flg_old"]
        assert after.picture.referrals[0] == OUTCOME.picture.referrals[0]
        assert [m.type for m in after.messages] == [m.type for m in OUTCOME.messages]
        assert after.unflagged == OUTCOME.unflagged
        assert "new:" not in repr(after)

    def test_keeps_the_order_in_which_they_were_raised(self):
        raised = Outcome(Picture(tuple(flag(f"new:{n}") for n in range(5))))
        ids = [f.id for f in named(raised).picture.flags]
        assert ids == sorted(ids)
        assert len(set(ids)) == 5

    def test_leaves_alone_what_has_nothing_new(self):
        old = Outcome(Picture((flag("flg_old"),), (Referral("ref_old", "closed"),)))
        assert named(old) is old

    def test_names_a_referral_also_where_no_flag_is_new(self):
        released = Outcome(
            Picture((flag("flg_old", "new:0", "released"),), (Referral("new:0", "requested"),)),
            (Message("referral.requested", referral="new:0"),),
        )
        after = named(released)
        [kept], [referral] = after.picture.flags, after.picture.referrals
        assert kept.referral == referral.id == after.messages[0].referral
        assert kept.id == "flg_old"
