"""Decisions about meetings: planned, moved, held, cancelled, and what a held one brings."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.engine import Connection

from app.absences.store import lock_employees
from app.casebook import Tenant, tenant_today, within_reach
from app.core.clock import local_date
from app.core.errors import FieldError, InvalidInput, NotFound
from app.core.ids import new_id
from app.decisions.days import check_employed, check_not_before, check_past
from app.decisions.plans import follow_up_held
from app.decisions.referrals import Step, make_move, speaks_for_itself
from app.decisions.refusals import CaseClosed, ConsentNeeded, InvalidTransition, NotYet
from app.delivery.notices import meeting_notice
from app.delivery.outbox import tell
from app.flags.picture import ENDED
from app.follow_through import cancel_meetings
from app.meetings.guides.store import guide_codes
from app.meetings.kinds import all_three
from app.meetings.store import add_meeting, change_meeting, seen_meeting_row
from app.pipeline import look_again
from app.referrals.moves import Party, next_state
from app.referrals.store import moves_of, referral_row
from app.referrals.view import View

OUTSIDE = frozenset({"provider", "agency", "primary_care", "union"})
"""Whoever is not of the workplace hears of an employee with that employee's consent."""


@dataclass(frozen=True, slots=True)
class By:
    """Who decides: the employer, or the provider that is named."""

    actor: str
    provider_id: str | None = None

    @property
    def party(self) -> Party:
        """The party that acts."""
        return "provider" if self.provider_id else "employer"


def plan_meeting(
    conn: Connection, tenant_id: str, values: Mapping[str, Any], by: By, now: datetime
) -> str:
    """Plan a meeting and tell it; answers its id. `values` are the columns it is stored with."""
    employees = lock_employees(conn, tenant_id, [values["employee_id"]])
    if not employees:
        raise NotFound
    tenant = tenant_today(conn, tenant_id, now)
    referral = _referral(conn, tenant_id, values, by)
    _check_consent_day(values.get("consent_on"), tenant)
    day = within_reach(tenant, values["starts_at"], "#/starts_at")
    check_employed(employees[0].employment, day, "#/starts_at")
    if referral is not None:
        requested_on = _day(referral.requested_at, tenant)
        check_not_before("#/starts_at", day, requested_on, "before_request")
    if by.provider_id and values["kind"] == "three_party":
        _check_talk_was_held(referral, values)
    row = add_meeting(
        conn,
        tenant_id,
        {
            "meeting_id": new_id("mtg"),
            "state": "planned",
            "points": [],
            "party": by.party,
            "created_at": now,
            "changed_at": now,
            "assignment": referral.assignment if referral is not None else None,
            **values,
        },
    )
    tell(conn, tenant_id, [meeting_notice("meeting.planned", row, referral)], now)
    meeting_id: str = row.meeting_id
    return meeting_id


def _referral(conn: Connection, tenant_id: str, values: Mapping[str, Any], by: By) -> Any:
    """The referral a meeting belongs to, open and of the same employee; None without one."""
    if values.get("referral_id") is None:
        if by.provider_id:
            raise NotFound  # of employees not referred to it a provider learns nothing
        return None
    row = referral_row(conn, tenant_id, values["referral_id"], provider_id=by.provider_id)
    if row.employee_id != values["employee_id"]:
        if by.provider_id:
            raise NotFound
        detail = "The referral is of another employee."
        raise InvalidInput([FieldError("#/referral_id", "other_employee", detail)])
    if row.state in ENDED:
        raise CaseClosed
    return row


def _check_talk_was_held(referral: Any, values: Mapping[str, Any]) -> None:
    """A provider's invitation to a three-party talk shows that there was a talk before it."""
    if next_state("three-party-meeting", referral.state) is None:
        raise InvalidTransition(allowed=View.of("provider", referral).calls(referral.state))
    if values.get("consent_on") is None:
        raise InvalidInput([_consent_required()])


def _consent_required() -> FieldError:
    detail = "Whoever is not of the workplace takes part with the employee's consent alone."
    return FieldError("#/consent", "consent_required", detail)


def _check_consent_day(given_on: date | None, tenant: Tenant) -> None:
    if given_on is not None:
        check_past("#/consent/given_on", given_on, tenant.today)


def _day(at: datetime, tenant: Tenant) -> date:
    return local_date(at, tenant.settings.time_zone)


def _locked(
    conn: Connection, tenant_id: str, meeting_id: str, by: By, now: datetime
) -> tuple[Any, Any, Tenant]:
    """The meeting, its referral if any, and the tenant, with the employee locked."""
    row = seen_meeting_row(conn, tenant_id, meeting_id, provider_id=by.provider_id)
    lock_employees(conn, tenant_id, [row.employee_id])
    row = seen_meeting_row(conn, tenant_id, meeting_id, provider_id=by.provider_id)
    referral = referral_row(conn, tenant_id, row.referral_id) if row.referral_id else None
    return row, referral, tenant_today(conn, tenant_id, now)


