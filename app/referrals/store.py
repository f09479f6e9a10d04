"""All SQL about providers and referrals."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, bindparam, case, func, insert, or_, select, update
from sqlalchemy.engine import Connection, Row

from app.core.db import the_one
from app.core.pages import Cut, cut_page
from app.core.sets import among, listed
from app.flags.picture import ENDED, Referral
from app.referrals.moves import Party
from app.referrals.tables import Provider, ReferralMove
from app.referrals.tables import Referral as ReferralRow

_OF_EMPLOYEES = (
    select(ReferralRow.employee_id, ReferralRow.referral_id, ReferralRow.state)
    .where(ReferralRow.tenant_id == bindparam("tenant"), among("ids", ReferralRow.employee_id))
    .order_by(ReferralRow.referral_id)
)


def referrals_of(
    conn: Connection, tenant_id: str, employee_ids: Collection[str]
) -> dict[str, tuple[Referral, ...]]:
    """The referrals of those employees, in the order requested."""
    rows = conn.execute(_OF_EMPLOYEES, {"tenant": tenant_id, "ids": listed(employee_ids)})
    found: defaultdict[str, list[Referral]] = defaultdict(list)
    for row in rows:
        found[row.employee_id].append(Referral(row.referral_id, row.state))
    return {employee_id: tuple(own) for employee_id, own in found.items()}


def referral_row(
    conn: Connection, tenant_id: str, referral_id: str, *, provider_id: str | None = None
) -> Row[Any]:
    """One referral, for a provider only one addressed to it; raises NotFound."""
    wanted = select(ReferralRow.__table__).where(
        ReferralRow.tenant_id == tenant_id, ReferralRow.referral_id == referral_id
    )
    if provider_id is not None:
        wanted = wanted.where(ReferralRow.provider_id == provider_id)
    return the_one(conn, wanted)


def referral_rows(
    conn: Connection, tenant_id: str, referral_ids: Collection[str]
) -> dict[str, Row[Any]]:
    """Those referrals by id."""
    rows = conn.execute(
        select(ReferralRow.__table__).where(
            ReferralRow.tenant_id == tenant_id, ReferralRow.referral_id.in_(referral_ids)
        )
    )
    return {row.referral_id: row for row in rows}


def referrals_page(
    conn: Connection,
    tenant_id: str,
    cut: Cut,
    *,
    seen: tuple[str, Collection[str]] | None,
    provider_id: str | None,
    late_on: date | None = None,
) -> tuple[list[Row[Any]], str | None]:
    """One page of referrals to that provider, where given, and in the state that is asked for.

    `seen`: that state, and the states that look like it to the employer without consent. What
    may not be seen must not decide what is listed. A provider sees every state as it is.
    `late_on`: only those whose deadline, as the caller sees it, lies before that day.
    """
    rows = select(ReferralRow.__table__).where(ReferralRow.tenant_id == tenant_id)
    consented = ReferralRow.feedback_consent_on.is_not(None)
    if late_on is not None:
        step, shown = ReferralRow.step_due_on, ReferralRow.shown_due_on
        due = step if provider_id is not None else case((consented, step), else_=shown)
        rows = rows.where(ReferralRow.state.not_in(ENDED), due < late_on)
    if seen is not None:
        as_it_is = ReferralRow.state == seen[0]
        rows = rows.where(
            as_it_is
            if provider_id is not None
            else or_(and_(consented, as_it_is), and_(~consented, ReferralRow.state.in_(seen[1])))
        )
    if provider_id is not None:
        rows = rows.where(ReferralRow.provider_id == provider_id)
    return cut_page(conn, rows, ReferralRow.referral_id, cut)


def moves_of(
    conn: Connection, tenant_id: str, referral_ids: Collection[str]
) -> defaultdict[str, list[Row[Any]]]:
    """Every move of those referrals, in order."""
    rows = conn.execute(
        select(ReferralMove.__table__)
        .where(ReferralMove.tenant_id == tenant_id, ReferralMove.referral_id.in_(referral_ids))
        .order_by(ReferralMove.referral_id, ReferralMove.number)
    )
    found: defaultdict[str, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        found[row.referral_id].append(row)
    return found


def add_referral(conn: Connection, tenant_id: str, values: Mapping[str, Any]) -> None:
    """Store a new referral."""
    conn.execute(insert(ReferralRow).values(tenant_id=tenant_id, **values))


def change_referral(
    conn: Connection, tenant_id: str, referral_id: str, values: Mapping[str, Any]
) -> None:
    """Overwrite what is stored of a referral."""
    conn.execute(
        update(ReferralRow)
        .where(ReferralRow.tenant_id == tenant_id, ReferralRow.referral_id == referral_id)
        .values(**values)
    )


def open_referrals(
    conn: Connection, tenant_id: str, employee_ids: Collection[str] | None = None
) -> dict[str, str]:
    """Every referral that has not ended, of those employees or of all, with its employee."""
    wanted = select(ReferralRow.referral_id, ReferralRow.employee_id).where(
        ReferralRow.tenant_id == tenant_id, ReferralRow.state.not_in(ENDED)
    )
    if employee_ids is not None:
        wanted = wanted.where(ReferralRow.employee_id.in_(employee_ids))
    rows = conn.execute(wanted.order_by(ReferralRow.referral_id))
    return {row.referral_id: row.employee_id for row in rows}


def overdue_referrals(
    conn: Connection, tenant_id: str, today: date, limit: int
) -> list[tuple[str, str]]:
    """Some open referrals that are late and were not told to be: their ids and employees."""
    late = or_(
        and_(ReferralRow.step_due_on < today, ReferralRow.step_told_on.is_(None)),
        and_(ReferralRow.shown_due_on < today, ReferralRow.shown_told_on.is_(None)),
    )
    rows = conn.execute(
        select(ReferralRow.referral_id, ReferralRow.employee_id)
        .where(ReferralRow.tenant_id == tenant_id, ReferralRow.state.not_in(ENDED), late)
        .order_by(ReferralRow.referral_id)
        .limit(limit)
    )
    return [(row.referral_id, row.employee_id) for row in rows]


def note_move(
    conn: Connection,
    tenant_id: str,
    referral_id: str,
    *,
    party: Party,
    source: str | None,
    target: str,
    now: datetime,
    actor: str | None = None,
    reason: str | None = None,
    recorded_by: Party | None = None,
) -> None:
    """Write one step into the referral's history."""
    mine = (ReferralMove.tenant_id == tenant_id, ReferralMove.referral_id == referral_id)
    last = conn.scalar(select(func.max(ReferralMove.number)).where(*mine)) or 0
    conn.execute(
        insert(ReferralMove).values(
            tenant_id=tenant_id,
            referral_id=referral_id,
            number=last + 1,
            at=now,
            party=party,
            actor=actor,
            source=source,
            target=target,
            reason=reason,
            recorded_by=recorded_by,
        )
    )


