"""Referrals shown to a caller: everything that one may know of them, and nothing else."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy.engine import Connection

from app.absences.store import employees_of
from app.access.principal import Principal
from app.casebook import Tenant, tenant_today
from app.core.crypt import KeyRing
from app.flags.picture import ENDED
from app.flags.store import flags_of_referrals
from app.follow_through import working_days
from app.people.store import person_for_provider
from app.referrals.deadlines import STEP_OF
from app.referrals.store import moves_of
from app.referrals.view import View, since_request

Shown = dict[str, Any]


def show_referrals(
    conn: Connection, who: Principal, rows: Sequence[Any], now: datetime
) -> list[Shown]:
    """Referrals as a list shows them."""
    tenant = tenant_today(conn, who.tenant_id, now)
    ids = [row.referral_id for row in rows]
    flags = flags_of_referrals(conn, who.tenant_id, ids)
    moves = moves_of(conn, who.tenant_id, ids)
    late = _days_late(conn, tenant, who, rows)
    return [
        {
            **_shown(row, view_of(who, row), moves[row.referral_id]),
            "flags": flags[row.referral_id],
            "days_late": late[row.referral_id],
        }
        for row in rows
    ]


def show_referral(
    conn: Connection, keys: KeyRing, who: Principal, row: Any, now: datetime
) -> Shown:
    """One referral, for the provider of an open one with whom it is about."""
    [shown] = show_referrals(conn, who, [row], now)
    person: Shown = {}
    if who.provider_id and row.state not in ENDED:
        person = person_for_provider(conn, keys, who.tenant_id, row.employee_id)
    named = {name: person.get(name) for name in ("contact", "personal_number", "protected")}
    return {**shown, **named}


def view_of(who: Principal, row: Any) -> View:
    """The view that a caller has of a referral."""
    return View.of("provider" if who.provider_id else "employer", row)


def _shown(row: Any, view: View, moves: Sequence[Any]) -> Shown:
    whole = view.is_whole(row.state)
    as_stored = (
        "employee_id",
        "provider_id",
        "service",
        "wish_of",
        "decision_reference",
        "employee_informed_on",
        "requested_at",
        "feedback_consent_on",
    )
    return {
        "id": row.referral_id,
        **{name: getattr(row, name) for name in as_stored},
        "state": view.state(row.state),
        "talk": _talk(row) if view.consented else None,
        "recommend_three_party": row.recommend_three_party if view.consented else None,
        "outcome": view.outcome(row.outcome, moves),
        "step": STEP_OF.get(row.state) if whole else None,
        "due_on": due_on(row, view),
        "allowed": view.calls(row.state),
        "history": _history(view, moves),
    }


def due_on(row: Any, view: View) -> date | None:
    """The deadline as the caller sees it."""
    due: date | None = row.step_due_on if view.consented else row.shown_due_on
    return due


def _talk(row: Any) -> Shown | None:
    if row.talk_starts_at is None:
        return None
    return {"starts_at": row.talk_starts_at, "mode": row.talk_mode}


def _history(view: View, moves: Sequence[Any]) -> list[Shown]:
    """Each move as the party knows it; of providers before the present one without consent."""
    # The request itself ended what was before it, and says nothing of how far that had come.
    present = {made.number for made in since_request(moves)[1:]}
    then = View(view.party, consented=view.party == "provider")
    return [_step(made, view if made.number in present else then) for made in view.history(moves)]


def _step(made: Any, view: View) -> Shown:
    # A provider is told where its own time begins, not how far another had come.
    begins = made.source is None or (view.party == "provider" and made.target == "requested")
    return {
        "at": made.at,
        "party": made.party,
        "actor": made.actor if (made.recorded_by or made.party) == view.party else None,
        "recorded_by": made.recorded_by if view.consented else None,
        "source": None if begins else view.state(made.source),
        "target": view.state(made.target),
        "reason": made.reason if view.consented or made.party != "provider" else None,
    }


def _days_late(
    conn: Connection, tenant: Tenant, who: Principal, rows: Sequence[Any]
) -> dict[str, int]:
    """Working days of the employee's unit since each deadline."""
    today = tenant.today.toordinal()
    employees = employees_of(conn, who.tenant_id, {row.employee_id for row in rows})
    late = {}
    for row in rows:
        due = due_on(row, view_of(who, row))
        days = working_days(tenant, tenant.units().closures(employees[row.employee_id].unit))
        if due is None or due >= tenant.today or row.state in ENDED:
            late[row.referral_id] = 0
        else:
            late[row.referral_id] = max(1, days.between(due.toordinal(), today))
    return late
