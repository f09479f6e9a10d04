"""Silences: whom each keeps rules from acting on.

Pure. A silence names an employee, a unit or a rule, or several of these; it holds where all that it
names fit. A unit stands for all units below it as well.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from app.flags.picture import Pause


@dataclass(frozen=True, slots=True)
class Silence:
    """A silence, or an exemption: that of an employee, which alone may have no last day.

    `rule`: the rule's name; days are ordinals, both included.
    """

    first: int
    last: int | None
    reason: str
    employee_id: str | None = None
    unit: str | None = None
    rule: str | None = None

    def concerns(self, employee_id: str, units: Collection[str]) -> bool:
        """Whether it is about that employee. `units`: the employee's and those above it."""
        named = self.employee_id in (None, employee_id)
        return named and (self.unit is None or self.unit in units)


def pauses_of(
    silences: Iterable[Silence], employee_id: str, units: Collection[str]
) -> tuple[Pause, ...]:
    """The days on which rules are silent for an employee."""
    return tuple(
        Pause(silence.first, silence.last, silence.reason, silence.rule)
        for silence in silences
        if silence.concerns(employee_id, units)
    )
