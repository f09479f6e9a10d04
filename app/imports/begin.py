"""How an import begins: uploaded piece by piece, or from a file at hand; the same file once."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.engine import Connection, Row

from app.access.store import tenant_row
from app.casebook import tenant_today
from app.core.context import Context
from app.core.errors import AppError, Conflict
from app.core.ids import new_id
from app.imports import store
from app.imports.files import seal
from app.imports.job import LEASE
from app.imports.task import Task

MAX_WAITING = 500
_WORTH_ANOTHER_TRY = {"personal_number_unknown", "not_stored"}
Key = tuple[str, str]
"""Tenant and import."""


class NotHistory(AppError):
    """`history_through` lies ahead."""

    status = 422
    code = "not_history"
    detail = "history_through is after today; only days gone by are history."


class TooManyImports(Conflict):
    """Files come in faster than they are taken in."""

    code = "too_many_imports"
    detail = "Too many imports wait already; send this file again when some are done."


class UploadGone(Conflict):
    """The upload took too long and was given up."""

    code = "upload_given_up"
    detail = "The upload was given up, for nothing of it came for a while; send the file again."


class ImportUnderWay(Conflict):
    """The same file was uploaded and is being worked on."""

    code = "import_under_way"
    detail = "The same file has been uploaded and is being taken in."


def begin_upload(ctx: Context, tenant_id: str, task: Task) -> Key:
    """An import whose file is about to arrive; raises NotHistory, TooManyImports."""
    now, key = ctx.now(), (tenant_id, new_id("imp"))
    with ctx.database.write() as conn:
        values = _values(conn, tenant_id, task, now)
        if store.unfinished(conn, tenant_id) >= MAX_WAITING:
            raise TooManyImports
        store.add_import(
            conn,
            key,
            {**values, "state": "queued", "stage": "upload", "lease_until": now + LEASE},
        )
    return key


def add_part(ctx: Context, key: Key, number: int, content: bytes) -> None:
    """Keep a piece of the file; raises UploadGone."""
    sealed = seal(ctx.keys, key, number, content)
    with ctx.database.write() as conn:
        if not store.add_part(conn, key, number, sealed, ctx.now() + LEASE):
            raise UploadGone


def give_up(ctx: Context, key: Key) -> None:
    """The file did not arrive, or need not have: nothing of it is kept."""
    with ctx.database.write() as conn:
        gone = {"stage": "drop", "lease_by": None, "lease_until": None}
        store.change_import(conn, key, gone, stages=("upload",))


def settle_upload(
    ctx: Context, key: Key, task: Task, digest: str, size: int
) -> tuple[Row[Any], bool]:
    """The file has arrived: the import of it, and whether that was there before."""
    tenant_id, fingerprint = key[0], task.fingerprint(digest)
    with ctx.database.write() as conn:
        # Two that bring the same at once: one is first.
        tenant_row(conn, tenant_id, lock=True)
        known = _known(conn, tenant_id, task, fingerprint)
        if known is not None and known.local and known.state != "done":
            # Only the command line can go on with that one, and perhaps never will.
            known = None
        arrived: dict[str, Any] = {"lease_until": None}
        if known is not None:
            arrived |= {"stage": "drop"}
        else:
            arrived |= {"stage": "rows", "fingerprint": fingerprint, "bytes_total": size}
        if not store.change_import(conn, key, arrived, stages=("upload",)):
            raise UploadGone
        found = known if known is not None else store.import_row(conn, key)
    return found, known is not None


def begin_local(ctx: Context, tenant_id: str, task: Task, digest: str, size: int) -> Row[Any]:
    """The import of a file at hand: a new one, or the one that did it or was interrupted.

    Where there is work left it is taken from whoever had it. Raises NotHistory, ImportUnderWay.
    """
    now, fingerprint = ctx.now(), task.fingerprint(digest)
    with ctx.database.write() as conn:
        tenant_row(conn, tenant_id, lock=True)
        known = _known(conn, tenant_id, task, fingerprint)
        if known is None:
            key = (tenant_id, new_id("imp"))
            values = _values(conn, tenant_id, task, now)
            begun: dict[str, Any] = {"state": "queued", "stage": "rows", "local": True}
            begun |= {"fingerprint": fingerprint, "bytes_total": size}
            store.add_import(conn, key, values | begun)
        elif known.state != "done" and not known.local:
            raise ImportUnderWay
        else:
            key = (tenant_id, known.import_id)
        if known is None or known.stage != "over":
            store.take(conn, key, by=new_id("run"), until=now + LEASE)
        return store.import_row(conn, key)


def _known(conn: Connection, tenant_id: str, task: Task, fingerprint: str) -> Row[Any] | None:
    """The import that has done the same, or does, or will.

    A dry run is made again each time, and so is an import of which rows failed because nobody was
    known by their personal number, somebody may be by now, or for a reason of ours.
    """
    under_way = store.same_import(conn, tenant_id, fingerprint, ("queued", "running"))
    if under_way is not None or task.dry_run:
        return under_way
    done = store.same_import(conn, tenant_id, fingerprint, ("done",))
    return None if done is not None and _WORTH_ANOTHER_TRY & {*(done.codes or {})} else done


def _values(conn: Connection, tenant_id: str, task: Task, now: datetime) -> dict[str, Any]:
    return {
        "format": task.format,
        "source": task.source,
        "mode": task.mode,
        "mapping": task.mapping.model_dump(mode="json") if task.mapping else None,
        "dry_run": task.dry_run,
        "history_through": _history_day(conn, tenant_id, task, now),
        "started_at": now,
    }


def _history_day(conn: Connection, tenant_id: str, task: Task, now: datetime) -> date | None:
    """Days to come are no history; to silence them could not be taken back."""
    today = tenant_today(conn, tenant_id, now).today
    if task.history_through is None:
        return today - timedelta(days=1) if task.history else None
    if task.history_through > today:
        raise NotHistory
    return task.history_through
