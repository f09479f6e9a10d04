"""The nine measures over stretches of days: the least and the most each is on any of the days.

Pure. On a stretch of a single day both are its value, which is what `app.rules.measures` gives
for one history; over a whole spell they tell most people apart without looking at single days.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, Self

import numpy as np

from app.population.line import Form, Line, Ranks, after_nothing
from app.population.population import Ints, Mask
from app.rules.document import Leaf


class Days:
    """Some days of a line, with what was asked of them before."""

    def __init__(self, line: Line, at: Ints) -> None:
        self.line = line
        self.at = at
        self._known: dict[object, Any] = {}

    def take(self, which: Ints) -> "Days":
        """Some of them, with what is known of these."""
        taken = Days(self.line, self.at.take(which))
        taken._known = {name: known.take(which) for name, known in self._known.items()}
        return taken

    def after(self, which: Any, days: Any) -> "Days":
        """So many days after some of these, which are first days of spells; within the spells.

        Minus one: the day before. Where every sick day counts, little need be asked of them.
        """
        line, begun = self.line, self.begun()[which]
        found = Days(line, self.at[which] + days)
        if line.all_count:
            begins = line.episodes.first_before[begun] == self.at[which]
            found._known["begun"] = begun - (begins & (days < 0))
            found._known["counted"] = found._known["sick"] = self.counted()[which] + days
        return found

    def _once(self, name: object, ask: Callable[[], Any]) -> Any:
        if name not in self._known:
            self._known[name] = ask()
        return self._known[name]

    def begun(self) -> Ints:
        """How many episodes have begun, this day included."""
        return self._once("begun", lambda: self.line.episodes.ranks.through(self.at))

    def counted(self) -> Ints:
        """How many counted days there have been, this day included."""
        return self._once("counted", lambda: self.line.counted.through(self.at))

    def sick(self) -> Ints:
        """How many sick days there have been, this day included."""
        return self._once("sick", lambda: self.line.sick.through(self.at))

    def shorts(self) -> Ints:
        """How many of the episodes begun are short in the end."""
        return self._once("shorts", lambda: self.line.shorts.number.take(self.begun()))

    def only_yet_short(self) -> Mask:
        """Whether the latest episode counts as short, but will not in the end."""
        return self._once("only_yet_short", self._only_yet_short)

    def _only_yet_short(self) -> Mask:
        line, begun = self.line, self.begun()
        short = after_nothing(line.long, first=False)[begun]
        those = np.flatnonzero(short)
        if len(those):
            so_far = self.counted()[those] - line.episodes.before[begun[those] - 1]
            short[those] = so_far <= line.calendar.policy.short_max_days
        return short

    def start(self, form: Form, before: int = 0) -> Ints:
        """Where the window ending with the day starts; with `before`, the one before it."""
        key = ("start", form, before)
        return self._once(key, lambda: self.line.calendar.window(form, self.at, before))

    def begun_before(self, form: Form, before: int = 0) -> Ints:
        """How many episodes had begun before the window."""
        key = ("begun", form, before)
        ask = self.line.episodes.ranks.before
        return self._once(key, lambda: ask(self.start(form, before)))

    def counted_before(self, form: Form) -> Ints:
        """How many counted days there had been before the window."""
        ask = self.line.counted.until
        return self._once(("counted", form), lambda: ask(self.start(form)))


def spells(line: Line) -> "Stretch":
    """All spells. Where every sick day counts, what lies before each is known."""
    first, last = Days(line, line.sick.first), Days(line, line.sick.last)
    if line.all_count:
        number = np.arange(1, len(line.episodes.first) + 1, dtype=np.int32)
        first._known["begun"] = last._known["begun"] = np.repeat(number, line.episodes.counts)
        first._known["counted"] = first._known["sick"] = line.sick.before[:-1] + 1
        last._known["counted"] = last._known["sick"] = line.sick.before[1:]
    return Stretch(first, last)


class Stretch(NamedTuple):
    """From a first to a last day of one person; single days where both are the same object."""

    first: Days
    last: Days

    def take(self, which: Ints) -> Self:
        """Some of them."""
        first = self.first.take(which)
        single = self.last is self.first
        return self._replace(first=first, last=first if single else self.last.take(which))


def low(stretch: Stretch, leaf: Leaf) -> Ints:
    """The least that the measure is on any day, or less; its value on single days.

    The narrowest window: it starts where that of the last day starts and ends with the first day.
    """
    return _LOW[leaf.measure](stretch.last, stretch.first, leaf)


def high(stretch: Stretch, leaf: Leaf) -> Ints:
    """The most that the measure is on any day, or more; its value on single days.

    The widest window: it starts where that of the first day starts and ends with the last day.
    """
    return _HIGH[leaf.measure](stretch.first, stretch.last, leaf)


def form_of(leaf: Leaf) -> Form:
    """The form of the leaf's window."""
    assert leaf.window is not None  # noqa: S101 - documents are validated
    return leaf.window.form


