"""Rule documents: a rule as its author writes it, with whom it is about and its own tests. Pure.

A document is one rule, or a ladder: several rungs, each judged as a rule of its own. What does not
fit these models is refused with the place where it does not (semantics 5, 6, 8 and 9).
"""

import hashlib
import json
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    TypeAdapter,
    model_validator,
)
from pydantic_core import PydanticCustomError

from app.rules.condition import (
    COMPARATORS,
    WINDOWLESS,
    All,
    AnyOf,
    Condition,
    Leaf,
    Measure,
    Not,
    Op,
    Window,
    form_of,
    leaves,
    nodes,
    parts,
    wanted,
)
from app.rules.model import Line, Model
from app.rules.scope import Scope, Validity
from app.rules.trial import Trial

__all__ = [
    "COMPARATORS",
    "WINDOWLESS",
    "All",
    "AnyOf",
    "Condition",
    "Leaf",
    "Measure",
    "Not",
    "Op",
    "Window",
    "leaves",
    "nodes",
    "parts",
    "wanted",
]

Action = Literal["notify", "refer"]
Service = Literal["health_talk", "rehabilitation_investigation"]

DEFAULT_REARM_DAYS = 183
DEFAULT_MAX_AGE_DAYS = 60
MAX_NODES = 100
MAX_DEPTH = 8
MAX_RUNGS = 9
MAX_TESTS = 50
MAX_EVENTS = 1000
"""In all tests of a document together."""
MAX_VALUES, MAX_ITEMS, MAX_MEMBERS = 10_000, 400, 64
"""In a document, in a list, in an object: more than any rule has, and few enough to look at."""
_REFERS: dict[str, Any] = {
    "if": {"properties": {"service": {"not": {"type": "null"}}}, "required": ["service"]},
    "then": {"properties": {"action": {"const": "refer"}}},
}


def _episodes(value: int) -> dict[str, Any]:
    return {"measure": "episodes", "window": {"months": 12}, "op": "at_least", "value": value}


class Rung(Model):
    """What is asked, and what then happens."""

    model_config = ConfigDict(json_schema_extra=_REFERS)

    when: Condition
    action: Action = Field(description="notify: tell the manager; refer: to occupational health")
    service: Service | None = Field(
        default=None, description="what a referral asks for; health_talk when nothing is said"
    )
    release: Literal["manual"] | None = Field(
        default=None, description="a rule may only tighten the employer's setting"
    )
    rearm_days: int = Field(default=DEFAULT_REARM_DAYS, ge=1, le=3700)
    max_age_days: int = Field(default=DEFAULT_MAX_AGE_DAYS, ge=0, le=3700)

    @model_validator(mode="before")
    @classmethod
    def _asks_in_bounds(cls, said: Any) -> Any:
        """Before each condition is looked at: thousands of ill ones are an error or three each."""
        if isinstance(said, dict):
            _refuse_large(said.get("when"))
        return said

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        if self.service is not None and self.action != "refer":
            raise PydanticCustomError("service_without_referral", "only a referral has a service")
        return self

    @property
    def referral_service(self) -> Service:
        """The service a referral of this rule asks for."""
        return self.service or "health_talk"


class _Written(Model):
    """What stands around a rule or a ladder."""

    scope: Scope | None = None
    validity: Validity | None = None
    legal_basis: Line | None = Field(
        default=None,
        description="what the rule rests on, as a code or a citation; never about a person",
    )
    tests: list[Trial] | None = Field(
        default=None,
        max_length=MAX_TESTS,
        description="it is activated only while they pass",
    )

    @model_validator(mode="after")
    def _is_tested_in_bounds(self) -> Self:
        if sum(len(trial.events) for trial in self.tests or ()) > MAX_EVENTS:
            raise PydanticCustomError("tests_too_large", "at most 1,000 events in all tests")
        return self

    def to_json(self) -> dict[str, Any]:
        """The document as it was meant, without what was left out."""
        return self.model_dump(by_alias=True, mode="json")

    def content_hash(self) -> str:
        """SHA-256 of the document in canonical JSON: the identity of a version's content."""
        text = json.dumps(self.to_json(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


class _Named(Model):
    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")


class RuleDocument(_Written, Rung, _Named):
    """One rule. `id` is the employer's own name for it."""

    model_config = ConfigDict(
        json_schema_extra={
            **_REFERS,
            "examples": [{"id": "fifth-in-a-year", "when": _episodes(5), "action": "refer"}],
        }
    )

    @property
    def rungs(self) -> "tuple[RuleDocument, ...]":
        """What is judged: the rule itself."""
        return (self,)


class LadderDocument(_Written, _Named):
    """Several rungs in one document: each is judged as the rule `<id>-<n>`, counted from 1."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "step-by-step",
                    "rungs": [
                        {"when": _episodes(3), "action": "notify"},
                        {"when": _episodes(6), "action": "refer"},
                    ],
                }
            ]
        }
    )

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,60}$")
    steps: list[Rung] = Field(alias="rungs", min_length=1, max_length=MAX_RUNGS)

    @cached_property
    def rungs(self) -> tuple[RuleDocument, ...]:
        """What is judged, in order: a rule for each rung, with the ladder's scope and validity."""
        around = {name: getattr(self, name) for name in ("scope", "validity", "legal_basis")}
        return tuple(
            RuleDocument.model_construct(id=f"{self.id}-{number}", **dict(rung), **around)
            for number, rung in enumerate(self.steps, 1)
        )


def _refuse_large(condition: Any) -> None:
    """Refuse what nests too deep or has too many parts, whatever the parts are."""
    count, level = 0, [condition]
    for depth in range(1, MAX_DEPTH + 2):
        count += len(level)
        if count > MAX_NODES:
            raise PydanticCustomError("condition_too_large", "at most 100 conditions")
        if level and depth > MAX_DEPTH:
            raise PydanticCustomError("condition_too_deep", "conditions nest at most 8 deep")
        level = [part for one in level for part in _written_parts(one)]


def _written_parts(condition: Any) -> list[Any]:
    """The parts of a condition as it was written, before anything is known to be well-formed."""
    if not isinstance(condition, dict):
        return parts(condition)
    form = form_of(condition)
    inner = condition[form] if form != "leaf" else []
    return [inner] if form == "not" else inner if isinstance(inner, list) else []


def _form(value: Any) -> str:
    """Which of the two forms a document has; one rule when it is not plainly a ladder."""
    ladder = "rungs" in value if isinstance(value, dict) else isinstance(value, LadderDocument)
    return "(ladder)" if ladder else "(rule)"


def _bounded(value: Any) -> Any:
    """Refuse what is larger than any rule before it is looked at part by part."""
    waiting, count = [value], 0
    while waiting:
        one = waiting.pop()
        if not isinstance(one, dict | list):
            continue
        count += len(one)
        longest = MAX_MEMBERS if isinstance(one, dict) else MAX_ITEMS
        if count > MAX_VALUES or len(one) > longest:
            raise PydanticCustomError("document_too_large", "at most 10,000 values in a document")
        waiting += one.values() if isinstance(one, dict) else one
    return value


Document = Annotated[
    Annotated[RuleDocument, Tag("(rule)")] | Annotated[LadderDocument, Tag("(ladder)")],
    Discriminator(_form),
    BeforeValidator(_bounded),
]
DOCUMENT: TypeAdapter[RuleDocument | LadderDocument] = TypeAdapter(Document)


def as_rung(rule: RuleDocument, rule_id: str) -> RuleDocument:
    """The same rule under the name of a rung."""
    return rule.model_copy(update={"id": rule_id})
