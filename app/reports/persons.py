"""Reports count people: several employments of one person are one, in the unit of one of them.

Pure. Else five people with two employments each would pass for a group of ten.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.absences.days import Part, merged
from app.absences.fold import Absence
from app.absences.policy import Period
from app.people.together import lasting


@dataclass(frozen=True, slots=True)
class Member:
    """An employment as reports need one; `person`: the same for all of one person's."""

    employee_id: str
    person: str
    unit: str | None
    employment: tuple[Period, ...]
    sex: str | None


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with all employments, in the order they were made.

    `employment`: the periods of all of them; empty, hence not known, where one's are not.
    """

    employments: tuple[Member, ...]
    unit: str | None
    sex: str | None
    employment: tuple[Period, ...]

    def parts(self, absences: Mapping[str, Sequence[Absence]]) -> list[Part]:
        """What each employment says; it limits its own absences alone."""
        return [Part(absences.get(m.employee_id, ()), m.employment) for m in self.employments]

    def of(self, rows: Mapping[str, Sequence[Any]]) -> list[Any]:
        """The person's among rows by employment."""
        return [row for m in self.employments for row in rows.get(m.employee_id, ())]


def people(members: Sequence[Member]) -> list[Person]:
    """Everybody once, in the unit of the employment that lasts longest, whatever the day."""
    found: defaultdict[str, list[Member]] = defaultdict(list)
    for member in members:
        found[member.person].append(member)
    return [_person(tuple(own)) for own in found.values()]


def _person(own: tuple[Member, ...]) -> Person:
    sexes = [member.sex for member in (lasting(own), *own) if member.sex]
    known = all(member.employment for member in own)
    periods = merged(period for member in own for period in member.employment) if known else ()
    return Person(own, lasting(own).unit, sexes[0] if sexes else None, tuple(periods))
