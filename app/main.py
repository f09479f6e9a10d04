"""The HTTP application: routers, error handlers and the process's background work. No logic."""

import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager, nullcontext
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute, iter_route_contexts
from fastapi_offline import FastAPIOffline
from sqlalchemy.exc import IntegrityError
from starlette.exceptions import HTTPException
from starlette.routing import Route

from app import __version__
from app.absences import api as absences
from app.access import api as access
from app.activities import api as activities
from app.backtests import api as backtests
from app.core.clock import Clock
from app.core.context import Context, context_of
from app.core.errors import AppError, Conflict, InvalidInput, problem, render
from app.core.settings import Settings
from app.delivery import api as delivery
from app.flags import api as flags
from app.flags.shadow import api as shadow
from app.flags.silences import api as silences
from app.grants import api as grants
from app.imports import api as imports
from app.intake import api as intake
from app.letters import api as letters
from app.meetings import api as meetings
from app.meetings.calendars import api as calendars
from app.meetings.guides import api as guides
from app.meetings.series import api as series
from app.openapi import describe_api
from app.ops.headers import SafeHeaders, safe_headers
from app.ops.health import checks
from app.ops.hot import HotPath
from app.ops.start import Background, make_context
from app.people import api as people
from app.plans import api as plans
from app.privacy.redact import field_errors
from app.quality import api as quality
from app.referrals import api as referrals
from app.referrals.providers import api as providers
from app.reports import api as reports
from app.rules import api as rules
from app.rules.force import api as force
from app.signals import api as signals

ROUTERS = (
    intake.router,
    intake.batches,
    imports.router,
    people.rosters,
    people.batches,
    people.router,
    absences.router,
    rules.router,
    force.router,
    shadow.router,
    backtests.router,
    flags.router,
    silences.router,
    providers.router,
    referrals.router,
    meetings.router,
    series.router,
    calendars.router,
    calendars.addresses,
    guides.router,
    plans.router,
    activities.router,
    grants.router,
    letters.router,
    reports.router,
    signals.router,
    quality.router,
    delivery.router,
    access.router,
)
log = logging.getLogger("app.http")


def create_app(
    settings: Settings, clock: Clock | None = None, *, background: bool = True
) -> FastAPI:
    """The application. Without `background` it neither ticks nor delivers: `worker` does."""
    ctx = make_context(settings, clock)
    beside = Background.of(ctx) if background else None
    app = _bare(settings, lifespan=_lifespan(ctx, beside))
    app.state.context = ctx
    app.state.background = beside
    for router in (*ROUTERS, health):
        app.include_router(router)
    _add_errors(app)
    app.add_middleware(SafeHeaders)
    app.add_middleware(HotPath, ctx=ctx)
    describe_api(app)
    return app


def _bare(settings: Settings, lifespan: Any) -> FastAPI:
    """The framework's application, with its pages of documentation or without them."""
    pages: dict[str, Any] = {"docs_url": None, "redoc_url": None, "openapi_url": None}
    if settings.docs:
        pages |= {"docs_url": "/docs", "openapi_url": "/openapi.json"}
        pages |= {"swagger_ui_parameters": {"validatorUrl": None}}
    make = FastAPIOffline if settings.docs else FastAPI
    return make(
        title="Omtanke",
        version=__version__,
        lifespan=lifespan,
        redirect_slashes=False,
        generate_unique_id_function=_operation_id,
        separate_input_output_schemas=False,
        **pages,
    )


def _operation_id(route: APIRoute) -> str:
    """The function's own name: stable, and what generators make of it reads well."""
    return route.name


def _lifespan(ctx: Context, beside: Background | None) -> Any:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        work: AbstractContextManager[None] = beside.running() if beside else nullcontext()
        with _writing(ctx), work:
            yield
        ctx.database.close()

    return lifespan


@contextmanager
def _writing(ctx: Context) -> Iterator[None]:
    """The writer runs as long as requests may come, and stores what waits when they stop."""
    ctx.ingest.start()
    try:
        yield
    finally:
        ctx.ingest.close()


health = APIRouter(tags=["health"])


@health.get("/livez", response_model=None)
def livez() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@health.get("/readyz", response_model=None)
def readyz(request: Request) -> Response:
    """The database, its schema, the writer and the ticker are well: 200, else 503."""
    beside: Background | None = request.app.state.background
    found = checks(context_of(request), beside.heartbeat if beside else None)
    ready = all(found.values())
    body = {"status": "ok" if ready else "not_ready", "checks": found}
    return JSONResponse(body, 200 if ready else 503)


def _add_errors(app: FastAPI) -> None:
    app.add_exception_handler(AppError, _anticipated)
    app.add_exception_handler(IntegrityError, _raced)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _plain)
    app.add_exception_handler(Exception, _unforeseen)


def _anticipated(_: Request, error: Exception) -> Response:
    assert isinstance(error, AppError)  # noqa: S101 - registered for it alone
    return problem(error)


def _raced(_: Request, error: Exception) -> Response:
    """A constraint held against what two callers did at once: one of them was first."""
    del error
    return problem(Conflict())


def _invalid(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for it alone
    return problem(InvalidInput(field_errors(error.errors())))


def _plain(request: Request, error: Exception) -> Response:
    """What the framework itself refuses: no such path, method not allowed."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for it alone
    code = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "bad_request")
    headers = dict(error.headers or {})
    if error.status_code == 405:
        headers["Allow"] = _allowed(request)
    return render(error.status_code, code, "The request cannot be carried out.", headers=headers)


def _allowed(request: Request) -> str:
    """Every method of the path; the framework knows those of the first route it met alone."""
    path = request.url.path
    routes = (context.original_route for context in iter_route_contexts(request.app.routes))
    here = [r for r in routes if isinstance(r, Route) and r.path_regex.match(path)]
    # Under /v1/employees/ lies `search`, which is nobody's id.
    own = [route for route in here if route.path == path] or here
    return ", ".join(sorted(set().union(*(route.methods or set() for route in own))))


def _unforeseen(request: Request, error: Exception) -> Response:
    """A fault of ours: said as such, logged by type and place, without anybody's data."""
    path = getattr(request.scope.get("route"), "path", "")
    log.error("unforeseen_error", exc_info=error, extra={"ids": {"route": path}})
    detail = "Something went wrong here; nothing was half done."
    # This answer is made outside of the middleware that adds them to the others.
    return render(500, "internal_error", detail, headers=safe_headers(request.url.path))
