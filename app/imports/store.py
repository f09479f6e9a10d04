"""All SQL about imports: the job and its lease, the parts of its file, errors, mappings.

Whoever works on an import holds its row first in every transaction (`hold`), employees after it.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, func, insert, or_, select, update
from sqlalchemy.engine import Connection, Row

from app.absences.tables import Absence, Employee
from app.core.db import insert_new, insert_or_replace, the_one
from app.core.ids import new_id
from app.core.pages import Cut, cut_page
from app.core.rows import add_rows
from app.core.sets import among, listed
from app.imports.tables import Import, ImportedEmployee, ImportFault, ImportMapping, ImportPart

IN_PROCESS = ("rows", "replace", "look", "clear", "drop")
"""Stages in which there is work to do."""
_NEEDS_FILE = ("rows", "replace")
_Key = tuple[str, str]
"""Tenant and import."""


def _own(key: _Key) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return Import.tenant_id == key[0], Import.import_id == key[1]


def add_import(conn: Connection, key: _Key, values: Mapping[str, Any]) -> None:
    """Store an import that begins."""
    conn.execute(insert(Import).values(tenant_id=key[0], import_id=key[1], counts={}, **values))


def import_row(conn: Connection, key: _Key) -> Row[Any]:
    """One import that has arrived; raises NotFound."""
    return the_one(conn, _arrived(key[0]).where(Import.import_id == key[1]))


def imports_page(
    conn: Connection, tenant_id: str, cut: Cut, state: str | None
) -> tuple[list[Row[Any]], str | None]:
    """One page of the imports that have arrived, of one state or of all."""
    rows = _arrived(tenant_id)
    rows = rows if state is None else rows.where(Import.state == state)
    return cut_page(conn, rows, Import.import_id, cut)


def _arrived(tenant_id: str) -> Select[Any]:
    stored = select(Import.__table__).where(Import.tenant_id == tenant_id)
    return stored.where(Import.stage.not_in(("upload", "drop")))


def work_on(conn: Connection, key: _Key) -> Row[Any] | None:
    """One import as whoever works on it sees it, whatever its stage."""
    return conn.execute(select(Import.__table__).where(*_own(key))).one_or_none()


def same_import(
    conn: Connection, tenant_id: str, fingerprint: str, states: Sequence[str]
) -> Row[Any] | None:
    """The latest import of the same file, taken the same way, that is in one of those states."""
    found = _arrived(tenant_id).where(Import.fingerprint == fingerprint, Import.state.in_(states))
    return conn.execute(found.order_by(Import.import_id.desc()).limit(1)).one_or_none()


def unfinished(conn: Connection, tenant_id: str) -> int:
    """How many imports of the tenant wait or are under way."""
    held = select(func.count()).where(
        Import.tenant_id == tenant_id, Import.state.in_(("queued", "running"))
    )
    return conn.execute(held).scalar_one()


def change_import(
    conn: Connection, key: _Key, values: Mapping[str, Any], *, stages: Sequence[str]
) -> bool:
    """Change an import that is in one of the stages; False when it is not."""
    done = conn.execute(update(Import).where(*_own(key), Import.stage.in_(stages)).values(**values))
    return done.rowcount == 1


def take_next(
    conn: Connection, now: datetime, *, by: str, until: datetime, largest: int | None
) -> Row[Any] | None:
    """Take the oldest import that somebody has to work on and nobody is at; None without any.

    `largest`: of those alone whose file has at most so many bytes.
    """
    free = or_(Import.lease_until.is_(None), Import.lease_until <= now)
    wanted = select(Import.tenant_id, Import.import_id).where(free, _here())
    if largest is not None:
        wanted = wanted.where(func.coalesce(Import.bytes_total, 0) <= largest)
    oldest = wanted.order_by(Import.import_id).limit(1).with_for_update(skip_locked=True)
    found = conn.execute(oldest).one_or_none()
    if found is None:
        return None
    take(conn, (found.tenant_id, found.import_id), by=by, until=until)
    return work_on(conn, (found.tenant_id, found.import_id))


def _here() -> ColumnElement[bool]:
    """What any process can work on: all but a file that only the command line has at hand."""
    at_hand = or_(Import.local.is_(False), Import.stage.not_in(_NEEDS_FILE))
    return or_(Import.stage.in_(IN_PROCESS) & at_hand, Import.stage == "upload")


def anything_to_do(conn: Connection, now: datetime) -> bool:
    """Whether some import waits for somebody: a look without a lock."""
    free = or_(Import.lease_until.is_(None), Import.lease_until <= now)
    waiting = select(Import.import_id).where(free, _here())
    return conn.execute(waiting.limit(1)).first() is not None


def take(conn: Connection, key: _Key, *, by: str, until: datetime) -> None:
    """Make the import one's own, whoever had it: what that one writes from now on is refused."""
    conn.execute(
        update(Import)
        .where(*_own(key))
        .values(lease_by=by, lease_until=until, attempts=Import.attempts + 1)
    )
    conn.execute(update(Import).where(*_own(key), Import.state == "queued").values(state="running"))


