"""Webhook endpoints, and how each delivery went."""

import secrets
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from app.access.guards import Forbidden, GuardedRoute, WritesWebhooks
from app.core.context import Ctx
from app.core.errors import FieldError, InvalidInput
from app.core.ids import new_id
from app.core.pages import Cut, cut
from app.core.wire import Page
from app.delivery import store
from app.delivery.outbox import enqueue
from app.delivery.payloads import Notice
from app.delivery.schemas import (
    AttemptOut,
    DeliveryDetailOut,
    DeliveryOut,
    DeliveryState,
    EndpointIn,
    EndpointOut,
    NewEndpointOut,
    TestOut,
)
from app.delivery.send import secret_place
from app.delivery.sign import encode_secret
from app.delivery.targets import ForbiddenTarget, check_url
from app.referrals.store import provider_row

SECRET_BYTES = 32
router = APIRouter(route_class=GuardedRoute, tags=["webhooks"])


@router.post("/v1/webhook-endpoints", status_code=201)
def create_webhook_endpoint(body: EndpointIn, who: WritesWebhooks, ctx: Ctx) -> NewEndpointOut:
    """Add an endpoint. Its signing secret is in this answer and nowhere else.

    A provider's, which hears what the employer may not, takes a key of scope `admin`.
    """
    if body.provider_id is not None and not who.may(frozenset({"admin"})):
        raise Forbidden
    try:
        check_url(body.url, ctx.settings.private_targets)
    except ForbiddenTarget as error:
        detail = "Webhooks go by https to public addresses only."
        raise InvalidInput([FieldError("#/url", error.code, detail)]) from None
    endpoint_id = new_id("whe")
    secret = encode_secret(secrets.token_bytes(SECRET_BYTES))
    sealed = ctx.keys.encrypt(secret.encode(), secret_place(who.tenant_id, endpoint_id))
    values = {
        "endpoint_id": endpoint_id,
        "url": body.url,
        "provider_id": body.provider_id,
        "types": body.types,
        "secret": sealed,
        "created_at": ctx.now(),
    }
    with ctx.database.write() as conn:
        if body.provider_id is not None:
            provider_row(conn, who.tenant_id, body.provider_id)
        store.add_endpoint(conn, who.tenant_id, values)
    return NewEndpointOut(**_endpoint(values), secret=secret)


@router.get("/v1/webhook-endpoints")
def list_webhook_endpoints(
    who: WritesWebhooks, ctx: Ctx, cut: Annotated[Cut, Depends(cut)]
) -> Page[EndpointOut]:
    """The endpoints of the tenant."""
    with ctx.database.read() as conn:
        rows, following = store.endpoints_page(conn, who.tenant_id, cut)
    items = [EndpointOut(**_endpoint(row._asdict())) for row in rows]
    return Page(items=items, next_cursor=following)


@router.delete("/v1/webhook-endpoints/{endpoint_id}", status_code=204)
def delete_webhook_endpoint(endpoint_id: str, who: WritesWebhooks, ctx: Ctx) -> None:
    """Send nothing more there; what waits is cancelled."""
    with ctx.database.write() as conn:
        store.delete_endpoint(conn, who.tenant_id, endpoint_id, ctx.now())


@router.post("/v1/webhook-endpoints/{endpoint_id}/test", status_code=202)
def test_webhook_endpoint(endpoint_id: str, who: WritesWebhooks, ctx: Ctx) -> TestOut:
    """Put a signed `ping` on its way; its delivery says how it went."""
    with ctx.database.write() as conn:
        endpoint = store.endpoint_row(conn, who.tenant_id, endpoint_id)
        what = {"endpoint_id": endpoint_id}
        ping = Notice("ping", what, what, endpoint.provider_id)
        [delivery_id] = enqueue(conn, who.tenant_id, ping, [endpoint], ctx.now())
    return TestOut(delivery_id=delivery_id)


@router.get("/v1/deliveries")
def list_deliveries(
    who: WritesWebhooks,
    ctx: Ctx,
    cut: Annotated[Cut, Depends(cut)],
    state: DeliveryState | None = None,
    endpoint: Annotated[str | None, Query(max_length=40)] = None,
) -> Page[DeliveryOut]:
    """Deliveries in the order they were made."""
    with ctx.database.read() as conn:
        rows, following = store.deliveries_page(
            conn, who.tenant_id, cut, state=state, endpoint=endpoint
        )
    return Page(items=[DeliveryOut(**_delivery(row)) for row in rows], next_cursor=following)


@router.get("/v1/deliveries/{delivery_id}")
def get_delivery(delivery_id: str, who: WritesWebhooks, ctx: Ctx) -> DeliveryDetailOut:
    """One delivery with every attempt."""
    with ctx.database.read() as conn:
        row = store.delivery_row(conn, who.tenant_id, delivery_id)
        attempts = store.attempts_of(conn, who.tenant_id, delivery_id)
    return DeliveryDetailOut(**_delivery(row), attempts=[_attempt(a) for a in attempts])


def _endpoint(values: dict[str, Any]) -> dict[str, Any]:
    names = ("url", "provider_id", "types", "created_at")
    return {"id": values["endpoint_id"], **{name: values[name] for name in names}}


def _delivery(row: Any) -> dict[str, Any]:
    names = ("message_id", "type", "endpoint_id", "state", "next_at", "created_at")
    named = {name: getattr(row, name) for name in names}
    return {"id": row.delivery_id, "attempts_made": row.attempts, **named}


def _attempt(row: Any) -> AttemptOut:
    names = ("number", "at", "duration_ms", "status", "outcome", "next_at")
    return AttemptOut(**{name: getattr(row, name) for name in names})
