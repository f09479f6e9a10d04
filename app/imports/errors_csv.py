"""The errors of an import as a CSV file, in bounded memory."""

import csv
import io
from collections.abc import Iterator
from typing import Any

from sqlalchemy.engine import Row

from app.core.context import Context
from app.imports import store
from app.imports.words import of_row

_SOME = 2000
COLUMNS = ("row", "code", "detail")


def errors_csv(ctx: Context, key: tuple[str, str]) -> Iterator[bytes]:
    """The lines of the file, many at a time: UTF-8, commas, a line of names first."""
    yield _lines([COLUMNS])
    after = ""
    while rows := _some(ctx, key, after):
        after = rows[-1].fault_id
        yield _lines([(str(row.row), row.code, of_row(row.code)) for row in rows])


def _some(ctx: Context, key: tuple[str, str], after: str) -> list[Row[Any]]:
    with ctx.database.read() as conn:
        return store.faults_after(conn, key, after, _SOME)


def _lines(rows: list[tuple[str, ...]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()
