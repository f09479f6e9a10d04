"""When a failed delivery is tried again, and when it is given up.

Pure arithmetic: it reads no clock, draws no random number and never retries by itself.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

# Ten attempts in 75 h 35 min, the example schedule of Standard Webhooks 1.0.0.
DEFAULT_SCHEDULE = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
JITTER = 0.2
# Longer than any sensible answer; what is later still is read as this.
MAX_RETRY_AFTER_S = 7 * 86_400

_SECONDS = re.compile(r"([0-9]+)(?:\.([0-9]+))?")
_LONGEST_VALUE = 100
_SURELY_MAX_DIGITS = 9


def next_attempt(
    schedule: Sequence[int],
    attempts_made: int,
    *,
    now: datetime,
    spread: float,
    retry_after: int | None,
) -> datetime | None:
    """Return when to try next after `attempts_made` failed attempts, or None to give up.

    `schedule` holds the seconds to wait after the first, the second, ... attempt, so it allows one
    attempt more than it has entries. `spread` in [-1, 1] is the caller's random number and moves a
    delay by up to 20 % either way. `retry_after` (seconds, what the receiver asked for) may
    lengthen the delay up to its double, and never shortens it: a receiver can neither hurry us nor
    put us off for ever. Source: Standard Webhooks 1.0.0, "Deliverability and reliability".

    Raises ValueError for a negative count or a spread outside its range.
    """
    if attempts_made < 0 or not -1 <= spread <= 1:
        raise ValueError("attempts_made is 0 or more, spread between -1 and 1")
    if attempts_made > len(schedule):
        return None
    if attempts_made == 0:
        return now
    delay = schedule[attempts_made - 1] * (1 + JITTER * spread)
    wait = min(max(delay, retry_after or 0), 2 * delay)
    return now + timedelta(seconds=wait)


def parse_retry_after(value: str | None, now: datetime) -> int | None:
    """Return the whole seconds a `Retry-After` value asks for, from 0 to seven days.

    Reads seconds (fractions are rounded up) and HTTP dates (a past one gives 0); anything else,
    negative numbers among it, gives None. Source: RFC 9110, section 10.2.3.
    """
    if value is None or len(value) > _LONGEST_VALUE:
        return None
    text = value.strip()
    found = _SECONDS.fullmatch(text)
    return _of_number(found) if found else _of_date(text, now)


def _of_number(found: re.Match[str]) -> int:
    whole, fraction = found.group(1).lstrip("0"), found.group(2) or ""
    if len(whole) > _SURELY_MAX_DIGITS:
        return MAX_RETRY_AFTER_S
    return min(int(whole or "0") + bool(fraction.strip("0")), MAX_RETRY_AFTER_S)


def _of_date(text: str, now: datetime) -> int | None:
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    # "-0000" and the asctime form come back naive; HTTP dates are always UTC.
    aware = at if at.tzinfo else at.replace(tzinfo=UTC)
    seconds = -((now - aware) // timedelta(seconds=1))
    return min(max(seconds, 0), MAX_RETRY_AFTER_S)
