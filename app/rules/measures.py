"""The nine measures: what a leaf's measure is on one day of one history (semantics 5).

Pure. Each is a few bisections over a `History`, so a day costs a logarithm of the history's
length. An episode still going on is judged as it stands on the day.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable

from app.absences.groups import Groups
from app.absences.history import History
from app.rules.document import Leaf
from app.rules.windows import window_start

Stretch = tuple[int, int]
"""First and last day of a window."""


def measure(history: History, leaf: Leaf, day: int) -> int:
    """The value of the leaf's measure for `day`, at most the history's `as_of`."""
    return _MEASURES[leaf.measure](history, leaf, day)


def window(leaf: Leaf, day: int) -> Stretch:
    """The leaf's window that ends with `day`."""
    assert leaf.window is not None  # noqa: S101 - documents are validated
    unit, length = leaf.window.form
    return window_start(unit, length, day), day


def window_before(leaf: Leaf, day: int) -> Stretch:
    """The window of the same form that ends the day before the leaf's begins."""
    return window(leaf, window(leaf, day)[0] - 1)


def days_within(days: list[int], stretch: Stretch) -> list[int]:
    """The days that lie in the stretch."""
    return days[bisect_left(days, stretch[0]) : bisect_right(days, stretch[1])]


def evidence(history: History, leaf: Leaf, day: int) -> list[int]:
    """The days that the leaf's judgement of `day` looked at (semantics 7)."""
    if leaf.measure == "ongoing_days":
        return _own_group(history.spells, day)
    if leaf.measure == "period_days":
        return _own_group(history.sick_pay_periods, day)
    seen = days_within(history.counted, window(leaf, day))
    if leaf.measure == "episode_increase":
        return days_within(history.counted, window_before(leaf, day)) + seen
    return seen


def _own_group(groups: Groups, day: int) -> list[int]:
    """The days up to `day` of the group that `day` is in; none when it is in none."""
    size = _own_size(groups, day)
    start = groups.starts[groups.at(day)] if size else 0
    return list(groups.days[start : start + size])


def _own_size(groups: Groups, day: int) -> int:
    """How many days those are."""
    group = groups.at(day)
    if group < 0 or groups.last_on(group, day) != day:
        return 0
    return groups.size_on(group, day)


def _days_count(days: list[int], stretch: Stretch) -> int:
    return bisect_right(days, stretch[1]) - bisect_left(days, stretch[0])


def _short_starts(groups: Groups, stretch: Stretch, day: int) -> int:
    """Short groups that begin in the stretch, short as of `day`.

    Only the latest group can be cut off by `day`; the others are counted whole.
    """
    low, high = bisect_left(groups.firsts, stretch[0]), bisect_right(groups.firsts, stretch[1])
    count = groups.shorts[high] - groups.shorts[low]
    latest = groups.at(day)
    if low <= latest < high and groups.sizes[latest] > groups.short_max_days:
        count += groups.is_short_on(latest, day)
    return count


def _episodes(history: History, leaf: Leaf, day: int) -> int:
    return _short_starts(history.episodes, window(leaf, day), day)


def _all_episodes(history: History, leaf: Leaf, day: int) -> int:
    return _days_count(history.episodes.firsts, window(leaf, day))


def _short_days(history: History, leaf: Leaf, day: int) -> int:
    first, last = window(leaf, day)
    groups = history.episodes
    low, high = groups.at(first), groups.at(last)
    return sum(
        days_of_group(groups, group, (first, last))
        for group in range(max(low, 0), high + 1)
        if groups.is_short_on(group, day)
    )


def days_of_group(groups: Groups, group: int, stretch: Stretch) -> int:
    """How many days of the group lie in the stretch."""
    start = groups.starts[group]
    low = bisect_left(groups.days, stretch[0], start, start + groups.sizes[group])
    high = bisect_right(groups.days, stretch[1], start, start + groups.sizes[group])
    return high - low


def _sick_days(history: History, leaf: Leaf, day: int) -> int:
    return _days_count(history.counted, window(leaf, day))


def _bradford(history: History, leaf: Leaf, day: int) -> int:
    first, last = window(leaf, day)
    groups = history.episodes
    low, high = bisect_left(groups.days, first), bisect_right(groups.days, last)
    if low == high:
        return 0
    spells = groups.at(groups.days[high - 1]) - groups.at(groups.days[low]) + 1
    return spells * spells * (high - low)


def _weekday_starts(history: History, leaf: Leaf, day: int) -> int:
    begun = days_within(history.episodes.firsts, window(leaf, day))
    return sum((first - 1) % 7 + 1 in (leaf.weekdays or ()) for first in begun)


def _episode_increase(history: History, leaf: Leaf, day: int) -> int:
    now = _short_starts(history.episodes, window(leaf, day), day)
    return now - _short_starts(history.episodes, window_before(leaf, day), day)


def _ongoing_days(history: History, _: Leaf, day: int) -> int:
    return _own_size(history.spells, day)


def _period_days(history: History, _: Leaf, day: int) -> int:
    return _own_size(history.sick_pay_periods, day)


_MEASURES: dict[str, Callable[[History, Leaf, int], int]] = {
    "episodes": _episodes,
    "all_episodes": _all_episodes,
    "short_days": _short_days,
    "sick_days": _sick_days,
    "bradford": _bradford,
    "weekday_starts": _weekday_starts,
    "episode_increase": _episode_increase,
    "ongoing_days": _ongoing_days,
    "period_days": _period_days,
}
