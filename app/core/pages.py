"""Lists in pages: keyset cursors over sortable ids, which nothing that comes or goes disturbs.

A list that has no such ids, and is read as a whole anyway, is cut by position: what moves within
it between two pages may come twice or not at all. Its items are named after what sources say, and
that stands in no address.
"""

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from fastapi import Query
from sqlalchemy import Select
from sqlalchemy.engine import Connection, Row
from sqlalchemy.orm import InstrumentedAttribute

from app.core.errors import FieldError, InvalidInput

_ID = re.compile(r"[a-z]{3}_[0-9a-z]{26}", re.ASCII)
_POSITION = re.compile(r"pos_(\d{26})", re.ASCII)
_BAD = FieldError("#/cursor", "invalid_cursor", "Use next_cursor of the page before.")
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Cut:
    """Which page is asked for: how many, after which id."""

    limit: int
    after: str | None


def cut(
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> Cut:
    """The page asked for by a request; raises InvalidInput for a cursor we did not make."""
    return Cut(limit, _opened(cursor) if cursor else None)


def _opened(cursor: str) -> str:
    try:
        opened = base64.urlsafe_b64decode(cursor.encode("ascii")).decode("ascii")
    except (ValueError, binascii.Error):
        opened = ""
    if _ID.fullmatch(opened):
        return opened
    raise InvalidInput([_BAD])


def next_cursor(last_id: str) -> str:
    """The cursor of the page after that id."""
    return base64.urlsafe_b64encode(last_id.encode("ascii")).decode("ascii")


def cut_page(
    conn: Connection, rows: Select[Any], key: InstrumentedAttribute[str], cut: Cut
) -> tuple[list[Row[Any]], str | None]:
    """The rows of one page in order of `key`, and the cursor of the next, if any.

    Raises InvalidInput for a cursor of a list that is cut by position.
    """
    if cut.after and _POSITION.fullmatch(cut.after):
        raise InvalidInput([_BAD])
    wanted = rows.where(key > cut.after) if cut.after else rows
    found = list(conn.execute(wanted.order_by(key).limit(cut.limit + 1)))
    page = found[: cut.limit]
    more = len(found) > cut.limit
    return page, next_cursor(getattr(page[-1], key.key)) if more else None


def cut_list(items: Sequence[Item], cut: Cut) -> tuple[list[Item], str | None]:
    """One page of a list that is read as a whole, and the cursor of the next, if any.

    Raises InvalidInput for a cursor of another list.
    """
    position = _POSITION.fullmatch(cut.after or "pos_" + 26 * "0")
    if position is None:
        raise InvalidInput([_BAD])
    first = int(position[1])
    last = first + cut.limit
    return list(items[first:last]), next_cursor(f"pos_{last:026}") if last < len(items) else None
