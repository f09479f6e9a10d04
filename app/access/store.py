"""All SQL about tenants and their keys."""

from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, text, update
from sqlalchemy.engine import Connection, Row

from app.access.keys import digest, same, tenant_of
from app.access.principal import Principal
from app.access.settings import TenantSettings
from app.access.tables import ApiKey, Tenant
from app.core.db import the_one
from app.core.errors import NotFound, StaleWrite
from app.core.pages import Cut, cut_page


def add_tenant(
    conn: Connection, tenant_id: str, *, name: str, settings: TenantSettings, now: datetime
) -> None:
    """Store a new tenant."""
    conn.execute(
        insert(Tenant).values(
            tenant_id=tenant_id,
            name=name,
            settings=settings.to_json(),
            version=1,
            created_at=now,
        )
    )


def tenant_ids(conn: Connection) -> list[str]:
    """Every tenant, in order of creation."""
    return list(conn.scalars(select(Tenant.tenant_id).order_by(Tenant.tenant_id)))


def tenant_row(conn: Connection, tenant_id: str, *, lock: bool = False) -> Row[Any]:
    """One tenant's row; raises NotFound."""
    found = select(Tenant.__table__).where(Tenant.tenant_id == tenant_id)
    return the_one(conn, found.with_for_update() if lock else found)


def tenant_settings(conn: Connection, tenant_id: str) -> TenantSettings:
    """A tenant's settings as values."""
    return TenantSettings.from_json(tenant_row(conn, tenant_id).settings)


def save_settings(
    conn: Connection, tenant_id: str, settings: TenantSettings, *, version: int
) -> None:
    """Overwrite version `version` of the settings; raises StaleWrite when it is no longer."""
    done = conn.execute(
        update(Tenant)
        .where(Tenant.tenant_id == tenant_id, Tenant.version == version)
        .values(settings=settings.to_json(), version=version + 1)
    )
    if done.rowcount != 1:
        raise StaleWrite


def add_key(conn: Connection, key: str, values: dict[str, Any]) -> None:
    """Store what is kept of a new key."""
    conn.execute(insert(ApiKey).values(digest=digest(key), **values))


def keys_page(conn: Connection, tenant_id: str, cut: Cut) -> tuple[list[Row[Any]], str | None]:
    """One page of the keys that are not revoked."""
    held = select(ApiKey.__table__).where(
        ApiKey.tenant_id == tenant_id, ApiKey.revoked_at.is_(None)
    )
    return cut_page(conn, held, ApiKey.key_id, cut)


def revoke_key(conn: Connection, tenant_id: str, key_id: str, now: datetime) -> None:
    """Let a key open nothing from now on; raises NotFound."""
    done = conn.execute(
        update(ApiKey)
        .where(ApiKey.tenant_id == tenant_id, ApiKey.key_id == key_id)
        .where(ApiKey.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    if done.rowcount != 1:
        raise NotFound


def identify(conn: Connection, key: str, now: datetime) -> Principal | None:
    """Whose key this is; None when it is nobody's, revoked or expired."""
    tenant_id = tenant_of(key)
    if tenant_id is None:
        return None
    own = select(ApiKey.__table__).where(
        ApiKey.tenant_id == tenant_id, ApiKey.digest == digest(key), ApiKey.revoked_at.is_(None)
    )
    row = conn.execute(own).one_or_none()
    if row is None or not same(row.digest, key) or (row.expires_at and row.expires_at <= now):
        return None
    return Principal(tenant_id, row.key_id, frozenset(row.scopes), row.provider_id)


def provider_has_key(
    conn: Connection, tenant_id: str, provider_id: str | None, now: datetime
) -> bool:
    """Whether the provider has a key that opens something: it can then speak for itself."""
    held = select(ApiKey.key_id).where(
        ApiKey.tenant_id == tenant_id,
        ApiKey.provider_id == provider_id,
        ApiKey.revoked_at.is_(None),
        ApiKey.expires_at.is_(None) | (ApiKey.expires_at > now),
    )
    return provider_id is not None and conn.execute(held.limit(1)).first() is not None


def require_provider(conn: Connection, tenant_id: str, provider_id: str) -> None:
    """Raise NotFound when the tenant has no such provider."""
    # By name: providers belong to a later stage, and a key is only bound to one.
    found = text("SELECT 1 FROM providers WHERE tenant_id = :tenant AND provider_id = :provider")
    if conn.execute(found, {"tenant": tenant_id, "provider": provider_id}).first() is None:
        raise NotFound
