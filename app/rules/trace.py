"""The trace of a judgement: every comparison with its window, value, limit and what counted.

Pure. All comparisons are shown, also those that a shorter reading could have skipped.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, get_args

from app.absences.aside import SICK, Aside
from app.absences.groups import Group, Groups
from app.absences.history import History
from app.rules.document import WINDOWLESS, Condition, Leaf, RuleDocument, leaves, wanted
from app.rules.language import Language
from app.rules.measures import days_of_group, measure, window, window_before
from app.rules.otherwise import Otherwise, otherwise, otherwise_in_words
from app.rules.triggers import applies, compare, holds
from app.rules.words import in_words, not_applying, verdict

LANGUAGES: tuple[Language, ...] = get_args(Language)
OF_DAYS = frozenset({"short_days", "sick_days", "bradford"})
"""Measures that count days within a window, also those of an episode that begins before it."""
Shown = dict[str, Any]


def trace(history: History, rule: RuleDocument, day: int, aside: Iterable[Aside] = ()) -> Shown:
    """What the rule says of one day, why, and what would have changed it.

    `aside`: the days up to that day that no rule counts (`app.absences.aside`).
    """
    asked = list(leaves(rule.when))
    comparisons = [_comparison(history, leaf, day) for leaf in asked]
    valid = applies(rule, day)
    true = valid and holds(history, rule.when, day)
    values = [comparison["value"] for comparison in comparisons]
    on = date.fromordinal(day)
    return {
        "on": _iso(day),
        "holds": true,
        "comparisons": comparisons,
        "not_counted": [_aside(one) for one in aside if _concerns(one, asked)],
        # No figure changes anything on a day on which the rule does not apply.
        "otherwise": _otherwise(otherwise(rule.when, values) if valid else None, held=true),
        "words": {
            language: verdict(rule.when, values, on, holds=true, language=language)
            if valid
            else not_applying(on, language)
            for language in LANGUAGES
        },
    }


def decisive(condition: Condition, comparisons: Sequence[Mapping[str, Any]]) -> Sequence[Any]:
    """Of a trace's comparisons those that came out as the condition wants them.

    All of them where none did: the days were corrected afterwards.
    """
    told = zip(comparisons, wanted(condition), strict=True)
    return [one for one, holding in told if one["holds"] is holding] or comparisons


def _concerns(aside: Aside, asked: Iterable[Leaf]) -> bool:
    """The law's periods know nothing of the employer's counting policy: they have all sick days."""
    counts = any(leaf.measure not in WINDOWLESS for leaf in asked)
    return counts or aside.reason not in SICK


def _aside(aside: Aside) -> Shown:
    return {
        "first_day": _iso(aside.first),
        "last_day": _iso(aside.last),
        "days": aside.last - aside.first + 1,
        "reason": aside.reason,
    }


def _otherwise(found: Otherwise | None, *, held: bool) -> Shown | None:
    """The smallest change of the figures that turns the outcome."""
    if found is None:
        return None
    return {
        "changes": [
            {
                "measure": change.leaf.measure,
                "value": change.value,
                "needed": change.needed,
                "words": {language: in_words(change.leaf, language) for language in LANGUAGES},
            }
            for change in found.changes
        ],
        "words": {
            language: otherwise_in_words(found, held=held, language=language)
            for language in LANGUAGES
        },
    }


def _comparison(history: History, leaf: Leaf, day: int) -> Shown:
    value = measure(history, leaf, day)
    counted, uncounted = _episodes(history, leaf, day)
    return {
        "measure": leaf.measure,
        "window": _window(leaf, day),
        "op": leaf.op,
        "limit": leaf.value,
        "value": value,
        "holds": compare(value, leaf.op, leaf.value),
        "counted": counted,
        "not_counted": uncounted,
        "words": {language: in_words(leaf, language) for language in LANGUAGES},
    }


def _window(leaf: Leaf, day: int) -> Shown | None:
    if leaf.window is None:
        return None
    first, last = window(leaf, day)
    return {"first_day": _iso(first), "last_day": _iso(last)}


def _episodes(history: History, leaf: Leaf, day: int) -> tuple[list[Shown], list[Shown]]:
    """The groups that the measure counted, and those it did not with the reason."""
    groups = _looked_at(history, leaf)
    counted: list[Shown] = []
    uncounted: list[Shown] = []
    for index in range(groups.at(day) + 1):
        group = Group(groups.firsts[index], groups.last_on(index, day), groups.size_on(index, day))
        reason = _REASONS[leaf.measure](groups, index, leaf, day)
        shown = {
            "first_day": _iso(group.first),
            "last_day": _iso(group.last),
            "sick_days": group.sick_days,
        }
        if reason is None:
            counted.append(shown | _in_window(groups, index, leaf, day))
        else:
            uncounted.append(shown | {"reason": reason})
    return counted, uncounted


def _in_window(groups: Groups, index: int, leaf: Leaf, day: int) -> Shown:
    """Of a measure of days, how many of the group's it counted: one may begin before the window."""
    if leaf.measure not in OF_DAYS:
        return {}
    return {"days_in_window": days_of_group(groups, index, window(leaf, day))}


def _looked_at(history: History, leaf: Leaf) -> Groups:
    if leaf.measure == "ongoing_days":
        return history.spells
    return history.sick_pay_periods if leaf.measure == "period_days" else history.episodes


def _begins(groups: Groups, index: int, leaf: Leaf, day: int) -> str | None:
    first, last = window(leaf, day)
    return None if first <= groups.firsts[index] <= last else "outside_window"


def _short_begins(groups: Groups, index: int, leaf: Leaf, day: int) -> str | None:
    outside = _begins(groups, index, leaf, day)
    return outside or (None if groups.is_short_on(index, day) else "too_long")


def _increase(groups: Groups, index: int, leaf: Leaf, day: int) -> str | None:
    begun = groups.firsts[index]
    first, last = window_before(leaf, day)
    before = "in_the_window_before" if first <= begun <= last else None
    return before or _short_begins(groups, index, leaf, day)


def _weekday_begins(groups: Groups, index: int, leaf: Leaf, day: int) -> str | None:
    outside = _begins(groups, index, leaf, day)
    fits = (groups.firsts[index] - 1) % 7 + 1 in (leaf.weekdays or ())
    return outside or (None if fits else "other_weekday")


def _has_days(groups: Groups, index: int, leaf: Leaf, day: int) -> str | None:
    return None if groups.last_on(index, day) >= window(leaf, day)[0] else "outside_window"


def _has_short_days(groups: Groups, index: int, leaf: Leaf, day: int) -> str | None:
    outside = _has_days(groups, index, leaf, day)
    return outside or (None if groups.is_short_on(index, day) else "too_long")


def _is_today(groups: Groups, index: int, leaf: Leaf, day: int) -> str | None:  # noqa: ARG001
    # One signature for all: this one has no window to ask the leaf for.
    return None if groups.last_on(index, day) == day else "over"


_REASONS: dict[str, Callable[[Groups, int, Leaf, int], str | None]] = {
    "episodes": _short_begins,
    "all_episodes": _begins,
    "short_days": _has_short_days,
    "sick_days": _has_days,
    "bradford": _has_days,
    "weekday_starts": _weekday_begins,
    "episode_increase": _increase,
    "ongoing_days": _is_today,
    "period_days": _is_today,
}


def _iso(day: int) -> str:
    return date.fromordinal(day).isoformat()
