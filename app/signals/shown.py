"""What may be told of a signal: counts where nothing of fewer than ten follows from them.

Pure. Besides what is told here the reader has the attendance report: episodes of any length and
people employed, by unit and month. What could be subtracted is looked at from both sides:

- what the attendance report counts and a signal does not (long episodes, people whose employment
  is not known) has to be of nobody or of ten people or more, where the attendance report tells the
  rest: of a unit, or of those that it hides together;
- those whose figures are hidden, here or there, have to be open together when those that are told
  are taken away.

Where that does not hold, a signal is told with ratios to one decimal alone, which leave a count
open. Windows that are told of one unit never overlap, since a signal is three months from the next.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
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
    tables, atoms = list(_tables(tallies)), _atoms(tallies)
    while leaking := {*_few_left(told, tables), *_few_besides(told, atoms, tallies)}:
        told.discard(min(leaking, key=lambda unit: (tallies[unit].now.count.days, str(unit))))
    return told


def _is_safe(tally: Tally) -> bool:
    """Whether nothing of few follows for the unit itself, of the earlier years in particular."""
    windows = (tally.now, *tally.earlier.values())
    return all(is_open({"ill": one.ill}) and _is_apart(one) for one in windows)


def _is_apart(window: Window) -> bool:
    """Whether long episodes are of many, or cannot be told by the attendance report."""
    shown_there = all(is_open({"away": people}) for people in window.away)
    return not shown_there or is_open({"besides": window.besides})


@dataclass(frozen=True, slots=True)
class Table:
    """How many people are behind each unit's row, and which rows are not shown."""

    behind: Mapping[Unit, int]
    hidden: Set[Unit]

    def people(self, units: Iterable[Unit]) -> int:
        """Those behind some of the rows."""
        return sum(self.behind[unit] for unit in units)


def _tables(tallies: Mapping[Unit, Tally]) -> Iterator[Table]:
    """This window's of signals, of which the sum is told, and the months' of attendance."""
    yield Table({unit: tally.now.ill for unit, tally in tallies.items()}, comparable(tallies))
    for month in range(MONTHS):
        for name in ("employed", "away"):
            yield _month(tallies, name, month)


def _month(tallies: Mapping[Unit, Tally], name: str, month: int) -> Table:
    people = {unit: getattr(tally.now, name)[month] for unit, tally in tallies.items()}
    return Table(people, hidden_rows({unit: {name: n} for unit, n in people.items()}))


def _few_left(told: Set[Unit], tables: Iterable[Table]) -> Set[Unit]:
    """The units told without which few are left of those hidden."""
    leaking = frozenset[Unit]()
    for table in tables:
        if not is_open({"left": table.people(table.hidden - told)}):
            leaking |= table.hidden & told
    return leaking


def _atoms(tallies: Mapping[Unit, Tally]) -> list[frozenset[Unit]]:
    """The smallest groups of units of whom the attendance report tells all episodes of the window.

    A unit that is shown in every month, or those that are hidden together, month by month.
    """
    atoms = [frozenset([unit]) for unit in tallies]
    unknown = frozenset[Unit]()
    for month in range(MONTHS):
        table = _month(tallies, "away", month)
        if not is_open({"all": table.people(tallies)}):
            unknown |= table.hidden
        joined = frozenset[Unit]().union(*(atom for atom in atoms if atom & table.hidden))
        atoms = [atom for atom in atoms if not atom & table.hidden] + [joined] * bool(joined)
    return [atom for atom in atoms if not atom & unknown]


def _few_besides(
    told: Set[Unit], atoms: Sequence[Set[Unit]], tallies: Mapping[Unit, Tally]
) -> Set[Unit]:
    """The units told by which few are found whom attendance counts and signals do not."""
    units = comparable(tallies)

    def besides(group: Iterable[Unit]) -> int:
        return sum(
            tallies[u].now.besides + (0 if u in units else tallies[u].now.ill) for u in group
        )

    leaking = frozenset[Unit]()
    for atom in atoms:
        if atom & units <= told and not is_open({"besides": besides(atom)}):
            leaking |= atom & told
    rest = units - told
    around = frozenset[Unit]().union(*(atom for atom in atoms if atom & rest))
    if rest <= around and not is_open({"besides": besides(around)}):
        leaking |= told
    return leaking


def _figures(evidence: Evidence, q: float | None, *, exact: bool) -> Figures:
    now = evidence.tally.now
    return {
        "employed": min(now.employed) if exact else None,
        "employed_days": now.count.days if exact else None,
        "episodes": now.count.episodes if exact else None,
        "own": {"years": len(evidence.tally.earlier)} | _compared(evidence.own, exact=exact),
        "others": {"units": evidence.other_units} | _compared(evidence.beside, exact=exact),
        "swing": round(evidence.swing, 3),
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
