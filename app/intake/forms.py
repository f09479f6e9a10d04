"""The forms in which events may come: our own JSON, NDJSON, and the three of CloudEvents 1.0."""

from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError

from app.access.guards import GuardedRoute
from app.access.principal import Principal
from app.core.bodies import GIB, media_of, pieces
from app.core.context import context_of
from app.core.errors import InvalidInput
from app.core.wire import MAX_BATCH, Handle, read_json, set_json
from app.intake.cloudevents import BATCHED, STRUCTURED, is_binary, unwrap, unwrap_binary
from app.intake.stream import NDJSON, take_lines
from app.privacy.redact import field_errors

LINES = (NDJSON, "application/ndjson")
MAX_STREAM = GIB
MAX_ITEMS = 1000


class EventRoute(GuardedRoute):
    """One event: as JSON, or as a CloudEvent, structured or binary."""

    async def take(self, request: Request, handle: Handle) -> Response:
        """Take the envelope off first; what is wrong then points at what was sent."""
        media, headers = media_of(request), request.scope["headers"]
        if media == STRUCTURED:
            unwrapped = unwrap(await read_json(request, self.max_body))
        elif media == "application/json" and is_binary(headers):
            unwrapped = unwrap_binary(headers, await read_json(request, self.max_body))
        else:
            return await super().take(request, handle)
        set_json(request, unwrapped.event)
        try:
            return await handle(request)
        except RequestValidationError as error:
            raise InvalidInput(unwrapped.placed(field_errors(error.errors()))) from None
        except InvalidInput as error:
            raise InvalidInput(unwrapped.placed(error.errors)) from None


class EventBatchRoute(GuardedRoute):
    """Many events: a JSON array, a batch of CloudEvents, or NDJSON, which is never held whole."""

    max_body = MAX_BATCH

    async def take(self, request: Request, handle: Handle) -> Response:
        """Lines have a way of their own; the items of the others are told apart by `enveloped`."""
        media = media_of(request)
        if media in LINES:
            who: Principal = request.state.principal
            return await take_lines(context_of(request), who.tenant_id, pieces(request, MAX_STREAM))
        if media == BATCHED:
            set_json(request, await read_json(request, self.max_body))
            request.state.enveloped = True
            return await handle(request)
        return await super().take(request, handle)


def enveloped(request: Request) -> bool:
    """Whether the items of a batch are in envelopes."""
    return getattr(request.state, "enveloped", False)


_REPORT = {
    "employee": "10234",
    "absence": "A-5521",
    "first_day": "2026-03-02",
    "extent": 100,
    "kind": "sickness",
}
_TEXT = {"type": "string", "minLength": 1}
_CLOUD_EVENT: dict[str, Any] = {
    "type": "object",
    "description": "A CloudEvent. Further attributes are allowed, and ignored.",
    "required": ["specversion", "id", "source", "type", "data"],
    "properties": {
        "specversion": {"const": "1.0"},
        "id": _TEXT,
        "source": _TEXT,
        "type": {
            "enum": ["absence.reported", "absence.changed", "absence.ended", "absence.cancelled"]
        },
        "time": {"type": "string", "format": "date-time", "description": "`occurred_at`"},
        "datacontenttype": {"type": ["string", "null"], "examples": ["application/json"]},
        "data": {
            "type": "object",
            "description": "The event as it is sent without an envelope; what the envelope says "
            "need not be said again, and must not be contradicted.",
        },
    },
    "examples": [
        {
            "specversion": "1.0",
            "id": "hr-88123",
            "source": "heroma",
            "type": "absence.reported",
            "time": "2026-03-02T06:58:00+01:00",
            "datacontenttype": "application/json",
            "data": _REPORT,
        }
    ],
}
_EVENT = {"$ref": "#/components/schemas/EventIn"}
_RESULTS = {"type": "string", "description": "One BatchItemOut a line, in order."}

ONE_EVENT: dict[str, Any] = {
    "requestBody": {"required": True, "content": {STRUCTURED: {"schema": _CLOUD_EVENT}}}
}
"""For the OpenAPI document: what one event may be sent as, besides JSON."""

MANY_EVENTS: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"type": "array", "maxItems": MAX_ITEMS, "items": _EVENT}
            },
            BATCHED: {"schema": {"type": "array", "maxItems": MAX_ITEMS, "items": _CLOUD_EVENT}},
            **{
                media: {"schema": {"type": "string", "description": "One EventIn a line."}}
                for media in LINES
            },
        },
    },
    "responses": {"200": {"content": {NDJSON: {"schema": _RESULTS}}}},
}
"""The same for a batch."""
