"""All SQL about rules and their versions."""

import json
from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Text, bindparam, cast, func, insert, select, update
from sqlalchemy.engine import Connection, Row

from app.core.db import the_one
from app.core.errors import Conflict, NotFound
from app.core.ids import new_id
from app.core.pages import Cut, cut_page
from app.core.sets import among, listed
from app.rules.document import DOCUMENT, MAX_RUNGS, LadderDocument, RuleDocument
from app.rules.tables import Rule, RuleVersion
from app.rules.versions import Shadow, StoredVersion, Version, Watched, judged


class RuleExists(Conflict):
    """The employer has a rule of that name."""

    code = "rule_exists"
    detail = "There is a rule with this id, or a ladder with such a rung; give it another."


def add_rule(
    conn: Connection, tenant_id: str, document: RuleDocument | LadderDocument, now: datetime
) -> str:
    """Store a rule with its first version, not active yet; raises RuleExists."""
    refuse_taken(conn, tenant_id, document)
    rule_id = new_id("rul")
    conn.execute(
        insert(Rule).values(
            tenant_id=tenant_id, rule_id=rule_id, name=document.id, created_at=now, revision=1
        )
    )
    _add(conn, tenant_id, rule_id, 1, document, now)
    return rule_id


def refuse_taken(
    conn: Connection,
    tenant_id: str,
    document: RuleDocument | LadderDocument,
    rule_id: str | None = None,
) -> None:
    """Raise RuleExists where another rule has that name, or one of the rungs' names.

    Rungs are named after their ladder: no rule may be named as one of them.
    """
    names = {document.id, *_rung_names(document.id)}
    stem, _, number = document.id.rpartition("-")
    names |= {stem} if number in set("123456789") else set()
    taken = conn.execute(
        select(Rule.rule_id, Rule.name).where(Rule.tenant_id == tenant_id, Rule.name.in_(names))
    )
    for row in taken:
        if row.rule_id == rule_id:
            continue
        is_ladder = isinstance(document, LadderDocument)
        same = row.name == document.id or (row.name in _rung_names(document.id) and is_ladder)
        if same or (row.name == stem and _has_ladder(conn, tenant_id, row.rule_id)):
            raise RuleExists


def _rung_names(name: str) -> list[str]:
    return [f"{name}-{number}" for number in range(1, MAX_RUNGS + 1)]


def _has_ladder(conn: Connection, tenant_id: str, rule_id: str) -> bool:
    versions = versions_of(conn, tenant_id, rule_id)
    return any(isinstance(version.document, LadderDocument) for version in versions)


def _add(
    conn: Connection,
    tenant_id: str,
    rule_id: str,
    number: int,
    document: RuleDocument | LadderDocument,
    now: datetime,
) -> None:
    conn.execute(
        insert(RuleVersion).values(
            tenant_id=tenant_id,
            rule_id=rule_id,
            version=number,
            document=document.to_json(),
            content_hash=document.content_hash(),
            created_at=now,
        )
    )


def add_version(
    conn: Connection,
    tenant_id: str,
    rule_id: str,
    document: RuleDocument | LadderDocument,
    now: datetime,
) -> int:
    """Store a further version of a rule; answers its number."""
    number = _newest(conn, tenant_id, [rule_id])[rule_id] + 1
    _add(conn, tenant_id, rule_id, number, document, now)
    change_rule(conn, tenant_id, rule_id)
    return number


def change_rule(conn: Connection, tenant_id: str, rule_id: str, **values: Any) -> None:
    """Overwrite what is named of a rule, and count that it has changed."""
    conn.execute(
        update(Rule)
        .where(Rule.tenant_id == tenant_id, Rule.rule_id == rule_id)
        .values(revision=Rule.revision + 1, **values)
    )


def rule_row(conn: Connection, tenant_id: str, rule_id: str) -> Row[Any]:
    """A rule; raises NotFound."""
    mine = (Rule.tenant_id == tenant_id, Rule.rule_id == rule_id)
    return the_one(conn, select(Rule.__table__).where(*mine))


