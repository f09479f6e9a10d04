"""The outcomes report: what became of those who took part, in groups of ten or more.

Pure. Everything is counted over the people who entered in the period. A part that disclosure
control does not let through in full is shown more coarsely, or not at all, and that is said.
"""

from collections.abc import Callable, Sequence
from math import ceil
from statistics import fmean, median
from typing import Any, NamedTuple

from app.reports.disclosure import NOT_GIVEN, Split
from app.reports.journeys import PAIRS, STEPS, WORK_STATUSES
from app.reports.participants import Participant
from app.reports.sick_leave import Year
from app.reports.view import TOGETHER, View


class Level(NamedTuple):
    """One way to show a part: the division it needs, its groups, and somebody's group."""

    division: str
    groups: tuple[str, ...]
    group: Callable[[Participant], str]


_EXTENTS = ("full_time", "part_time", "none")
_FULL = ("full_time", "not_full_time")
_ON_LEAVE = ("on_sick_leave", "none")
_BACK = ("back_in_work", "not_back_in_work")
AT_START = (
    Level("full_at_start", _FULL, lambda p: _FULL[p.at_start != "full_time"]),
    Level("extent_at_start", _EXTENTS, lambda p: p.at_start),
)
NOW = (
    Level("leave_now", _ON_LEAVE, lambda p: _ON_LEAVE[p.now == "none"]),
    Level("extent_now", _EXTENTS, lambda p: p.now),
)
WORK = (
    Level("back", _BACK, lambda p: _BACK[p.work_status != "back_in_work"]),
    Level("work_status", WORK_STATUSES, lambda p: p.work_status),
)
BREAKDOWNS = {"sick_leave_at_start": AT_START, "sick_leave_now": NOW, "work_status": WORK}
"""The parts that put everybody into groups, each from coarse to fine."""
FUNNEL = {
    "referred": ("requested",),
    "talk": ("requested", "talk_held"),
    "plan": ("requested", "talk_held", "plan_adopted"),
    "steps": STEPS,
}
"""The steps of a referral that each division lets through, from coarse to fine."""
_OF_ALL_ONLY = ("by_sex", "funnel", "alignment_held", "days_between", "absence")


def outcomes(view: View) -> dict[str, Any]:
    """The report of that view, in the form of the API but for what the period was taken for."""
    report = dict.fromkeys(_PARTS) | {"funnel": [], "days_between": []}
    if view.unit is not None:
        report |= _of_unit(view)
    elif view.finest("participants", ["participants"]):
        report |= _of_all(view)
    return {**report, "suppressed": view.hidden}


_PARTS = ("participants", *BREAKDOWNS, "fully_back", *_OF_ALL_ONLY)


def _of_all(view: View) -> dict[str, Any]:
    parts = {part: _breakdown(view, part, levels) for part, levels in BREAKDOWNS.items()}
    back = view.timeline.shows("back", Split(), view.period)
    return {
        "participants": len(view.people),
        **parts,
        "fully_back": _fully_back(view.people) if back else None,
        "by_sex": _by_sex(view),
        "funnel": _funnel(view),
        "alignment_held": _alignment(view),
        "days_between": [_between(view, pair) for pair in PAIRS],
        "absence": _absence(view),
    }


def _of_unit(view: View) -> dict[str, Any]:
    """The coarse groups of one unit: anything finer would tell of others, too."""
    division, split = view.basis
    shown = view.finest("participants", [division], split)
    for part in _OF_ALL_ONLY if shown else ():
        view.hide(part, code="not_by_unit")
    return {"participants": len(view.people), **_side_by_side(view.people)} if shown else {}


def _share(people: int, of: int) -> float | None:
    """A share of one, to four decimals; of nobody there is none."""
    return round(people / of, 4) if of else None


def _figure(name: str, people: int, of: int) -> dict[str, Any]:
    return {"group": name, "people": people, "share": _share(people, of)}


def _breakdown(view: View, part: str, levels: Sequence[Level]) -> list[dict[str, Any]] | None:
    """Everybody in groups, as fine as may be."""
    by_name = {level.division: level for level in levels}
    shown = view.finest(part, list(by_name))
    return _groups(view.people, by_name[shown]) if shown else None


def _groups(people: Sequence[Participant], level: Level) -> list[dict[str, Any]]:
    own = [level.group(one) for one in people]
    return [_figure(group, own.count(group), len(own)) for group in level.groups]


def _fully_back(people: Sequence[Participant]) -> dict[str, Any]:
    return _figure("fully_back", sum(one.fully_back for one in people), len(people))


