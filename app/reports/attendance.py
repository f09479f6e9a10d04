"""The attendance report: one month's sick leave by unit and in all, in groups of ten or more.

Pure. Units do not overlap: somebody counts in the unit they belong to now, and those without one
are a row of their own. A figure is shown when the people behind it are open (`disclosure`): the
employed behind a number of employed, those with a sick day behind a number of sick days.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from app.reports.disclosure import NOT_GIVEN, hidden_rows, is_open, sum_of

Unit = str | None


@dataclass(frozen=True, slots=True)
class Worked:
    """One employee's month. Days are calendar days; `full_days`: the sick days at full extent."""

    unit: Unit
    sex: str
    employed_days: int
    episodes: int = 0
    full_days: int = 0
    part_days: int = 0

    @property
    def sick_days(self) -> int:
        """Sick days at any extent."""
        return self.full_days + self.part_days


def _extents(one: Worked) -> Iterable[Hashable]:
    return [name for name in ("full_days", "part_days") if getattr(one, name)]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a row: whom its figures rest on, in groups, and the parts that are coarser."""

    name: str
    behind: Callable[[Worked], Iterable[Hashable]]
    refines: tuple[str, ...] = ()


PARTS = (
    Part("employed", lambda _: [()]),
    Part("episodes", lambda one: [()] if one.episodes else [], ("employed",)),
    Part("sick_days", lambda one: [()] if one.sick_days else [], ("employed",)),
    Part("extents", _extents, ("sick_days",)),
    Part("sexes", lambda one: [one.sex], ("employed",)),
    Part("episodes_by_sex", lambda one: [one.sex] if one.episodes else [], ("episodes", "sexes")),
    Part(
        "sick_days_by_sex", lambda one: [one.sex] if one.sick_days else [], ("sick_days", "sexes")
    ),
)
"""The parts of a row, the coarser first."""


@dataclass(frozen=True, slots=True)
class Protected:
    """Which rows hide which parts; `total`: the parts that the sum of all rows hides."""

    rows: Mapping[str, Set[Unit]]
    total: Set[str]


def protect(people: Mapping[Unit, Sequence[Worked]]) -> Protected:
    """What must be hidden so that nothing about fewer than ten can be read or worked out."""
    rows: dict[str, set[Unit]] = {}
    total: set[str] = set()
    for part in PARTS:
        behind: dict[Unit, Counter[Hashable]] = {
            unit: Counter(cell for one in own for cell in part.behind(one))
            for unit, own in people.items()
        }
        coarser = set[Unit]().union(*(rows[name] for name in part.refines))
        rows[part.name] = hidden_rows(behind, coarser)
        if total & set(part.refines) or not is_open(sum_of(behind.values())):
            total.add(part.name)
    return Protected(rows, total)


def attendance(people: Iterable[Worked], unit: Unit = None) -> dict[str, Any]:
    """The report: the total, and each unit's row, or that of the one asked for.

    What is hidden is decided over all units, whichever is asked for.
    """
    by_unit: defaultdict[Unit, list[Worked]] = defaultdict(list)
    for one in people:
        by_unit[one.unit].append(one)
    protected = protect(by_unit)
    everybody = [one for own in by_unit.values() for one in own]
    asked = sorted(by_unit, key=lambda name: (name is None, name)) if unit is None else [unit]
    sexes = sorted({one.sex for one in everybody})
    hidden = {name: {p for p, rows in protected.rows.items() if name in rows} for name in asked}
    return {
        "total": _row(everybody, protected.total, sexes),
        "units": [{"unit": name} | _row(by_unit[name], hidden[name], sexes) for name in asked],
        "suppressed": [
            *_said("total", None, protected.total, sexes),
            *(said for name in asked for said in _said("unit", name, hidden[name], sexes)),
        ],
    }


def _said(of: str, unit: Unit, hidden: Set[str], sexes: Sequence[str]) -> list[dict[str, Any]]:
    """What a row hides; nothing is said of sexes where none is given."""
    names = [part.name for part in PARTS if part.name in hidden]
    if not _given(sexes):
        names = [name for name in names if "sex" not in name]
    if not names:
        return []
    return [{"of": of, "unit": unit, "parts": names, "code": "fewer_than_ten"}]


def _row(people: Sequence[Worked], hidden: Set[str], sexes: Sequence[str]) -> dict[str, Any]:
    full, sick = sum(p.full_days for p in people), sum(p.sick_days for p in people)
    extents = sick and "extents" not in hidden
    by_sex = _given(sexes) and "sexes" not in hidden
    return {
        **_counts(people, hidden, ""),
        "full_time_share": round(full / sick, 4) if extents else None,
        "part_time_share": round((sick - full) / sick, 4) if extents else None,
        "by_sex": [_of_sex(sex, people, hidden) for sex in sexes] if by_sex else None,
    }


def _of_sex(sex: str, people: Sequence[Worked], hidden: Set[str]) -> dict[str, Any]:
    own = [one for one in people if one.sex == sex]
    return {"sex": sex} | _counts(own, hidden, "_by_sex")


def _counts(people: Sequence[Worked], hidden: Set[str], suffix: str) -> dict[str, Any]:
    days, sick = sum(p.employed_days for p in people), sum(p.sick_days for p in people)
    employed = "employed" not in hidden
    sick_shown = f"sick_days{suffix}" not in hidden
    episodes = sum(p.episodes for p in people) if f"episodes{suffix}" not in hidden else None
    return {
        "employed": len(people) if employed else None,
        "employed_days": days if employed else None,
        "episodes": episodes,
        "sick_days": sick if sick_shown else None,
        "rate": round(sick / days, 4) if sick_shown and days else None,
    }


def _given(sexes: Sequence[str]) -> bool:
    return bool(set(sexes) - {NOT_GIVEN})
