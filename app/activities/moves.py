"""An activity's life: planned, then held or cancelled; and when a yearly one comes again.

Pure.
"""

from datetime import date
from typing import Literal

State = Literal["planned", "held", "cancelled"]
Call = Literal["hold", "cancel"]
TARGETS: dict[Call, State] = {"hold": "held", "cancel": "cancelled"}
"""Both lead from `planned`, and from nowhere else."""


def allowed_calls(state: str) -> list[Call]:
    """The moves that can be made now."""
    return [*TARGETS] if state == "planned" else []


def next_state(call: Call, state: str) -> State | None:
    """Where the call leads; the same state when it was made before, None: refused."""
    target = TARGETS[call]
    return target if state in ("planned", target) else None


def a_year_after(day: date) -> date:
    """The same date of the next year; 29 February is followed by the last of that February."""
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return date(day.year + 1, 2, 28)
