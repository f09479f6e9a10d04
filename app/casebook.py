"""The casebook: everything known of some employees, read in one go, and what is done with it.

A case is a person's: all employments that are known to be one person's are judged together. The
rows of them all are locked before the case is opened, so what is read stays true until the
transaction ends.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from typing import Any

from sqlalchemy.engine import Connection, Row

from app.absences.days import Part
from app.absences.due import next_look
from app.absences.fold import Absence
from app.absences.folded.store import absences_of
from app.absences.history import History
from app.absences.holidays import swedish_holidays
from app.absences.policy import Policy, employed_on, policy_from_json
from app.absences.store import Employee, employee_of, members_of
from app.access.settings import TenantSettings
from app.access.store import tenant_settings
from app.core.clock import local_date
from app.core.errors import FieldError, InvalidInput
from app.core.wire import FIRST_DAY, FURTHEST
from app.flags.picture import Flag, Outcome, Pause, Picture
from app.flags.reconcile import noted_as_joined, reconcile
from app.flags.silences.reach import pauses_of
from app.flags.silences.store import silences_about
from app.flags.store import flag_of, flag_rows
from app.flags.watch import Covers, triggers_that_matter, watch
from app.people.store import load_units
from app.people.together import leading
from app.people.units import Units
from app.referrals.store import referrals_of
from app.rules.document import RuleDocument
from app.rules.scope import Member, in_scope
from app.rules.store import watched
from app.rules.triggers import Trigger, triggers_of
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
    policy = _policy(settings.policy.model_dump_json())
    today = local_date(now, settings.time_zone)
    units = cache(lambda: load_units(conn, tenant_id))
    return Tenant(tenant_id, settings, policy, today, now, units)


@lru_cache(maxsize=1024)
def _policy(settings: str) -> Policy:
    return policy_from_json(json.loads(settings), swedish_holidays())


@dataclass(frozen=True, slots=True)
class Case:
    """What is known of one person.

    `employments`: in the order of their numbers. `absences`: of each employment, by its id.
    `owners`: whose of them each stored flag and referral is.
    """

    employments: tuple[Employee, ...]
    absences: Mapping[str, tuple[Absence, ...]]
    picture: Picture
    pauses: tuple[Pause, ...]
    versions: tuple[StoredVersion, ...]
    owners: Mapping[str, str] = field(default_factory=dict)

    @property
    def ids(self) -> list[str]:
        """The ids of the employments."""
        return [employee.employee_id for employee in self.employments]

    @property
    def silent_through(self) -> int | None:
        """The latest day that a history was loaded through, of any employment."""
        days = [e.silent_through for e in self.employments if e.silent_through is not None]
        return max(days, default=None)

    def employed(self, today: int) -> bool:
        """False only when every employment is over."""
        return any(employed_on(employee.employment, today) for employee in self.employments)

    def employment(self, employee_id: str) -> Employee:
        """The employment of that id."""
        return next(e for e in self.employments if e.employee_id == employee_id)

    def leading(self, today: date) -> Employee:
        """The employment that new flags are raised on."""
        return leading(self.employments, today.toordinal())

    def owner(self, name: str, today: date) -> Employee:
        """Whose a flag or a referral is; of one not yet stored, the leading employment's."""
        owner = self.owners.get(name)
        return self.employment(owner) if owner else self.leading(today)

    def history(self, policy: Policy, as_of: int) -> History:
        """The person's history up to that day."""
        return History.of_all(self.parts, policy, as_of=as_of)

    @property
    def parts(self) -> list[Part]:
        """What each employment says."""
        return [Part(self.absences[e.employee_id], e.employment) for e in self.employments]

    def own_history(self, employee: Employee, policy: Policy, as_of: int) -> History:
        """The history of one of the employments, as if there were no other."""
        absences = self.absences[employee.employee_id]
        return History(absences, policy, employee.employment, as_of=as_of)

    def covers(self, tenant: Tenant) -> Covers:
        """Whether a rule is about the person on a day, by the employments and today's units."""

        known: dict[bool, list[Member]] = {}

        def members(*, with_units: bool) -> list[Member]:
            if with_units not in known:
                above = tenant.units().with_those_above if with_units else _nothing_above
                known[with_units] = [member_of(e, above(e.unit)) for e in self.employments]
            return known[with_units]

        def covers(rule: RuleDocument, day: int) -> bool:
            scope = rule.scope
            return scope is None or in_scope(
                scope, members(with_units=scope.units is not None), day
            )

        return covers

    def rule_of(self, flag: Flag) -> StoredVersion:
        """The version that raised a flag."""
        return next(
            v for v in self.versions if v.document.id == flag.rule and v.version == flag.version
        )

    def action_of(self, flag: Flag) -> str:
        """What the flag's rule does: notify or refer."""
        return self.rule_of(flag).document.action


