"""Files in: imports as jobs, what was wrong in them, and mappings for those that need one."""

from contextlib import nullcontext
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from app.access.guards import GuardedRoute, Posts
from app.access.once import PARAMETER, asking, key_of, once
from app.core.bodies import UnsupportedMedia, media_of
from app.core.context import Context, Ctx
from app.core.errors import Conflict, FieldError, InvalidInput
from app.core.pages import Cut, cut
from app.core.wire import Day, Page
from app.imports import store
from app.imports.begin import Key, give_up, settle_upload
from app.imports.errors_csv import errors_csv
from app.imports.mappings import MappingName, mapping_named
from app.imports.schemas import (
    ImportErrorOut,
    ImportOut,
    MappingOut,
    State,
    error_out,
    import_out,
)
from app.imports.task import Format, Mode, Task, names_a_source
from app.imports.upload import take_upload
from app.intake.mappings import Mapping

router = APIRouter(route_class=GuardedRoute, tags=["imports"])

_MEDIA: dict[str, Format | None] = {
    "application/xml": "paxml",
    "text/xml": "paxml",
    "text/csv": "csv",
    "application/x-ndjson": "ndjson",
    "application/octet-stream": None,
}
"""What may be sent, and the format it has unless `format` says otherwise."""
_FILE = {"schema": {"type": "string", "format": "binary"}}
_BODY: dict[str, Any] = {
    "requestBody": {"required": True, "content": dict.fromkeys(_MEDIA, _FILE)},
    "parameters": [PARAMETER],
}
_AS_CSV: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/csv": {"schema": {"type": "string"}}}}
}


_NO_MAPPING = FieldError("#/mapping", "mapping_missing", "A CSV file needs a mapping.")


class UnsupportedFile(UnsupportedMedia):
    """No kind of file that is taken, or encoded."""

    detail = (
        "Send application/xml (PAXml), text/csv or application/x-ndjson, without a content "
        "encoding."
    )


class AlreadyOver(Conflict):
    """What is over cannot be stopped."""

    code = "import_over"
    detail = "The import is over; it cannot be cancelled any more."


@router.post(
    "/v1/imports",
    status_code=202,
    response_model=ImportOut,
    responses={200: {"model": ImportOut}},
    openapi_extra=_BODY,
)
async def create_import(
    request: Request,
    response: Response,
    who: Posts,
    ctx: Ctx,
    format: Annotated[Format | None, Query(description="default: by the media type")] = None,
    source: Annotated[str | None, Query(min_length=1, max_length=200)] = None,
    mode: Annotated[Mode | None, Query(description="default: what the file asks for")] = None,
    history: Annotated[bool, Query(description="it is history through yesterday")] = False,
    history_through: Annotated[Day | None, Query(description="it is history through then")] = None,
    mapping: Annotated[str | None, Query(max_length=64)] = None,
    dry_run: Annotated[bool, Query(description="say what would be stored; store nothing")] = False,
) -> Any:
    """Take in a file, at most 1 GiB of it.

    202 with the import, which is then worked on; 200 with the import that did the same already or
    does. The triggers of history, of the employees there are rows for, do not act.
    """
    with_mapping = await run_in_threadpool(_mapping, ctx, who.tenant_id, mapping)
    task = Task(
        _format(request, format),
        source=_plain(source),
        history_through=history_through,
        history=history,
        mode=mode,
        mapping=with_mapping,
        dry_run=dry_run,
    )
    if task.format == "csv" and task.mapping is None:
        raise InvalidInput([_NO_MAPPING])
    named = key_of(request)

    def settle(key: Key, digest: str, size: int) -> Any:
        given = {"response": response, "ctx": ctx, "key": key, "task": task}
        with asking(request, named, who, digest) if named else nullcontext():
            answer = once(_settled, 202)(**given, digest=digest, size=size)
        if isinstance(answer, Response):
            give_up(ctx, key)  # it is the answer of another time; this file is not needed
        return answer

    return await take_upload(ctx, request, task, settle)


def _settled(
    response: Response, ctx: Context, key: Key, task: Task, digest: str, size: int
) -> ImportOut:
    row, known = settle_upload(ctx, key, task, digest, size)
    response.status_code = 200 if known else 202
    return import_out(row)


def _mapping(ctx: Context, tenant_id: str, name: str | None) -> Mapping | None:
    with ctx.database.read() as conn:
        return mapping_named(conn, tenant_id, name)


