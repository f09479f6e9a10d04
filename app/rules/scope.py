"""Whom a rule is about, and when it applies: units, forms of employment, days. Pure.

A scope decides whether a rule raises a flag, not whether one that was raised stands: nobody's
referral is taken back because a unit was renamed.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Self

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from app.absences.policy import EmploymentForm, Period
from app.rules.model import Day, Line, Model


def _names_something(*fields: str) -> dict[str, Any]:
    """At least one of the fields, and not null, in JSON Schema."""
    given: list[Any] = [
        {"required": [name], "properties": {name: {"not": {"type": "null"}}}} for name in fields
    ]
    return {"anyOf": given}


class Scope(Model):
    """Whom a rule is about. What is not named limits nothing; what is named holds together."""

    model_config = ConfigDict(json_schema_extra=_names_something("units", "employment_forms"))

    units: list[Line] | None = Field(
        default=None,
        min_length=1,
        max_length=200,
        description="units by name, with everything under them",
    )
    employment_forms: list[EmploymentForm] | None = Field(
        default=None,
        min_length=1,
        max_length=5,
        description="forms of employment (anställningsform), as known of the period in question",
    )

    @model_validator(mode="after")
    def _limits_something(self) -> Self:
        if self.units is None and self.employment_forms is None:
            raise PydanticCustomError("scope_empty", "name units or employment_forms")
        return self


class Validity(Model):
    """The days on which a rule applies, both included: a trigger on another does not exist."""

    model_config = ConfigDict(json_schema_extra=_names_something("from", "to"))

    from_: Annotated[Day | None, Field(alias="from")] = None
    to: Day | None = None

    @model_validator(mode="after")
    def _is_a_stretch(self) -> Self:
        if self.from_ is None and self.to is None:
            raise PydanticCustomError("validity_empty", "name from or to")
        if self.from_ is not None and self.to is not None and self.to < self.from_:
            raise PydanticCustomError("range_reversed", "the last day is before the first")
        return self

    def covers(self, day: int) -> bool:
        """Whether the rule applies on that day."""
        begun = self.from_ is None or self.from_.toordinal() <= day
        return begun and (self.to is None or day <= self.to.toordinal())

    def meets(self, other: "Validity | None") -> bool:
        """Whether there is a day on which both apply."""
        if other is None:
            return True
        return _begins(self) <= _ends(other) and _begins(other) <= _ends(self)


def _begins(validity: Validity) -> int:
    return validity.from_.toordinal() if validity.from_ else 0


def _ends(validity: Validity) -> int:
    return validity.to.toordinal() if validity.to else 10_000_000


@dataclass(frozen=True, slots=True)
class Member:
    """An employment as a scope sees it.

    `units`: its unit, as it is today, and those above it. `periods`: each with its form, if known.
    """

    units: Collection[str]
    periods: tuple[tuple[Period, EmploymentForm | None], ...]

    def forms(self, day: int) -> set[EmploymentForm]:
        """The forms of the employment on that day, as far as they are known."""
        return {
            form
            for (first, last), form in self.periods
            if form is not None and first <= day and (last is None or day <= last)
        }


def in_scope(scope: Scope | None, members: Iterable[Member], day: int) -> bool:
    """Whether a rule is about somebody on that day: any of the employments is in its scope.

    A unit or a form that is not known is none of those that are named.
    """
    return scope is None or any(_within(scope, member, day) for member in members)


def _within(scope: Scope, member: Member, day: int) -> bool:
    if scope.units is not None and not set(scope.units) & set(member.units):
        return False
    forms = scope.employment_forms
    return forms is None or bool(member.forms(day) & set(forms))
