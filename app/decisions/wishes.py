"""The manager's or the employee's own wish for a referral, without a flag."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.engine import Connection

from app.absences.store import lock_employees
from app.casebook import Case, Tenant, open_cases, tenant_today
from app.core.errors import NotFound
from app.core.ids import new_id
from app.decisions.days import employed_then
from app.decisions.flags import OBJECTION
from app.decisions.refusals import (
    EmployeeObjects,
    NotEmployed,
    ReferralOpen,
    SecondPersonNeeded,
)
from app.decisions.release import check_informed, check_serves, check_time_to_object, same_name
from app.delivery.notices import referral_notice
from app.delivery.outbox import tell
from app.flags.picture import Referral
from app.flags.store import flag_row
from app.follow_through import first_deadline, waits_for_employer
from app.pipeline import look_again
from app.referrals.request import Request, request_referral
from app.referrals.store import referral_row


@dataclass(frozen=True, slots=True)
class Wish:
    """The manager's or the employee's own wish for a referral; a person decides it."""

    employee_id: str
    wish_of: str
    service: str
    decided_by: str
    also_decided_by: str | None = None
    employee_informed_on: date | None = None
    provider_id: str | None = None


def wish(conn: Connection, tenant_id: str, by: Wish, now: datetime) -> str:
    """Refer without a flag; answers the referral's id."""
    employees = lock_employees(conn, tenant_id, [by.employee_id])
    if not employees:
        raise NotFound
    tenant = tenant_today(conn, tenant_id, now)
    [case] = open_cases(conn, tenant_id, employees)
    employee = case.employment(by.employee_id)
    _check_wish(conn, tenant, case, by)
    made = Referral(new_id("ref"), "requested")
    request = Request(
        by.employee_id,
        employee.unit,
        by.service,
        provider_id=by.provider_id,
        released_by=by.decided_by,
        employee_informed_on=by.employee_informed_on,
        wish_of=by.wish_of,
    )
    request_referral(
        conn,
        tenant_id,
        made,
        request,
        settings=tenant.settings,
        today=tenant.today,
        due_on=first_deadline(tenant, employee.unit),
        now=now,
    )
    row = referral_row(conn, tenant_id, made.id)
    tell(conn, tenant_id, [referral_notice("referral.requested", row)], now)
    if row.provider_id is None:
        waits_for_employer(conn, tenant, row)
    look_again(conn, tenant_id, [by.employee_id], now)
    return made.id


def _check_wish(conn: Connection, tenant: Tenant, case: Case, by: Wish) -> None:
    if case.picture.open_referral:
        raise ReferralOpen
    employee = case.employment(by.employee_id)
    if not employed_then(employee.employment, tenant.today):
        raise NotEmployed
    # Who wishes it for themselves knows of it, and objects to nothing.
    if by.wish_of == "manager":
        _check_managers_wish(conn, tenant, case, by)
    elif by.employee_informed_on is not None:
        check_informed(tenant, by.employee_informed_on)
    if by.provider_id is not None:
        check_serves(conn, tenant, by.provider_id, unit=employee.unit, service=by.service)


def _check_managers_wish(conn: Connection, tenant: Tenant, case: Case, by: Wish) -> None:
    """The policy of releases holds for a manager's wish as well: it is no way around it."""
    check_informed(tenant, by.employee_informed_on)
    check_time_to_object(tenant, by.employee_informed_on, date.min)
    other = by.also_decided_by
    if tenant.settings.policy.four_eyes and (other is None or same_name(other, by.decided_by)):
        raise SecondPersonNeeded
    for flag in case.picture.flags:
        decided_on = flag_row(conn, tenant.tenant_id, flag.id).decided_on
        if flag.reason != OBJECTION or decided_on is None:
            continue
        if (tenant.today - decided_on).days < case.rule_of(flag).document.rearm_days:
            raise EmployeeObjects
