"""The words of meetings that several modules share: kinds, and the roles of those who take part."""

from collections.abc import Collection
from typing import Literal, get_args

MeetingKind = Literal["health_talk", "three_party", "alignment", "follow_up"]
"""Hälsosamtal, trepartssamtal, avstämningsmöte, uppföljning."""

Role = Literal["employee", "manager", "provider", "agency", "primary_care", "union", "hr"]
"""`agency`: Försäkringskassan; `primary_care`: the health centre."""

KINDS: tuple[MeetingKind, ...] = get_args(MeetingKind)
ROLES: tuple[Role, ...] = get_args(Role)


def all_three(who: Collection[str]) -> bool:
    """Whether a three-party talk (trepartssamtal) would have employee, employer and provider."""
    return {"employee", "provider"} <= set(who) and bool({"manager", "hr"} & set(who))
