"""Events in: one, or a batch of which no bad item fails its neighbours."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Body, Response
from pydantic import ValidationError

from app.access.guards import GuardedBatchRoute, GuardedRoute, Posts
from app.core.context import Ctx
from app.core.errors import Conflict, FieldError, InvalidInput
from app.intake.event import Event
from app.intake.receive import Arrival, Receipt
from app.intake.schemas import EVENT, BatchItemOut, EventIn, EventOut, FieldErrorOut, implausible
from app.privacy.redact import field_errors

MAX_ITEMS = 1000
router = APIRouter(route_class=GuardedRoute, tags=["events"])
batches = APIRouter(route_class=GuardedBatchRoute, tags=["events"])


class EventConflict(Conflict):
    """The same identity was used for something else before."""

    code = "event_conflict"
    detail = "An event with this source and id says something else; nothing was changed."


@router.post("/v1/events", status_code=201, responses={200: {"model": EventOut}})
async def post_event(body: EventIn, who: Posts, ctx: Ctx, response: Response) -> EventOut:
    """Post one event.

    201 when it is stored durably and judged; 200 `duplicate` for the same event again; 409 for
    the same identity with other content.
    """
    event = body.event()
    if errors := implausible(event, ctx.now()):
        raise InvalidInput(errors)
    [future] = ctx.ingest.submit([Arrival(who.tenant_id, event)])
    receipt: Receipt = await asyncio.wrap_future(future)
    if receipt.status == "conflict":
        raise EventConflict
    response.status_code = 201 if receipt.status == "created" else 200
    return EventOut(
        status=receipt.status, employee_id=receipt.employee_id, flags=list(receipt.flags)
    )


@batches.post(
    "/v1/events/batch",
    response_model_exclude_none=True,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {
                        "type": "array",
                        "maxItems": MAX_ITEMS,
                        "items": {"$ref": "#/components/schemas/EventIn"},
                    }
                }
            },
        }
    },
)
async def post_events(
    items: Annotated[list[Any], Body(max_length=MAX_ITEMS)], who: Posts, ctx: Ctx
) -> list[BatchItemOut]:
    """Post up to 1,000 events; one result for each, in order."""
    now = ctx.now()
    read = [_read(item, now) for item in items]
    events = [entry for entry in read if isinstance(entry, Event)]
    futures = ctx.ingest.submit([Arrival(who.tenant_id, event) for event in events])
    receipts = iter(await asyncio.gather(*map(asyncio.wrap_future, futures)))
    return [
        _received(next(receipts)) if isinstance(entry, Event) else _invalid(entry) for entry in read
    ]


def _read(item: Any, now: datetime) -> Event | Sequence[FieldError]:
    try:
        event = EVENT.validate_python(item).event()
    except ValidationError as error:
        return field_errors(error.errors())
    return implausible(event, now) or event


def _received(receipt: Receipt) -> BatchItemOut:
    if receipt.status == "conflict":
        return BatchItemOut(status="conflict")
    return BatchItemOut(
        status=receipt.status, employee_id=receipt.employee_id, flags=list(receipt.flags)
    )


def _invalid(errors: Sequence[FieldError]) -> BatchItemOut:
    shown = [FieldErrorOut(pointer=e.pointer, code=e.code, detail=e.detail) for e in errors]
    return BatchItemOut(status="invalid", errors=shown)
