"""The guard of every route: a valid bearer key with a fitting scope, or 401 and 403.

A system test walks the route table: no route but the public ones is without a guard.
"""

from collections.abc import Callable, Collection, Iterator
from typing import Annotated, Any, ClassVar

from fastapi import Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.dependencies.models import Dependant
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.datastructures import QueryParams

from app.access.once import PARAMETER, asking, key_of, once, takes_key
from app.access.principal import Principal, Scope
from app.access.store import identify
from app.core.context import context_of
from app.core.errors import AppError, FieldError, InvalidInput
from app.core.wire import MAX_BATCH, Handle, StrictRoute

_bearer = HTTPBearer(auto_error=False, description="An API key of the tenant.")


class Unauthenticated(AppError):
    """No key, or none that opens anything."""

    status = 401
    code = "unauthenticated"
    detail = "A valid API key is needed: Authorization: Bearer <key>."
    CHALLENGE: ClassVar[dict[str, str]] = {"WWW-Authenticate": "Bearer"}


class Forbidden(AppError):
    """A valid key without the scope."""

    status = 403
    code = "forbidden"
    detail = "The key has not the scope this needs."


async def _presented(
    request: Request,
    _: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> Principal:
    """Who was let in by the route. The parameter puts the scheme into the OpenAPI document."""
    who: Principal | None = getattr(request.state, "principal", None)
    if who is None:
        raise Unauthenticated(headers=Unauthenticated.CHALLENGE)
    return who


def allow(*scopes: Scope) -> Callable[..., Any]:
    """A guard for callers that hold any of the scopes; the route asks it before all else."""

    async def guard(who: Annotated[Principal, Depends(_presented)]) -> Principal:
        return who

    guard.scopes = frozenset(scopes)  # type: ignore[attr-defined]  # read by GuardedRoute
    return guard


class GuardedRoute(StrictRoute):
    """A route that lets in who may come before it reads what they bring.

    One that makes something makes it once for each Idempotency-Key.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **given: Any) -> None:
        self.takes_key = takes_key(endpoint, given)
        if self.takes_key:
            endpoint = once(endpoint, given["status_code"])
            more = given.get("openapi_extra") or {}
            parameters = [*more.get("parameters", ()), PARAMETER]
            given["openapi_extra"] = {**more, "parameters": parameters}
        super().__init__(path, endpoint, **given)
        self.parameters = frozenset(_query_names(self.dependant))

    async def admit(self, request: Request) -> None:
        """Identify the caller and check the scope; raises Unauthenticated or Forbidden.

        Raises InvalidInput for a query that would be read as another.
        """
        who = await run_in_threadpool(_caller, request)
        if not who.may(self.scopes):
            raise Forbidden
        request.state.principal = who
        _refuse_misread(request.query_params, self.parameters)

    async def take(self, request: Request, handle: Handle) -> Response:
        """Read and answer, or answer as it was answered before."""
        key = key_of(request) if self.takes_key else None
        if key is None:
            return await super().take(request, handle)

        async def keyed(request: Request) -> Response:
            with asking(request, key, request.state.principal, getattr(request, "_json", None)):
                return await handle(request)

        return await super().take(request, keyed)

    @property
    def scopes(self) -> frozenset[str]:
        """The scopes that open this route; a route without a guard opens to nobody."""
        calls = [dependency.call for dependency in self.dependant.dependencies]
        return frozenset().union(*(getattr(call, "scopes", ()) for call in calls))


class GuardedBatchRoute(GuardedRoute):
    """The same for JSON batches."""

    max_body = MAX_BATCH


def _query_names(dependant: Dependant) -> Iterator[str]:
    """The names of the parameters of a query, those of what it depends on among them."""
    yield from (field.alias for field in dependant.query_params)
    for needed in dependant.dependencies:
        yield from _query_names(needed)


def _refuse_misread(query: QueryParams, known: Collection[str]) -> None:
    """Refuse what would be passed over: a filter that is misspelt shows everybody, and of one that
    is there twice one word is lost. Nothing of it is repeated.
    """
    if query.keys() - known:
        names = ", ".join(sorted(known)) or "none"
        detail = f"A parameter is not known here. There are: {names}."
        raise InvalidInput([FieldError("#", "unknown_parameter", detail)])
    if len(query.multi_items()) > len(query):
        detail = "A parameter is there more than once; say it once."
        raise InvalidInput([FieldError("#", "repeated_parameter", detail)])


def _caller(request: Request) -> Principal:
    """Who is calling; asked of the database each time, so that a revoked key is shut out."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    ctx = context_of(request)
    if scheme.lower() == "bearer" and key:
        with ctx.database.read() as conn:
            who = identify(conn, key.strip(), ctx.now())
        if who is not None:
            return who
    raise Unauthenticated(headers=Unauthenticated.CHALLENGE)


Posts = Annotated[Principal, Depends(allow("events:write"))]
Reads = Annotated[Principal, Depends(allow("cases:read"))]
Decides = Annotated[Principal, Depends(allow("cases:write"))]
MovesReferrals = Annotated[Principal, Depends(allow("cases:write", "provider"))]
ReadsReferrals = Annotated[Principal, Depends(allow("cases:read", "provider"))]
WritesRules = Annotated[Principal, Depends(allow("rules:write"))]
ReadsRules = Annotated[Principal, Depends(allow("rules:write", "cases:read"))]
WritesWebhooks = Annotated[Principal, Depends(allow("webhooks:write"))]
Administers = Annotated[Principal, Depends(allow("admin"))]
