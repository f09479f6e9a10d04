"""Which months an outcomes report is asked of, and which it is then of."""

from dataclasses import dataclass

from app.core.errors import FieldError, InvalidInput
from app.reports.months import Period


@dataclass(frozen=True, slots=True)
class Asked:
    """The first and the last month asked for, where they are; `last`: the last month over."""

    first: int | None
    to: int | None
    last: int

    @property
    def period(self) -> Period:
        """The months meant: by default the twelve up to `to`, and that the last one over.

        Raises InvalidInput where the first is not over, or the end before it.
        """
        end = self.last if self.to is None else min(self.to, self.last)
        begin = end - 11 if self.first is None else self.first
        if begin > self.last:
            raise not_over("from")
        if begin > end:
            detail = "The end is before the start."
            raise InvalidInput([FieldError("#/to", "range_reversed", detail)])
        return begin, end

    def shortened(self, longest: Period | None) -> Period:
        """The same, where that cannot be shown: an end that was not asked for gives way."""
        begin, end = self.period
        if longest is None:
            return begin, end
        return (
            longest[0] if self.first is None else begin,
            longest[1] if self.to is None else end,
        )

    def because(self, period: Period) -> list[str]:
        """Why the report is of that period and not just what was asked for."""
        reasons = {
            "default": None in (self.first, self.to),
            "last_finished_month": self.to is not None and self.to > self.last,
            "longest_shown": period != self.period,
        }
        return [reason for reason, holds in reasons.items() if holds]


def not_over(name: str) -> InvalidInput:
    """The refusal of a month that is not over, given as that parameter."""
    detail = "Reports are of months that are over."
    return InvalidInput([FieldError(f"#/{name}", "month_not_over", detail)])
