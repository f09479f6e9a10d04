"""Tell somebody that something waits: written in the transaction that made it wait.

Whoever leads the unit is told, else HR of the unit, else the employer's HR; else nobody.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from typing import Protocol

from sqlalchemy.engine import Connection

from app.absences.policy import Policy
from app.absences.store import Employee
from app.access.settings import TenantSettings
from app.mail.slots import reminder_slot, slot_after
from app.mail.store import add_mail
from app.people.store import load_units
from app.people.units import Units

HR = "hr"
"""The employer's own mailbox for what no unit has anybody for (its settings, `mail.hr_address`)."""


class Employer(Protocol):
    """The employer on one local date, as `app.casebook.Tenant` has it."""

    @property
    def tenant_id(self) -> str:
        """Whose employees they are."""

    @property
    def settings(self) -> TenantSettings:
        """What it has decided for itself."""

    @property
    def policy(self) -> Policy:
        """Its policy, with all the days off."""

    @property
    def today(self) -> date:
        """Its date."""

    @property
    def now(self) -> datetime:
        """The instant."""


def something_waits(
    conn: Connection,
    employer: Employer,
    employees: Iterable[Employee],
    *,
    again: bool = False,
    units: Units | None = None,
) -> None:
    """Tell who is to be told that something waits: one thing for each of the employees.

    Somebody with two things waiting is named twice. `again`: it was told before, and this is a
    reminder. `units`: the employer's, where the caller has read them already.
    """
    concerned = list(employees)
    if not concerned:
        return
    known = units or load_units(conn, employer.tenant_id)
    told = Counter(_recipient(employer, known, employee) for employee in concerned)
    slot = slot_for(employer, again=again)
    for recipient, waiting in told.items():
        if recipient is not None:
            add_mail(
                conn,
                employer.tenant_id,
                recipient,
                slot=slot,
                waiting=waiting,
                again=waiting if again else 0,
                now=employer.now,
            )


def slot_for(employer: Employer, *, again: bool) -> datetime:
    """When what begins to wait now, or is told again today, is told."""
    when = reminder_slot if again else slot_after
    return when(employer.now, employer.settings.time_zone, employer.settings.mail.digest)


def _recipient(employer: Employer, units: Units, employee: Employee) -> str | None:
    found = units.recipient(employee.unit, employee.number, employer.today)
    if found is None:
        return HR if employer.settings.mail.hr_address else None
    return _once(units, found, employer.today)


def _once(units: Units, recipient: str, day: date) -> str:
    """Who leads several units is told of all of them in one mail: by the first of their entries."""
    kind, _, manager_id = recipient.partition(":")
    if kind != "manager":
        return recipient
    # Of nobody in particular, a unit's recipient is its leader.
    led = (units.recipient(unit, "", day) for unit in units.units_led_by(manager_id, day))
    return min((entry for entry in led if entry and entry.startswith(kind)), default=recipient)
