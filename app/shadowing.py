"""Versions in shadow: what they would have done is decided and stored, and nothing else happens.

In the transaction that judges somebody, after what is in force has acted. Where no version is in
shadow this costs a look at the versions that are at hand anyway.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy.engine import Connection

from app.casebook import Case, Tenant
from app.flags.picture import Picture
from app.flags.shadow.decide import Around, Decision, decide
from app.flags.shadow.store import decision_of, decision_rows, save_decisions
from app.flags.watch import watch
from app.rules.triggers import triggers_of
from app.rules.versions import StoredVersion

Rungs = Sequence[StoredVersion]


def note_shadows(conn: Connection, tenant: Tenant, judged: Sequence[tuple[Case, Picture]]) -> None:
    """Decide in shadow about these people, with what is in force having acted."""
    today = tenant.today.toordinal()
    in_shadow = _in_shadow(judged[0][0].versions, today) if judged else {}
    if not in_shadow:
        return
    ids = [employee_id for case, _ in judged for employee_id in case.ids]
    rows = decision_rows(conn, tenant.tenant_id, ids, in_shadow)
    for case, picture in judged:
        around = Around(picture, case.pauses, today, case.employed(today), case.silent_through)
        for rungs in in_shadow.values():
            own = [row for one in case.ids for row in rows.get(one, ())]
            _note(conn, tenant, case, rungs, _stored(own, rungs), around)


def _in_shadow(versions: Rungs, today: int) -> Mapping[str, Rungs]:
    """The rungs that run in shadow, by rule."""
    found: defaultdict[str, list[StoredVersion]] = defaultdict(list)
    for version in versions:
        if version.in_shadow(today):
            found[version.rule_id].append(version)
    return found


def _stored(rows: Sequence[Any], rungs: Rungs) -> list[Decision]:
    names = {(one.rule_id, one.version, one.rung): one.document.id for one in rungs}
    keyed = [((row.rule_id, row.version, row.rung), row) for row in rows]
    return [decision_of(row, names[key]) for key, row in keyed if key in names]


def _note(
    conn: Connection,
    tenant: Tenant,
    case: Case,
    rungs: Rungs,
    stored: Sequence[Decision],
    around: Around,
) -> None:
    history = case.history(tenant.policy, around.today)
    covers = case.covers(tenant)
    first = rungs[0].shadow[0] if rungs[0].shadow else around.today
    watches = [
        watch(
            replace(rung, active=True, live_from=first),
            triggers_of(history, rung.document),
            automatic=False,
            covers=covers,
        )
        for rung in rungs
    ]
    save_decisions(
        conn,
        tenant.tenant_id,
        case.leading(tenant.today).employee_id,
        (rungs[0].rule_id, rungs[0].version),
        stored,
        decide(stored, watches, around, first),
        {rung.document.id: rung.rung for rung in rungs},
        tenant.now,
    )