def hold(conn: Connection, key: _Key, *, by: str, stage: str, until: datetime) -> bool:
    """Hold the import's row for this transaction and prolong the lease.

    False when another has it, or it is in another stage by now.
    """
    done = conn.execute(
        update(Import)
        .where(*_own(key), Import.lease_by == by, Import.stage == stage)
        .values(lease_until=until)
    )
    return done.rowcount == 1


def let_go(conn: Connection, key: _Key, *, by: str) -> None:
    """Give the import back, for anybody to carry on with."""
    conn.execute(
        update(Import)
        .where(*_own(key), Import.lease_by == by)
        .values(lease_by=None, lease_until=None, attempts=0)
    )


def delete_import(conn: Connection, key: _Key) -> None:
    """Forget an import of which nothing is left."""
    conn.execute(delete(Import).where(*_own(key)))


def add_part(conn: Connection, key: _Key, number: int, sealed: str, until: datetime) -> bool:
    """Store a piece of a file that is arriving; False when the upload was given up meanwhile."""
    arriving = change_import(conn, key, {"lease_until": until}, stages=("upload",))
    if arriving:
        conn.execute(
            insert(ImportPart).values(
                tenant_id=key[0], import_id=key[1], number=number, sealed=sealed
            )
        )
    return arriving


def part(conn: Connection, key: _Key, number: int) -> str | None:
    """A piece of a file as it is stored; None after the last."""
    return conn.execute(
        select(ImportPart.sealed).where(*_part_of(key), ImportPart.number == number)
    ).scalar_one_or_none()


def drop_parts(conn: Connection, key: _Key, limit: int) -> int:
    """Delete some pieces of a file; answers how many those were."""
    some = select(ImportPart.number).where(*_part_of(key)).order_by(ImportPart.number).limit(limit)
    numbers = list(conn.scalars(some))
    conn.execute(delete(ImportPart).where(*_part_of(key), ImportPart.number.in_(numbers)))
    return len(numbers)


def _part_of(key: _Key) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return ImportPart.tenant_id == key[0], ImportPart.import_id == key[1]


def add_faults(conn: Connection, key: _Key, faults: Sequence[tuple[int, int, str]]) -> None:
    """List what is wrong with rows: (row number, place among that row's faults, code)."""
    if not faults:
        return
    rows = [
        {
            "tenant_id": key[0],
            "import_id": key[1],
            # Like an id, so that a page's cursor takes it: it sorts as the rows stand in the file.
            "fault_id": f"row_{number:022d}{place:04d}",
            "row": number,
            "code": code[:60],
        }
        for number, place, code in faults
    ]
    conn.execute(insert_new(conn, ImportFault), rows)


def faults_page(conn: Connection, key: _Key, cut: Cut) -> tuple[list[Row[Any]], str | None]:
    """One page of what was wrong with rows."""
    return cut_page(conn, _faults(key), ImportFault.fault_id, cut)


def faults_after(conn: Connection, key: _Key, after: str, limit: int) -> list[Row[Any]]:
    """Some of what was wrong with rows, after the fault of that id."""
    rows = _faults(key).where(ImportFault.fault_id > after).order_by(ImportFault.fault_id)
    return list(conn.execute(rows.limit(limit)))


def _faults(key: _Key) -> Select[Any]:
    return select(ImportFault.__table__).where(
        ImportFault.tenant_id == key[0], ImportFault.import_id == key[1]
    )


def add_imported(conn: Connection, key: _Key, employee_ids: Collection[str]) -> None:
    """Remember employees to be evaluated when the import is in."""
    rows = [(*key, employee_id) for employee_id in sorted(employee_ids)]
    add_rows(conn, ImportedEmployee, ("tenant_id", "import_id", "employee_id"), rows)


