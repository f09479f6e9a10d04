"""All SQL of reports: everything of a tenant in a few passes, read and never written."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, and_, exists, func, or_, select
from sqlalchemy.engine import Connection
from sqlalchemy.orm import aliased

from app.absences.fold import Absence
from app.absences.policy import periods_from_json
from app.absences.tables import Absence as AbsenceRow
from app.absences.tables import Employee
from app.flags.tables import Flag
from app.meetings.tables import Meeting
from app.people.tables import Person
from app.plans.tables import FollowUp, Plan
from app.referrals.tables import Referral, ReferralMove
from app.reports.persons import Member
from app.rules.tables import RuleVersion

Rows = defaultdict[str, list[Any]]
"""Rows by the id of what they are about."""

ENTRIES = ("alignment", "follow_up", "three_party")
"""The kinds of meeting that make somebody take part once they were held."""


def members(conn: Connection, tenant_id: str) -> list[Member]:
    """Every employment, those that are over among them."""
    rows = conn.execute(
        select(
            Employee.employee_id,
            func.coalesce(Employee.person_id, Employee.employee_id).label("person"),
            Employee.unit,
            Employee.employment,
            Person.sex,
        )
        .outerjoin(
            Person,
            and_(
                Person.tenant_id == Employee.tenant_id,
                Person.employee_id == Employee.employee_id,
            ),
        )
        .where(Employee.tenant_id == tenant_id)
        .order_by(Employee.employee_id)
    )
    return [
        Member(r.employee_id, r.person, r.unit, periods_from_json(r.employment), r.sex)
        for r in rows
    ]


def has_unit(conn: Connection, tenant_id: str, unit: str) -> bool:
    """Whether anybody belongs to that unit."""
    found = select(Employee.employee_id).where(
        Employee.tenant_id == tenant_id, Employee.unit == unit
    )
    return conn.execute(found.limit(1)).first() is not None


def every_absence(conn: Connection, tenant_id: str) -> dict[str, list[Absence]]:
    """Every absence of the tenant, by employee."""
    return _absences(conn, _of_absences().where(AbsenceRow.tenant_id == tenant_id))


def absences_of_those_away(
    conn: Connection, tenant_id: str, first: date, last: date
) -> dict[str, list[Absence]]:
    """Every absence of those who were away on a day between, by employee."""
    away = aliased(AbsenceRow)
    between = exists().where(
        away.tenant_id == tenant_id,
        away.employee_id == AbsenceRow.employee_id,
        away.first_day <= last,
        or_(away.last_day.is_(None), away.last_day >= first),
    )
    return _absences(conn, _of_absences().where(AbsenceRow.tenant_id == tenant_id, between))


def _of_absences() -> Select[Any]:
    return select(
        AbsenceRow.employee_id,
        AbsenceRow.first_day,
        AbsenceRow.last_day,
        AbsenceRow.kind,
        AbsenceRow.extent,
        AbsenceRow.extents,
    ).where(AbsenceRow.cancelled.is_(False), AbsenceRow.first_day.is_not(None))


def _absences(conn: Connection, wanted: Select[Any]) -> dict[str, list[Absence]]:
    found: defaultdict[str, list[Absence]] = defaultdict(list)
    for employee_id, first, last, kind, extent, extents in conn.execute(wanted):
        pieces = tuple((date.fromisoformat(day), percent) for day, percent in extents)
        found[employee_id].append(Absence(first, last, kind, extent, pieces))
    return found


def _by_employee(rows: Iterable[Any]) -> Rows:
    found: Rows = defaultdict(list)
    for row in rows:
        found[row.employee_id].append(row)
    return found


def referrals_before(conn: Connection, tenant_id: str, end: datetime) -> Rows:
    """The referrals requested before that instant, by employee, in the order requested."""
    rows = conn.execute(
        select(
            Referral.employee_id,
            Referral.referral_id,
            Referral.requested_at,
            Referral.outcome,
            Referral.feedback_consent_on,
        )
        .where(Referral.tenant_id == tenant_id, Referral.requested_at < end)
        .order_by(Referral.requested_at, Referral.referral_id)
    )
    return _by_employee(rows)


def moves_before(conn: Connection, tenant_id: str, end: datetime) -> Rows:
    """The moves made before that instant, by referral, in order."""
    rows = conn.execute(
        select(
            ReferralMove.referral_id,
            ReferralMove.target,
            ReferralMove.at,
            ReferralMove.party,
            ReferralMove.recorded_by,
        )
        .where(ReferralMove.tenant_id == tenant_id, ReferralMove.at < end)
        .order_by(ReferralMove.referral_id, ReferralMove.number)
    )
    found: Rows = defaultdict(list)
    for row in rows:
        found[row.referral_id].append(row)
    return found


def referring_flags_before(conn: Connection, tenant_id: str, end: datetime) -> Rows:
    """The flags of rules that refer, raised before that instant, by employee.

    A suppressed flag was never raised for anybody to see.
    """
    rows = conn.execute(
        select(
            Flag.employee_id,
            Flag.raised_at,
            Flag.referral_id,
            Flag.rule_id,
            Flag.version,
            Flag.rung,
        )
        .where(Flag.tenant_id == tenant_id, Flag.raised_at < end, Flag.state != "suppressed")
        .order_by(Flag.flag_id)
    )
    referring = _referring(conn, tenant_id)
    return _by_employee(row for row in rows if (row.rule_id, row.version, row.rung) in referring)


def _referring(conn: Connection, tenant_id: str) -> set[tuple[str, int, int]]:
    """The rungs that refer, by rule, version and number."""
    rows = conn.execute(
        select(RuleVersion.rule_id, RuleVersion.version, RuleVersion.document).where(
            RuleVersion.tenant_id == tenant_id
        )
    )
    return {
        (row.rule_id, row.version, number)
        for row in rows
        for number, rung in enumerate(row.document.get("rungs", [row.document]), 1)
        if rung["action"] == "refer"
    }


def meetings_before(conn: Connection, tenant_id: str, end: datetime) -> Rows:
    """The meetings entered before that instant, by employee."""
    rows = conn.execute(
        select(
            Meeting.employee_id,
            Meeting.kind,
            Meeting.state,
            Meeting.starts_at,
            Meeting.created_at,
            Meeting.recorded_at,
            Meeting.work_status,
        )
        .where(Meeting.tenant_id == tenant_id, Meeting.created_at < end)
        .order_by(Meeting.created_at, Meeting.meeting_id)
    )
    return _by_employee(rows)


def follow_ups_through(conn: Connection, tenant_id: str, last: date) -> Rows:
    """The follow-ups done up to that day that say how somebody's work goes, by employee."""
    rows = conn.execute(
        select(Plan.employee_id, FollowUp.done_on, FollowUp.work_status)
        .join(Plan, and_(Plan.tenant_id == FollowUp.tenant_id, Plan.plan_id == FollowUp.plan_id))
        .where(
            FollowUp.tenant_id == tenant_id,
            FollowUp.done_on <= last,
            FollowUp.work_status.is_not(None),
        )
    )
    return _by_employee(rows)
