"""Gives what reconciliation raised its lasting ids."""

from dataclasses import replace

from app.core.ids import new_id
from app.flags.picture import Outcome, Picture


def named(outcome: Outcome) -> Outcome:
    """The outcome with an id for every flag and referral that is new (`new:...`)."""
    flags = _names("flg", [flag.id for flag in outcome.picture.flags])
    referrals = _names("ref", [referral.id for referral in outcome.picture.referrals])
    if not flags and not referrals:
        return outcome
    picture = Picture(
        tuple(
            replace(f, id=flags.get(f.id, f.id), referral=_named(referrals, f.referral))
            for f in outcome.picture.flags
        ),
        tuple(replace(r, id=referrals.get(r.id, r.id)) for r in outcome.picture.referrals),
    )
    messages = tuple(
        replace(m, flag=_named(flags, m.flag), referral=_named(referrals, m.referral))
        for m in outcome.messages
    )
    return replace(outcome, picture=picture, messages=messages)


def _names(prefix: str, ids: list[str]) -> dict[str, str]:
    return {old: new_id(prefix) for old in ids if old.startswith("new:")}


def _named(names: dict[str, str], old: str | None) -> str | None:
    return names.get(old, old) if old else None
