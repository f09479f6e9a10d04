"""Reconciliation: what the rules ask for, compared with what was done (semantics 7).

Pure. The five steps of the definition, in its order; doing it twice changes nothing.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace

from app.flags.picture import (
    NOT_YET_BOOKED,
    Flag,
    Message,
    Outcome,
    Pause,
    Picture,
    Referral,
    Unflagged,
    Watch,
    attached,
    pause_on,
)
from app.rules.triggers import Trigger

JOINED = "joined"
"""The reason of a flag withdrawn only because histories were joined."""


def reconcile(
    picture: Picture,
    watches: Sequence[Watch],
    pauses: Sequence[Pause] = (),
    *,
    today: int,
    employed: bool = True,
    silent_through: int | None = None,
    kept: Collection[str] = (),
) -> Outcome:
    """The picture that ought to be, given the triggers of every watched rule version.

    `watches` holds each active version and every version that raised a stored flag. `employed`
    is false once the last employment is over. Triggers up to `silent_through` do not act. `kept`
    are flags that stand whatever the triggers are, as long as somebody is employed.
    """
    desk = _Desk.of(picture)
    desk.supported.update(kept if employed else ())
    seen = [_as_of_today(w, employed=employed, silent_through=silent_through) for w in watches]
    _lift_lapsed_pauses(desk, pauses)
    _let_go_of_strange_referrals(desk)
    unmatched = [trigger for watch in seen for trigger in _match(desk, watch, pauses)]
    _close_unsupported(desk)
    _say_why_suppressed(desk, pauses)
    for trigger, watch in sorted(unmatched, key=lambda pair: (pair[0].on, pair[1].rule)):
        if watch.active:
            _raise(desk, watch, trigger, pauses, today)
    return desk.outcome()


def _as_of_today(watch: Watch, *, employed: bool, silent_through: int | None) -> Watch:
    """Step 1: nothing is asked for any more when the last employment is over."""
    live_from = max(watch.live_from, silent_through + 1) if silent_through else watch.live_from
    if employed and live_from == watch.live_from:
        return watch
    return replace(watch, triggers=watch.triggers if employed else (), live_from=live_from)


@dataclass
class _Desk:
    """The picture while it is being worked on."""

    flags: dict[str, Flag]
    referrals: dict[str, Referral]
    messages: list[Message] = field(default_factory=list)
    unflagged: list[tuple[str, int, Unflagged]] = field(default_factory=list)
    supported: set[str] = field(default_factory=set)
    answered: list[tuple[str, int, str]] = field(default_factory=list)

    @classmethod
    def of(cls, picture: Picture) -> "_Desk":
        return cls({f.id: f for f in picture.flags}, {r.id: r for r in picture.referrals})

    @property
    def picture(self) -> Picture:
        return Picture(tuple(self.flags.values()), tuple(self.referrals.values()))

    def standing(self, rule: str) -> list[Flag]:
        """The rule's flags that are not withdrawn, in the order raised."""
        return [f for f in self.flags.values() if f.rule == rule and f.state != "withdrawn"]

    def tell(self, kind: str, *, flag: str | None = None, referral: str | None = None) -> None:
        self.messages.append(Message(kind, flag, referral))

    def outcome(self) -> Outcome:
        told, left = tuple(self.messages), tuple(self.unflagged)
        return Outcome(self.picture, told, left, tuple(self.answered))


def _lift_lapsed_pauses(desk: _Desk, pauses: Sequence[Pause]) -> None:
    """Step 2: a suppressed flag that nothing covers any more makes room for its trigger."""
    for flag in list(desk.flags.values()):
        if flag.state == "suppressed" and not pause_on(pauses, flag.rule, flag.on):
            desk.flags[flag.id] = replace(flag, state="withdrawn")


def _say_why_suppressed(desk: _Desk, pauses: Sequence[Pause]) -> None:
    """Another pause may cover a suppressed flag by now: it says the reason of one that does."""
    for flag in list(desk.flags.values()):
        covering = [p.reason for p in pauses if p.covers(flag.rule, flag.on)]
        if flag.state == "suppressed" and covering and flag.reason not in covering:
            desk.flags[flag.id] = replace(flag, reason=covering[0])