def add_provider(conn: Connection, tenant_id: str, values: Mapping[str, Any]) -> None:
    """Store a new provider."""
    conn.execute(insert(Provider).values(tenant_id=tenant_id, version=1, **values))


def change_provider(
    conn: Connection, tenant_id: str, provider_id: str, values: Mapping[str, Any]
) -> None:
    """Overwrite what is known of a provider."""
    conn.execute(
        update(Provider)
        .where(Provider.tenant_id == tenant_id, Provider.provider_id == provider_id)
        .values(version=Provider.version + 1, **values)
    )


def provider_row(conn: Connection, tenant_id: str, provider_id: str) -> Row[Any]:
    """One provider; raises NotFound."""
    return the_one(
        conn,
        select(Provider.__table__).where(
            Provider.tenant_id == tenant_id, Provider.provider_id == provider_id
        ),
    )


def providers_page(conn: Connection, tenant_id: str, cut: Cut) -> tuple[list[Row[Any]], str | None]:
    """One page of providers."""
    rows = select(Provider.__table__).where(Provider.tenant_id == tenant_id)
    return cut_page(conn, rows, Provider.provider_id, cut)


def providers_on(conn: Connection, tenant_id: str, today: date) -> list[Row[Any]]:
    """The providers valid on that day, the first choice first."""
    rows = conn.execute(
        select(Provider.__table__)
        .where(Provider.tenant_id == tenant_id)
        .where(Provider.valid_from.is_(None) | (Provider.valid_from <= today))
        .where(Provider.valid_to.is_(None) | (Provider.valid_to >= today))
        .order_by(Provider.priority, Provider.provider_id)
    )
    return list(rows)


def serves(provider: Row[Any], *, unit: str | None, service: str) -> bool:
    """Whether a provider serves that unit with that service; one without units serves all."""
    return service in provider.services and (provider.units is None or unit in provider.units)
