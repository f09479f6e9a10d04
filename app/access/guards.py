"""The guard of every route: a valid bearer key with a fitting scope, or 401 and 403.

A system test walks the route table: no route but the public ones is without a guard.
"""

from collections.abc import Callable
from typing import Annotated, ClassVar

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from app.access.principal import Principal, Scope
from app.access.store import identify
from app.core.context import Ctx
from app.core.errors import AppError

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


def principal(
    ctx: Ctx, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> Principal:
    """Who is calling; asked of the database each time, so that a revoked key is shut out."""
    if credentials is not None:
        with ctx.database.read() as conn:
            who = identify(conn, credentials.credentials, ctx.now())
        if who is not None:
            return who
    raise Unauthenticated(headers=Unauthenticated.CHALLENGE)


def allow(*scopes: Scope) -> Callable[[Principal], Principal]:
    """A guard for callers that hold any of the scopes."""
    wanted = frozenset(scopes)

    def guard(who: Annotated[Principal, Depends(principal)]) -> Principal:
        if not who.may(wanted):
            raise Forbidden
        return who

    guard.scopes = wanted  # type: ignore[attr-defined]  # for the test of the route table
    return guard


Posts = Annotated[Principal, Depends(allow("events:write"))]
Reads = Annotated[Principal, Depends(allow("cases:read"))]
Decides = Annotated[Principal, Depends(allow("cases:write"))]
Provides = Annotated[Principal, Depends(allow("provider"))]
ReadsReferrals = Annotated[Principal, Depends(allow("cases:read", "provider"))]
WritesRules = Annotated[Principal, Depends(allow("rules:write"))]
ReadsRules = Annotated[Principal, Depends(allow("rules:write", "cases:read"))]
WritesWebhooks = Annotated[Principal, Depends(allow("webhooks:write"))]
Administers = Annotated[Principal, Depends(allow("admin"))]
