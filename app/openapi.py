"""The OpenAPI document: generated from the code, with webhooks, problems and no surprises.

`openapi.yaml` in the repository is this, and a check holds them together.
"""

from collections.abc import Callable
from typing import Any

import yaml
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from app.access.once import CREATING, HEADER
from app.core.errors import MEDIA_TYPE
from app.delivery.schemas import (
    FeedWebhook,
    FlagWebhook,
    MeetingWebhook,
    OverdueWebhook,
    PingWebhook,
    ReferralWebhook,
)
from app.signals.schemas import SignalWebhook

DESCRIPTION = """\
Omtanke notices early when somebody at work is ill again and again for short spells, and sees to
it that help is offered. Payroll and HR systems post sick-reporting events; rules find the
pattern and explain it; a referral to occupational health (företagshälsovård) goes out by signed
webhook. No cause, no diagnosis and no free text about a person is ever taken."""

TAGS = {
    "events": "Sick-reporting events in (sjukanmälan, friskanmälan).",
    "imports": "Whole files in (PAXml, CSV, NDJSON): jobs with progress and a list of errors.",
    "data-quality": "What is odd in what the sources say, and which of them have fallen silent.",
    "employees": "Employees, their absences and what is made of them; units and who leads them.",
    "rules": "What the employer wants to be told about.",
    "flags": "What the rules found (signaler), and what people decide about it.",
    "referrals": "Referrals to occupational health (remiss till hälsosamtal).",
    "providers": "Occupational-health companies (företagshälsovård).",
    "meetings": "Meetings (avstämningsmöte, trepartssamtal), their series and calendars.",
    "plans": "Action plans (handlingsplaner) and their follow-ups.",
    "activities": "Trainings and work-group dialogues (APT).",
    "grants": "What was bought from occupational health, for the grant that pays half.",
    "letters": "Letters to hand over and referrals to print.",
    "reports": "Figures about groups of ten or more, never about a person.",
    "webhooks": "Signed messages out (Standard Webhooks) and their deliveries.",
    "tenant": "The employer's settings.",
    "api-keys": "Credentials of the employer's and the providers' systems.",
    "health": "For those who run the service.",
}
_TOLD = {
    "flag.raised": FlagWebhook,
    "flag.updated": FlagWebhook,
    "flag.withdrawn": FlagWebhook,
    "referral.requested": ReferralWebhook,
    "referral.withdrawn": ReferralWebhook,
    "referral.basis_changed": ReferralWebhook,
    "referral.updated": ReferralWebhook,
    "referral.overdue": OverdueWebhook,
    "meeting.planned": MeetingWebhook,
    "meeting.cancelled": MeetingWebhook,
    "unit.signal": SignalWebhook,
    "feed.silent": FeedWebhook,
    "ping": PingWebhook,
}
_PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "RFC 9457. `code` is stable; nothing that was sent is repeated.",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {"$ref": "#/components/schemas/FieldErrorOut"},
        },
        "allowed": {"type": "array", "items": {"type": "string"}},
        "tests": {"type": "array", "items": {"$ref": "#/components/schemas/ProofOut"}},
        "rules": {"type": "array", "items": {"type": "string"}},
        "until": {"type": "string", "format": "date"},
    },
}
_REFUSALS = {
    "400": ("Malformed", "Not JSON as this service takes it."),
    "401": ("Unauthenticated", "No valid API key."),
    "403": ("Forbidden", "The key has not the scope."),
    "404": ("NotFound", "No such object, or not the caller's."),
    "408": ("TooSlow", "The body stopped coming, or trickled."),
    "409": ("Conflict", "The object's state does not allow it, or it contradicts what was said."),
    "412": ("StaleWrite", "The object has changed since it was read."),
    "413": ("TooLarge", "The body is too large."),
    "415": ("UnsupportedMedia", "Not a media type this takes, or encoded."),
    "422": ("InvalidInput", "The input is not valid; see errors."),
    "503": (
        "Unavailable",
        "Try again after Retry-After seconds; events may safely be.",
    ),
}
_PUBLIC = ("/livez", "/readyz", "/calendars/{secret}.ics")


