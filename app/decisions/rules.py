"""Decisions about a rule: what is said of a document, and its versions as they are written."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Connection

from app.access.store import tenant_row
from app.casebook import Tenant, tenant_today
from app.core.errors import FieldError, InvalidInput
from app.core.etags import of_version, refuse_stale
from app.rules import store
from app.rules.checks import Finding, check, like, unknown_units
from app.rules.document import LadderDocument, RuleDocument
from app.rules.proving import Proof, TooMuchWork, prove
from app.rules.versions import Version

Written = RuleDocument | LadderDocument


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
    return _examined(conn, tenant, document, rule_id, check(document))


def _examined(
    conn: Connection,
    tenant: Tenant,
    document: Written,
    rule_id: str | None,
    found: Sequence[Finding],
) -> Examined:
    """`found`: what is odd of the document by itself."""
    units = document.scope.units if document.scope else None
    known = [unit for unit in units or () if tenant.units().has(unit)]
    others = others_in_force(conn, tenant.tenant_id, rule_id or "", document.id)
    alike = [one for _, one in like(document, others, "warning")]
    findings = (*found, *unknown_units(document, known), *alike)
    return Examined(findings, tuple(proved(document)))


def proved(document: Written) -> list[Proof]:
    """How the tests of a document go; raises InvalidInput where they are too large."""
    try:
        return prove(document)
    except TooMuchWork as error:
        detail = "The tests take more work than they may: fewer days, or fewer tests."
        too_large = FieldError(f"#/tests/{error.place}", "tests_too_large", detail)
        raise InvalidInput([too_large]) from None


def others_in_force(
    conn: Connection, tenant_id: str, rule_id: str, name: str
) -> dict[str, Written]:
    """What other rules in force ask, by name."""
    active = store.active_versions(conn, tenant_id)
    return {v.name: v.document for v in active if v.rule_id != rule_id and v.name != name}


def write_rule(
    conn: Connection, tenant_id: str, document: Written, now: datetime
) -> tuple[Version, Examined]:
    """Store a rule with its first version, not active yet; raises InvalidInput, RuleExists."""
    one_at_a_time(conn, tenant_id)
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
    one_at_a_time(conn, tenant_id)
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
    """Raises InvalidInput, before anything further is done with what cannot be stored anyhow."""
    found = check(document)
    wrong = [FieldError(e.pointer, e.code, e.detail) for e in found if e.level == "error"]
    if wrong:
        raise InvalidInput(wrong)
    return _examined(conn, tenant, document, rule_id, found)


def one_at_a_time(conn: Connection, tenant_id: str) -> None:
    """Nobody else changes a rule of the tenant meanwhile.

    That no two have the name of one rung, or ask for the same, is no constraint of a table.
    """
    tenant_row(conn, tenant_id, lock=True)
