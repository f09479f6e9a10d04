"""Opaque, prefixed, sortable ids: `emp_01k...` - 48 bits of time, 80 random ones (as ULID).

Ids made by one process sort in the order they were made. They carry nothing about a person.
"""

import secrets
import threading
import time

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_RANDOM_BITS = 80
_lock = threading.Lock()
_last = 0


def new_id(prefix: str) -> str:
    """A new id: the prefix, an underscore and 26 characters of Crockford's base 32."""
    return f"{prefix}_{_encode(_next())}"


def _next() -> int:
    """A number greater than any before: within one millisecond the last one plus a little."""
    global _last
    fresh = (time.time_ns() // 1_000_000 << _RANDOM_BITS) | secrets.randbits(_RANDOM_BITS)
    with _lock:
        _last = max(fresh, _last + 1 + secrets.randbits(32))
        return _last


def _encode(number: int) -> str:
    return "".join(_ALPHABET[number >> shift & 31] for shift in range(125, -1, -5))
