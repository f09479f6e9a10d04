"""A rule's version as a value: what it says, and since when it may act."""

from dataclasses import dataclass

from app.rules.document import RuleDocument


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """One version of a rule; `live_from` is a day ordinal, None if it was never activated."""

    rule_id: str
    version: int
    active: bool
    document: RuleDocument
    content_hash: str
    live_from: int | None
