"""Made-up employments for populations: often short absences, of all sorts."""

import random
from datetime import date

from app.absences.days import Part
from app.absences.fold import Absence
from tests.strategies import EXTENTS, KINDS, plus

BEGIN = date(2023, 12, 1)
SEVERAL = (0, 1, 1, 1, 1, 1, 1, 2, 3)
"""How many employments somebody has."""


def people(dice: random.Random, count: int = 30) -> list[list[Part]]:
    """Some people with what their employments say, on two years from `BEGIN`."""
    return [[part(dice) for _ in range(dice.choice(SEVERAL))] for _ in range(count)]


def part(dice: random.Random) -> Part:
    """An employment with absences that overlap, go on, or are of another kind."""
    absences = []
    for _ in range(dice.choice((0, 1, 2, 4, 8, 16, 30))):
        first = plus(BEGIN, dice.randrange(760))
        last = plus(first, dice.choice((-1, 0, 0, 0, 1, 2, 4, 6, 10, 14, 20, 60)))
        changes = [(plus(first, dice.randint(-2, 8)), dice.choice(EXTENTS)) for _ in range(2)]
        absences.append(
            Absence(
                first_day=None if dice.random() < 0.03 else first,
                last_day=None if dice.random() < 0.02 else last,
                kind="sickness" if dice.random() < 0.9 else dice.choice(KINDS),
                extent=100 if dice.random() < 0.8 else dice.choice(EXTENTS),
                extents=tuple(sorted(changes)) if dice.random() < 0.1 else (),
                cancelled=dice.random() < 0.05,
            )
        )
    return Part(absences, tuple(_period(dice) for _ in range(dice.choice((0, 0, 0, 1, 2)))))


def _period(dice: random.Random) -> tuple[int, int | None]:
    first = BEGIN.toordinal() + dice.randint(-400, 700)
    return first, None if dice.random() < 0.5 else first + dice.randint(-3, 500)
