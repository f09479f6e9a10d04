"""Is it well: alive, and ready to take events."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.core.context import Context
from app.core.errors import Unavailable
from app.migrate import is_current

HEARTBEAT_LIMIT = timedelta(minutes=2)


@dataclass
class Heartbeat:
    """When the ticker last came round; None in a process that has no ticker."""

    last: datetime | None = field(default=None)

    def beat(self, now: datetime) -> None:
        """It came round."""
        self.last = now


def checks(ctx: Context, heartbeat: Heartbeat | None) -> dict[str, bool]:
    """Each thing that must be well to take events, by name."""
    return {
        **_database_checks(ctx),
        "writer": ctx.ingest.running,
        "ticker": heartbeat is None or _recent(heartbeat, ctx.now()),
    }


def _database_checks(ctx: Context) -> dict[str, bool]:
    try:
        with ctx.database.read() as conn:
            return {"database": True, "schema": is_current(conn)}
    except Unavailable:
        return {"database": False, "schema": False}


def _recent(heartbeat: Heartbeat, now: datetime) -> bool:
    return heartbeat.last is not None and now - heartbeat.last < HEARTBEAT_LIMIT