def rule_named(conn: Connection, tenant_id: str, name: str) -> str | None:
    """The id of the rule that the employer calls so, if there is one."""
    named = select(Rule.rule_id).where(Rule.tenant_id == tenant_id, Rule.name == name)
    return conn.execute(named).scalar_one_or_none()


def rules_page(conn: Connection, tenant_id: str, cut: Cut) -> tuple[list[Version], str | None]:
    """One page of rules, each in its active version or, without one, its newest."""
    rows, following = cut_page(
        conn, select(Rule.__table__).where(Rule.tenant_id == tenant_id), Rule.rule_id, cut
    )
    newest = _newest(conn, tenant_id, [row.rule_id for row in rows])
    wanted = [(r.rule_id, r.active_version or newest[r.rule_id]) for r in rows]
    found = {(v.rule_id, v.number): v for v in _named(conn, tenant_id, wanted)}
    return [found[key] for key in wanted], following


def _newest(conn: Connection, tenant_id: str, rule_ids: Iterable[str]) -> dict[str, int]:
    rows = conn.execute(
        select(RuleVersion.rule_id, func.max(RuleVersion.version).label("newest"))
        .where(RuleVersion.tenant_id == tenant_id, RuleVersion.rule_id.in_(list(rule_ids)))
        .group_by(RuleVersion.rule_id)
    )
    return {row.rule_id: row.newest for row in rows}


def rule_version(
    conn: Connection, tenant_id: str, rule_id: str, number: int | None = None
) -> Version:
    """One version of a rule, the active or else newest when none is named; raises NotFound."""
    rule = select(Rule.active_version).where(Rule.tenant_id == tenant_id, Rule.rule_id == rule_id)
    row = the_one(conn, rule)
    wanted = number
    if wanted is None:
        wanted = row.active_version or _newest(conn, tenant_id, [rule_id])[rule_id]
    found = _named(conn, tenant_id, [(rule_id, wanted)])
    if not found:
        raise NotFound
    return found[0]


def versions_of(conn: Connection, tenant_id: str, rule_id: str) -> list[Version]:
    """Every version of a rule, the first one first."""
    rows = conn.execute(_NAMED, {"tenant": tenant_id, "named": listed([rule_id])})
    return [_version(row) for row in rows]


def active_version(conn: Connection, tenant_id: str, rule_id: str) -> Version:
    """The version in force; raises NotFound when the rule is not active."""
    found = rule_version(conn, tenant_id, rule_id)
    if not found.active:
        raise NotFound
    return found


def activate(
    conn: Connection,
    tenant_id: str,
    rule_id: str,
    *,
    version: int,
    live_from: date,
    now: datetime,
    by: str | None,
) -> None:
    """Put a version in force."""
    change_rule(conn, tenant_id, rule_id, active_version=version, retired_at=None)
    note_activation(
        conn,
        tenant_id,
        (rule_id, version),
        {"live_from": live_from, "activated_at": now, "activated_by": by},
    )


def note_activation(
    conn: Connection, tenant_id: str, key: tuple[str, int], values: dict[str, Any]
) -> None:
    """Write down of a version, by rule and number, since when it acts and who said so."""
    conn.execute(
        update(RuleVersion)
        .where(RuleVersion.tenant_id == tenant_id, RuleVersion.rule_id == key[0])
        .where(RuleVersion.version == key[1])
        .values(**values)
    )


def restart_rules(conn: Connection, tenant_id: str, today: date) -> None:
    """A change of policy: what rules now see of the past does not act, nor in shadow."""
    conn.execute(
        update(Rule)
        .where(Rule.tenant_id == tenant_id, Rule.shadow_from < today, Rule.shadow_until >= today)
        .values(shadow_from=today)
    )
    conn.execute(
        update(RuleVersion)
        .where(RuleVersion.tenant_id == tenant_id, RuleVersion.live_from < today)
        .values(live_from=today)
    )