def imported(conn: Connection, key: _Key, limit: int) -> list[str]:
    """Some employees of the import that are still to be evaluated."""
    waiting = select(ImportedEmployee.employee_id).where(*_imported_by(key))
    return list(conn.scalars(waiting.order_by(ImportedEmployee.employee_id).limit(limit)))


def count_imported(conn: Connection, key: _Key) -> int:
    """How many employees of the import are still to be evaluated."""
    return conn.execute(select(func.count()).where(*_imported_by(key))).scalar_one()


def drop_imported(conn: Connection, key: _Key, employee_ids: Collection[str]) -> None:
    """Those are evaluated."""
    conn.execute(
        delete(ImportedEmployee).where(
            *_imported_by(key), among("evaluated", ImportedEmployee.employee_id)
        ),
        {"evaluated": listed(employee_ids)},
    )


def _imported_by(key: _Key) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return ImportedEmployee.tenant_id == key[0], ImportedEmployee.import_id == key[1]


Range = tuple[str, date, date, datetime]
"""What a file replaces: its source, first and last day, and when it says so."""


def _unsaid(tenant_id: str, replaced: Range) -> Select[str, str, str]:
    """The source's statements in the range that nobody repeated when or after the file was made.

    What the source says live has names of its own, and is not the file's to take back.
    """
    source, first, last, said_at = replaced
    named = Employee.number + ":"
    of_files = func.substr(Absence.absence, 1, func.length(named)) == named
    return (
        select(Absence.employee_id, Absence.absence, Employee.number)
        .join(
            Employee,
            (Employee.tenant_id == Absence.tenant_id)
            & (Employee.employee_id == Absence.employee_id),
        )
        .where(Absence.tenant_id == tenant_id, Absence.source == source)
        .where(Absence.first_day.between(first, last), Absence.cancelled.is_(False))
        .where(Absence.folded_at < said_at, of_files)
    )


def unsaid(
    conn: Connection, tenant_id: str, replaced: Range, after: tuple[str, str], limit: int
) -> list[Row[Any]]:
    """Some of those statements (employee id, absence, employment number), after that one."""
    employee_id, absence = after
    later = (Absence.employee_id > employee_id) | (
        (Absence.employee_id == employee_id) & (Absence.absence > absence)
    )
    rows = _unsaid(tenant_id, replaced).where(later)
    return list(conn.execute(rows.order_by(Absence.employee_id, Absence.absence).limit(limit)))


def count_unsaid(conn: Connection, tenant_id: str, replaced: Range) -> int:
    """How many those are."""
    found = _unsaid(tenant_id, replaced).subquery()
    return conn.execute(select(func.count()).select_from(found)).scalar_one()


def still_said(
    conn: Connection, tenant_id: str, replaced: Range, said: Collection[tuple[str, str]]
) -> int:
    """How many of them are among those (employment number, absence)."""
    numbers = {number for number, _ in said}
    rows = _unsaid(tenant_id, replaced).where(
        Employee.number.in_(numbers), Absence.absence.in_({absence for _, absence in said})
    )
    return sum((row.number, row.absence) in said for row in conn.execute(rows))


def mapping_row(conn: Connection, tenant_id: str, name: str) -> Row[Any]:
    """One mapping; raises NotFound."""
    stored = select(ImportMapping.__table__).where(
        ImportMapping.tenant_id == tenant_id, ImportMapping.name == name
    )
    return the_one(conn, stored)


def mappings_page(conn: Connection, tenant_id: str, cut: Cut) -> tuple[list[Row[Any]], str | None]:
    """One page of the mappings."""
    stored = select(ImportMapping.__table__).where(ImportMapping.tenant_id == tenant_id)
    return cut_page(conn, stored, ImportMapping.mapping_id, cut)


def save_mapping(
    conn: Connection, tenant_id: str, name: str, document: Mapping[str, Any], now: datetime
) -> Row[Any]:
    """Store a mapping under its name, in place of what was there."""
    conn.execute(
        insert_or_replace(conn, ImportMapping, ("document", "changed_at")).values(
            tenant_id=tenant_id,
            name=name,
            mapping_id=new_id("map"),
            document=dict(document),
            changed_at=now,
        )
    )
    return mapping_row(conn, tenant_id, name)