def _let_go_of_strange_referrals(desk: _Desk) -> None:
    """A flag on a referral that is not this person's makes room for its trigger.

    Two histories were joined, one's flag was attached to the other's referral, and the joining
    was taken back.
    """
    for flag in list(desk.flags.values()):
        if flag.referral is None or flag.referral in desk.referrals or flag.erasing:
            continue
        desk.flags[flag.id] = replace(flag, state="withdrawn", referral=None)
        if flag.state == "released":
            desk.tell("flag.withdrawn", flag=flag.id)


def _match(desk: _Desk, watch: Watch, pauses: Sequence[Pause]) -> list[tuple[Trigger, Watch]]:
    """Step 3: give each flag of this version its trigger; answer the triggers left over."""
    left = {trigger.on: trigger for trigger in watch.triggers}
    flags = [f for f in desk.standing(watch.rule) if f.version == watch.version]
    matched: dict[str, Trigger] = {}
    for flag in flags:
        if flag.on in left:
            matched[flag.id] = left.pop(flag.on)
    stored = {f.id: f.on for f in desk.standing(watch.rule) if f.counts_for_rearm}
    for flag in sorted(flags, key=lambda f: f.on):
        if flag.id in matched or flag.id in desk.supported:
            continue
        others = [on for flag_id, on in stored.items() if flag_id != flag.id]
        trigger = _moved_trigger(flag, left.values(), watch, others, pauses)
        if trigger:
            matched[flag.id] = left.pop(trigger.on)
    for flag_id, trigger in matched.items():
        _support(desk, desk.flags[flag_id], trigger)
    return [(trigger, watch) for trigger in left.values()]


def _moved_trigger(
    flag: Flag,
    left: Iterable[Trigger],
    watch: Watch,
    others: Sequence[int],
    pauses: Sequence[Pause],
) -> Trigger | None:
    """The earliest trigger that the flag may have moved to, its own day having gone."""
    for trigger in left:
        if (
            trigger.on >= watch.live_from
            and trigger.evidence & flag.evidence
            and all(abs(trigger.on - on) >= watch.rearm_days for on in others)
            and (flag.state != "suppressed" or pause_on(pauses, flag.rule, trigger.on))
        ):
            return trigger
    return None


def _support(desk: _Desk, flag: Flag, trigger: Trigger) -> None:
    """A matched flag that is not frozen takes its trigger's day and evidence."""
    desk.supported.add(flag.id)
    desk.answered.append((flag.rule, trigger.on, flag.id))
    if (flag.on, flag.evidence) == (trigger.on, trigger.evidence) or desk.picture.is_frozen(flag):
        return
    desk.flags[flag.id] = replace(flag, on=trigger.on, evidence=trigger.evidence)
    if flag.state in ("open", "released"):
        desk.tell("flag.updated", flag=flag.id)


def _close_unsupported(desk: _Desk) -> None:
    """Step 4: flags that no trigger supports any more, the quiet ones first."""
    before = desk.picture
    loose = [
        f
        for f in before.flags
        if f.state != "withdrawn" and f.id not in desk.supported and not before.is_frozen(f)
    ]
    for flag in loose:
        if flag.state in ("suppressed", "inhibited"):
            desk.flags[flag.id] = replace(flag, state="withdrawn", referral=None)
    for flag in loose:
        if flag.state == "open":
            desk.flags[flag.id] = replace(flag, state="withdrawn")
            desk.tell("flag.withdrawn", flag=flag.id)
    for flag in loose:
        if flag.state == "released":
            _withdraw_released(desk, flag)


