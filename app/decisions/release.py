"""What the employer's policy has against a release: informed, time to object, four eyes."""

from datetime import date, timedelta

from sqlalchemy.engine import Connection

from app.casebook import Tenant
from app.decisions.days import check_past
from app.decisions.refusals import EmployeeNotInformed, NoProvider, ObjectionWindowOpen
from app.referrals.store import providers_on, serves


def check_serves(
    conn: Connection, tenant: Tenant, provider_id: str, *, unit: str | None, service: str
) -> None:
    """Raise NoProvider unless that provider may take such a referral today."""
    fitting = [
        provider.provider_id
        for provider in providers_on(conn, tenant.tenant_id, tenant.today)
        if serves(provider, unit=unit, service=service)
    ]
    if provider_id not in fitting:
        raise NoProvider


def check_informed(tenant: Tenant, informed_on: date | None) -> None:
    """Raise what the policy has against a release without the employee's knowledge."""
    if informed_on is None and tenant.settings.policy.require_informed:
        raise EmployeeNotInformed
    if informed_on is not None:
        check_past("#/employee_informed_on", informed_on, tenant.today)


def check_time_to_object(tenant: Tenant, informed_on: date | None, raised_on: date) -> None:
    """The employee has the days that the policy gives, the last of them whole.

    They run from the day of information, and from the day on which there was something to be
    informed of at the earliest.
    """
    days = tenant.settings.policy.objection_days
    if informed_on is None or not days:
        return
    until = max(informed_on, raised_on) + timedelta(days=days)
    if tenant.today <= until:
        raise ObjectionWindowOpen(until=until.isoformat())


def same_name(one: str, other: str) -> bool:
    """Whether two spellings name one person: case and spaces tell nobody apart."""
    return " ".join(one.casefold().split()) == " ".join(other.casefold().split())
