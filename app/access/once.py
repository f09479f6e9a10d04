"""`Idempotency-Key`: what is sent again is not done again, and is answered as it was.

The answer is kept in the transaction that did it, so there is never one without the other. What
an answer shows this once is left out of what is kept. After draft-ietf-httpapi-idempotency-key-
header-06: the key is a structured-field string; a bare one is taken, too.
"""

import hashlib
import hmac
import inspect
import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from functools import wraps
from typing import Any

from fastapi import Request, Response
from pydantic import BaseModel
from pydantic_core import to_json

from app.access.principal import Principal
from app.access.store import KeptFor, keep_answer, kept_answer, take_turn
from app.core.context import Context, context_of
from app.core.errors import AppError, Conflict, FieldError, InvalidInput

HEADER = "Idempotency-Key"
MAX_LENGTH = 255
KEPT_FOR = timedelta(hours=24)
"""How long an answer is kept; afterwards the key may be used for something else."""
CREATING = (201, 202)
PARAMETER: dict[str, Any] = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": "Makes sending again safe: within 24 hours the same key with the same body "
    "gets the answer of the first time, with `Idempotent-Replayed: true` and without what is "
    "shown once. With another body: 422 `idempotency_key_reused`. While the first is still "
    "under way: 409 `idempotency_key_in_use`. A key of yours, best a random one, in quotes "
    "(a structured-field string) or bare.",
    "schema": {
        "type": "string",
        "minLength": 1,
        "maxLength": MAX_LENGTH,
        "pattern": r'^("([ !#-\[\]-~]|\\["\\])+"|[!#-~]([ !#-~]*[!#-~])?)$',
    },
}
_QUOTED = re.compile(r'"((?:[ !#-\[\]-~]|\\["\\])+)"')
_BARE = re.compile(r"[!#-~](?:[ !#-~]*[!#-~])?")
_BAD = FieldError(
    f"#/{HEADER}",
    "invalid_idempotency_key",
    f"One key of 1 to {MAX_LENGTH} printable ASCII characters, in quotes or bare.",
)


class KeyReused(AppError):
    """The key stands for another request."""

    status = 422
    code = "idempotency_key_reused"
    detail = "This Idempotency-Key was used for another request; nothing was changed."


class KeyInUse(Conflict):
    """The request of this key has not been answered yet."""

    code = "idempotency_key_in_use"
    detail = "The request with this Idempotency-Key is still under way; send it again shortly."

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": "1"})


@dataclass(frozen=True, slots=True)
class Asked:
    """A request with a key: in what context, whose answer it is, and what was asked for.

    Neither the key nor the body can be told from it: both are hashed, the second with the first.
    """

    ctx: Context
    kept_for: KeptFor
    fingerprint: str


_asked: ContextVar[Asked | None] = ContextVar("asked", default=None)
_under_way: set[KeptFor] = set()
_lock = threading.Lock()


def takes_key(endpoint: Callable[..., Any], route: Mapping[str, Any]) -> bool:
    """Whether a route makes something, as far as the framework was told of it.

    Events carry an identity of their own; they are taken in by coroutines. So are files, which
    see to their keys by themselves.
    """
    creates = set(route.get("methods") or ()) == {"POST"} and route.get("status_code") in CREATING
    return creates and not inspect.iscoroutinefunction(endpoint)


def key_of(request: Request) -> str | None:
    """The key a request carries, if any; raises InvalidInput."""
    given = request.headers.getlist(HEADER)
    if not given:
        return None
    text = given[0].strip(" \t")
    quoted = _QUOTED.fullmatch(text)
    key = re.sub(r"\\(.)", r"\1", quoted[1]) if quoted else text
    if len(given) > 1 or len(key) > MAX_LENGTH or not (quoted or _BARE.fullmatch(text)):
        raise InvalidInput([_BAD])
    return key


@contextmanager
def asking(request: Request, key: str, who: Principal, asked_for: Any) -> Iterator[None]:
    """Let what is called meanwhile know of the key. `asked_for`: the body, or its digest."""
    digest = hashlib.sha256(key.encode()).hexdigest()
    scope = request.scope
    body = json.dumps(asked_for, sort_keys=True)
    what = "\n".join(
        [scope["method"], scope["path"], scope["query_string"].decode("latin-1"), body]
    )
    fingerprint = hmac.new(key.encode(), what.encode(), hashlib.sha256).hexdigest()
    kept_for = KeptFor(who.tenant_id, who.key_id, digest)
    token = _asked.set(Asked(context_of(request), kept_for, fingerprint))
    try:
        yield
    finally:
        _asked.reset(token)


def once(endpoint: Callable[..., Any], status: int) -> Callable[..., Any]:
    """The endpoint, done once for each key; without a key as it is."""

    @wraps(endpoint)
    def called(**given: Any) -> Any:
        asked = _asked.get()
        if asked is None:
            return endpoint(**given)
        with _alone(asked.kept_for):
            return _once(asked, status, endpoint, given)

    return called


def _once(asked: Asked, status: int, endpoint: Callable[..., Any], given: Mapping[str, Any]) -> Any:
    now = asked.ctx.now()
    with asked.ctx.database.joined() as conn:
        if not take_turn(conn, asked.kept_for):
            raise KeyInUse
        kept = kept_answer(conn, asked.kept_for, now)
        if kept is not None:
            if not hmac.compare_digest(kept.fingerprint, asked.fingerprint):
                raise KeyReused
            return _replayed(kept.status, kept.body, kept.etag)
        answer = endpoint(**given)
        values = {
            "fingerprint": asked.fingerprint,
            **_head_of(given, status),
            "body": _kept_of(answer),
            "created_at": now,
            "expires_at": now + KEPT_FOR,
        }
        keep_answer(conn, asked.kept_for, values)
    return answer


def _head_of(given: Mapping[str, Any], status: int) -> dict[str, Any]:
    """The status and the ETag, either of which an endpoint may set on the response it is given."""
    shown = next((value for value in given.values() if isinstance(value, Response)), None)
    if shown is None:
        return {"status": status, "etag": None}
    # FastAPI gives it out without a status.
    chosen: int | None = shown.status_code
    return {"status": chosen or status, "etag": shown.headers.get("etag")}


def _kept_of(answer: Any) -> str:
    """What is kept of an answer: all but what it shows this once."""
    if not isinstance(answer, BaseModel):
        return to_json(answer).decode()
    shown_once: frozenset[str] = getattr(answer, "shown_once", frozenset())
    return answer.model_dump_json(by_alias=True, exclude=set(shown_once))


def _replayed(status: int, body: str, etag: str | None) -> Response:
    headers = {"Idempotent-Replayed": "true"} | ({"ETag": etag} if etag else {})
    return Response(body, status, headers, media_type="application/json")


@contextmanager
def _alone(kept_for: KeptFor) -> Iterator[None]:
    """Refuse a second one at once within this process; between processes the database does."""
    with _lock:
        if kept_for in _under_way:
            raise KeyInUse
        _under_way.add(kept_for)
    try:
        yield
    finally:
        with _lock:
            _under_way.discard(kept_for)