def member_of(employment: Employee, units: Collection[str]) -> Member:
    """An employment as a rule's scope sees it, with its unit and those above it."""
    return Member(units, tuple(zip(employment.employment, employment.forms, strict=True)))


def _nothing_above(_: str | None) -> tuple[str, ...]:
    return ()


def open_cases(
    conn: Connection,
    tenant_id: str,
    employees: Sequence[Employee],
    besides: Collection[tuple[str, int]] = (),
) -> list[Case]:
    """The cases of those employees: one for each person, in the order they are first named.

    `besides`: versions, by rule and number, to have at hand with those in force.
    """
    persons = persons_of(conn, tenant_id, employees)
    every = [employee for own in persons for employee in own]
    ids = [employee.employee_id for employee in every]
    absences = absences_of(conn, tenant_id, ids)
    rows = flag_rows(conn, tenant_id, ids)
    referrals = referrals_of(conn, tenant_id, ids)
    pauses = pauses_on(conn, tenant_id, every)
    flagged = {(row.rule_id, row.version) for own in rows.values() for row in own}
    versions = tuple(watched(conn, tenant_id, flagged | set(besides)))
    names = {(v.rule_id, v.version, v.rung): v.document.id for v in versions}
    cases = []
    for own in persons:
        mine = [employee.employee_id for employee in own]
        flags = {row.flag_id: row for one in mine for row in rows.get(one, ())}
        asked = {
            referral.id: (one, referral) for one in mine for referral in referrals.get(one, ())
        }
        picture = Picture(
            tuple(_flag(flags[flag_id], names) for flag_id in sorted(flags)),
            tuple(asked[referral_id][1] for referral_id in sorted(asked)),
        )
        owners = {flag_id: row.employee_id for flag_id, row in flags.items()}
        owners |= {referral_id: one for referral_id, (one, _) in asked.items()}
        paused = tuple(
            pause
            for one in mine
            for said in pauses.get(one, ())
            for pause in _spread(said, versions)
        )
        told = {one: tuple(absences[one]) for one in mine}
        cases.append(Case(own, told, picture, paused, versions, owners))
    return cases


def _spread(pause: Pause, versions: Sequence[StoredVersion]) -> Iterable[Pause]:
    """A pause of a rule as one of each of its rungs, which have names of their own."""
    if pause.rule is None:
        return (pause,)
    rungs = dict.fromkeys(v.document.id for v in versions if v.name == pause.rule)
    return (replace(pause, rule=rung) for rung in rungs)


def _flag(row: Row[Any], names: Mapping[tuple[str, int, int], str]) -> Flag:
    return flag_of(row, names[row.rule_id, row.version, row.rung])


def pauses_on(
    conn: Connection, tenant_id: str, employees: Sequence[Employee]
) -> dict[str, tuple[Pause, ...]]:
    """The exemptions and silences of each employee; a unit's silences follow who is in it now."""
    found = silences_about(conn, tenant_id, [employee.employee_id for employee in employees])
    if not found:
        return {}
    of_units = any(silence.unit is not None for silence in found)
    above = cache((load_units(conn, tenant_id) if of_units else Units(())).with_those_above)
    return {e.employee_id: pauses_of(found, e.employee_id, above(e.unit)) for e in employees}