# Each measure is told the day whose window's start holds, and the day that the window ends with.


def _all_episodes(begin: Days, end: Days, leaf: Leaf) -> Ints:
    return np.maximum(end.begun() - begin.begun_before(form_of(leaf)), 0)


def _weekday_starts(begin: Days, end: Days, leaf: Leaf) -> Ints:
    chosen = begin.line.starts_on(leaf.weekdays or ())
    return np.maximum(chosen[end.begun()] - chosen[begin.begun_before(form_of(leaf))], 0)


def _sick_days(begin: Days, end: Days, leaf: Leaf) -> Ints:
    return np.maximum(end.counted() - begin.counted_before(form_of(leaf)), 0)


def _bradford(begin: Days, end: Days, leaf: Leaf) -> Ints:
    """An episode that began before the window has days in it if its last day has not passed."""
    form = form_of(leaf)
    begun = begin.begun_before(form)
    reaching_in = begin.line.episodes.last_before[begun] >= begin.start(form)
    spells = np.maximum(end.begun() - begun + reaching_in, 0).astype(np.int64)
    return spells * spells * _sick_days(begin, end, leaf)


# An episode that is long in the end was short on its first days, while it was the latest. What is
# short in the end is short on every day.


def _begun_since(stretch: Stretch) -> Ints:
    """Episodes that begin after the first day and are long in the end: short for some days."""
    if stretch.first is stretch.last:
        return np.zeros(len(stretch.first.at), np.int32)
    last, first = stretch.last, stretch.first
    return (last.begun() - first.begun()) - (last.shorts() - first.shorts())


def _episodes_low(last: Days, first: Days, leaf: Leaf) -> Ints:
    if last is first:
        after = first.begun_before(form_of(leaf))
        found: Ints = first.shorts() - first.line.shorts.number.take(after)
        return found + (first.only_yet_short() & (after < first.begun()))
    return _least_begun(last, first, last.begun_before(form_of(leaf)), first.begun())


def _episodes_high(first: Days, last: Days, leaf: Leaf) -> Ints:
    return _most_begun(first, last, first.begun_before(form_of(leaf)), last.begun())


def _least_begun(last: Days, first: Days, after: Ints, through: Ints) -> Ints:
    """Short episodes among those from number `after` up to before number `through`."""
    shorts = first.line.shorts.number
    begun = last.begun()
    among = (after < begun) & (begun <= np.minimum(through, first.begun()))
    return np.maximum(shorts[through] - shorts[after], 0) + (last.only_yet_short() & among)


def _most_begun(first: Days, last: Days, after: Ints, through: Ints) -> Ints:
    shorts = first.line.shorts.number
    among = (after < first.begun()) & (first.begun() <= through)
    found = np.maximum(shorts[through] - shorts[after], 0) + (first.only_yet_short() & among)
    return found + _begun_since(Stretch(first, last))


