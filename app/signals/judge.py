"""Which units have a signal: a rate of short episodes much above their own and above the others'.

Pure. Both have to hold, so the larger of the two probabilities counts (intersection-union test): a
bad winter lifts every unit above its own past, and a unit that always was above the others is no
news. Over the units of a month the share of signals by mere chance is held down (`rates.adjusted`).
A signal is about a group: that fewer than ten people were ill is taken for no evidence (p = 1), so
that what is promised still holds.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from app.reports.disclosure import SMALL
from app.signals.rates import Comparison, Count, adjusted, swing_of
from app.signals.tally import Tally, Unit

FALSE_DISCOVERIES = 0.1
"""Of a month's signals at most this share is by chance, on average."""

State = Literal["signal", "none", "not_judged"]
Reason = Literal[
    "employment_not_known", "fewer_than_ten", "told_before", "no_earlier_year", "no_other_unit"
]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is found of a unit; `reason`: why it was not judged. `q`: the adjusted probability."""

    unit: str
    state: State
    reason: Reason | None = None
    evidence: "Evidence | None" = None
    q: float | None = None


@dataclass(frozen=True)
class Evidence:
    """A unit beside its own earlier years and beside the other units of the same months."""

    tally: Tally
    others: Count
    other_units: int
    swing: float = 0.0

    @cached_property
    def own(self) -> Comparison:
        """Against its own earlier years."""
        return Comparison(self.tally.now.count, self.tally.before.count, self.swing)

    @cached_property
    def beside(self) -> Comparison:
        """Against the other units."""
        return Comparison(self.tally.now.count, self.others, self.swing)

    @cached_property
    def p(self) -> float:
        """How probable such a rise would be by chance, against whichever it is more probable."""
        return max(self.own.p, self.beside.p) if self.tally.now.ill >= SMALL else 1.0


def judge(tallies: Mapping[Unit, Tally], told: Set[str]) -> list[Verdict]:
    """A verdict of every unit, in order; `told`: the units of whom a signal is too recent.

    These are left alone but stay among the others with which the rest is compared.
    """
    compared = comparable(tallies)
    everybody = sum((tallies[unit].now.count for unit in compared), start=Count())
    swing = swing_of(
        {ago: window.count for ago, window in tallies[unit].earlier.items()} for unit in compared
    )
    verdicts: list[Verdict] = []
    for unit, tally in sorted(_named(tallies)):
        reason = _why_not(tally, told=unit in told, others=len(compared - {unit}))
        if reason is not None:
            verdicts.append(Verdict(unit, "not_judged", reason))
            continue
        evidence = Evidence(tally, everybody - tally.now.count, len(compared) - 1, swing)
        verdicts.append(Verdict(unit, "none", None, evidence))
    return _discovered(verdicts)


def comparable(tallies: Mapping[Unit, Tally]) -> frozenset[str]:
    """The units that are large enough, and of whom enough is known, to stand beside others."""
    named = _named(tallies)
    return frozenset(unit for unit, tally in named if tally.now.is_large and tally.is_known)


def _named(tallies: Mapping[Unit, Tally]) -> list[tuple[str, Tally]]:
    """The units with anybody in them in these months."""
    return [
        (unit, tally)
        for unit, tally in tallies.items()
        if unit is not None and (any(tally.now.employed) or tally.unknown)
    ]


def _why_not(tally: Tally, *, told: bool, others: int) -> Reason | None:
    if not tally.now.is_large:
        return "employment_not_known" if tally.unknown else "fewer_than_ten"
    if told:
        return "told_before"
    if not tally.earlier:
        return "no_earlier_year"
    return None if others else "no_other_unit"


def _discovered(verdicts: list[Verdict]) -> list[Verdict]:
    """The same, with those that are signals among the units judged."""
    judged = [(v, v.evidence) for v in verdicts if v.evidence is not None]
    adjusted_ps = adjusted([evidence.p for _, evidence in judged])
    found = {
        verdict.unit: Verdict(verdict.unit, "signal", None, evidence, q)
        for (verdict, evidence), q in zip(judged, adjusted_ps, strict=True)
        if q <= FALSE_DISCOVERIES
    }
    return [found.get(verdict.unit, verdict) for verdict in verdicts]
