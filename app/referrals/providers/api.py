"""The occupational-health companies (företagshälsovård, FHV) that an employer refers to."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends

from app.access.guards import Administers, GuardedRoute, Reads
from app.core.context import Ctx
from app.core.ids import new_id
from app.core.pages import Cut, cut
from app.core.wire import Page
from app.referrals import store
from app.referrals.providers.schemas import ProviderIn, ProviderOut

router = APIRouter(route_class=GuardedRoute, tags=["providers"])


@router.post("/v1/providers", status_code=201)
def create_provider(body: ProviderIn, who: Administers, ctx: Ctx) -> ProviderOut:
    """Add an occupational-health company to refer to."""
    provider_id = new_id("prv")
    values = {"provider_id": provider_id, "created_at": ctx.now(), **body.model_dump()}
    with ctx.database.write() as conn:
        store.add_provider(conn, who.tenant_id, values)
        return _provider(store.provider_row(conn, who.tenant_id, provider_id))


@router.get("/v1/providers")
def list_providers(who: Reads, ctx: Ctx, cut: Annotated[Cut, Depends(cut)]) -> Page[ProviderOut]:
    """The companies the employer refers to."""
    with ctx.database.read() as conn:
        rows, following = store.providers_page(conn, who.tenant_id, cut)
    return Page(items=[_provider(row) for row in rows], next_cursor=following)


@router.get("/v1/providers/{provider_id}")
def get_provider(provider_id: str, who: Reads, ctx: Ctx) -> ProviderOut:
    """One of them."""
    with ctx.database.read() as conn:
        return _provider(store.provider_row(conn, who.tenant_id, provider_id))


@router.put("/v1/providers/{provider_id}")
def replace_provider(provider_id: str, body: ProviderIn, who: Administers, ctx: Ctx) -> ProviderOut:
    """Replace what is known of a provider. Referrals made already stay with it."""
    with ctx.database.write() as conn:
        store.provider_row(conn, who.tenant_id, provider_id)
        store.change_provider(conn, who.tenant_id, provider_id, body.model_dump())
        return _provider(store.provider_row(conn, who.tenant_id, provider_id))


def _provider(row: Any) -> ProviderOut:
    return ProviderOut(
        id=row.provider_id, **{name: getattr(row, name) for name in ProviderIn.model_fields}
    )
