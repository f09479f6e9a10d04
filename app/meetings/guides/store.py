"""All SQL about conversation guides: a tenant's own, and where it has none the built-in one."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.engine import Connection

from app.core.db import insert_or_replace
from app.meetings.guides.builtin import BUILT_IN, Point
from app.meetings.kinds import MeetingKind
from app.meetings.tables import Guide as GuideRow


@dataclass(frozen=True, slots=True)
class Guide:
    """The guide in use for a kind of meeting. `changed_at`: None for the built-in one."""

    kind: MeetingKind
    points: tuple[Point, ...]
    changed_at: datetime | None = None


def guides_in_use(conn: Connection, tenant_id: str) -> dict[MeetingKind, Guide]:
    """The guide of each kind: the tenant's own where it has one, else the built-in one."""
    rows = conn.execute(select(GuideRow.__table__).where(GuideRow.tenant_id == tenant_id))
    own = {
        row.kind: Guide(row.kind, tuple(Point(**point) for point in row.points), row.changed_at)
        for row in rows
    }
    return {kind: own.get(kind) or Guide(kind, points) for kind, points in BUILT_IN.items()}


def guide_codes(conn: Connection, tenant_id: str, kind: MeetingKind) -> frozenset[str]:
    """The codes of the points that can have been taken up at a meeting of that kind."""
    return frozenset(point.code for point in guides_in_use(conn, tenant_id)[kind].points)


def save_guide(
    conn: Connection, tenant_id: str, kind: MeetingKind, points: Sequence[Point], now: datetime
) -> None:
    """Put the tenant's own guide in the place of the one in use."""
    values = {"points": [asdict(point) for point in points], "changed_at": now}
    statement = insert_or_replace(conn, GuideRow, list(values))
    conn.execute(statement, [{"tenant_id": tenant_id, "kind": kind, **values}])


def drop_guide(conn: Connection, tenant_id: str, kind: MeetingKind) -> None:
    """Forget the tenant's own guide, if it has one: the built-in one is in use again."""
    conn.execute(delete(GuideRow).where(GuideRow.tenant_id == tenant_id, GuideRow.kind == kind))
