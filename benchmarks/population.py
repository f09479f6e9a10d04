"""Simulated events of a population: the same for the same seed, in the order they were said.

About ten events an employee over three years, 60 absences in a hundred reported with their last
day at once and the others ended by an event of their own. Ids are random, as those of many
sources are, which is the dearer kind for an index.
"""

import heapq
import json
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

EVENTS_EACH = 10
YEARS = timedelta(days=3 * 365)
_LENGTHS = (1, 1, 1, 2, 2, 3, 4, 5, 8, 15, 30)


def lines(
    count: int,
    until: datetime,
    seed: int = 1,
    *,
    span: timedelta = YEARS,
    employees: int | None = None,
) -> Iterator[bytes]:
    """`count` events as NDJSON lines, with their line ends, of the `span` up to that moment.

    Of so many `employees`, by default as many as have ten events each.
    """
    dice = random.Random(seed)
    employees = employees or max(count // EVENTS_EACH, 1)
    step = span / count
    ends: list[tuple[datetime, bytes]] = []
    said = 0
    moment = until - span
    while said < count:
        moment += step
        while ends and ends[0][0] <= moment and said < count:
            yield heapq.heappop(ends)[1]
            said += 1
        if said < count:
            yield _absence(dice, moment, employees, ends)
            said += 1


def _absence(
    dice: random.Random, moment: datetime, employees: int, ends: list[tuple[datetime, bytes]]
) -> bytes:
    first = moment.date()
    last = first + timedelta(days=dice.choice(_LENGTHS) - 1)
    about = {"employee": f"{100_000 + dice.randrange(employees)}", "absence": _id(dice)}
    at_once = dice.random() < 0.6
    if not at_once:
        healthy = datetime(last.year, last.month, last.day, 7, tzinfo=UTC) + timedelta(days=1)
        over = _line(dice, healthy, "absence.ended", about, last_day=last)
        heapq.heappush(ends, (healthy, over))
    named = {"last_day": last} if at_once else {}
    return _line(dice, moment, "absence.reported", about, first_day=first, **named)


def _line(
    dice: random.Random, moment: datetime, kind: str, about: dict[str, str], **days: date
) -> bytes:
    document = {
        "id": _id(dice),
        "source": "hr",
        "type": kind,
        "occurred_at": moment.isoformat(timespec="seconds"),
        **about,
        **{name: day.isoformat() for name, day in days.items()},
    }
    return json.dumps(document, separators=(",", ":")).encode() + b"\n"


def _id(dice: random.Random) -> str:
    return f"{dice.getrandbits(128):032x}"
