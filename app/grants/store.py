"""All SQL about services bought for the grant."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Select, delete, insert, select, update
from sqlalchemy.engine import Connection, Row

from app.absences.tables import Employee
from app.core.db import the_one
from app.core.pages import Cut, cut_page
from app.grants.tables import Grant
from app.referrals.tables import Provider, Referral


def add_grant(conn: Connection, tenant_id: str, values: Mapping[str, Any]) -> None:
    """Store a new service in its first version."""
    conn.execute(insert(Grant).values(tenant_id=tenant_id, version=1, **values))


def grant_row(conn: Connection, tenant_id: str, grant_id: str, *, lock: bool = False) -> Row[Any]:
    """One service with its employee's number and its provider's approval; raises NotFound."""
    found = _grants(tenant_id).where(Grant.grant_id == grant_id)
    return the_one(conn, found.with_for_update(of=Grant) if lock else found)


def grants_page(
    conn: Connection,
    tenant_id: str,
    cut: Cut,
    *,
    year: int | None,
    employee_id: str | None,
    provider_id: str | None,
) -> tuple[list[Row[Any]], str | None]:
    """One page of the services of that year, employee and provider, where given."""
    rows = _grants(tenant_id) if year is None else _of_year(tenant_id, year)
    if employee_id is not None:
        rows = rows.where(Grant.employee_id == employee_id)
    if provider_id is not None:
        rows = rows.where(Grant.provider_id == provider_id)
    return cut_page(conn, rows, Grant.grant_id, cut)


def grants_of_year(conn: Connection, tenant_id: str, year: int) -> list[Row[Any]]:
    """Every service performed in that year."""
    return list(conn.execute(_of_year(tenant_id, year).order_by(Grant.grant_id)))


def change_grant(
    conn: Connection, tenant_id: str, grant_id: str, values: Mapping[str, Any]
) -> None:
    """Overwrite a service; it has another version then."""
    conn.execute(
        update(Grant)
        .where(Grant.tenant_id == tenant_id, Grant.grant_id == grant_id)
        .values(version=Grant.version + 1, **values)
    )


def remove_grant(conn: Connection, tenant_id: str, grant_id: str) -> None:
    """Forget a service."""
    conn.execute(delete(Grant).where(Grant.tenant_id == tenant_id, Grant.grant_id == grant_id))


def employment_of(
    conn: Connection, tenant_id: str, employee_id: str
) -> list[dict[str, Any]] | None:
    """The known periods of an employee's employment; None where there is no such employee."""
    return conn.scalar(
        select(Employee.employment).where(
            Employee.tenant_id == tenant_id, Employee.employee_id == employee_id
        )
    )


def employee_of_referral(conn: Connection, tenant_id: str, referral_id: str) -> str | None:
    """Whom a referral is for; None where there is no such referral."""
    return conn.scalar(
        select(Referral.employee_id).where(
            Referral.tenant_id == tenant_id, Referral.referral_id == referral_id
        )
    )


def approval_of(conn: Connection, tenant_id: str, provider_id: str) -> tuple[bool | None] | None:
    """Whether Försäkringskassan approves a provider, None for unknown, in a tuple of its own.

    None without a tuple: there is no such provider.
    """
    row = conn.execute(
        select(Provider.grant_approved).where(
            Provider.tenant_id == tenant_id, Provider.provider_id == provider_id
        )
    ).one_or_none()
    return row and (row.grant_approved,)


def _grants(tenant_id: str) -> Select[Any]:
    employee = (Employee.tenant_id == Grant.tenant_id) & (Employee.employee_id == Grant.employee_id)
    provider = (Provider.tenant_id == Grant.tenant_id) & (Provider.provider_id == Grant.provider_id)
    return (
        select(Grant.__table__, Employee.number, Employee.person_id, Provider.grant_approved)
        .join(Employee, employee)
        .outerjoin(Provider, provider)
        .where(Grant.tenant_id == tenant_id)
    )


def _of_year(tenant_id: str, year: int) -> Select[Any]:
    return _grants(tenant_id).where(
        Grant.performed_on >= date(year, 1, 1), Grant.performed_on <= date(year, 12, 31)
    )
