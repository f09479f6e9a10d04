"""A rule's versions as values: what they say, since when they may act, and what state they are in.

Pure. A version of a ladder is judged rung by rung: `StoredVersion` is one of them.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

from app.rules.document import LadderDocument, RuleDocument, as_rung

State = Literal["draft", "shadow", "active", "retired"]


@dataclass(frozen=True, slots=True)
class Shadow:
    """The version that runs beside the one in force, and its first and last day."""

    version: int
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """One rung of a version of a rule; of a rule that is no ladder the whole.

    `live_from` is a day ordinal, None if it was never activated. `name`: of the rule, which a rung
    has with its number behind it. `shadow`: the first and last day
    on which it runs in shadow, if it does.
    """

    rule_id: str
    version: int
    active: bool
    document: RuleDocument
    content_hash: str
    live_from: int | None
    rung: int = 1
    name: str = ""
    shadow: tuple[int, int] | None = None

    def in_shadow(self, today: int) -> bool:
        """Whether it runs in shadow that day; the version in force never does."""
        return self.shadow is not None and self.shadow[0] <= today <= self.shadow[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A version of a rule as judgement needs it: what it says, and whether it acts."""

    rule_id: str
    name: str
    number: int
    document: RuleDocument | LadderDocument
    content_hash: str
    live_from: date | None
    active_version: int | None
    shadow: Shadow | None

    @property
    def active(self) -> bool:
        """Whether it is the version in force."""
        return self.number == self.active_version

    @property
    def rungs(self) -> list[StoredVersion]:
        """What of it is judged."""
        shadow = self.shadow
        beside = shadow is not None and shadow.version == self.number and not self.active
        return [
            StoredVersion(
                self.rule_id,
                self.number,
                self.active,
                rule,
                self.content_hash,
                self.live_from.toordinal() if self.live_from else None,
                rung,
                self.name,
                (shadow.first.toordinal(), shadow.last.toordinal()) if shadow and beside else None,
            )
            for rung, rule in enumerate(self.document.rungs, 1)
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Version(Watched):
    """The same with what became of it.

    `activated_by`: the id of the key that put it in force or in shadow last.
    """

    created_at: datetime
    activated_at: datetime | None
    activated_by: str | None
    retired_at: datetime | None
    revision: int

    def state(self, today: date) -> State:
        """What the version is used for that day."""
        if self.active:
            return "active"
        shadow = self.shadow
        if shadow and shadow.version == self.number and today <= shadow.last:
            return "shadow"
        return "retired" if self.live_from is not None else "draft"


def judged(versions: Iterable[Watched]) -> list[StoredVersion]:
    """Every rung of those versions, in order.

    Rungs of different versions are the same rung when they stand at the same place, and have the
    same name: a rule that was none before it became a ladder was a ladder of one rung.
    """
    listed = list(versions)
    ladders = {v.rule_id for v in listed if isinstance(v.document, LadderDocument)}
    return [
        replace(rung, document=as_rung(rung.document, f"{version.name}-{rung.rung}"))
        if version.rule_id in ladders and rung.document.id == version.name
        else rung
        for version in listed
        for rung in version.rungs
    ]
