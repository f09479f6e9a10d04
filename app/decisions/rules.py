"""Decisions about a rule: written, changed, put in force or in shadow, taken out of force."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from sqlalchemy.engine import Connection

from app.absences.store import all_due
from app.access.store import tenant_row
from app.casebook import Tenant, tenant_today
from app.core.errors import Conflict, FieldError, InvalidInput
from app.core.etags import of_version, refuse_stale
from app.decisions.policy import put_in_force
from app.rules import store
from app.rules.checks import Finding, check, like, unknown_units
from app.rules.document import LadderDocument, RuleDocument
from app.rules.proving import Proof, TooMuchWork, prove
from app.rules.versions import Version

Written = RuleDocument | LadderDocument
LONGEST_SHADOW = timedelta(days=366)


class TestsFailed(Conflict):
    """A version's own tests do not pass."""

    code = "rule_tests_failed"
    detail = "The rule's own tests do not pass; see tests. Nothing was changed."


class SameAsActive(Conflict):
    """Another rule in force asks for the same of the same people."""

    code = "same_as_active"
    detail = "A rule in force asks for the same of the same people; retire one of them."


class AlreadyActive(Conflict):
    """The version in force cannot run in shadow beside itself."""

    code = "already_active"
    detail = "This version is in force; another one can run in shadow beside it."


@dataclass(frozen=True, slots=True)
class Activation:
    """Which version is to be used, how and from when."""

    version: int
    mode: Literal["live", "shadow"]
    live_from: date | None
    shadow_until: date | None
    by: str


@dataclass(frozen=True, slots=True)
class Examined:
    """What is to be said of a document: what is odd, and how its tests went."""

    findings: tuple[Finding, ...]
    proofs: tuple[Proof, ...]

    @property
    def errors(self) -> list[Finding]:
        """What refuses it."""
        return [one for one in self.findings if one.level == "error"]

    @property
    def warnings(self) -> list[Finding]:
        """What does not."""
        return [one for one in self.findings if one.level == "warning"]


def examine(
    conn: Connection, tenant: Tenant, document: Written, rule_id: str | None = None
) -> Examined:
    """Look a document over and run its tests; raises InvalidInput where those are too large."""
    units = document.scope.units if document.scope else None
    known = [unit for unit in units or () if tenant.units().has(unit)]
    findings = [*check(document), *unknown_units(document, known)]
    others = _others_in_force(conn, tenant.tenant_id, rule_id or "", document.id)
    findings += [found for _, found in like(document, others, "warning")]
    return Examined(tuple(findings), tuple(proved(document)))


def proved(document: Written) -> list[Proof]:
    """How the tests of a document go; raises InvalidInput where they are too large."""
    try:
        return prove(document)
    except TooMuchWork as error:
        detail = "The tests take more work than they may: fewer days, or fewer tests."
        too_large = FieldError(f"#/tests/{error.place}", "tests_too_large", detail)
        raise InvalidInput([too_large]) from None


def _others_in_force(
    conn: Connection, tenant_id: str, rule_id: str, name: str
) -> dict[str, Written]:
    active = store.active_versions(conn, tenant_id)
    return {v.name: v.document for v in active if v.rule_id != rule_id and v.name != name}


def write_rule(
    conn: Connection, tenant_id: str, document: Written, now: datetime
) -> tuple[Version, Examined]:
    """Store a rule with its first version, not active yet; raises InvalidInput, RuleExists."""
    _one_at_a_time(conn, tenant_id)
    examined = _sound(conn, tenant_today(conn, tenant_id, now), document)
    rule_id = store.add_rule(conn, tenant_id, document, now)
    return store.rule_version(conn, tenant_id, rule_id), examined


def write_version(
    conn: Connection,
    tenant_id: str,
    rule_id: str,
    document: Written,
    if_match: str | None,
    now: datetime,
) -> tuple[Version, Examined, bool]:
    """Store a further version; whether it is a new one, for the same again is the newest."""
    _one_at_a_time(conn, tenant_id)
    rule = store.rule_row(conn, tenant_id, rule_id)
    newest = store.versions_of(conn, tenant_id, rule_id)[-1]
    examined = _sound(conn, tenant_today(conn, tenant_id, now), document, rule_id)
    if document.content_hash() == newest.content_hash:
        return newest, examined, False
    refuse_stale(if_match, of_version(rule.revision))
    if document.id != rule.name:
        detail = "The id of a rule stays; another id is another rule."
        raise InvalidInput([FieldError("#/id", "id_differs", detail)])
    store.refuse_taken(conn, tenant_id, document, rule_id)
    number = store.add_version(conn, tenant_id, rule_id, document, now)
    return store.rule_version(conn, tenant_id, rule_id, number), examined, True


def _sound(
    conn: Connection, tenant: Tenant, document: Written, rule_id: str | None = None
) -> Examined:
    examined = examine(conn, tenant, document, rule_id)
    if examined.errors:
        raise InvalidInput([FieldError(e.pointer, e.code, e.detail) for e in examined.errors])
    return examined


