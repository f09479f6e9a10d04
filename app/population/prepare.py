"""What rules look at, made once for a policy and a day: everybody's sick days and episodes.

Pure. People are laid on lines, some 10,000 on each: their columns stay within the processor's
cache, and places on a line within 32 bits.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.absences.policy import Policy
from app.intake.event import KINDS
from app.population.cover import Covered, Stretches, inside, limited, summed, without
from app.population.line import Calendar, Line, Runs, after_nothing
from app.population.population import Ints, Mask, Population

PERSONS_ON_A_LINE = 1 << 14
_EXTENT_BITS = 7
_PLACE_BITS = 31


class TooLarge(ValueError):
    """More people, or longer histories, than can be sorted at once."""


@dataclass(frozen=True, eq=False)
class Prepared:
    """Everybody's days as of `as_of`, on lines in the order of the persons."""

    lines: tuple[Line, ...]
    calendar: Calendar
    persons: int
    as_of: int


def prepare(
    population: Population, policy: Policy, as_of: int, *, on_a_line: int = PERSONS_ON_A_LINE
) -> Prepared:
    """Sick days, counted days and episodes up to `as_of` (a day ordinal), under the policy.

    `on_a_line`: at most so many persons are worked on at a time. Raises TooLarge.
    """
    stretches = _of_persons(population, policy, as_of)
    base = int(stretches.first.min(initial=as_of)) - 1
    calendar = Calendar(base, as_of, policy)
    persons = len(population.persons)
    lines = tuple(_lines(stretches, calendar, persons, on_a_line))
    return Prepared(lines, calendar, persons, as_of)


def _of_persons(population: Population, policy: Policy, as_of: int) -> Stretches:
    """What counts, as of the day, inside the employments, of each person."""
    kinds = [kind in policy.counted_kinds and kind != "other" for kind in KINDS]
    counts = np.array(kinds)[population.kind]
    counts &= (population.first <= as_of) & (population.first <= population.last)
    said = Stretches(population.employment, population.first, population.last, population.extent)
    if not counts.all():
        said = Stretches(*(column[counts] for column in said))
    said = limited(said._replace(last=np.minimum(said.last, as_of)), population.periods)
    if np.array_equal(population.person_of, np.arange(len(population.persons))):
        return said
    return said._replace(owner=population.person_of[said.owner])


def _lines(
    stretches: Stretches, calendar: Calendar, persons: int, on_a_line: int
) -> Iterator[Line]:
    """Everything packed into one number each, sorted, and cut where a line ends."""
    length_bits = int((stretches.last - stretches.first).max(initial=0)).bit_length()
    shift = length_bits + _EXTENT_BITS
    if persons.bit_length() + calendar.bits + shift > 63 or calendar.bits >= _PLACE_BITS:
        raise TooLarge
    packed = _packed(stretches, calendar, length_bits)
    packed.sort()
    on_a_line = min(on_a_line, 1 << (_PLACE_BITS - calendar.bits))
    for offset in range(0, persons, on_a_line):
        count = min(on_a_line, persons - offset)
        zero, end = (number << (calendar.bits + shift) for number in (offset, offset + count))
        low, high = np.searchsorted(packed, [zero, end])
        own = packed[low:high] - zero
        first = (own >> shift).astype(np.int32)
        last = first + ((own >> _EXTENT_BITS) & ((1 << length_bits) - 1)).astype(np.int32)
        extent = (own & ((1 << _EXTENT_BITS) - 1)).astype(np.int8)
        yield _line(calendar, offset, count, summed(Covered(first, last, extent)))


def _packed(stretches: Stretches, calendar: Calendar, length_bits: int) -> Ints:
    """Person, first day, length and extent in one column, in place."""
    packed = stretches.owner.astype(np.int64)
    packed <<= calendar.bits
    packed += stretches.first
    packed -= calendar.base
    packed <<= length_bits
    packed += stretches.last
    packed -= stretches.first
    packed <<= _EXTENT_BITS
    packed += stretches.extent
    return packed


def _line(calendar: Calendar, offset: int, persons: int, covered: Covered) -> Line:
    policy = calendar.policy
    counted = covered
    enough = covered.extent >= policy.min_extent
    if not enough.all():
        counted = Covered(*(column[enough] for column in covered))
    if policy.exclusion_windows:
        counted = without(counted, policy.exclusion_windows, calendar)
        left_aside = inside(covered, policy.exclusion_windows, calendar)
    else:
        left_aside = None
    size = persons << calendar.bits
    sick = _runs(covered, size)
    runs = sick if counted is covered else _runs(counted, size)
    return Line(calendar, offset, persons, sick, runs, _joined(runs, left_aside, calendar))


def _runs(covered: Covered, size: int) -> Runs:
    """Stretches that touch are one run."""
    first, last = covered.first, covered.last
    apart = first[1:] != last[:-1] + 1
    if apart.all():
        return Runs(first, last, size)
    return Runs(first[after_nothing(apart, first=True)], last[np.append(apart, True)], size)


def _joined(runs: Runs, left_aside: Covered | None, calendar: Calendar) -> Mask:
    """Which neighbouring runs are one episode (semantics 3).

    Of the days between, sick days inside an exclusion window are left aside; what remains is few
    enough, or days off alone.
    """
    policy = calendar.policy
    earlier, later = runs.last[:-1], runs.first[1:]
    between = later - earlier - 1
    same = (earlier >> calendar.bits) == (later >> calendar.bits)
    if left_aside is not None:
        between = between - _days_in_gaps(left_aside, runs, calendar, working=False)
    joined: Mask = between <= policy.merge_gap_days
    if policy.bridge_days_off:
        worked = calendar.workdays
        working = worked[(later & calendar.within) - 1] - worked[earlier & calendar.within]
        if left_aside is not None:
            working = working - _days_in_gaps(left_aside, runs, calendar, working=True)
        joined |= working == 0
    return joined & same


def _days_in_gaps(left_aside: Covered, runs: Runs, calendar: Calendar, *, working: bool) -> Any:
    """How many days left aside (or how many working days of them) lie in each gap of the runs."""
    first, last = left_aside.first & calendar.within, left_aside.last & calendar.within
    days = last - first + 1
    if working:
        days = calendar.workdays[last] - calendar.workdays[first - 1]
    before = after_nothing(np.cumsum(days, dtype=np.int32))
    return np.diff(before[np.searchsorted(left_aside.first, runs.first)])
