"""One period seen on the timelines, of one unit or all: what may be shown of it, and what not.

Pure. Whatever a report leaves out is gathered here, so that it says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from app.reports.disclosure import Split, Timeline
from app.reports.months import Period, as_text
from app.reports.participants import Flagged, Participant

TOGETHER = "side_by_side"
"""The division of what is shown by sex, and of a unit."""


@dataclass
class View:
    """One period, of one unit or all. `hidden` gathers what is not shown in full."""

    timeline: Timeline[Participant]
    flagged: Timeline[Flagged]
    period: Period
    unit: str | None = None
    hidden: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.people = self.timeline.within(self.period, self.unit)

    @property
    def basis(self) -> tuple[str, Split]:
        """What has to be shown for anything else to be."""
        if self.unit is None:
            return "participants", Split()
        return TOGETHER, self.timeline.split_for(self.unit)

    @property
    def is_shown(self) -> bool:
        """Whether anything is shown at all."""
        return self.timeline.shows(*self.basis, self.period)

    @property
    def longest(self) -> Period | None:
        """The longest part of the period of which something is shown, if there is one."""
        return self.timeline.longest_within(*self.basis, self.period)

    def of(self, period: Period) -> "View":
        """The same people, seen in another period."""
        return View(self.timeline, self.flagged, period, self.unit)

    def finest(self, part: str, divisions: Sequence[str], split: Split | None = None) -> str | None:
        """The finest of the divisions, coarsest first, that may be shown; says what is not."""
        by = split or Split()
        shown = [name for name in divisions if self.timeline.shows(name, by, self.period)]
        if shown[-1:] != [divisions[-1]]:
            longest = self.timeline.longest_within(divisions[-1], by, self.period)
            self.hide(part, longest, partly=bool(shown))
        return shown[-1] if shown else None

    def hide(
        self,
        part: str,
        longest: Period | None = None,
        *,
        partly: bool = False,
        code: str = "fewer_than_ten",
    ) -> None:
        """Say that a part is not shown in full, and of which shorter period it would be."""
        full_for = {"from": as_text(longest[0]), "to": as_text(longest[1])} if longest else None
        shown = "partly" if partly else "nothing"
        self.hidden.append({"part": part, "code": code, "shown": shown, "full_for": full_for})
