"""What would have changed the outcome: the fewest figures that, being others, turn a condition.

Pure. A figure is what comparisons of one measure, window and weekdays share: its value. Each named
one is moved to its nearest other value, and all the others stay as they are.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, product
from typing import NamedTuple

from app.rules.document import All, AnyOf, Condition, Leaf, Not, leaves
from app.rules.language import Language, listed, sentence
from app.rules.phrases import difference
from app.rules.triggers import compare

MOST_TRIED = 2000
"""A condition that needs more trials has no answer short enough to be of use."""

Figure = tuple[object, ...]


class Change(NamedTuple):
    """One figure: the first comparison of it, what it is and what it would have to be."""

    leaf: Leaf
    value: int
    needed: int


class Otherwise(NamedTuple):
    """The changes that together turn the outcome. `all_named`: no figure stays as it is."""

    changes: tuple[Change, ...]
    all_named: bool


def otherwise(condition: Condition, values: Sequence[int]) -> Otherwise | None:
    """The smallest change that turns the condition: fewest figures, then the least in all.

    `values`: of each comparison, in reading order. None: nothing turns it, or it takes too long.
    """
    now = dict(zip(map(figure_of, leaves(condition)), values, strict=True))
    held = true_with(condition, now)
    nearest = _nearest(condition, now)
    tried = 0
    for size in range(1, len(nearest) + 1):
        turning = []
        for changes in _of_size(nearest, size):
            tried += 1
            if tried > MOST_TRIED:
                return None
            others = now | {figure_of(change.leaf): change.needed for change in changes}
            if true_with(condition, others) is not held:
                turning.append(changes)
        if turning:
            return Otherwise(min(turning, key=_in_all), size == len(now))
    return None


def figure_of(leaf: Leaf) -> Figure:
    """What the values of two comparisons have in common."""
    form = leaf.window.form if leaf.window else None
    return leaf.measure, form, frozenset(leaf.weekdays or ())


def true_with(condition: Condition, values: Mapping[Figure, int]) -> bool:
    """The truth of the condition, were the figures these."""
    match condition:
        case Leaf():
            return compare(values[figure_of(condition)], condition.op, condition.value)
        case All(all=inner):
            return all(true_with(part, values) for part in inner)
        case AnyOf(any=inner):
            return any(true_with(part, values) for part in inner)
        case Not(not_=part):
            return not true_with(part, values)


def otherwise_in_words(found: Otherwise, *, held: bool, language: Language) -> str:
    """One sentence: with one episode fewer, the rule would not have held."""
    said = [difference(c.leaf, c.value, c.needed, language) for c in found.changes]
    if language == "sv":
        besides = "" if found.all_named else ", och i övrigt samma tal,"
        would = "hade regeln inte varit uppfylld" if held else "hade regeln varit uppfylld"
        return sentence(f"med {listed(said, 'och')}{besides} {would}")
    besides = ", and all else the same," if not found.all_named else ","
    would = "would not have been met" if held else "would have been met"
    return sentence(f"with {listed(said, 'and')}{besides} the rule {would}")


def _nearest(condition: Condition, now: Mapping[Figure, int]) -> list[list[Change]]:
    """Of each figure, its nearest values at which one of its comparisons turns."""
    found: dict[Figure, dict[int, Change]] = {}
    for leaf in leaves(condition):
        key = figure_of(leaf)
        needed = _turned(leaf, now[key])
        if needed >= 0 or leaf.measure == "episode_increase":
            found.setdefault(key, {}).setdefault(needed, Change(leaf, now[key], needed))
    return [list(changes.values()) for changes in found.values()]


def _turned(leaf: Leaf, value: int) -> int:
    """The nearest value for which the comparison is the other way."""
    below = leaf.value - 1 if leaf.op in ("at_least", "less_than") else leaf.value
    return below if value > below else below + 1


def _of_size(nearest: Sequence[list[Change]], size: int) -> Iterator[tuple[Change, ...]]:
    for figures in combinations(nearest, size):
        yield from product(*figures)


def _in_all(changes: Sequence[Change]) -> int:
    return sum(abs(change.needed - change.value) for change in changes)
