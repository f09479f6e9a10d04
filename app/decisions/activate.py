"""A version of a rule put in force or in shadow, and a rule taken out of force."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from sqlalchemy.engine import Connection

from app.absences.store import all_due
from app.casebook import tenant_today
from app.core.errors import Conflict, FieldError, InvalidInput
from app.core.etags import of_version, refuse_stale
from app.decisions.policy import put_in_force
from app.decisions.rules import one_at_a_time, others_in_force, proved
from app.rules import store
from app.rules.checks import like
from app.rules.proving import Proof
from app.rules.versions import Version

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
    one_at_a_time(conn, tenant_id)
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
    others = others_in_force(conn, tenant_id, version.rule_id, version.name)
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
    one_at_a_time(conn, tenant_id)
    version = store.rule_version(conn, tenant_id, rule_id)
    today = tenant_today(conn, tenant_id, now).today
    in_shadow = version.shadow is not None and version.shadow.last >= today
    if version.active or in_shadow:
        refuse_stale(if_match, of_version(version.revision))
        values = {"active_version": None, "retired_at": now}
        until = _ended(version, today)
        store.change_rule(conn, tenant_id, rule_id, shadow_until=until, **values)
    return store.rule_version(conn, tenant_id, rule_id)
