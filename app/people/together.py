"""Several employments of one person: which belong together, and which of them leads.

Pure. Employments are one person's when they have the same personal number or somebody said so;
whoever belongs to one of them belongs to them all.
"""

import math
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol, TypeVar

from app.absences.policy import Period

_UNKNOWN = float(date.max.toordinal() + 1)


@dataclass(frozen=True, slots=True)
class Link:
    """What an employment may share with others: the hash of a personal number, and a join."""

    employee_id: str
    personal_hash: str | None = None
    joined_as: str | None = None

    @property
    def shared(self) -> list[Hashable]:
        """What ties it to whoever has the same."""
        ties = (("number", self.personal_hash), ("join", self.joined_as))
        return [tie for tie in ties if tie[1] is not None]


def persons_of(links: Sequence[Link]) -> dict[str, str | None]:
    """The person of each employment: the id of the first that belongs with it, None when alone."""
    by_tie: defaultdict[Hashable, list[int]] = defaultdict(list)
    for place, link in enumerate(links):
        for tie in link.shared:
            by_tie[tie].append(place)
    answer: dict[str, str | None] = {}
    for place, link in enumerate(links):
        if link.employee_id not in answer:
            found = _reached(place, links, by_tie)
            person = link.employee_id if len(found) > 1 else None
            answer.update(dict.fromkeys((links[one].employee_id for one in found), person))
    return answer


def _reached(start: int, links: Sequence[Link], by_tie: dict[Hashable, list[int]]) -> set[int]:
    """The places that ties lead to; each tie is followed once."""
    found, waiting = {start}, [start]
    while waiting:
        for tie in links[waiting.pop()].shared:
            fresh = [place for place in by_tie.pop(tie, ()) if place not in found]
            found.update(fresh)
            waiting += fresh
    return found


class Employment(Protocol):
    """An employment as `app.absences.store.Employee` has it."""

    @property
    def employee_id(self) -> str:
        """Its id; ids sort by when they were made."""

    @property
    def employment(self) -> tuple[Period, ...]:
        """Its periods; none: not known."""


Any_ = TypeVar("Any_", bound=Employment)


def leading(employments: Iterable[Any_], today: int) -> Any_:
    """The employment that leads: one with a period today, else one whose periods are not known.

    Of several the one made first. New flags are raised on it, so its manager is told.
    """

    def rank(one: Any_) -> tuple[int, str]:
        current = any(
            first <= today and (last is None or last >= today) for first, last in one.employment
        )
        return (0 if current else 1 if not one.employment else 2, one.employee_id)

    return min(employments, key=rank)


def lasting(employments: Iterable[Any_]) -> Any_:
    """The employment that goes on longest, whatever the day; unknown periods end before open ones.

    Of several that do the one that began first, then the one made first.
    """

    def rank(one: Any_) -> tuple[float, float, str]:
        ends = [math.inf if last is None else last for _, last in one.employment]
        begins = min((first for first, _ in one.employment), default=0)
        return (-max(ends, default=_UNKNOWN), begins, one.employee_id)

    return min(employments, key=rank)
