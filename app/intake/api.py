"""Events in: one, or a batch of which no bad item fails its neighbours."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Response

from app.access.guards import Posts
from app.core.context import Ctx
from app.core.errors import Conflict, InvalidInput
from app.intake.event import Event
from app.intake.forms import (
    MANY_EVENTS,
    MAX_ITEMS,
    ONE_EVENT,
    EventBatchRoute,
    EventRoute,
    enveloped,
)
from app.intake.items import answers, read_enveloped, read_item, settled
from app.intake.receive import Arrival, Receipt
from app.intake.schemas import BatchItemOut, EventIn, EventOut, implausible

router = APIRouter(route_class=EventRoute, tags=["events"])
batches = APIRouter(route_class=EventBatchRoute, tags=["events"])


class EventConflict(Conflict):
    """The same identity was used for something else before."""

    code = "event_conflict"
    detail = "An event with this source and id says something else; nothing was changed."


@router.post(
    "/v1/events",
    status_code=201,
    responses={200: {"model": EventOut}},
    openapi_extra=ONE_EVENT,
)
async def post_event(body: EventIn, who: Posts, ctx: Ctx, response: Response) -> EventOut:
    """Post one event.

    201 when it is stored durably and judged; 200 `duplicate` for the same event again; 409 for
    the same identity with other content.

    A CloudEvent is taken, too: structured, or binary with its attributes in headers `ce-*`
    (percent-encoded UTF-8) and the data as `application/json`. What is wrong with such a header
    is pointed at as `#/ce-id`.
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


@batches.post("/v1/events/batch", response_model_exclude_none=True, openapi_extra=MANY_EVENTS)
async def post_events(
    items: Annotated[list[Any], Body(max_length=MAX_ITEMS)],
    who: Posts,
    ctx: Ctx,
    wrapped: Annotated[bool, Depends(enveloped)],
) -> list[BatchItemOut]:
    """Post many events; one result for each, in order.

    Up to 1,000 as a JSON array or as a batch of CloudEvents. As NDJSON up to 1 GiB, one event a
    line of at most 64 KiB: it is stored as it comes and answered, one result a line, when all of
    it has been read; blank lines are passed over. After any other answer than a 200 some lines
    may be stored; sending all of them again is safe.
    """
    read_one = read_enveloped if wrapped else read_item
    now = ctx.now()
    read = [read_one(item, now) for item in items]
    events = [entry for entry in read if isinstance(entry, Event)]
    receipts = await settled(ctx.ingest.submit([Arrival(who.tenant_id, event) for event in events]))
    return list(answers(read, receipts))
