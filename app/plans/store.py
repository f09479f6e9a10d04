"""All SQL about action plans and their follow-ups."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.engine import Connection, Row

from app.core.db import the_one
from app.core.pages import Cut, cut_page
from app.plans.tables import FollowUp, Plan
from app.referrals.tables import Referral


def add_plan(
    conn: Connection, tenant_id: str, values: Mapping[str, Any], follow_ups: Sequence[date]
) -> None:
    """Store a new plan with the days of its follow-ups, where they are known."""
    conn.execute(insert(Plan).values(tenant_id=tenant_id, version=1, **values))
    replace_follow_ups(conn, tenant_id, values["plan_id"], follow_ups)


def change_plan(conn: Connection, tenant_id: str, plan_id: str, values: Mapping[str, Any]) -> None:
    """Overwrite what is stored of a plan, and count its version."""
    conn.execute(
        update(Plan)
        .where(Plan.tenant_id == tenant_id, Plan.plan_id == plan_id)
        .values(version=Plan.version + 1, **values)
    )


def plan_row(
    conn: Connection, tenant_id: str, plan_id: str, *, provider_id: str | None = None
) -> Row[Any]:
    """One plan, for a provider only of a referral addressed to it; raises NotFound."""
    return the_one(conn, _seen(tenant_id, provider_id).where(Plan.plan_id == plan_id))


def plans_page(
    conn: Connection,
    tenant_id: str,
    cut: Cut,
    *,
    provider_id: str | None,
    filters: Mapping[str, str | None],
) -> tuple[list[Row[Any]], str | None]:
    """One page of the plans that the caller may see; filters by column name, where given."""
    rows = _seen(tenant_id, provider_id)
    for name, value in filters.items():
        if value is not None:
            rows = rows.where(getattr(Plan, name) == value)
    return cut_page(conn, rows, Plan.plan_id, cut)


def _seen(tenant_id: str, provider_id: str | None) -> Any:
    rows = select(Plan.__table__).where(Plan.tenant_id == tenant_id)
    if provider_id is None:
        return rows
    return rows.join(
        Referral,
        (Referral.tenant_id == Plan.tenant_id) & (Referral.referral_id == Plan.referral_id),
    ).where(
        Referral.provider_id == provider_id,
        Plan.assignment.is_not_distinct_from(Referral.assignment),
    )


def adopted_plan_of(conn: Connection, tenant_id: str, referral_id: str) -> Row[Any] | None:
    """The plan that a referral's adoption rests on, if there is one."""
    return conn.execute(
        select(Plan.__table__)
        .join(Referral, _OF_NOW)
        .where(Plan.tenant_id == tenant_id, Plan.referral_id == referral_id)
        .where(Plan.state == "adopted")
    ).first()


_OF_NOW = (
    (Referral.tenant_id == Plan.tenant_id)
    & (Referral.referral_id == Plan.referral_id)
    & Plan.assignment.is_not_distinct_from(Referral.assignment)
)
"""A plan from before a referral was given to another provider stays, and governs no more."""


def follow_ups_of(
    conn: Connection, tenant_id: str, plan_ids: Collection[str]
) -> defaultdict[str, list[Row[Any]]]:
    """The follow-ups of those plans, in order."""
    rows = conn.execute(
        select(FollowUp.__table__)
        .where(FollowUp.tenant_id == tenant_id, FollowUp.plan_id.in_(plan_ids))
        .order_by(FollowUp.plan_id, FollowUp.number)
    )
    found: defaultdict[str, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        found[row.plan_id].append(row)
    return found


def replace_follow_ups(
    conn: Connection, tenant_id: str, plan_id: str, days: Sequence[date]
) -> None:
    """The follow-ups of a plan as they now are, numbered in order."""
    conn.execute(
        delete(FollowUp).where(FollowUp.tenant_id == tenant_id, FollowUp.plan_id == plan_id)
    )
    rows = [
        {"tenant_id": tenant_id, "plan_id": plan_id, "number": number, "due_on": day}
        for number, day in enumerate(days, 1)
    ]
    if rows:
        conn.execute(insert(FollowUp), rows)


def note_follow_up(
    conn: Connection, tenant_id: str, plan_id: str, number: int, values: Mapping[str, Any]
) -> None:
    """Write that a follow-up was done."""
    conn.execute(
        update(FollowUp)
        .where(FollowUp.tenant_id == tenant_id, FollowUp.plan_id == plan_id)
        .where(FollowUp.number == number)
        .values(**values)
    )


def next_follow_ups(
    conn: Connection, tenant_id: str, referral_ids: Collection[str]
) -> dict[str, int]:
    """The day (ordinal) on which the next follow-up is due, of referrals with an adopted plan."""
    rows = conn.execute(
        select(Plan.referral_id, func.min(FollowUp.due_on).label("due_on"))
        .join(FollowUp, (FollowUp.tenant_id == Plan.tenant_id) & (FollowUp.plan_id == Plan.plan_id))
        .join(Referral, _OF_NOW)
        .where(Plan.tenant_id == tenant_id, Plan.referral_id.in_(referral_ids))
        .where(Plan.state == "adopted", FollowUp.done_on.is_(None))
        .group_by(Plan.referral_id)
    )
    return {row.referral_id: row.due_on.toordinal() for row in rows}