def _increase_low(last: Days, first: Days, leaf: Leaf) -> Ints:
    form = form_of(leaf)
    before = _most_begun(first, last, first.begun_before(form, 1), last.begun_before(form))
    return _episodes_low(last, first, leaf) - before


def _increase_high(first: Days, last: Days, leaf: Leaf) -> Ints:
    form = form_of(leaf)
    before = _least_begun(last, first, last.begun_before(form, 1), first.begun_before(form))
    return _episodes_high(first, last, leaf) - before


def _short_days_low(last: Days, first: Days, leaf: Leaf) -> Ints:
    latest = last.begun() - 1
    of_latest = last.only_yet_short() * _days_of(latest, last, first, leaf)
    return _days_of_short(last, first, leaf) + of_latest


def _short_days_high(first: Days, last: Days, leaf: Leaf) -> Ints:
    latest = first.begun() - 1
    longest = first.line.calendar.policy.short_max_days
    of_latest = first.only_yet_short() * _days_of(latest, first, last, leaf)
    found = _days_of_short(first, last, leaf) + of_latest
    return found + longest * _begun_since(Stretch(first, last))


def _days_of_short(begin: Days, end: Days, leaf: Leaf) -> Ints:
    """Days of the window in episodes that are short in the end."""
    line, form = begin.line, form_of(leaf)
    before = _short_through(line, begin.begun_before(form), begin.counted_before(form))
    return np.maximum(_short_through(line, end.begun(), end.counted()) - before, 0)


def _short_through(line: Line, begun: Ints, counted: Ints) -> Ints:
    """Days in short episodes, of which so many have begun and so many counted days been."""
    if not len(line.episodes.first):
        return np.zeros(len(begun), np.int32)
    latest = np.maximum(begun - 1, 0)
    of_latest = np.where(line.long[latest], 0, counted - line.episodes.before[latest])
    return np.where(begun > 0, line.shorts.days[latest] + of_latest, 0)


def _days_of(latest: Ints, begin: Days, end: Days, leaf: Leaf) -> Ints:
    """Days of the window in that episode."""
    before = begin.line.episodes.before
    through = np.minimum(end.counted(), before[latest + 1])
    return np.maximum(through - np.maximum(begin.counted_before(form_of(leaf)), before[latest]), 0)


def _ongoing(day: Days) -> Ints:
    """Days of the spell that the day is in; it grows with every day of it."""
    spells = day.line.sick
    return _own_size(day, spells.ranks, spells.before)


def _period(day: Days) -> Ints:
    """Sick days so far of the sick-pay period that the sick day is in."""
    periods = day.line.periods
    return _own_size(day, periods.ranks, periods.before)


def _own_size(day: Days, groups: Ranks, before: Ints) -> Ints:
    """Sick days since the group began; none on a day that is no sick day itself."""
    sick = day.sick()
    is_sick = sick > day.line.sick.until(day.at)
    return np.where(is_sick, sick - before[np.maximum(groups.through(day.at) - 1, 0)], 0)


_Measure = Callable[[Days, Days, Leaf], Ints]
_LOW: dict[str, _Measure] = {
    "episodes": _episodes_low,
    "all_episodes": _all_episodes,
    "short_days": _short_days_low,
    "sick_days": _sick_days,
    "bradford": _bradford,
    "weekday_starts": _weekday_starts,
    "episode_increase": _increase_low,
    "ongoing_days": lambda _, first, __: _ongoing(first),
    "period_days": lambda _, first, __: _period(first),
}
_HIGH: dict[str, _Measure] = _LOW | {
    "episodes": _episodes_high,
    "short_days": _short_days_high,
    "episode_increase": _increase_high,
    "ongoing_days": lambda _, last, __: _ongoing(last),
    "period_days": lambda _, last, __: _period(last),
}