def persons_of(
    conn: Connection, tenant_id: str, employees: Sequence[Employee]
) -> list[tuple[Employee, ...]]:
    """The employees with the other employments of each, each person once."""
    together: defaultdict[str, list[Employee]] = defaultdict(list)
    for member in members_of(conn, tenant_id, {e.person_id for e in employees if e.person_id}):
        together[member.person].append(member)
    found = {e.person: tuple(together.get(e.person, (e,))) for e in employees}
    return list(found.values())


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


def judge(case: Case, tenant: Tenant, *, historical: bool = False) -> Outcome:
    """What ought to be, by the rules as they are today.

    `historical`: also name the triggers on days that nothing is done about any more.
    """
    today = tenant.today.toordinal()
    history = case.history(tenant.policy, today)
    automatic = tenant.settings.release == "automatic"
    covers = case.covers(tenant)
    alone = _supported_alone(case, tenant.policy, today)
    silent_through = case.silent_through

    def ask(version: StoredVersion) -> list[Trigger]:
        rule = version.document
        if historical:
            return triggers_of(history, rule)
        number, live_from = version.version, version.live_from
        return triggers_that_matter(history, rule, number, live_from, case.picture, silent_through)

    outcome = reconcile(
        case.picture,
        [
            watch(version, found, automatic=automatic, covers=covers)
            for version, found in _asking(case, ask)
        ],
        case.pauses,
        today=today,
        employed=case.employed(today),
        silent_through=silent_through,
        # What people have begun goes on: they decide which of two referrals to end.
        kept={flag_id for flag_id in alone if case.picture.flag(flag_id).state == "released"},
    )
    return noted_as_joined(case.picture, outcome, alone) if alone else outcome


def _asking(
    case: Case, ask: Callable[[StoredVersion], list[Trigger]]
) -> Iterator[tuple[StoredVersion, list[Trigger]]]:
    """The versions with anything to reconcile: triggers, or flags that they raised."""
    flagged = {(flag.rule, flag.version) for flag in case.picture.flags}
    for version in case.versions:
        has_flags = (version.document.id, version.version) in flagged
        found = ask(version) if version.active or has_flags else []
        if found or has_flags:
            yield version, found


def _supported_alone(case: Case, policy: Policy, today: int) -> frozenset[str]:
    """Of somebody with several employments, the flags that one of them would support alone.

    They were raised before the employments were known to be one person's, or could have been.
    """
    if len(case.employments) == 1 or not case.picture.flags:
        return frozenset()
    histories = {e.employee_id: case.own_history(e, policy, today) for e in case.employments}
    return frozenset(
        flag.id
        for flag in case.picture.flags
        if any(
            trigger.on == flag.on
            for trigger in triggers_of(histories[case.owners[flag.id]], case.rule_of(flag).document)
        )
    )


def next_due(case: Case, tenant: Tenant) -> date | None:
    """When time alone may next change something in this case."""
    ends = [pause.last for pause in case.pauses]
    today = tenant.today.toordinal()
    days = [
        next_look(case.absences[e.employee_id], e.employment, ends, today=today)
        for e in case.employments
    ]
    day = min((day for day in days if day is not None), default=None)
    return date.fromordinal(day) if day else None


def due_anew(case: Case, tenant: Tenant) -> dict[str, date | None]:
    """The rows whose day is to change. A person is due once, in the first row."""
    days: dict[str, date | None] = dict.fromkeys(case.ids)
    days[case.employments[0].person] = next_due(case, tenant)
    stored = {employee.employee_id: employee.due_on for employee in case.employments}
    return {row: day for row, day in days.items() if day != stored.get(row)}
