"""The casebook: everything known of some employees, read in one go, and what is done with it.

An employee's row is locked before its case is opened, so what is read stays true until the
transaction ends.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

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
from app.flags.picture import Flag, Outcome, Pause, Picture
from app.flags.reconcile import reconcile
from app.flags.store import flag_of, flag_rows, load_pauses, save_flags
from app.flags.watch import standing, watch
from app.referrals.request import Request, follow, request_referral
from app.referrals.store import referrals_of
from app.rules.store import watched
from app.rules.triggers import Trigger
from app.rules.versions import StoredVersion


@dataclass(frozen=True, slots=True)
class Tenant:
    """A tenant as the pipeline needs it, on one local date."""

    tenant_id: str
    settings: TenantSettings
    policy: Policy
    today: date
    now: datetime


def tenant_today(conn: Connection, tenant_id: str, now: datetime) -> Tenant:
    """The tenant with its settings, its policy ready for use, and its local date."""
    settings = tenant_settings(conn, tenant_id)
    policy = policy_from_json(settings.policy.model_dump(mode="json"), swedish_holidays())
    return Tenant(tenant_id, settings, policy, local_date(now, settings.time_zone), now)


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


def stands(
    conn: Connection,
    tenant: Tenant,
    employees: Sequence[Employee],
    version: StoredVersion,
) -> list[tuple[Case, Trigger]]:
    """Those who meet the rule today without a flag of it, with their latest trigger."""
    found = []
    for case in open_cases(conn, tenant.tenant_id, employees):
        history = case.history(tenant.policy, tenant.today.toordinal())
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


def carry_out(
    conn: Connection,
    tenant: Tenant,
    case: Case,
    outcome: Outcome,
    released: Mapping[str, Request] | None = None,
) -> list[str]:
    """Store what changed; answers the ids of the flags raised or changed.

    `released` says on whose decision a new referral is made, by the id of its flag.
    """
    before = {flag.id: flag for flag in case.picture.flags}
    changed = [flag for flag in outcome.picture.flags if before.get(flag.id) != flag]
    _store_referrals(conn, tenant, case, outcome, released or {})
    save_flags(
        conn,
        tenant.tenant_id,
        case.employee.employee_id,
        changed,
        known=before.keys(),
        rule_ids={version.document.id: version.rule_id for version in case.versions},
        now=tenant.now,
    )
    return [flag.id for flag in changed]


def _store_referrals(
    conn: Connection,
    tenant: Tenant,
    case: Case,
    outcome: Outcome,
    released: Mapping[str, Request],
) -> None:
    """Ended ones first: an employee has one open referral at a time."""
    stored = {referral.id: referral for referral in case.picture.referrals}
    for referral in outcome.picture.referrals:
        before = stored.get(referral.id)
        if before and before != referral:
            follow(conn, tenant.tenant_id, before, referral, tenant.now)
    for referral in outcome.picture.referrals:
        if referral.id not in stored:
            carrier = next(f for f in outcome.picture.flags if f.referral == referral.id)
            request_referral(
                conn,
                tenant.tenant_id,
                referral,
                released.get(carrier.id) or request_for(case, carrier),
                settings=tenant.settings,
                today=tenant.today,
                now=tenant.now,
            )


def request_for(case: Case, flag: Flag) -> Request:
    """The referral a flag asks for, without a person's part in it."""
    service = case.rule_of(flag).document.referral_service
    return Request(case.employee.employee_id, case.employee.unit, service)