def _withdraw_released(desk: _Desk, flag: Flag) -> None:
    """Its referral stands on an attached flag, is withdrawn, or - once booked - is told."""
    desk.flags[flag.id] = replace(flag, state="withdrawn")
    desk.tell("flag.withdrawn", flag=flag.id)
    referral = desk.picture.referral(flag.referral)
    if referral is None:
        return
    attached = [
        f
        for f in desk.flags.values()
        if f.state == "inhibited" and f.referral == referral.id and not f.erasing
    ]
    if attached:
        heir = min(attached, key=lambda f: f.on)
        desk.flags[flag.id] = replace(desk.flags[flag.id], referral=None)
        desk.flags[heir.id] = replace(heir, state="released", reason=None)
        desk.tell("referral.basis_changed", referral=referral.id)
    elif referral.state in NOT_YET_BOOKED:
        desk.referrals[referral.id] = replace(referral, state="withdrawn")
        desk.tell("referral.withdrawn", referral=referral.id)
    else:
        desk.tell("referral.basis_changed", referral=referral.id)


def noted_as_joined(before: Picture, outcome: Outcome, alone: Collection[str]) -> Outcome:
    """Say of which flags it is only a joined history that does not support them.

    Should the joining be taken back, their triggers act again, however long ago they were.
    """
    gone = {flag.id for flag in before.flags if flag.id in alone and flag.state != "withdrawn"}
    flags = tuple(
        replace(f, reason=JOINED) if f.id in gone and f.state == "withdrawn" else f
        for f in outcome.picture.flags
    )
    return replace(outcome, picture=replace(outcome.picture, flags=flags))


def _was_raised_in_time(desk: _Desk, watch: Watch, trigger: Trigger) -> bool:
    return any(
        (f.rule, f.on, f.state, f.reason) == (watch.rule, trigger.on, "withdrawn", JOINED)
        for f in desk.flags.values()
    )


def _raise(
    desk: _Desk, watch: Watch, trigger: Trigger, pauses: Sequence[Pause], today: int
) -> None:
    """Step 5: a trigger without a flag; the first line of the table that applies."""
    old = today - trigger.on > watch.max_age_days
    if trigger.on in watch.out_of_scope:
        desk.unflagged.append((watch.rule, trigger.on, "out_of_scope"))
    elif trigger.on < watch.live_from or (old and not _was_raised_in_time(desk, watch, trigger)):
        desk.unflagged.append((watch.rule, trigger.on, "historical"))
    elif _within_rearm(desk, watch, trigger):
        desk.unflagged.append((watch.rule, trigger.on, "rearm"))
    else:
        _put(desk, watch, trigger, pauses)


def _within_rearm(desk: _Desk, watch: Watch, trigger: Trigger) -> bool:
    return any(
        f.counts_for_rearm and abs(trigger.on - f.on) < watch.rearm_days
        for f in desk.standing(watch.rule)
    )


def _put(desk: _Desk, watch: Watch, trigger: Trigger, pauses: Sequence[Pause]) -> None:
    """A new flag: suppressed, attached to an open referral, or raised and perhaps referred."""
    flag = Flag(
        id=f"new:{len(desk.flags)}",
        rule=watch.rule,
        version=watch.version,
        on=trigger.on,
        evidence=trigger.evidence,
        state="open",
    )
    refer = watch.action == "refer"
    pause = pause_on(pauses, watch.rule, trigger.on)
    standing = desk.picture.open_referral if refer else None
    if pause:
        desk.flags[flag.id] = replace(flag, state="suppressed", reason=pause.reason)
    elif standing:
        desk.flags[flag.id] = attached(flag, standing)
    else:
        desk.flags[flag.id] = flag
        desk.tell("flag.raised", flag=flag.id)
        if refer and watch.automatic:
            _request(desk, flag)


def _request(desk: _Desk, flag: Flag) -> None:
    """Release: a new referral carries the flag."""
    referral = Referral(f"new:{len(desk.referrals)}", "requested")
    desk.referrals[referral.id] = referral
    desk.flags[flag.id] = replace(flag, state="released", referral=referral.id)
    desk.tell("referral.requested", referral=referral.id)


def raise_by_hand(
    picture: Picture, watch: Watch, trigger: Trigger, pauses: Sequence[Pause]
) -> Outcome:
    """A flag for a trigger that did not act by itself, by a person's decision (semantics 8)."""
    desk = _Desk.of(picture)
    _put(desk, watch, trigger, pauses)
    return desk.outcome()
