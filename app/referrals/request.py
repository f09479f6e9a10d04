"""Requesting: a released flag becomes a referral, addressed to the provider that serves it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.engine import Connection, Row

from app.access.settings import TenantSettings
from app.flags.picture import Referral
from app.referrals.moves import Party
from app.referrals.store import (
    add_referral,
    change_referral,
    note_move,
    providers_on,
    serves,
)


@dataclass(frozen=True, slots=True)
class Request:
    """For whom, what for, and on whose decision. Without a person it is the employer's rule."""

    employee_id: str
    unit: str | None
    service: str
    provider_id: str | None = None
    released_by: str | None = None
    employee_informed_on: date | None = None
    wish_of: str | None = None

    @property
    def party(self) -> Party:
        """Who made it: a person of the employer's, or the service on its standing decision."""
        return "employer" if self.released_by else "service"


def first_provider(
    conn: Connection, tenant_id: str, *, unit: str | None, service: str, today: date
) -> str | None:
    """The first valid provider that serves the unit with the service, if there is one."""
    fitting: Sequence[Row[Any]] = [
        provider
        for provider in providers_on(conn, tenant_id, today)
        if serves(provider, unit=unit, service=service)
    ]
    return fitting[0].provider_id if fitting else None


def request_referral(
    conn: Connection,
    tenant_id: str,
    referral: Referral,
    request: Request,
    *,
    settings: TenantSettings,
    today: date,
    due_on: date | None,
    now: datetime,
) -> None:
    """Store a new referral with its first step and the day by which it should be accepted."""
    provider_id = request.provider_id or first_provider(
        conn, tenant_id, unit=request.unit, service=request.service, today=today
    )
    add_referral(
        conn,
        tenant_id,
        {
            "referral_id": referral.id,
            "employee_id": request.employee_id,
            "provider_id": provider_id,
            "service": request.service,
            "state": referral.state,
            "decision_reference": settings.decision_reference,
            "released_by": request.released_by,
            "employee_informed_on": request.employee_informed_on,
            "wish_of": request.wish_of,
            "requested_at": now,
            "changed_at": now,
            "assignment": 1,
            "step_due_on": due_on,
            "shown_due_on": due_on,
        },
    )
    note_move(
        conn,
        tenant_id,
        referral.id,
        party=request.party,
        actor=request.released_by,
        source=None,
        target=referral.state,
        now=now,
    )


def follow(
    conn: Connection, tenant_id: str, before: Referral, after: Referral, now: datetime
) -> None:
    """Store what reconciliation did to a referral, with its step."""
    change_referral(conn, tenant_id, after.id, {"state": after.state, "changed_at": now})
    note_move(
        conn,
        tenant_id,
        after.id,
        party="service",
        source=before.state,
        target=after.state,
        reason="basis_gone",
        now=now,
    )
