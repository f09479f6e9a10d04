"""Wire forms of rules, their versions, and what is said of a document before it is used."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from app.core.wire import Day, Instant
from app.rules.document import LadderDocument, RuleDocument
from app.rules.versions import State


class Words(BaseModel):
    """The same in plain Swedish and English."""

    sv: str
    en: str


class PresetOut(BaseModel):
    """A ready-made set of rules and where it comes from."""

    name: str
    source: str
    rules: list[RuleDocument]
    words: list[Words]
    meanings: dict[str, Words] = Field(
        description="by the rule's id: what it means in law or by custom"
    )


class ShadowOut(BaseModel):
    """The version that runs in shadow, and its first and last day."""

    version: int
    since: Day = Field(alias="from")
    until: Day


class VersionOut(BaseModel):
    """One version of a rule. It never changes; `content_hash` tells it from every other."""

    version: int
    state: State = Field(description="retired: it was in force, and no longer is")
    live_from: Day | None = Field(description="the first day that may act, once it was in force")
    activated_at: Instant | None
    activated_by: str | None = Field(description="the key that last put it in force or in shadow")
    created_at: Instant
    content_hash: str
    document: RuleDocument | LadderDocument
    words: Words


class RuleOut(VersionOut):
    """A rule in its active version, or its newest while none is active."""

    id: str
    rule: str = Field(description="the employer's own name for it: the document's id")
    state: State = Field(description="of the rule: retired when it was in force or in shadow")
    shadow: ShadowOut | None = Field(description="the latest; over when `until` is past")


class FindingOut(BaseModel):
    """What is odd of a document, and where."""

    pointer: str
    code: str
    detail: str


class ProofDifference(BaseModel):
    """A trigger that is not as the test says."""

    rung: int
    on: Day
    problem: Literal["missing", "unexpected", "kind_differs", "acceptance_differs"]


class ProofOut(BaseModel):
    """How one of the rule's own tests went. `test`: its place in the list, from 0."""

    test: int
    name: str | None
    passed: bool
    differences: list[ProofDifference]


class SavedRuleOut(RuleOut):
    """A rule as it was stored, with what is odd of it and how its tests went."""

    warnings: list[FindingOut]
    tests: list[ProofOut]


class RungOut(BaseModel):
    """What is judged, as a rule of that name."""

    rule: str
    words: Words


class CheckOut(BaseModel):
    """What is said of a document. `valid`: it can be stored; to be activated its tests pass."""

    valid: bool
    errors: list[FindingOut]
    warnings: list[FindingOut]
    tests: list[ProofOut]
    content_hash: str
    words: Words
    rungs: list[RungOut]


Schema = dict[str, Any]
"""A JSON Schema."""
