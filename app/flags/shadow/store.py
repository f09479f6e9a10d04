"""All SQL about what versions in shadow would have done."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, literal, select, union_all, update
from sqlalchemy.engine import Connection, Row

from app.absences.tables import Employee
from app.core.ids import new_id
from app.core.pages import Cut, cut_page
from app.core.sets import among, listed
from app.flags.shadow.decide import UNRAISED, Decision
from app.flags.shadow.tables import ShadowDecision
from app.flags.store import days_of_runs, runs_of
from app.flags.tables import Flag

Key = tuple[str, int]
"""A rule's id and the number of the version."""

_DECISIONS = (
    select(ShadowDecision.__table__)
    .where(
        ShadowDecision.tenant_id == bindparam("tenant"),
        among("ids", ShadowDecision.employee_id),
        among("rules", ShadowDecision.rule_id),
    )
    .order_by(ShadowDecision.decision_id)
)
_HELD = (
    select(ShadowDecision.employee_id)
    .where(
        ShadowDecision.tenant_id == bindparam("tenant"),
        among("ids", ShadowDecision.employee_id),
        among("rules", ShadowDecision.rule_id),
    )
    .distinct()
)


def decision_rows(
    conn: Connection, tenant_id: str, ids: Collection[str], rule_ids: Collection[str]
) -> dict[str, list[Row[Any]]]:
    """The decisions about those employees by versions of those rules, in the order made."""
    given = {"tenant": tenant_id, "ids": listed(ids), "rules": listed(rule_ids)}
    found: defaultdict[str, list[Row[Any]]] = defaultdict(list)
    for row in conn.execute(_DECISIONS, given):
        found[row.employee_id].append(row)
    return found


def with_decisions(
    conn: Connection, tenant_id: str, ids: Collection[str], rule_ids: Collection[str]
) -> frozenset[str]:
    """Those of the employees about whom versions of those rules have decided."""
    given = {"tenant": tenant_id, "ids": listed(ids), "rules": listed(rule_ids)}
    return frozenset(conn.scalars(_HELD, given))


def decision_of(row: Row[Any], rule: str) -> Decision:
    """A stored decision as a value. `rule`: the name of the rung."""
    return Decision(
        row.decision_id,
        rule,
        row.on.toordinal(),
        row.outcome,
        days_of_runs(row.evidence),
        row.reason,
        row.referral_id,
    )


def save_decisions(
    conn: Connection,
    tenant_id: str,
    employee_id: str,
    key: Key,
    stored: Sequence[Decision],
    decided: Sequence[Decision],
    rungs: Mapping[str, int],
    now: datetime,
) -> None:
    """Store decisions as they now are: those that are new about that employee.

    What left no flag and is not so any more is dropped; of the rest nothing is.
    """
    unraised = {(one.rule, one.on): one for one in stored if one.outcome in UNRAISED}
    known = {one.id: one for one in stored if one.outcome not in UNRAISED}
    fresh = []
    for one in decided:
        before = unraised.pop((one.rule, one.on), None) if one.outcome in UNRAISED else None
        before = before or known.get(one.id)
        if before is None:
            fresh.append(_row(one, rungs[one.rule]) | {"decided_at": now, "changed_at": now})
        elif _content(before) != _content(one):
            values = _row(one, rungs[one.rule]) | {"changed_at": now}
            _update(conn, tenant_id, before.id, values)
    _drop(conn, tenant_id, [one.id for one in unraised.values()])
    if fresh:
        whose: dict[str, Any] = {"tenant_id": tenant_id, "employee_id": employee_id}
        whose |= {"rule_id": key[0], "version": key[1]}
        rows = [{**whose, "decision_id": new_id("shd"), **values} for values in fresh]
        conn.execute(insert(ShadowDecision), rows)


def _content(one: Decision) -> tuple[Any, ...]:
    return (one.on, one.outcome, one.evidence, one.reason, one.referral)


def _row(one: Decision, rung: int) -> dict[str, Any]:
    return {
        "rung": rung,
        "on": date.fromordinal(one.on),
        "evidence": runs_of(one.evidence),
        "outcome": one.outcome,
        "reason": one.reason,
        "referral_id": one.referral,
    }