def activate(
    conn: Connection,
    tenant_id: str,
    rule_id: str,
    asked: Activation,
    if_match: str | None,
    now: datetime,
) -> Version:
    """Put a version in force or in shadow; answers the rule as it then is.

    Raises TestsFailed, SameAsActive, AlreadyActive, InvalidInput, StaleWrite.
    """
    _one_at_a_time(conn, tenant_id)
    version = store.rule_version(conn, tenant_id, rule_id, asked.version)
    if _is_so_already(version, asked):
        return store.rule_version(conn, tenant_id, rule_id)
    refuse_stale(if_match, of_version(version.revision))
    today = tenant_today(conn, tenant_id, now).today
    refuse_dates(version, asked, today)
    refuse_failing(version)
    if asked.mode == "live":
        _refuse_double(conn, tenant_id, version)
        put_in_force(conn, tenant_id, version, asked.live_from or today, today, now, asked.by)
        if version.shadow and version.shadow.version == version.number:
            store.change_rule(conn, tenant_id, rule_id, shadow_until=_ended(version, today))
    else:
        _put_in_shadow(conn, tenant_id, version, asked, today, now)
    return store.rule_version(conn, tenant_id, rule_id)


def _one_at_a_time(conn: Connection, tenant_id: str) -> None:
    """Nobody else changes a rule of the tenant meanwhile.

    That no two have the name of one rung, or ask for the same, is no constraint of a table.
    """
    tenant_row(conn, tenant_id, lock=True)


def _ended(version: Version, today: date) -> date | None:
    """The last day of the rule's shadow when it ends before today; its decisions stay."""
    shadow = version.shadow
    return min(shadow.last, today - timedelta(days=1)) if shadow else None


def _is_so_already(version: Version, asked: Activation) -> bool:
    if asked.live_from is not None:
        return False
    if asked.mode == "live":
        return version.active
    shadow = version.shadow
    return shadow is not None and (shadow.version, shadow.last) == (
        version.number,
        asked.shadow_until,
    )


def refuse_dates(version: Version, asked: Activation, today: date) -> None:
    """Raise InvalidInput for days on which the version cannot begin to act, or end to look."""
    oldest = max(rung.max_age_days for rung in version.document.rungs)
    if asked.live_from is not None and asked.live_from < today - timedelta(days=oldest):
        detail = "A rule may act at most its max_age_days before the day it is activated."
        raise InvalidInput([FieldError("#/live_from", "too_early", detail)])
    until = asked.shadow_until
    if until is not None and not max(today, asked.live_from or today) <= until:
        detail = "A shadow ends today at the earliest, and not before it begins."
        raise InvalidInput([FieldError("#/shadow_until", "too_early", detail)])
    if until is not None and until > today + LONGEST_SHADOW:
        detail = "A version runs in shadow for a year at most."
        raise InvalidInput([FieldError("#/shadow_until", "date_out_of_range", detail)])


def refuse_failing(version: Version) -> None:
    """Raise TestsFailed with the differences."""
    failed = [proof for proof in proved(version.document) if not proof.passed]
    if failed:
        raise TestsFailed(tests=[shown(proof) for proof in failed])


def shown(proof: Proof) -> dict[str, Any]:
    """How a test went, in the form of the API."""
    return {
        "test": proof.place,
        "name": proof.name,
        "passed": proof.passed,
        "differences": [
            {"rung": one.rung, "on": one.on.isoformat(), "problem": one.problem}
            for one in proof.differences
        ],
    }


def _refuse_double(conn: Connection, tenant_id: str, version: Version) -> None:
    others = _others_in_force(conn, tenant_id, version.rule_id, version.name)
    if same := like(version.document, others, "error"):
        raise SameAsActive(rules=sorted({name for name, _ in same}))


def _put_in_shadow(
    conn: Connection,
    tenant_id: str,
    version: Version,
    asked: Activation,
    today: date,
    now: datetime,
) -> None:
    if version.active:
        raise AlreadyActive
    store.change_rule(
        conn,
        tenant_id,
        version.rule_id,
        shadow_version=version.number,
        shadow_from=asked.live_from or today,
        shadow_until=asked.shadow_until,
    )
    key = (version.rule_id, version.number)
    values = {"activated_at": now, "activated_by": asked.by}
    store.note_activation(conn, tenant_id, key, values)
    all_due(conn, tenant_id, today)


def retire(
    conn: Connection, tenant_id: str, rule_id: str, if_match: str | None, now: datetime
) -> Version:
    """Take a rule out of force, and its shadow with it; what it has raised stays with people."""
    _one_at_a_time(conn, tenant_id)
    version = store.rule_version(conn, tenant_id, rule_id)
    today = tenant_today(conn, tenant_id, now).today
    in_shadow = version.shadow is not None and version.shadow.last >= today
    if version.active or in_shadow:
        refuse_stale(if_match, of_version(version.revision))
        values = {"active_version": None, "retired_at": now}
        until = _ended(version, today)
        store.change_rule(conn, tenant_id, rule_id, shadow_until=until, **values)
    return store.rule_version(conn, tenant_id, rule_id)
