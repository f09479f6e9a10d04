"""A referral on paper: what occupational health is told by an employer without an integration.

Pure. Nothing of where the referral stands: what the provider did with it is not the employer's
to see, and a paper is no place to look it up.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.letters.basis import Basis


@dataclass(frozen=True, slots=True)
class Blank:
    """Lines to fill in by hand: the employer's system is told no contact and no number.

    `protected`: the person lives with protected personal data, and where they are is not written.
    """

    protected: bool = False

    form = "blank"


@dataclass(frozen=True, slots=True)
class Protected:
    """To a provider, of somebody with protected personal data: nothing (arranged on paper)."""

    form = "protected"


@dataclass(frozen=True, slots=True)
class Ended:
    """The referral is no longer open: nothing of the person is printed, and nothing to hand on."""

    form = "ended"


@dataclass(frozen=True, slots=True)
class Known:
    """Who it is, for the provider of an open referral."""

    name: str | None
    personal_number: str | None
    phone: str | None
    email: str | None

    form = "known"


Who = Blank | Protected | Ended | Known


@dataclass(frozen=True, slots=True)
class Paper:
    """One printed referral.

    `sentences`: what each flag behind it says; `wish_of`: whose wish it was when there is none.
    `basis`: its figures; None where it rests on no days.
    """

    reference: str
    employer: str
    unit: str | None
    provider: str | None
    service: str
    requested_on: date
    decision_reference: str | None
    released_by: str | None
    employee_informed_on: date | None
    wish_of: str | None
    who: Who
    sentences: Sequence[str]
    basis: Basis | None
    short_max_days: int


def known(person: Mapping[str, Any]) -> Who:
    """What the provider of an open referral is told of a person."""
    if person["protected"]:
        return Protected()
    contact, number = person["contact"], person["personal_number"]
    shown = f"{number[:8]}-{number[8:]}" if number else None
    return Known(contact["name"], shown, contact["phone"], contact["email"])
