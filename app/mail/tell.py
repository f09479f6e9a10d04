"""Tell somebody that something waits: written in the transaction that made it wait.

Whoever leads the unit is told, else HR of the unit, else the employer's HR; else nobody.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Protocol

from sqlalchemy.engine import Connection

from app.absences.policy import Policy
from app.access.settings import TenantSettings
from app.core.clock import local_date
from app.mail.slots import reminder_slot, slot_after
from app.mail.store import add_mail
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

    @property
    def units(self) -> Callable[[], Units]:
        """Its units, read once in a transaction."""


class Concerned(Protocol):
    """Whom something that waits is about: an employee, or a unit as a whole (without a number)."""

    @property
    def unit(self) -> str | None:
        """The unit."""

    @property
    def number(self) -> str:
        """The employment number."""


def something_waits(
    conn: Connection,
    employer: Employer,
    employees: Iterable[Concerned],
    *,
    again: bool = False,
) -> None:
    """Tell who is to be told that something waits: one thing for each of the employees.

    Somebody with two things waiting is named twice. `again`: it was told before, and this is a
    reminder.
    """
    concerned = list(employees)
    if not concerned:
        return
    slot = slot_for(employer, again=again)
    day = local_date(slot, employer.settings.time_zone)
    told = Counter(_recipient(employer, employee, day) for employee in concerned)
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


def _recipient(employer: Employer, employee: Concerned, day: date) -> str | None:
    """Who is told about the employee on the day that the mail goes out."""
    found = employer.units().recipient(employee.unit, employee.number, day)
    if found is None:
        return HR if employer.settings.mail.hr_address else None
    return _once(employer.units(), found, day)


def _once(units: Units, recipient: str, day: date) -> str:
    """Who leads several units is told of all of them in one mail: by the first of their entries."""
    kind, _, manager_id = recipient.partition(":")
    if kind != "manager":
        return recipient
    # Of nobody in particular, a unit's recipient is its leader.
    led = (units.recipient(unit, "", day) for unit in units.units_led_by(manager_id, day))
    return min((entry for entry in led if entry and entry.startswith(kind)), default=recipient)
