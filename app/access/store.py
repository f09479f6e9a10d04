"""All SQL about tenants and their keys."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Text, bindparam, cast, delete, func, insert, select, text, tuple_, update
from sqlalchemy.engine import Connection, Row

from app.access.keys import digest, same, tenant_of
from app.access.principal import Principal
from app.access.settings import TenantSettings
from app.access.tables import ApiKey, KeptAnswer, Tenant
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


_SETTINGS = select(cast(Tenant.settings, Text).label("settings")).where(
    Tenant.tenant_id == bindparam("tenant")
)


def tenant_settings(conn: Connection, tenant_id: str) -> TenantSettings:
    """A tenant's settings as values; raises NotFound."""
    return _settings(str(the_one(conn, _SETTINGS, {"tenant": tenant_id}).settings))


@lru_cache(maxsize=1024)
def _settings(stored: str) -> TenantSettings:
    """Read once for each text they were ever stored as."""
    return TenantSettings.from_json(json.loads(stored))


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


_KEY = select(ApiKey.__table__).where(
    ApiKey.tenant_id == bindparam("tenant"),
    ApiKey.digest == bindparam("digest"),
    ApiKey.revoked_at.is_(None),
)


def identify(conn: Connection, key: str, now: datetime) -> Principal | None:
    """Whose key this is; None when it is nobody's, revoked or expired."""
    tenant_id = tenant_of(key)
    if tenant_id is None:
        return None
    row = conn.execute(_KEY, {"tenant": tenant_id, "digest": digest(key)}).one_or_none()
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


class KeptFor(NamedTuple):
    """Whose answer is kept, and under the digest of which Idempotency-Key."""

    tenant_id: str
    key_id: str
    digest: str


def take_turn(conn: Connection, kept_for: KeptFor) -> bool:
    """Whether no other transaction is at the same; SQLite has one writer at a time."""
    if conn.dialect.name == "sqlite":
        return True
    name = hashlib.sha256("\n".join(kept_for).encode()).digest()
    number = int.from_bytes(name[:8], "big", signed=True)
    return bool(conn.execute(select(func.pg_try_advisory_xact_lock(number))).scalar_one())


def kept_answer(conn: Connection, kept_for: KeptFor, now: datetime) -> Row[Any] | None:
    """The answer that is kept; one whose time is over is dropped."""
    conn.execute(delete(KeptAnswer).where(*_of(kept_for), KeptAnswer.expires_at <= now))
    return conn.execute(select(KeptAnswer.__table__).where(*_of(kept_for))).one_or_none()


def keep_answer(conn: Connection, kept_for: KeptFor, values: Mapping[str, Any]) -> None:
    """Keep an answer; the key of the table is the last guard against a second one."""
    conn.execute(insert(KeptAnswer).values(**kept_for._asdict(), **values))


def old_answers(conn: Connection, tenant_id: str, now: datetime, limit: int) -> list[KeptFor]:
    """Some of the answers whose time is over."""
    old = (
        select(KeptAnswer.tenant_id, KeptAnswer.key_id, KeptAnswer.digest)
        .where(KeptAnswer.tenant_id == tenant_id, KeptAnswer.expires_at <= now)
        .limit(limit)
    )
    return [KeptFor(*row) for row in conn.execute(old)]


def drop_answers(conn: Connection, kept: Sequence[KeptFor]) -> None:
    """Keep these no longer."""
    whose = tuple_(KeptAnswer.tenant_id, KeptAnswer.key_id, KeptAnswer.digest)
    conn.execute(delete(KeptAnswer).where(whose.in_([tuple(one) for one in kept])))


def _of(kept_for: KeptFor) -> tuple[Any, ...]:
    return (
        KeptAnswer.tenant_id == kept_for.tenant_id,
        KeptAnswer.key_id == kept_for.key_id,
        KeptAnswer.digest == kept_for.digest,
    )
