"""Counts of what rules would have said: by month and unit, by week, of whom together, what changed.

Pure. Everybody is added some at a time; what is kept are counts. A flag here is an accepted
trigger (semantics 6): what the rule alone would have said, had it always been in force. People
decide, referrals end, and an open referral keeps a second one away; none of that is in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
_EPOCH = date(1970, 1, 1).toordinal()
Shown = dict[str, Any]
CHANGES = ("newly_flagged", "no_longer", "unchanged")


class Flags(NamedTuple):
    """Flags of some people: whose each is, by place among them, and its day as an ordinal."""

    person: Ints
    on: Ints


class Period(NamedTuple):
    """The days that are asked about, both included, as ordinals."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Counted:
    """A rule as it is counted: what it is called, and whether its flags ask for a talk."""

    rule: str
    refers: bool


def months_of(on: Ints) -> Ints:
    """The months that days lie in, as consecutive numbers: `year * 12 + month - 1`."""
    months = (on - _EPOCH).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return np.asarray(months + 1970 * 12, dtype=np.int64)


class Tally:
    """Counts that grow. `units`: the names of all units; the last place counts those without."""

    def __init__(self, rules: Sequence[Counted], period: Period, units: Sequence[str]) -> None:
        self._rules = rules
        self._units = units
        self._period = period
        ends = months_of(np.array(period, dtype=np.int64))
        self._months = range(int(ends[0]), int(ends[1]) + 1)
        self._monday = period.first - (period.first - 1) % 7
        weeks = (period.last - self._monday) // 7 + 1
        places = len(units) + 1
        self._cells = np.zeros((len(rules), len(self._months), places), dtype=np.int64)
        self._of_unit = np.zeros(places, dtype=np.int64)
        self._talks = np.zeros(weeks, dtype=np.int64)
        self._flagged = np.zeros(len(rules), dtype=np.int64)
        self._both = np.zeros((len(rules), len(rules)), dtype=np.int64)
        self._changed = np.zeros(len(CHANGES), dtype=np.int64)
        self.persons = 0

    def add(
        self, unit: Ints, found: Sequence[Flags], before: Sequence[Flags] | None = None
    ) -> None:
        """Count some more people. `unit`: the place of each one's unit; `found`: of each rule.

        `before`: what the version compared with would have said of the same people.
        """
        count = len(unit)
        self.persons += count
        self._of_unit += np.bincount(unit, minlength=len(self._of_unit))
        masks = [_any([flags], count) for flags in found]
        for place, flags in enumerate(found):
            self._count(place, unit, flags)
            self._flagged[place] += int(masks[place].sum())
            for other in range(place):
                self._both[other, place] += int((masks[place] & masks[other]).sum())
        self._count_talks(found)
        if before is not None:
            changed = changes(found, before, count)
            self._changed += np.bincount(changed[changed >= 0], minlength=len(CHANGES))

    def _count(self, place: int, unit: Ints, flags: Flags) -> None:
        months, units = self._cells.shape[1:]
        cell = (months_of(flags.on) - self._months.start) * units + unit[flags.person]
        self._cells[place] += np.bincount(cell, minlength=months * units).reshape(months, units)

    def _count_talks(self, found: Sequence[Flags]) -> None:
        """One talk for each person and week, whatever the number of rules that ask for it."""
        asked = [flags for one, flags in zip(self._rules, found, strict=True) if one.refers]
        if not asked:
            return
        person = np.concatenate([flags.person for flags in asked])
        week = (np.concatenate([flags.on for flags in asked]) - self._monday) // 7
        weeks = len(self._talks)
        once = np.unique(person * weeks + week) % weeks
        self._talks += np.bincount(once, minlength=weeks)

    def to_json(self, *, compared: bool) -> Shown:
        """All counts, as they are stored and shown to whoever may see cases."""
        return {
            "persons_judged": self.persons,
            "rules": [self._rule(place) for place in range(len(self._rules))],
            "overlap": self._overlap(),
            "workload": self._workload(),
            "change": dict(zip(CHANGES, self._changed.tolist(), strict=True)) if compared else None,
        }

    def _rule(self, place: int) -> Shown:
        cells = self._cells[place]
        units = [*self._units, None]
        return {
            "rule": self._rules[place].rule,
            "flags": int(cells.sum()),
            "persons": int(self._flagged[place]),
            "per_month": self._by_month(cells.sum(axis=1)),
            "per_unit": [
                {
                    "unit": name,
                    "employees": int(self._of_unit[at]),
                    "flags": int(cells[:, at].sum()),
                    "per_month": self._by_month(cells[:, at]),
                }
                for at, name in enumerate(units)
                if self._of_unit[at]
            ],
        }

    def _by_month(self, counts: Ints) -> list[Shown]:
        return [
            {"month": f"{month // 12:04}-{month % 12 + 1:02}", "flags": count}
            for month, count in zip(self._months, counts.tolist(), strict=True)
        ]

    def _overlap(self) -> list[Shown]:
        """Of each two rules: how many people both would have flagged, and how many either."""
        names = [one.rule for one in self._rules]
        return [
            {
                "rules": [names[one], names[other]],
                "both": int(self._both[one, other]),
                "either": int(self._flagged[one] + self._flagged[other] - self._both[one, other]),
            }
            for other in range(len(names))
            for one in range(other)
        ]

    def _workload(self) -> Shown:
        """Health talks that would have been asked for, by week: what falls to the FHV."""
        monday = date.fromordinal(self._monday)
        return {
            "mean": round(float(self._talks.mean()), 2),
            "most": int(self._talks.max()),
            "weeks": [
                {"week": _week(monday + timedelta(weeks=number)), "talks": talks}
                for number, talks in enumerate(self._talks.tolist())
            ],
        }


def changes(found: Sequence[Flags], before: Sequence[Flags], count: int) -> Ints:
    """What became of each of so many people: a place in `CHANGES`, -1 where neither flags."""
    now, then = _any(found, count), _any(before, count)
    answer = np.full(count, -1, dtype=np.int64)
    answer[now & ~then], answer[then & ~now], answer[now & then] = 0, 1, 2
    return answer


def within(flags: Flags, period: Period) -> Flags:
    """The flags of the period."""
    inside = (flags.on >= period.first) & (flags.on <= period.last)
    return Flags(flags.person[inside], flags.on[inside])


def _any(found: Sequence[Flags], count: int) -> Bools:
    mask = np.zeros(count, dtype=np.bool_)
    for flags in found:
        mask[flags.person] = True
    return mask


def _week(day: date) -> str:
    """The week of a day after ISO 8601, as Swedes count weeks: `2026-W09`."""
    year, week, _ = day.isocalendar()
    return f"{year:04}-W{week:02}"
