"""Working days: neither weekend nor holiday, nor in a closure of the unit.

Pure; days are proleptic ordinals (`date.toordinal`).
"""

from dataclasses import dataclass

from app.absences.policy import Period

_FURTHEST = 3_700
"""Days looked ahead at most, about ten years: a unit closed for longer is closed for good."""


@dataclass(frozen=True, slots=True)
class Workdays:
    """`holidays`: days off besides Saturdays and Sundays; `closures`: periods, ends included."""

    holidays: frozenset[int] = frozenset()
    closures: tuple[Period, ...] = ()

    def is_one(self, day: int) -> bool:
        """Whether that day is a working day (ordinal 1 was a Monday)."""
        if (day - 1) % 7 >= 5 or day in self.holidays:
            return False
        return not any(
            first <= day and (last is None or day <= last) for first, last in self.closures
        )

    def after(self, day: int, count: int) -> int:
        """The `count`-th working day after `day`: what may take so many days is done by then."""
        for later in range(day + 1, day + _FURTHEST):
            count -= self.is_one(later)
            if count <= 0 and self.is_one(later):
                return later
        return day + _FURTHEST

    def on_or_after(self, day: int) -> int:
        """The first working day from `day` on."""
        return self.after(day - 1, 1)

    def between(self, day: int, later: int) -> int:
        """How many working days lie after `day`, up to and including `later`."""
        return sum(self.is_one(one) for one in range(day + 1, min(later, day + _FURTHEST) + 1))
