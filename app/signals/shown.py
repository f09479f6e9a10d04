"""What may be told of a signal: counts where nothing of fewer than ten follows from them.

Pure. Besides what is told here the reader has the attendance report: episodes of any length and
people employed, by unit and month. What could be subtracted is looked at from both sides:

- of the same unit: what the attendance report counts and a signal does not (long episodes, people
  whose employment is not known) has to be of nobody or of ten people or more, in the window judged
  and in each of the earlier years, or else hidden in the attendance report;
- of other units: those whose figures are hidden, here or there, have to be open together when
  those that are told are taken away.

Where that does not hold, a signal is told with ratios to one decimal alone, which leave a count
open. Windows that are told of one unit never overlap, since a signal is three months from the next.
"""

from collections.abc import Iterable, Iterator, Mapping, Set
from typing import Any

from app.reports.disclosure import hidden_rows, is_open
from app.signals.judge import Evidence, Verdict, comparable
from app.signals.rates import Comparison
from app.signals.tally import MONTHS, Tally, Unit, Window

Figures = dict[str, Any]


def figures_of(verdicts: Iterable[Verdict], tallies: Mapping[Unit, Tally]) -> dict[str, Figures]:
    """The figures that may be told of each signal, by unit."""
    signals = {v.unit: v for v in verdicts if v.state == "signal" and v.evidence is not None}
    exact = countable(signals.keys(), tallies)
    return {
        unit: _figures(verdict.evidence, verdict.q, exact=unit in exact)
        for unit, verdict in signals.items()
        if verdict.evidence is not None
    }


def countable(units: Set[str], tallies: Mapping[Unit, Tally]) -> Set[Unit]:
    """Of those units the ones whose counts may be told, all of them together."""
    told: set[Unit] = {unit for unit in units if _is_safe(tallies[unit])}
    hidden = list(_hidden(tallies))
    while told:
        leaks = [rows & told for behind, rows in hidden if not _is_open(behind, rows - told)]
        leaking = frozenset[Unit]().union(*leaks)
        if not leaking:
            break
        told.discard(min(leaking, key=lambda unit: (tallies[unit].now.count.days, str(unit))))
    return told


def _is_safe(tally: Tally) -> bool:
    """Whether nothing of few follows for the unit itself."""
    return all(_is_safe_beside_attendance(one) for one in (tally.now, *tally.earlier))


def _is_safe_beside_attendance(window: Window) -> bool:
    counted_there = all(is_open({"away": people}) for people in window.away)
    besides = not counted_there or is_open({"besides": window.besides})
    return besides and is_open({"ill": window.ill})


Table = tuple[Mapping[Unit, int], Set[Unit]]
"""How many people are behind each unit's row, and which rows are hidden."""


def _hidden(tallies: Mapping[Unit, Tally]) -> Iterator[Table]:
    """The tables whose sums can be seen: this month's of signals, and those of attendance."""
    units = comparable(tallies)
    yield {unit: tallies[unit].now.ill for unit in units}, units
    for month in range(MONTHS):
        for name in ("employed", "away"):
            people = {unit: getattr(tally.now, name)[month] for unit, tally in tallies.items()}
            yield people, hidden_rows({unit: {name: n} for unit, n in people.items()})


def _is_open(behind: Mapping[Unit, int], rows: Iterable[Unit]) -> bool:
    return is_open({"people": sum(behind[unit] for unit in rows)})


def _figures(evidence: Evidence, q: float | None, *, exact: bool) -> Figures:
    now = evidence.tally.now
    return {
        "employed": min(now.employed) if exact else None,
        "employed_days": now.count.days if exact else None,
        "episodes": now.count.episodes if exact else None,
        "own": {"years": len(evidence.tally.earlier)} | _compared(evidence.own, exact=exact),
        "others": {"units": evidence.other_units} | _compared(evidence.beside, exact=exact),
        "q": _digits(q) if exact else None,
        "suppressed": None if exact else "fewer_than_ten",
    }


def _compared(found: Comparison, *, exact: bool) -> Figures:
    low, high = found.interval()
    places = 2 if exact else 1
    return {
        "expected": round(found.expected, 1) if exact else None,
        "ratio": None if found.ratio is None else round(found.ratio, places),
        "low": round(low, places),
        "high": None if high is None else round(high, places),
        "p": _digits(found.p) if exact else None,
    }


def _digits(probability: float | None) -> float | None:
    """Two digits that count."""
    return None if probability is None else float(f"{probability:.2g}")
