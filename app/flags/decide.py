"""What people decide about a flag: release, dismiss, handle (semantics 8).

Pure, on the same picture as reconciliation. A decision that does not fit the flag's state is
answered with None; the caller says why.
"""

from dataclasses import replace

from app.flags.picture import Flag, Message, Outcome, Picture, Referral, attached
from app.rules.document import Action


def release(picture: Picture, flag_id: str, action: Action) -> Outcome | None:
    """Refer; with a referral open already, attach the flag to that one instead."""
    flag = picture.flag(flag_id)
    if flag.state != "open" or action != "refer":
        return None
    standing = picture.open_referral
    if standing:
        return Outcome(_with_flag(picture, attached(flag, standing)))
    referral = Referral(f"new:{len(picture.referrals)}", "requested")
    released = _with_flag(picture, replace(flag, state="released", referral=referral.id))
    after = replace(released, referrals=(*picture.referrals, referral))
    return Outcome(after, (Message("referral.requested", referral=referral.id),))


def dismiss(picture: Picture, flag_id: str, reason: str) -> Outcome | None:
    """Decide that the flag leads to nothing."""
    flag = picture.flag(flag_id)
    if flag.state != "open":
        return None
    return Outcome(_with_flag(picture, replace(flag, state="dismissed", reason=reason)))


def handle(picture: Picture, flag_id: str, action: Action, outcome: str) -> Outcome | None:
    """Record that a `notify` flag was dealt with."""
    flag = picture.flag(flag_id)
    if flag.state != "open" or action != "notify":
        return None
    return Outcome(_with_flag(picture, replace(flag, state="handled", reason=outcome)))


def _with_flag(picture: Picture, changed: Flag) -> Picture:
    flags = tuple(changed if flag.id == changed.id else flag for flag in picture.flags)
    return replace(picture, flags=flags)
