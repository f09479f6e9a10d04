"""When a mail goes out: at once, or gathered with others on a morning.

Pure. A morning is seven o'clock by the employer's own clock, whatever the season.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

Digest = Literal["none", "daily", "weekly"]

MORNING = time(7)
MONDAY, SATURDAY = 0, 5


def slot_after(now: datetime, time_zone: str, digest: Digest) -> datetime:
    """When something that begins to wait now is told, in UTC.

    `none`: now. `daily`: the next morning from Monday to Friday. `weekly`: of the next Monday. A
    morning that has come already, if only this moment, is over.
    """
    if digest == "none":
        return now
    return next(
        slot
        for day, slot in _mornings(now, time_zone)
        if slot > now and (day.weekday() == MONDAY or _is_daily(day, digest))
    )


def reminder_slot(now: datetime, time_zone: str, digest: Digest) -> datetime:
    """When a reminder that falls due today goes out, in UTC.

    As above, but where nothing is gathered not before the morning: days change at midnight.
    """
    if digest != "none":
        return slot_after(now, time_zone, digest)
    _, today = next(_mornings(now, time_zone))
    return max(now, today)


def _is_daily(day: date, digest: Digest) -> bool:
    return digest == "daily" and day.weekday() < SATURDAY


def _mornings(now: datetime, time_zone: str) -> Iterator[tuple[date, datetime]]:
    """Today's morning and those that follow. Compared in UTC: local times may come twice."""
    zone = ZoneInfo(time_zone)
    today = now.astimezone(zone).date()
    for ahead in range(9):
        day = today + timedelta(days=ahead)
        yield day, datetime.combine(day, MORNING, zone).astimezone(UTC)