def describe_api(app: FastAPI) -> None:
    """Give the application its document and its webhooks."""
    for message_type, told in _WEBHOOKS.items():
        name = told.__name__
        app.webhooks.post(
            message_type, operation_id=name, name=name, status_code=204, tags=["webhooks"]
        )(told)

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way


def as_yaml(app: FastAPI) -> str:
    """The document as it stands in openapi.yaml."""
    return yaml.safe_dump(app.openapi(), sort_keys=False, allow_unicode=True, width=100)


def _webhook(message_type: str, model: type) -> Callable[[Any], None]:
    def told(body: Any) -> None:
        """Answer 2xx; the same `webhook-id` may come again."""

    told.__annotations__["body"] = model
    told.__name__ = f"on_{message_type.replace('.', '_')}"
    return told


# Made once: the framework remembers for good every function that it has looked at.
_WEBHOOKS = {message_type: _webhook(message_type, model) for message_type, model in _TOLD.items()}


def _document(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title=app.title,
        version=app.version,
        description=DESCRIPTION,
        routes=app.routes,
        webhooks=app.webhooks.routes,
        tags=[{"name": name, "description": words} for name, words in TAGS.items()],
        servers=[{"url": "/", "description": "this installation"}],
        separate_input_output_schemas=app.separate_input_output_schemas,
    )
    schemas = document["components"]["schemas"]
    schemas["Problem"] = _PROBLEM
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    document["components"]["responses"] = {
        name: {
            "description": words,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for name, words in _REFUSALS.values()
    }
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            _declare_problems(operation, method, public=path in _PUBLIC)
    for operations in document.get("webhooks", {}).values():
        for operation in operations.values():
            operation["responses"].pop("422", None)
    tidied: dict[str, Any] = _tidy(document)
    return tidied


def _declare_problems(operation: dict[str, Any], method: str, *, public: bool) -> None:
    """The errors an operation may answer, each as problem+json."""
    operation["responses"].pop("422", None)
    parameters = [parameter["name"] for parameter in operation.get("parameters", ())]
    codes = {"401", "403", "422", "503"}
    if set(parameters) - {"limit", "cursor"}:
        codes.add("404")
    if method == "post":
        codes |= {"409"}
    if "requestBody" in operation:
        codes |= {"400", "404", "408", "409", "413", "415"}
    if HEADER in parameters:
        codes.add("409")
        _declare_replays(operation)
    if "if-match" in parameters:
        codes.add("412")
    said = _REFUSALS.keys() & operation["responses"].keys()
    codes = said if public else codes | said
    for code in sorted(codes):
        name = _REFUSALS[code][0]
        operation["responses"][code] = {"$ref": f"#/components/responses/{name}"}


def _declare_replays(operation: dict[str, Any]) -> None:
    """That an answer may be one given before."""
    told = {"description": "The answer was given before.", "schema": {"const": "true"}}
    for status, answer in operation["responses"].items():
        if status in map(str, CREATING):
            answer["headers"] = {"Idempotent-Replayed": told}


def _tidy(part: Any) -> Any:
    """Without made-up titles, and a nullable plain type as one type: generators name and type
    the rest better."""
    if isinstance(part, list):
        return [_tidy(item) for item in part]
    if not isinstance(part, dict):
        return part
    made_up = isinstance(part.get("title"), str) and ("type" in part or "anyOf" in part)
    kept = {k: _tidy(v) for k, v in part.items() if not (k == "title" and made_up)}
    return _nullable(kept)


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    either = schema.get("anyOf")
    if not isinstance(either, list) or len(either) != 2 or either[1] != {"type": "null"}:
        return schema
    if either[0].get("type") not in ("string", "integer", "boolean", "array"):
        return schema
    rest = {k: v for k, v in schema.items() if k != "anyOf"}
    plain = dict(either[0])
    # JSON Schema takes these two beside the type, so null must stand among them as well.
    if "const" in plain:
        plain["enum"] = [plain.pop("const")]
    if "enum" in plain:
        plain["enum"] = [*plain["enum"], None]
    return {**plain, "type": [plain["type"], "null"], **rest}
