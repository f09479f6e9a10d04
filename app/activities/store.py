"""All SQL about trainings and dialogues."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, func, insert, select, update
from sqlalchemy.engine import Connection, Row
from sqlalchemy.orm import aliased

from app.activities.tables import Activity
from app.core.db import the_one
from app.core.pages import Cut, cut_page


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which activities; the days, both included, are those held on, or else planned on."""

    kind: str | None = None
    unit: str | None = None
    state: str | None = None
    first_day: date | None = None
    last_day: date | None = None


def add_activity(conn: Connection, tenant_id: str, values: Mapping[str, Any]) -> None:
    """Store a new activity."""
    conn.execute(insert(Activity).values(tenant_id=tenant_id, **values))


def activity_row(
    conn: Connection, tenant_id: str, activity_id: str, *, lock: bool = False
) -> Row[Any]:
    """One activity with the one that follows it; raises NotFound."""
    found = _activities(tenant_id).where(Activity.activity_id == activity_id)
    return the_one(conn, found.with_for_update(of=Activity) if lock else found)


def activities_page(
    conn: Connection, tenant_id: str, cut: Cut, wanted: Wanted
) -> tuple[list[Row[Any]], str | None]:
    """One page of those wanted."""
    rows = _activities(tenant_id)
    for name in ("kind", "unit", "state"):
        if (value := getattr(wanted, name)) is not None:
            rows = rows.where(getattr(Activity, name) == value)
    day = func.coalesce(Activity.held_on, Activity.planned_on)
    if wanted.first_day is not None:
        rows = rows.where(day >= wanted.first_day)
    if wanted.last_day is not None:
        rows = rows.where(day <= wanted.last_day)
    return cut_page(conn, rows, Activity.activity_id, cut)


def change_activity(
    conn: Connection, tenant_id: str, activity_id: str, values: Mapping[str, Any]
) -> None:
    """Overwrite what has changed of an activity."""
    conn.execute(
        update(Activity)
        .where(Activity.tenant_id == tenant_id, Activity.activity_id == activity_id)
        .values(**values)
    )


def _activities(tenant_id: str) -> Select[Any]:
    following = aliased(Activity)
    after = (following.tenant_id == Activity.tenant_id) & (
        following.follows == Activity.activity_id
    )
    return (
        select(Activity.__table__, following.activity_id.label("followed_by"))
        .outerjoin(following, after)
        .where(Activity.tenant_id == tenant_id)
    )
