"""All SQL about rules and their versions."""

import json
from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Text, bindparam, cast, func, insert, select, update
from sqlalchemy.engine import Connection

from app.core.db import the_one
from app.core.errors import Conflict, NotFound
from app.core.ids import new_id
from app.core.pages import Cut, cut_page
from app.core.sets import among, listed
from app.rules.document import RuleDocument
from app.rules.tables import Rule, RuleVersion
from app.rules.versions import StoredVersion


class RuleExists(Conflict):
    """The employer has a rule of that name."""

    code = "rule_exists"
    detail = "There is a rule with this id; give the new one another."


def add_rule(conn: Connection, tenant_id: str, document: RuleDocument, now: datetime) -> str:
    """Store a rule with its first version, not active yet; raises RuleExists."""
    taken = select(Rule.rule_id).where(Rule.tenant_id == tenant_id, Rule.name == document.id)
    if conn.execute(taken).first():
        raise RuleExists
    rule_id = new_id("rul")
    conn.execute(
        insert(Rule).values(tenant_id=tenant_id, rule_id=rule_id, name=document.id, created_at=now)
    )
    conn.execute(
        insert(RuleVersion).values(
            tenant_id=tenant_id,
            rule_id=rule_id,
            version=1,
            document=document.to_json(),
            content_hash=document.content_hash(),
            created_at=now,
        )
    )
    return rule_id


def rule_named(conn: Connection, tenant_id: str, name: str) -> str | None:
    """The id of the rule that the employer calls so, if there is one."""
    named = select(Rule.rule_id).where(Rule.tenant_id == tenant_id, Rule.name == name)
    return conn.execute(named).scalar_one_or_none()


def rules_page(
    conn: Connection, tenant_id: str, cut: Cut
) -> tuple[list[StoredVersion], str | None]:
    """One page of rules, each in its active version or, without one, its newest."""
    rows, following = cut_page(
        conn, select(Rule.__table__).where(Rule.tenant_id == tenant_id), Rule.rule_id, cut
    )
    newest = _newest(conn, tenant_id, [row.rule_id for row in rows])
    wanted = [(r.rule_id, r.active_version or newest[r.rule_id]) for r in rows]
    found = {(v.rule_id, v.version): v for v in load_versions(conn, tenant_id, wanted)}
    return [found[key] for key in wanted], following


def _newest(conn: Connection, tenant_id: str, rule_ids: Iterable[str]) -> dict[str, int]:
    rows = conn.execute(
        select(RuleVersion.rule_id, func.max(RuleVersion.version).label("newest"))
        .where(RuleVersion.tenant_id == tenant_id, RuleVersion.rule_id.in_(list(rule_ids)))
        .group_by(RuleVersion.rule_id)
    )
    return {row.rule_id: row.newest for row in rows}


def rule_version(
    conn: Connection, tenant_id: str, rule_id: str, version: int | None = None
) -> StoredVersion:
    """One version of a rule, the active or else newest when none is named; raises NotFound."""
    rule = select(Rule.active_version).where(Rule.tenant_id == tenant_id, Rule.rule_id == rule_id)
    row = the_one(conn, rule)
    wanted = version or row.active_version or _newest(conn, tenant_id, [rule_id])[rule_id]
    found = load_versions(conn, tenant_id, [(rule_id, wanted)])
    if not found:
        raise NotFound
    return found[0]


def active_version(conn: Connection, tenant_id: str, rule_id: str) -> StoredVersion:
    """The version in force; raises NotFound when the rule is not active."""
    found = rule_version(conn, tenant_id, rule_id)
    if not found.active:
        raise NotFound
    return found


def activate(
    conn: Connection, tenant_id: str, rule_id: str, *, version: int, live_from: date
) -> None:
    """Put a version in force."""
    mine = (Rule.tenant_id == tenant_id, Rule.rule_id == rule_id)
    conn.execute(update(Rule).where(*mine).values(active_version=version))
    conn.execute(
        update(RuleVersion)
        .where(RuleVersion.tenant_id == tenant_id, RuleVersion.rule_id == rule_id)
        .where(RuleVersion.version == version)
        .values(live_from=live_from)
    )


def restart_rules(conn: Connection, tenant_id: str, today: date) -> None:
    """A change of policy: what rules now see of the past does not act."""
    conn.execute(
        update(RuleVersion)
        .where(RuleVersion.tenant_id == tenant_id, RuleVersion.live_from < today)
        .values(live_from=today)
    )


_VERSIONS = (
    select(
        RuleVersion.rule_id,
        RuleVersion.version,
        RuleVersion.content_hash,
        RuleVersion.live_from,
        cast(RuleVersion.document, Text).label("document"),
        Rule.active_version,
    )
    .join(Rule, (Rule.tenant_id == RuleVersion.tenant_id) & (Rule.rule_id == RuleVersion.rule_id))
    .where(RuleVersion.tenant_id == bindparam("tenant"))
    .order_by(RuleVersion.rule_id, RuleVersion.version)
)
_WATCHED = _VERSIONS.where(
    (RuleVersion.version == Rule.active_version) | among("flagged", RuleVersion.rule_id)
)
_NAMED = _VERSIONS.where(among("named", RuleVersion.rule_id))


def watched(
    conn: Connection, tenant_id: str, flagged: Iterable[tuple[str, int]]
) -> list[StoredVersion]:
    """Every active version and those that raised the stored flags, in order."""
    keys = set(flagged)
    rows = conn.execute(
        _WATCHED, {"tenant": tenant_id, "flagged": listed({rule_id for rule_id, _ in keys})}
    )
    versions = [_stored(row) for row in rows]
    return [v for v in versions if v.active or (v.rule_id, v.version) in keys]


def load_versions(
    conn: Connection, tenant_id: str, wanted: Iterable[tuple[str, int]]
) -> list[StoredVersion]:
    """Those of the named versions that exist, in order."""
    keys = set(wanted)
    rows = conn.execute(
        _NAMED, {"tenant": tenant_id, "named": listed({rule_id for rule_id, _ in keys})}
    )
    return [_stored(row) for row in rows if (row.rule_id, row.version) in keys]


@lru_cache(maxsize=1024)
def _document(stored: str) -> RuleDocument:
    """Read once for each text it was ever stored as."""
    return RuleDocument.model_validate(json.loads(stored))


def _stored(row: Any) -> StoredVersion:
    return StoredVersion(
        row.rule_id,
        row.version,
        row.active_version == row.version,
        _document(row.document),
        row.content_hash,
        row.live_from.toordinal() if row.live_from else None,
    )