_WATCHED = (
    select(
        RuleVersion.rule_id,
        RuleVersion.version,
        RuleVersion.content_hash,
        RuleVersion.live_from,
        cast(RuleVersion.document, Text).label("document"),
        Rule.name,
        Rule.active_version,
        Rule.shadow_version,
        Rule.shadow_from,
        Rule.shadow_until,
    )
    .join(Rule, (Rule.tenant_id == RuleVersion.tenant_id) & (Rule.rule_id == RuleVersion.rule_id))
    .where(RuleVersion.tenant_id == bindparam("tenant"))
    .order_by(RuleVersion.rule_id, RuleVersion.version)
)
_IN_USE = _WATCHED.where(
    (RuleVersion.version == Rule.active_version)
    | (RuleVersion.version == Rule.shadow_version)
    | among("flagged", RuleVersion.rule_id)
)
_NAMED = _WATCHED.where(among("named", RuleVersion.rule_id)).add_columns(
    RuleVersion.created_at,
    RuleVersion.activated_at,
    RuleVersion.activated_by,
    Rule.retired_at,
    Rule.revision,
)


def watched(
    conn: Connection, tenant_id: str, besides: Iterable[tuple[str, int]]
) -> list[StoredVersion]:
    """Every active version, every one in shadow and those besides (the stored flags'), in order."""
    keys = set(besides)
    rows = conn.execute(
        _IN_USE, {"tenant": tenant_id, "flagged": listed({rule_id for rule_id, _ in keys})}
    )
    return judged(
        Watched(**_watched(row))
        for row in rows
        if row.version in (row.active_version, row.shadow_version)
        or (row.rule_id, row.version) in keys
    )


def looks_at_units(conn: Connection, tenant_id: str) -> bool:
    """Whether any rule in force or in shadow is about some units alone."""
    scopes = [version.document.scope for version in watched(conn, tenant_id, ())]
    return any(scope is not None and scope.units is not None for scope in scopes)


def load_versions(
    conn: Connection, tenant_id: str, wanted: Iterable[tuple[str, int]]
) -> list[StoredVersion]:
    """Every rung of those of the named versions that exist, in order."""
    return judged(_named(conn, tenant_id, wanted))


def active_versions(conn: Connection, tenant_id: str) -> list[Watched]:
    """Every version in force."""
    rows = conn.execute(_IN_USE, {"tenant": tenant_id, "flagged": listed([])})
    return [Watched(**_watched(row)) for row in rows if row.version == row.active_version]


def _named(conn: Connection, tenant_id: str, wanted: Iterable[tuple[str, int]]) -> list[Version]:
    keys = set(wanted)
    rows = conn.execute(
        _NAMED, {"tenant": tenant_id, "named": listed({rule_id for rule_id, _ in keys})}
    )
    return [_version(row) for row in rows if (row.rule_id, row.version) in keys]


@lru_cache(maxsize=1024)
def _document(stored: str) -> RuleDocument | LadderDocument:
    """Read once for each text it was ever stored as."""
    return DOCUMENT.validate_python(json.loads(stored))


def _watched(row: Any) -> dict[str, Any]:
    shadow = None
    if row.shadow_version is not None:
        shadow = Shadow(row.shadow_version, row.shadow_from, row.shadow_until)
    return {
        "rule_id": row.rule_id,
        "name": row.name,
        "number": row.version,
        "document": _document(row.document),
        "content_hash": row.content_hash,
        "live_from": row.live_from,
        "active_version": row.active_version,
        "shadow": shadow,
    }


def _version(row: Any) -> Version:
    return Version(
        **_watched(row),
        created_at=row.created_at,
        activated_at=row.activated_at,
        activated_by=row.activated_by,
        retired_at=row.retired_at,
        revision=row.revision,
    )