def _format(request: Request, asked: Format | None) -> Format:
    """The format of the body; raises UnsupportedFile."""
    media = media_of(request)
    if media not in _MEDIA or (found := asked or _MEDIA[media]) is None:
        raise UnsupportedFile
    return found


def _plain(source: str | None) -> str | None:
    """The name of a source: on one line, as in events."""
    if source is not None and not names_a_source(source):
        bad = FieldError("#/source", "invalid_format", "No control characters in a source.")
        raise InvalidInput([bad])
    return source


@router.get("/v1/imports")
def list_imports(
    who: Posts,
    ctx: Ctx,
    cut: Annotated[Cut, Depends(cut)],
    state: Annotated[State | None, Query()] = None,
) -> Page[ImportOut]:
    """The imports, the oldest first."""
    with ctx.database.read() as conn:
        rows, following = store.imports_page(conn, who.tenant_id, cut, state)
    return Page(items=[import_out(row) for row in rows], next_cursor=following)


@router.get("/v1/imports/{import_id}")
def get_import(import_id: str, who: Posts, ctx: Ctx) -> ImportOut:
    """One import: its state, how far it has come, and what became of its rows."""
    with ctx.database.read() as conn:
        return import_out(store.import_row(conn, (who.tenant_id, import_id)))


@router.get(
    "/v1/imports/{import_id}/errors", response_model=Page[ImportErrorOut], responses=_AS_CSV
)
def list_import_errors(
    import_id: str,
    who: Posts,
    ctx: Ctx,
    cut: Annotated[Cut, Depends(cut)],
    format: Annotated[Literal["json", "csv"] | None, Query()] = None,
    accept: Annotated[str | None, Header()] = None,
) -> Any:
    """What was wrong with which rows, in their order: pages, or all of it as CSV.

    At most 100,000 are listed; `errors` of the import counts all of them.
    """
    key = (who.tenant_id, import_id)
    with ctx.database.read() as conn:
        store.import_row(conn, key)
        rows, following = store.faults_page(conn, key, cut)
    if format == "csv" or (format is None and accept and accept.startswith("text/csv")):
        named = {"Content-Disposition": f'attachment; filename="{import_id}-errors.csv"'}
        lines = errors_csv(ctx, key)
        return StreamingResponse(lines, media_type="text/csv; charset=utf-8", headers=named)
    return Page(items=[error_out(row) for row in rows], next_cursor=following)


@router.post("/v1/imports/{import_id}/cancel")
def cancel_import(import_id: str, who: Posts, ctx: Ctx) -> ImportOut:
    """Stop an import. What it has stored stays, and its employees are judged."""
    key = (who.tenant_id, import_id)
    with ctx.database.write() as conn:
        row = store.import_row(conn, key)
        stop = {"state": "cancelled", "stage": "look"}
        if row.state in ("done", "failed"):
            raise AlreadyOver
        if row.state != "cancelled" and not store.change_import(
            conn, key, stop, stages=("rows", "replace", "look")
        ):
            raise AlreadyOver
        return import_out(store.import_row(conn, key))


@router.get("/v1/import-mappings")
def list_import_mappings(
    who: Posts, ctx: Ctx, cut: Annotated[Cut, Depends(cut)]
) -> Page[MappingOut]:
    """The mappings there are."""
    with ctx.database.read() as conn:
        rows, following = store.mappings_page(conn, who.tenant_id, cut)
    return Page(items=[_mapping_out(row) for row in rows], next_cursor=following)


@router.get("/v1/import-mappings/{name}")
def get_import_mapping(name: str, who: Posts, ctx: Ctx) -> MappingOut:
    """One mapping."""
    with ctx.database.read() as conn:
        return _mapping_out(store.mapping_row(conn, who.tenant_id, name))


@router.put("/v1/import-mappings/{name}")
def replace_import_mapping(name: MappingName, body: Mapping, who: Posts, ctx: Ctx) -> MappingOut:
    """Store a mapping under a name, in place of what was there. Imports begun keep the old one."""
    with ctx.database.write() as conn:
        document = body.model_dump(mode="json")
        row = store.save_mapping(conn, who.tenant_id, name, document, ctx.now())
        return _mapping_out(row)


def _mapping_out(row: Any) -> MappingOut:
    document = Mapping.model_validate(row.document)
    return MappingOut(name=row.name, mapping=document, changed_at=row.changed_at)