def hold(
    conn: Connection,
    tenant_id: str,
    meeting_id: str,
    record: Mapping[str, Any],
    by: By,
    now: datetime,
) -> None:
    """The meeting took place; `record` holds the columns that say what was taken up."""
    row, referral, tenant = _locked(conn, tenant_id, meeting_id, by, now)
    if row.state == "held":
        return
    if row.state != "planned" or row.kind == "health_talk":
        raise InvalidTransition(allowed=allowed(row))
    if _day(row.starts_at, tenant) > tenant.today:
        raise NotYet
    _check_record(conn, row, record, tenant)
    _check_outsiders(row, record)
    change_meeting(conn, row, {"state": "held", "recorded_at": now, **record}, now)
    if referral is not None and row.kind == "three_party":
        _three_party_held(conn, tenant, row, referral, by)
    elif referral is not None and row.kind == "follow_up":
        held_on, status = _day(row.starts_at, tenant), record.get("work_status")
        follow_up_held(conn, tenant, referral, held_on, status, by.actor)
    look_again(conn, tenant_id, [row.employee_id], now)


def note(
    conn: Connection,
    tenant_id: str,
    meeting_id: str,
    record: Mapping[str, Any],
    by: By,
    now: datetime,
) -> None:
    """Record more of a meeting that was not cancelled."""
    row, _, tenant = _locked(conn, tenant_id, meeting_id, by, now)
    if row.state == "cancelled" or (row.kind == "health_talk" and not by.provider_id):
        raise InvalidTransition(allowed=[])
    _check_record(conn, row, record, tenant)
    if row.state == "held" and row.kind != "health_talk":
        _check_outsiders(row, record)
    said = record.keys() & {"points", "asked_about_violence", "work_status"}
    if said and _day(row.starts_at, tenant) > tenant.today:
        raise NotYet
    if any(getattr(row, name) != value for name, value in record.items()):
        change_meeting(conn, row, record, now)


def reschedule(
    conn: Connection,
    tenant_id: str,
    meeting_id: str,
    when: Mapping[str, Any],
    by: By,
    now: datetime,
) -> None:
    """Another time for a planned meeting; a slot it had in a series is free again."""
    row, referral, tenant = _locked(conn, tenant_id, meeting_id, by, now)
    if row.state != "planned" or row.kind == "health_talk":
        raise InvalidTransition(allowed=allowed(row))
    [employee] = lock_employees(conn, tenant_id, [row.employee_id])
    day = within_reach(tenant, when["starts_at"], "#/starts_at")
    check_employed(employee.employment, day, "#/starts_at")
    if referral is not None:
        requested_on = _day(referral.requested_at, tenant)
        check_not_before("#/starts_at", day, requested_on, "before_request")
    if all(getattr(row, name) == value for name, value in when.items()):
        return
    free = {"series_id": None, "occurrence": None, "slot": None}
    changed = change_meeting(conn, row, {**when, **free}, now)
    tell(conn, tenant_id, [meeting_notice("meeting.planned", changed, referral)], now)


def cancel(conn: Connection, tenant_id: str, meeting_id: str, by: By, now: datetime) -> None:
    """Call a planned meeting off."""
    row, referral, tenant = _locked(conn, tenant_id, meeting_id, by, now)
    if row.state == "cancelled":
        return
    if row.state != "planned" or row.kind == "health_talk":
        raise InvalidTransition(allowed=allowed(row))
    tell(conn, tenant_id, cancel_meetings(conn, tenant, [row], referral), now)


def allowed(row: Any) -> list[str]:
    """What may be done with a meeting now; a health talk follows its referral's moves."""
    if row.state != "planned" or row.kind == "health_talk":
        return []
    return ["hold", "move", "cancel"]


def _check_record(conn: Connection, row: Any, record: Mapping[str, Any], tenant: Tenant) -> None:
    _check_consent_day(record.get("consent_on"), tenant)
    if row.kind == "three_party" and not all_three(record.get("participants", row.participants)):
        detail = "A three-party talk has employee, employer and provider."
        raise InvalidInput([FieldError("#/participants", "roles_missing", detail)])
    points = record.get("points", ())
    known = guide_codes(conn, tenant.tenant_id, row.kind) if points else frozenset()
    unknown = [place for place, code in enumerate(points) if code not in known]
    if unknown:
        detail = "Not a point of this kind of meeting's conversation guide."
        raise InvalidInput(
            [FieldError(f"#/points/{place}", "unknown_point", detail) for place in unknown]
        )


def _check_outsiders(row: Any, record: Mapping[str, Any]) -> None:
    who = set(record.get("participants", row.participants))
    if who & OUTSIDE and record.get("consent_on", row.consent_on) is None:
        raise InvalidInput([_consent_required()])


def _three_party_held(conn: Connection, tenant: Tenant, row: Any, referral: Any, by: By) -> None:
    """The three have met: the employer takes part from here on.

    Whether a talk came before is the provider's secret. So the employer records the three-party
    talk where it may know: with consent, on the provider's invitation, or where it recorded the
    talk itself for a provider without integration.
    """
    view = View.of(by.party, referral)
    if not view.is_whole(referral.state) and row.party != "provider":
        moves = moves_of(conn, tenant.tenant_id, [referral.referral_id])[referral.referral_id]
        if speaks_for_itself(conn, tenant, referral, moves):
            raise ConsentNeeded
    if referral.state in ("three_party_held", "plan_adopted"):
        return
    step = Step("three-party-meeting", by.party, by.actor, provider_id=by.provider_id)
    make_move(conn, tenant, referral.referral_id, step)
