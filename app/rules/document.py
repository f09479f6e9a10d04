"""Rule documents: what an employer may ask, as typed data (semantics 5, 6 and 8).

A closed set of measures and comparators; no expression language and nothing to evaluate. What
does not fit these models is refused with the place where it does not.
"""

import hashlib
import json
from collections.abc import Iterator
from functools import cached_property
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    SerializerFunctionWrapHandler,
    Tag,
    model_serializer,
    model_validator,
)
from pydantic_core import PydanticCustomError

from app.rules.windows import Unit

Windowed = Literal[
    "episodes",
    "all_episodes",
    "short_days",
    "sick_days",
    "bradford",
    "weekday_starts",
    "episode_increase",
]
Windowless = Literal["ongoing_days", "period_days"]
Measure = Literal[Windowed, Windowless]
Op = Literal["at_least", "more_than", "at_most", "less_than"]
Action = Literal["notify", "refer"]
Service = Literal["health_talk", "rehabilitation_investigation"]

WINDOWLESS: frozenset[str] = frozenset(get_args(Windowless))
DEFAULT_REARM_DAYS = 183
DEFAULT_MAX_AGE_DAYS = 60
MAX_NODES = 100
MAX_DEPTH = 8


class Model(BaseModel):
    """Strict, closed and frozen: a document says what it says."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    @model_serializer(mode="wrap")
    def _as_written(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Without what was left out: a document that was read can be sent again."""
        return {name: value for name, value in handler(self).items() if value is not None}


class Window(Model):
    """Exactly one of the three; ends with the day judged."""

    days: int | None = Field(default=None, ge=1, le=3700)
    weeks: int | None = Field(default=None, ge=1, le=520)
    months: int | None = Field(default=None, ge=1, le=120)

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        named = [unit for unit in get_args(Unit) if getattr(self, unit) is not None]
        if len(named) != 1 or len(self.model_fields_set) != 1:
            raise PydanticCustomError("window_form", "exactly one of days, weeks, months")
        return self

    @cached_property
    def form(self) -> tuple[Unit, int]:
        """The unit and how many of it."""
        unit: Unit = next(unit for unit in get_args(Unit) if getattr(self, unit) is not None)
        return unit, getattr(self, unit)


class Leaf(Model):
    """One measure compared with one limit."""

    measure: Measure
    window: Window | None = None
    weekdays: tuple[Annotated[int, Field(ge=1, le=7)], ...] | None = Field(
        default=None, strict=False, min_length=1, max_length=7, description="1 = Monday"
    )
    op: Op
    value: int = Field(ge=-100_000, le=1_000_000)

    @model_validator(mode="after")
    def _fits_the_measure(self) -> Self:
        if (self.window is None) != (self.measure in WINDOWLESS):
            needs = "takes no window" if self.window else "needs a window"
            raise PydanticCustomError("window_mismatch", f"this measure {needs}")
        if (self.weekdays is None) == (self.measure == "weekday_starts"):
            raise PydanticCustomError("weekdays_mismatch", "weekdays belong to weekday_starts")
        return self


class All(Model):
    """Every part holds."""

    all: list["Condition"] = Field(min_length=1, max_length=20)


class AnyOf(Model):
    """At least one part holds."""

    any: list["Condition"] = Field(min_length=1, max_length=20)


class Not(Model):
    """The part does not hold."""

    not_: "Condition" = Field(alias="not")


def _form(value: Any) -> str:
    """Which of the four forms a condition has; a leaf when it is none of the others."""
    if isinstance(value, dict):
        return next((form for form in ("all", "any", "not") if form in value), "leaf")
    forms: dict[type, str] = {All: "all", AnyOf: "any", Not: "not"}
    return forms.get(type(value), "leaf")


Condition = Annotated[
    Annotated[All, Tag("all")]
    | Annotated[AnyOf, Tag("any")]
    | Annotated[Not, Tag("not")]
    | Annotated[Leaf, Tag("leaf")],
    Discriminator(_form),
]


class RuleDocument(Model):
    """A rule as its author writes it. `id` is the employer's own name for it."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$", examples=["orust"])
    when: Condition = Field(
        examples=[{"measure": "episodes", "window": {"months": 12}, "op": "at_least", "value": 5}]
    )
    action: Action = Field(description="notify: tell the manager; refer: to occupational health")
    service: Service | None = Field(
        default=None, description="what a referral asks for; health_talk when nothing is said"
    )
    release: Literal["manual"] | None = Field(
        default=None, description="a rule may only tighten the employer's setting"
    )
    rearm_days: int = Field(default=DEFAULT_REARM_DAYS, ge=1, le=3700)
    max_age_days: int = Field(default=DEFAULT_MAX_AGE_DAYS, ge=0, le=3700)

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        if self.service is not None and self.action != "refer":
            raise PydanticCustomError("service_without_referral", "only a referral has a service")
        if max(depth for _, depth in nodes(self.when)) > MAX_DEPTH:
            raise PydanticCustomError("condition_too_deep", "conditions nest at most 8 deep")
        if sum(1 for _ in nodes(self.when)) > MAX_NODES:
            raise PydanticCustomError("condition_too_large", "at most 100 conditions")
        return self

    @property
    def referral_service(self) -> Service:
        """The service a referral of this rule asks for."""
        return self.service or "health_talk"

    def to_json(self) -> dict[str, Any]:
        """The document as it was meant, without what was left out."""
        return self.model_dump(by_alias=True, mode="json")

    def content_hash(self) -> str:
        """SHA-256 of the document in canonical JSON: the identity of a version's content."""
        text = json.dumps(self.to_json(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def parts(condition: Condition) -> list[Condition]:
    """The direct parts of a condition; a leaf has none."""
    match condition:
        case All(all=inner) | AnyOf(any=inner):
            return inner
        case Not(not_=inner):
            return [inner]
    return []


def nodes(condition: Condition, depth: int = 1) -> Iterator[tuple[Condition, int]]:
    """Every condition in the tree with its depth, the root first at 1."""
    yield condition, depth
    for part in parts(condition):
        yield from nodes(part, depth + 1)


def leaves(condition: Condition) -> Iterator[Leaf]:
    """The comparisons of a tree, in reading order."""
    return (node for node, _ in nodes(condition) if isinstance(node, Leaf))
