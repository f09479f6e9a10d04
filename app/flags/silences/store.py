"""All SQL about silences, and what of exemptions is the same."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from sqlalchemy import (
    CompoundSelect,
    String,
    bindparam,
    cast,
    insert,
    literal_column,
    null,
    select,
    union_all,
    update,
)
from sqlalchemy.engine import Connection, Row

from app.core.db import the_one
from app.core.pages import Cut, cut_page
from app.core.sets import among, listed
from app.flags.silences.reach import Silence
from app.flags.silences.tables import Silence as SilenceRow
from app.flags.tables import Exemption
from app.rules.tables import Rule

_NOTHING = cast(null(), String)
_WITH_RULE = (Rule.tenant_id == SilenceRow.tenant_id) & (Rule.rule_id == SilenceRow.rule_id)
_ABOUT: CompoundSelect[Any] = union_all(
    select(
        Exemption.employee_id,
        _NOTHING.label("unit"),
        _NOTHING.label("rule"),
        Exemption.first_day,
        Exemption.last_day,
        Exemption.reason,
        literal_column("''").label("place"),
    ).where(Exemption.tenant_id == bindparam("tenant"), among("ids", Exemption.employee_id)),
    select(
        SilenceRow.employee_id,
        SilenceRow.unit,
        Rule.name,
        SilenceRow.first_day,
        SilenceRow.last_day,
        SilenceRow.reason,
        SilenceRow.silence_id,
    )
    .outerjoin(Rule, _WITH_RULE)
    .where(SilenceRow.tenant_id == bindparam("tenant"))
    .where(SilenceRow.employee_id.is_(None) | among("ids", SilenceRow.employee_id)),
)


def silences_about(
    conn: Connection, tenant_id: str, employee_ids: Collection[str]
) -> list[Silence]:
    """Every exemption of those employees, and every silence that names one of them, or nobody.

    Past ones too; exemptions first, for what both cover says the reason of the exemption.
    """
    rows = conn.execute(_ABOUT, {"tenant": tenant_id, "ids": listed(employee_ids)}).all()
    return [
        Silence(
            row.first_day.toordinal(),
            row.last_day.toordinal() if row.last_day else None,
            row.reason,
            row.employee_id,
            row.unit,
            row.rule,
        )
        for row in sorted(rows, key=lambda row: (row.place != "", row.first_day, row.place))
    ]


def add_silence(conn: Connection, tenant_id: str, values: Mapping[str, Any]) -> None:
    """Store a new silence."""
    conn.execute(insert(SilenceRow).values(tenant_id=tenant_id, **values))


def silence_row(
    conn: Connection, tenant_id: str, silence_id: str, *, lock: bool = False
) -> Row[Any]:
    """One silence; raises NotFound."""
    wanted = select(SilenceRow.__table__).where(
        SilenceRow.tenant_id == tenant_id, SilenceRow.silence_id == silence_id
    )
    return the_one(conn, wanted.with_for_update() if lock else wanted)


def change_silence(
    conn: Connection, tenant_id: str, silence_id: str, values: Mapping[str, Any]
) -> None:
    """Overwrite columns of a silence."""
    mine = (SilenceRow.tenant_id == tenant_id, SilenceRow.silence_id == silence_id)
    conn.execute(update(SilenceRow).where(*mine).values(**values))


def silences_page(
    conn: Connection,
    tenant_id: str,
    cut: Cut,
    *,
    employee_id: str | None,
    unit: str | None,
    rule_id: str | None,
    on: date | None,
) -> tuple[list[Row[Any]], str | None]:
    """One page of silences that name those, and hold on that day, where given."""
    rows = select(SilenceRow.__table__).where(SilenceRow.tenant_id == tenant_id)
    named = (
        (SilenceRow.employee_id, employee_id),
        (SilenceRow.unit, unit),
        (SilenceRow.rule_id, rule_id),
    )
    for column, wanted in named:
        if wanted is not None:
            rows = rows.where(column == wanted)
    if on is not None:
        rows = rows.where(SilenceRow.first_day <= on, SilenceRow.last_day >= on)
    return cut_page(conn, rows, SilenceRow.silence_id, cut)


def any_of_units(conn: Connection, tenant_id: str) -> bool:
    """Whether any silence names a unit, so that who is in which unit matters to what is silent."""
    wanted = select(SilenceRow.silence_id).where(
        SilenceRow.tenant_id == tenant_id, SilenceRow.unit.is_not(None)
    )
    return conn.execute(wanted.limit(1)).first() is not None
