"""What an operator sets up from the command line: employers, their rules, and keys."""

from collections.abc import Sequence
from datetime import date, timedelta

from app.access.keys import make_key
from app.access.settings import TenantSettings
from app.access.store import add_key, add_tenant, require_provider, tenant_row
from app.core.clock import local_date
from app.core.context import Context
from app.core.errors import AppError
from app.core.ids import new_id
from app.decisions.policy import put_in_force
from app.rules.presets import PRESETS
from app.rules.store import add_rule, rule_version


class TooEarly(AppError):
    """A rule may not act that far back."""

    code = "too_early"
    detail = "live_from is more than the rule's max_age_days before today."


def create_tenant(
    ctx: Context,
    *,
    name: str,
    settings: TenantSettings,
    preset: str | None,
    live_from: date | None,
) -> tuple[str, str]:
    """A new employer with the rules of a preset in force; answers its id and an admin key."""
    now = ctx.now()
    today = local_date(now, settings.time_zone)
    tenant_id = new_id("ten")
    with ctx.database.write() as conn:
        add_tenant(conn, tenant_id, name=name, settings=settings, now=now)
        for document in PRESETS[preset].rules if preset else ():
            if live_from and live_from < today - timedelta(days=document.max_age_days):
                raise TooEarly
            rule_id = add_rule(conn, tenant_id, document, now)
            version = rule_version(conn, tenant_id, rule_id)
            put_in_force(conn, tenant_id, version, live_from or today, today, now)
    return tenant_id, create_key(ctx, tenant_id, ["admin"], provider_id=None, name="admin")


def create_key(
    ctx: Context, tenant_id: str, scopes: Sequence[str], *, provider_id: str | None, name: str
) -> str:
    """A new key of a tenant; raises NotFound for an unknown tenant or provider."""
    key = make_key(tenant_id)
    with ctx.database.write() as conn:
        tenant_row(conn, tenant_id)
        if provider_id is not None:
            require_provider(conn, tenant_id, provider_id)
        values = {
            "tenant_id": tenant_id,
            "key_id": new_id("key"),
            "name": name,
            "scopes": list(scopes),
            "provider_id": provider_id,
            "created_at": ctx.now(),
        }
        add_key(conn, key, values)
    return key