def _update(conn: Connection, tenant_id: str, decision_id: str, values: Mapping[str, Any]) -> None:
    conn.execute(
        update(ShadowDecision)
        .where(ShadowDecision.tenant_id == tenant_id, ShadowDecision.decision_id == decision_id)
        .values(**values)
    )


def _drop(conn: Connection, tenant_id: str, ids: Collection[str]) -> None:
    if ids:
        conn.execute(
            delete(ShadowDecision).where(
                ShadowDecision.tenant_id == tenant_id, ShadowDecision.decision_id.in_(ids)
            )
        )


@dataclass(frozen=True, slots=True)
class Compared:
    """How many people, of each rung, both would have flagged, and only one of the two."""

    both: int
    only_shadow: int
    only_live: int


_UNTOLD = ("withdrawn", "suppressed", "inhibited")
"""States of flags that nobody was told of, or not any more."""


def compare(conn: Connection, tenant_id: str, key: Key, since: date) -> Compared:
    """The decisions to raise, against the flags of the rule's other versions since that day."""
    rule_id, version = key
    shadow = select(
        ShadowDecision.employee_id,
        ShadowDecision.rung,
        literal(1).label("in_shadow"),
        literal(0).label("in_force"),
    ).where(
        ShadowDecision.tenant_id == tenant_id,
        ShadowDecision.rule_id == rule_id,
        ShadowDecision.version == version,
        ShadowDecision.outcome == "raised",
        ShadowDecision.on >= since,
    )
    live = select(Flag.employee_id, Flag.rung, literal(0), literal(1)).where(*_live(*key, since))
    each = union_all(shadow, live.where(Flag.tenant_id == tenant_id)).subquery()
    people = (
        select(
            func.max(each.c.in_shadow).label("in_shadow"),
            func.max(each.c.in_force).label("in_force"),
        )
        .group_by(each.c.employee_id, each.c.rung)
        .subquery()
    )
    rows = conn.execute(
        select(people.c.in_shadow, people.c.in_force, func.count().label("people")).group_by(
            people.c.in_shadow, people.c.in_force
        )
    )
    counts = {(row.in_shadow, row.in_force): row.people for row in rows}
    return Compared(counts.get((1, 1), 0), counts.get((1, 0), 0), counts.get((0, 1), 0))


def _live(rule_id: str, version: int, since: date) -> tuple[Any, ...]:
    return (
        Flag.rule_id == rule_id,
        Flag.version != version,
        Flag.on >= since,
        Flag.state.not_in(_UNTOLD),
    )


def compared_page(
    conn: Connection, tenant_id: str, key: Key, since: date, cut: Cut
) -> tuple[list[str], str | None]:
    """One page of the employees about whom the shadow has decided, or the rule raised a flag."""
    rule_id, version = key
    decided = select(ShadowDecision.employee_id).where(
        ShadowDecision.tenant_id == tenant_id,
        ShadowDecision.rule_id == rule_id,
        ShadowDecision.version == version,
    )
    flagged = select(Flag.employee_id).where(Flag.tenant_id == tenant_id, *_live(*key, since))
    rows, following = cut_page(
        conn,
        select(Employee.employee_id).where(
            Employee.tenant_id == tenant_id,
            Employee.employee_id.in_(decided) | Employee.employee_id.in_(flagged),
        ),
        Employee.employee_id,
        cut,
    )
    return [row.employee_id for row in rows], following


def flags_beside(
    conn: Connection, tenant_id: str, key: Key, since: date, ids: Iterable[str]
) -> dict[str, list[Row[Any]]]:
    """The flags of those employees by the rule's other versions since that day."""
    rows: Iterable[Row[Any]] = conn.execute(
        select(Flag.employee_id, Flag.flag_id, Flag.rung, Flag.on, Flag.version)
        .where(Flag.tenant_id == tenant_id, Flag.employee_id.in_(list(ids)), *_live(*key, since))
        .order_by(Flag.flag_id)
    )
    found: defaultdict[str, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        found[row.employee_id].append(row)
    return found
