"""The only place that reads the time of day. Everything below the edges is handed its `now`."""

from datetime import UTC, date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo


class Clock(Protocol):
    """What time it is."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        return datetime.now(UTC)


class SetClock:
    """A clock that stands where it is put: for rehearsals, demonstrations and tests."""

    def __init__(self, at: datetime) -> None:
        self.set(at)

    def set(self, at: datetime) -> None:
        """Put the clock; naive times are refused."""
        if at.tzinfo is None:
            raise ValueError("a clock needs an aware time")
        self._at = at.astimezone(UTC)

    def now(self) -> datetime:
        """The instant it was put at."""
        return self._at


def local_date(now: datetime, time_zone: str) -> date:
    """The civil date of an instant in an IANA time zone."""
    return now.astimezone(ZoneInfo(time_zone)).date()
