"""The casebook: everything known of some employees, read in one go, and what is done with it.

An employee's row is locked before its case is opened, so what is read stays true until the
transaction ends.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache

from sqlalchemy.engine import Connection

from app.absences.due import next_look
from app.absences.fold import Absence
from app.absences.history import History
from app.absences.holidays import swedish_holidays
from app.absences.policy import Policy, employed_on, policy_from_json
from app.absences.store import Employee, employee_of, load_absences
from app.access.settings import TenantSettings
from app.access.store import tenant_settings
from app.core.clock import local_date
from app.core.errors import FieldError, InvalidInput
from app.core.wire import FIRST_DAY, FURTHEST
from app.flags.picture import Flag, Outcome, Pause, Picture
from app.flags.reconcile import reconcile
from app.flags.store import flag_of, flag_rows, load_pauses
from app.flags.watch import standing, watch
from app.people.store import load_units
from app.people.units import Units
from app.referrals.store import referrals_of
from app.rules.store import watched
from app.rules.triggers import Trigger
from app.rules.versions import StoredVersion


@dataclass(frozen=True, slots=True)
class Tenant:
    """A tenant as the pipeline needs it, on one local date.

    `units`: its units, read when they are first asked for and once in a transaction.
    """

    tenant_id: str
    settings: TenantSettings
    policy: Policy
    today: date
    now: datetime
    units: Callable[[], Units] = field(repr=False, compare=False)


def tenant_today(conn: Connection, tenant_id: str, now: datetime) -> Tenant:
    """The tenant with its settings, its policy ready for use, and its local date."""
    settings = tenant_settings(conn, tenant_id)
    policy = policy_from_json(settings.policy.model_dump(mode="json"), swedish_holidays())
    today = local_date(now, settings.time_zone)
    units = cache(lambda: load_units(conn, tenant_id))
    return Tenant(tenant_id, settings, policy, today, now, units)


@dataclass(frozen=True, slots=True)
class Case:
    """What is known of one employee."""

    employee: Employee
    absences: tuple[Absence, ...]
    picture: Picture
    pauses: tuple[Pause, ...]
    versions: tuple[StoredVersion, ...]

    def history(self, policy: Policy, as_of: int) -> History:
        """The employee's history up to that day."""
        return History(self.absences, policy, self.employee.employment, as_of=as_of)

    def rule_of(self, flag: Flag) -> StoredVersion:
        """The version that raised a flag."""
        return next(
            v for v in self.versions if v.document.id == flag.rule and v.version == flag.version
        )

    def action_of(self, flag: Flag) -> str:
        """What the flag's rule does: notify or refer."""
        return self.rule_of(flag).document.action


def open_cases(conn: Connection, tenant_id: str, employees: Sequence[Employee]) -> list[Case]:
    """The cases of those employees."""
    ids = [employee.employee_id for employee in employees]
    absences: defaultdict[str, list[Absence]] = defaultdict(list)
    for key, folded in load_absences(conn, tenant_id, ids).items():
        absences[key[0]].append(folded.absence)
    rows = flag_rows(conn, tenant_id, ids)
    referrals = referrals_of(conn, tenant_id, ids)
    pauses = load_pauses(conn, tenant_id, ids)
    flagged = {(row.rule_id, row.version) for own in rows.values() for row in own}
    versions = tuple(watched(conn, tenant_id, flagged))
    return [
        Case(
            employee,
            tuple(absences[employee.employee_id]),
            Picture(
                tuple(flag_of(row) for row in rows.get(employee.employee_id, ())),
                referrals.get(employee.employee_id, ()),
            ),
            pauses.get(employee.employee_id, ()),
            versions,
        )
        for employee in employees
    ]


def open_case(conn: Connection, tenant_id: str, employee_id: str) -> Case:
    """The case of one employee, read without a lock; raises NotFound."""
    return open_cases(conn, tenant_id, [employee_of(conn, tenant_id, employee_id)])[0]


def judged_on(tenant: Tenant, as_of: date | None) -> date:
    """The day to judge, by default today; at most two years ahead, as days may be reported."""
    if as_of is not None and as_of > tenant.today + FURTHEST:
        detail = "At most two years from now."
        raise InvalidInput([FieldError("#/as_of", "date_out_of_range", detail)])
    return as_of or tenant.today


def within_reach(tenant: Tenant, at: datetime, pointer: str) -> date:
    """The local day of a time that may be planned: at most two years ahead; raises InvalidInput."""
    # In UTC first: at the ends of the calendar there is no local time.
    in_reach = FIRST_DAY <= at.astimezone(UTC).date() <= tenant.today + FURTHEST
    if not in_reach:
        detail = "At most two years from now."
        raise InvalidInput([FieldError(pointer, "date_out_of_range", detail)])
    return local_date(at, tenant.settings.time_zone)


def stands(
    conn: Connection,
    tenant: Tenant,
    employees: Sequence[Employee],
    version: StoredVersion,
) -> list[tuple[Case, Trigger]]:
    """Those who meet the rule today without a flag of it, with their latest trigger."""
    found = []
    for case in open_cases(conn, tenant.tenant_id, employees):
        today = tenant.today.toordinal()
        history = case.history(tenant.policy, today)
        if not employed_on(case.employee.employment, today):
            continue
        if trigger := standing(history, version, case.picture.flags):
            found.append((case, trigger))
    return found


def judge(case: Case, tenant: Tenant) -> Outcome:
    """What ought to be, by the rules as they are today."""
    today = tenant.today.toordinal()
    history = case.history(tenant.policy, today)
    automatic = tenant.settings.release == "automatic"
    flagged = {(flag.rule, flag.version) for flag in case.picture.flags}
    return reconcile(
        case.picture,
        [
            watch(version, history, automatic=automatic)
            for version in case.versions
            if version.active or (version.document.id, version.version) in flagged
        ],
        case.pauses,
        today=today,
        employed=employed_on(case.employee.employment, today),
        silent_through=case.employee.silent_through,
    )


def next_due(case: Case, tenant: Tenant) -> date | None:
    """When time alone may next change something in this case."""
    day = next_look(
        case.absences,
        case.employee.employment,
        [pause.last for pause in case.pauses],
        today=tenant.today.toordinal(),
    )
    return date.fromordinal(day) if day else None
