"""Amounts of money: öre inside, kronor with two decimals outside, and never a binary fraction.

Pure. A JSON number was read as a float on its way here. Its shortest form is what was sent, for
every amount within the limits, so amounts are exact to the öre in every form they are taken in.
"""

import re
from decimal import Decimal
from typing import Any

ORE = 100
"""Öre in a krona."""
MAX_KRONOR = 1_000_000
"""What one service for one employee may cost at most. The cap of a year is reached at 20,000."""
PATTERN = r"^(0|[1-9][0-9]{0,11})(\.[0-9]{1,2})?$"
_AMOUNT = re.compile("-?" + PATTERN.strip("^$"), re.ASCII)


class NoAmount(ValueError):
    """Not an amount of kronor with at most two decimals."""


class AmountOutOfRange(ValueError):
    """Nothing, less than nothing, or more than `MAX_KRONOR`."""


def ore_of(said: Any) -> int:
    """The öre of an amount in kronor, as JSON has it: an integer, a number, or a string.

    Raises NoAmount or AmountOutOfRange.
    """
    amount = _decimal(said)
    if not 0 < amount <= MAX_KRONOR:
        raise AmountOutOfRange
    ore = amount * ORE
    if ore != int(ore):
        raise NoAmount
    return int(ore)


def _decimal(said: Any) -> Decimal:
    if isinstance(said, str) and _AMOUNT.fullmatch(said):
        return Decimal(said)
    if isinstance(said, int | float) and not isinstance(said, bool):
        return Decimal(repr(said))
    raise NoAmount


def kronor(ore: int) -> str:
    """Öre, from 0, as kronor with two decimals: 1250050 is "12500.50"."""
    return f"{ore // ORE}.{ore % ORE:02}"
