"""Opaque, prefixed, sortable ids: `emp_01k...` - 48 bits of time, 80 random ones (as ULID).

Ids made by one process sort in the order they were made. They carry nothing about a person.
"""

import secrets
import threading
import time
from array import array
from itertools import product

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = [one + other for one, other in product(_ALPHABET, repeat=2)]
_SHIFTS = range(120, -1, -10)
_RANDOM_BITS = 80
_lock = threading.Lock()
_last = 0


def new_id(prefix: str) -> str:
    """A new id: the prefix, an underscore and 26 characters of Crockford's base 32."""
    return new_ids(prefix, 1)[0]


def new_ids(prefix: str, count: int) -> list[str]:
    """So many of them. Chance is asked for once: for each it would let other threads go first."""
    return [f"{prefix}_{_encode(number)}" for number in _next(count)]


def _next(count: int) -> list[int]:
    """Numbers greater than any before: within one millisecond the last one plus a little."""
    global _last
    fresh = (time.time_ns() // 1_000_000 << _RANDOM_BITS) | secrets.randbits(_RANDOM_BITS)
    steps = array("I", secrets.token_bytes(4 * count))
    numbers = []
    with _lock:
        for step in steps:
            _last = max(fresh, _last + 1 + step)
            numbers.append(_last)
    return numbers


def _encode(number: int) -> str:
    return "".join([_PAIRS[number >> shift & 1023] for shift in _SHIFTS])
