"""All SQL about data quality: some employees at a time, so that no statement is long."""

import base64
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, true
from sqlalchemy.engine import Connection, Row
from sqlalchemy.sql.selectable import Subquery

from app.absences.tables import Absence, Employee
from app.core.errors import FieldError, InvalidInput
from app.quality.findings.store import judged_absences
from app.quality.schemas import FINDINGS, Finding

SLICE = 1_000
"""Employees judged in one statement. A million absences take some seconds, in short statements."""
_PLACE = re.compile(r"(emp_[0-9a-z]{26})\.([0-9]{1,9})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Asked:
    """A tenant's absences as they are judged on a day by its policy."""

    tenant_id: str
    today: date
    counted_kinds: Collection[str]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page begins: with that employee, after so many of their absences."""

    employee_id: str
    shown: int

    def to_cursor(self) -> str:
        """The place in a query; employment numbers may stand in names of absences, hence a count
        and no name."""
        return base64.urlsafe_b64encode(f"{self.employee_id}.{self.shown}".encode()).decode()


def place_from(cursor: str | None) -> Place:
    """The place a cursor names, by default the beginning; raises InvalidInput."""
    if cursor is None:
        return Place("", 0)
    try:
        opened = base64.urlsafe_b64decode(cursor.encode("ascii")).decode("ascii")
    except ValueError:
        opened = ""
    if found := _PLACE.fullmatch(opened):
        return Place(found[1], int(found[2]))
    bad = FieldError("#/cursor", "invalid_cursor", "Use next_cursor of the page before.")
    raise InvalidInput([bad])


def count_findings(conn: Connection, asked: Asked) -> dict[str, Counter[str]]:
    """Of each source: how many `absences`, and of how many each finding is true."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for part in _slices(conn, asked.tenant_id, ""):
        judged = _judged(conn, asked, part)
        rows = conn.execute(
            select(
                judged.c.source,
                func.count().label("absences"),
                *(func.count().filter(judged.c[name]).label(name) for name in FINDINGS),
            ).group_by(judged.c.source)
        )
        for row in rows:
            counts[row.source].update({k: v for k, v in row._mapping.items() if k != "source"})
    return dict(counts)


def odd_absences(
    conn: Connection,
    asked: Asked,
    place: Place,
    *,
    limit: int,
    source: str | None,
    finding: Finding | None,
) -> tuple[list[Row[Any]], Place | None]:
    """One page of the absences with a finding, by employee, and where the next begins, if any."""
    found: list[Row[Any]] = []
    wanted = place.shown + limit + 1
    for part in _slices(conn, asked.tenant_id, place.employee_id):
        rows = _odd(_judged(conn, asked, part), source, finding)
        found += conn.execute(rows.limit(wanted - len(found)))
        if len(found) == wanted:
            break
    return _cut(found, place, limit)


def _cut(found: list[Row[Any]], place: Place, limit: int) -> tuple[list[Row[Any]], Place | None]:
    own = sum(row.employee_id == place.employee_id for row in found)
    page = found[min(place.shown, own) :][: limit + 1]
    if len(page) <= limit:
        return page, None
    shown = page[:limit]
    last = shown[-1].employee_id
    before = min(place.shown, own) if last == place.employee_id else 0
    return shown, Place(last, before + sum(row.employee_id == last for row in shown))


def _odd(judged: Subquery, source: str | None, finding: Finding | None) -> Select[Any]:
    is_odd = judged.c[finding] if finding else or_(*(judged.c[name] for name in FINDINGS))
    return (
        select(judged)
        .where(is_odd, judged.c.source == source if source is not None else true())
        .order_by(judged.c.employee_id, judged.c.source, judged.c.absence)
    )


def _judged(conn: Connection, asked: Asked, part: ColumnElement[bool]) -> Subquery:
    return judged_absences(
        asked.tenant_id,
        part,
        today=asked.today,
        counted_kinds=asked.counted_kinds,
        sqlite=conn.dialect.name == "sqlite",
    )


def _slices(conn: Connection, tenant_id: str, start: str) -> Iterator[ColumnElement[bool]]:
    """The employees from `start` on, some at a time."""
    at: str | None = start
    while at is not None:
        following: str | None = conn.scalar(
            select(Employee.employee_id)
            .where(Employee.tenant_id == tenant_id, Employee.employee_id >= at)
            .order_by(Employee.employee_id)
            .offset(SLICE)
            .limit(1)
        )
        begins = Absence.employee_id >= at
        yield and_(begins, Absence.employee_id < following) if following else begins
        at = following
