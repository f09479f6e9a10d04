"""Types of the wire: strict models, days and instants, and requests read strictly.

No lax coercions: "1", true and 1.0 are not integers, a datetime is not a day, and a naive time
is no instant (a day between 1990 and 2100 is what this service can mean).
"""

import inspect
import re
from collections.abc import Callable, Coroutine, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, ClassVar, Generic, TypeVar

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.routing import APIRoute
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    PlainSerializer,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

from app.core.bodies import MIB, UnsupportedMedia, media_of, whole
from app.core.errors import Contended, FieldError, InvalidInput, NotFound
from app.core.strict_json import parse_json

FIRST_DAY = date(1990, 1, 1)
LAST_DAY = date(2100, 12, 31)
FURTHEST = timedelta(days=731)
"""How far ahead of today a day may be said or asked about."""
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_INSTANT = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})", re.ASCII
)


class WireModel(BaseModel):
    """What may be sent: unknown fields are refused, nothing is coerced."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def what_is_named_only(*examples: Mapping[str, Any]) -> Callable[[dict[str, Any]], None]:
    """For a model where leaving a field out means "as it is": its schema shows no defaults.

    Generated clients send the defaults they are shown, and would overwrite with them.
    """

    def adjust(schema: dict[str, Any]) -> None:
        for shown in schema.get("properties", {}).values():
            shown.pop("default", None)
        if examples:
            schema["examples"] = list(examples)

    return adjust


def _day(value: Any) -> date:
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            day = date.fromisoformat(value)
        except ValueError as error:
            raise PydanticCustomError("invalid_date", "no such day") from error
        if FIRST_DAY <= day <= LAST_DAY:
            return day
        raise PydanticCustomError("date_out_of_range", "between 1990 and 2100")
    if type(value) is date:
        return value
    raise PydanticCustomError("invalid_date", "a date as YYYY-MM-DD")


def _instant(value: Any) -> datetime:
    if isinstance(value, datetime) and value.tzinfo:
        return value.astimezone(UTC)
    if isinstance(value, str) and _INSTANT.fullmatch(value):
        try:
            return datetime.fromisoformat(_python_form(value)).astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise PydanticCustomError("invalid_instant", "no such instant") from error
    raise PydanticCustomError("invalid_instant", "an RFC 3339 time with its offset")


def _python_form(value: str) -> str:
    """RFC 3339 allows more digits after the second than Python keeps; those are cut."""
    return re.sub(r"(\.\d{6})\d+", r"\1", value.upper())


Day = Annotated[
    date,
    BeforeValidator(_day, json_schema_input_type=date),
    PlainSerializer(date.isoformat, when_used="json"),
]
Instant = Annotated[datetime, BeforeValidator(_instant, json_schema_input_type=datetime)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Key = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
"""An identifier of a source system: no control characters."""

T = TypeVar("T")


class ShownOnce(BaseModel):
    """An answer with fields that are in it once: they are stored nowhere in clear.

    An answer that is repeated for its Idempotency-Key is without them.
    """

    shown_once: ClassVar[frozenset[str]]

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Clients must not rely on them."""
        schema = handler.resolve_ref_schema(handler(core_schema))
        schema["required"] = [name for name in schema["required"] if name not in cls.shown_once]
        return schema


class Page(BaseModel, Generic[T]):
    """One page of a list; `next_cursor` is null on the last."""

    items: list[T]
    next_cursor: str | None


Handle = Callable[[Request], Coroutine[Any, Any, Response]]


class StrictRoute(APIRoute):
    """A route whose JSON body went through the strict parser, within a limit of real bytes."""

    max_body = MIB

    async def admit(self, request: Request) -> None:
        """Refuse who may not come in before anything of theirs is read; here nobody is."""

    def get_route_handler(self) -> Handle:
        """Read the body first; FastAPI then finds it parsed."""
        handle = super().get_route_handler()
        if not inspect.iscoroutinefunction(self.endpoint):
            handle = _once_more(handle)

        async def strict(request: Request) -> Response:
            await self.admit(request)
            _refuse_nul(request)
            return await self.take(request, handle)

        return strict

    async def take(self, request: Request, handle: Handle) -> Response:
        """Read what is sent and let FastAPI answer; a route may take other forms as well."""
        if self.body_field is not None:
            needed = bool(self.body_field.field_info.is_required())
            await _read_json(request, self.max_body, needed=needed)
        return await handle(request)


MAX_BATCH = 16 * MIB
"""The limit of a JSON batch, in bytes."""


def _once_more(handle: Handle) -> Handle:
    """Carry out again what was undone because another transaction was in the way.

    PostgreSQL ends one of two that wait for each other; a function writes in one transaction, so
    nothing of it is left. Not so coroutines: they hand events to the writer, which sees to that by
    itself, or read files, of which a part is read and stored by then.
    """

    async def patient(request: Request) -> Response:
        try:
            return await handle(request)
        except Contended:
            return await handle(request)

    return patient


def _refuse_nul(request: Request) -> None:
    """No id and no filter has a NUL in it, and PostgreSQL takes none."""
    if any("\0" in str(value) for value in request.path_params.values()):
        raise NotFound
    for name, value in request.query_params.items():
        if "\0" in name or "\0" in value:
            raise InvalidInput([FieldError("#", "invalid_string", "No NUL in a parameter.")])


async def _read_json(request: Request, limit: int, *, needed: bool) -> None:
    """Put the checked bytes and the parsed value where Starlette's request keeps its own."""
    if not needed and "content-type" not in request.headers:
        request._body = await whole(request, limit)
        if request._body:
            raise UnsupportedMedia
        return
    if media_of(request) != "application/json":
        raise UnsupportedMedia
    set_json(request, await read_json(request, limit))


async def read_json(request: Request, limit: int) -> Any:
    """The strictly parsed body; raises MalformedJson, or as reading does."""
    body = await whole(request, limit)
    # A large one is parsed beside the loop, which has others to serve.
    large = len(body) > MIB // 4
    return await run_in_threadpool(parse_json, body) if large else parse_json(body)


def set_json(request: Request, value: Any) -> None:
    """Put a parsed body where FastAPI looks for one, so that it parses nothing itself."""
    request._json = value
    # It asks whether there are bytes at all, and then for the value.
    request._body = b"..."