def _side_by_side(people: Sequence[Participant]) -> dict[str, Any]:
    """All that is shown by sex, and of a unit."""
    parts = {part: _groups(people, levels[0]) for part, levels in BREAKDOWNS.items()}
    return {**parts, "fully_back": _fully_back(people)}


def _by_sex(view: View) -> list[dict[str, Any]] | None:
    """One entry a sex. Where none is given of anybody there is nothing to show or to hide."""
    sexes = sorted({one.sex for one in view.timeline.people})
    if not set(sexes) - {NOT_GIVEN} or not view.finest("by_sex", [TOGETHER], Split(by_sex=True)):
        return None
    of_sex = {sex: [one for one in view.people if one.sex == sex] for sex in sexes}
    return [
        {"sex": sex, "participants": len(own), **_side_by_side(own)} for sex, own in of_sex.items()
    ]


def _funnel(view: View) -> list[dict[str, Any]]:
    """The steps from flag to closed with how many came so far; null where that is not shown."""
    counted = _referrals(view) | _from_flags(view)
    if view.finest("closed", ["closed"]):
        counted["closed"] = sum(one.journey.closed for one in view.people)
    steps = ("flagged", "released", *STEPS, "closed")
    return [{"step": step, "people": counted.get(step)} for step in steps]


def _referrals(view: View) -> dict[str, int]:
    shown = view.finest("funnel", list(FUNNEL))
    furthest = [one.journey.furthest for one in view.people]
    return {
        step: sum(STEPS.index(step) < reached for reached in furthest)
        for step in (FUNNEL[shown] if shown else ())
    }


def _from_flags(view: View) -> dict[str, int]:
    """Those released; those flagged only together with who was flagged and takes no part."""
    shown = view.finest("flagged_and_released", ["released", "origin"])
    origins = [one.journey.origin for one in view.people]
    found = {"released": origins.count("released")} if shown else {}
    if not view.flagged.shows("flagged", Split(), view.period):
        view.hide("flagged", view.flagged.longest_within("flagged", Split(), view.period))
    elif shown == "origin":
        taking_part = sum(origin not in ("referred", "neither") for origin in origins)
        found["flagged"] = taking_part + len(view.flagged.within(view.period, None))
    return found


def _alignment(view: View) -> dict[str, Any] | None:
    if not view.finest("alignment_held", ["met"]):
        return None
    return _figure("alignment_held", sum(one.met for one in view.people), len(view.people))


def _between(view: View, pair: tuple[str, str]) -> dict[str, Any]:
    """Median and 90th percentile (nearest rank) of the days from one step to the next."""
    name = f"{pair[0]}_to_{pair[1]}"
    days = sorted(one.journey.days[pair] for one in view.people if pair in one.journey.days)
    shown = view.finest(f"days_{name}", [name]) and days
    return {
        "first": pair[0],
        "then": pair[1],
        "median": median(days) if shown else None,
        "p90": days[ceil(len(days) * 0.9) - 1] if shown else None,
    }


def _absence(view: View) -> dict[str, Any]:
    """Absence before and after, beside what regression to the mean alone would give."""
    whole = [one for one in view.people if one.years]
    shown = view.finest("absence", ["years", "absence"])
    if shown and not whole:
        return {"people": 0, **_NO_MEANS, "reason": "no_whole_year"}
    if shown != "absence":
        return {"people": len(whole) if shown else None, **_NO_MEANS, "reason": "fewer_than_ten"}
    return {"people": len(whole), **_means(whole), **_compared(view, whole)}


_NO_MEANS = {"before": None, "after": None, "compared": None}


def _compared(view: View, whole: Sequence[Participant]) -> dict[str, Any]:
    if not view.finest("comparison", ["matched_absence"]):
        return {"compared": None, "reason": "fewer_than_ten"}
    matched = [one for one in whole if one.expected]
    if not matched:
        return {"compared": None, "reason": "no_comparable_colleagues"}
    expected = _mean([one.expected for one in matched if one.expected])
    compared = {"people": len(matched), **_means(matched), "expected_after": expected}
    return {"compared": compared, "reason": None}


def _means(people: Sequence[Participant]) -> dict[str, Any]:
    years = [one.years for one in people if one.years]
    return {
        "before": _mean([around.before for around in years]),
        "after": _mean([around.after for around in years]),
    }


def _mean(years: Sequence[Year | tuple[float, float]]) -> dict[str, float]:
    """A mean year, a person."""
    return {
        "episodes": round(fmean(year[0] for year in years), 2),
        "sick_days": round(fmean(year[1] for year in years), 2),
    }
