"""The tenant's own settings and its API keys."""

import json
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response

from app.access import store
from app.access.guards import Administers, GuardedRoute, Reads
from app.access.keys import make_key
from app.access.principal import fits_provider
from app.access.schemas import ApiKeyIn, ApiKeyOut, NewApiKeyOut, TenantOut, TenantPatch
from app.access.settings import OF_RELEASE, PolicySettings, TenantSettings
from app.core.context import Ctx
from app.core.errors import FieldError, InvalidInput
from app.core.etags import IfMatch, of_version, refuse_stale
from app.core.ids import new_id
from app.core.pages import Cut, cut
from app.core.wire import Page
from app.decisions.policy import set_deadlines_anew, start_anew
from app.decisions.series import follow_settings
from app.privacy.redact import validated

router = APIRouter(route_class=GuardedRoute)

COUNTING = frozenset(PolicySettings.model_fields) - OF_RELEASE
"""What in the policy decides which days count and how they join."""


@router.get("/v1/tenant", tags=["tenant"])
def get_tenant(who: Reads, ctx: Ctx, response: Response) -> TenantOut:
    """The tenant's settings. `ETag` names their version."""
    with ctx.database.read() as conn:
        row = store.tenant_row(conn, who.tenant_id)
    return _tenant(row, response)


@router.patch("/v1/tenant", tags=["tenant"])
def change_tenant(
    patch: TenantPatch,
    who: Administers,
    ctx: Ctx,
    response: Response,
    if_match: IfMatch = None,
) -> TenantOut:
    """Change settings; what is not named stays.

    A change of the counting policy judges everybody anew, and what it then sees of the past does
    not act.
    """
    changes = patch.model_dump(mode="json", exclude_unset=True)
    with ctx.database.write() as conn:
        row = store.tenant_row(conn, who.tenant_id, lock=True)
        refuse_stale(if_match, of_version(row.version))
        settings = validated(TenantSettings, _merged(row.settings, changes))
        store.save_settings(conn, who.tenant_id, settings, version=row.version)
        # Before anything that locks employees: who books has the series first.
        if _meets_differently(row.settings, settings.to_json()):
            before = row.settings["policy"]["holidays"]
            days_off = {*settings.policy.holidays} - {date.fromisoformat(day) for day in before}
            follow_settings(conn, who.tenant_id, days_off, ctx.now())
        if _counts_differently(row.settings, settings.to_json()):
            start_anew(conn, who.tenant_id, ctx.now())
        if _due_differently(row.settings, settings.to_json()):
            set_deadlines_anew(conn, who.tenant_id, ctx.now())
        row = store.tenant_row(conn, who.tenant_id)
    return _tenant(row, response)


def _due_differently(before: dict[str, Any], after: dict[str, Any]) -> bool:
    """What moves the deadlines of referrals: days off, and the days that each step may take."""
    return _meets_differently(before, after) or before.get("deadlines") != after["deadlines"]


def _meets_differently(before: dict[str, Any], after: dict[str, Any]) -> bool:
    """What moves the times of a series of meetings: the clock, and the days off."""
    zones = before["time_zone"] != after["time_zone"]
    return zones or set(before["policy"]["holidays"]) != set(after["policy"]["holidays"])


def _merged(stored: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """The groups of settings are merged member by member, like the whole."""
    groups = {
        name: {**stored.get(name, {}), **changes.get(name, {})}
        for name in ("policy", "deadlines", "mail")
    }
    return {**stored, **changes, **groups}


def _counts_differently(before: dict[str, Any], after: dict[str, Any]) -> bool:
    moved = before["time_zone"] != after["time_zone"]
    return moved or any(
        _regardless_of_order(before["policy"][name]) != _regardless_of_order(after["policy"][name])
        for name in COUNTING
    )


def _regardless_of_order(value: Any) -> Any:
    """Lists of the policy are sets, and PostgreSQL orders the members of an object its own way."""
    if not isinstance(value, list):
        return value
    return sorted(json.dumps(one, sort_keys=True) for one in value)


def _tenant(row: Any, response: Response) -> TenantOut:
    response.headers["ETag"] = of_version(row.version)
    return TenantOut(id=row.tenant_id, name=row.name, **row.settings)


@router.post("/v1/api-keys", status_code=201, tags=["api-keys"])
def create_api_key(body: ApiKeyIn, who: Administers, ctx: Ctx) -> NewApiKeyOut:
    """Make a key. Its secret is in this answer and nowhere else."""
    if not fits_provider(body.scopes, body.provider_id):
        pointer = FieldError("#/provider_id", "provider_mismatch", PROVIDER_KEYS)
        raise InvalidInput([pointer])
    key = make_key(who.tenant_id)
    values = {
        "tenant_id": who.tenant_id,
        "key_id": new_id("key"),
        "created_at": ctx.now(),
        "revoked_at": None,
        **body.model_dump(),
    }
    with ctx.database.write() as conn:
        if body.provider_id is not None:
            store.require_provider(conn, who.tenant_id, body.provider_id)
        store.add_key(conn, key, values)
    return NewApiKeyOut(id=values["key_id"], api_key=key, **_shown(values))


PROVIDER_KEYS = "The scope provider stands alone and goes with the provider it is for."


@router.get("/v1/api-keys", tags=["api-keys"])
def list_api_keys(who: Administers, ctx: Ctx, cut: Annotated[Cut, Depends(cut)]) -> Page[ApiKeyOut]:
    """The keys that are not revoked."""
    with ctx.database.read() as conn:
        rows, following = store.keys_page(conn, who.tenant_id, cut)
    items = [ApiKeyOut(id=row.key_id, **_shown(row._asdict())) for row in rows]
    return Page(items=items, next_cursor=following)


@router.delete("/v1/api-keys/{key_id}", status_code=204, tags=["api-keys"])
def revoke_api_key(key_id: str, who: Administers, ctx: Ctx) -> None:
    """Let a key open nothing from the next request on."""
    with ctx.database.write() as conn:
        store.revoke_key(conn, who.tenant_id, key_id, ctx.now())


def _shown(values: dict[str, Any]) -> dict[str, Any]:
    names = ("name", "scopes", "provider_id", "created_at", "expires_at")
    return {name: values[name] for name in names}
