"""PAXml made for tests, and what is read of it."""

import io
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.intake.paxml import read_paxml
from app.intake.rows import FileRows, UnreadableFile

ROOT = Path(__file__).parents[3]
FILES = ROOT / "tests" / "data" / "paxml"
RECEIVED = datetime(2026, 11, 2, 8, 30, tzinfo=UTC)
DAY = "2026-09-01"
CANARY = "19610118-2803 Kanarie"


def read(content: bytes, source: str | None = None, **settings) -> FileRows:
    return read_paxml(io.BytesIO(content), source=source, received_at=RECEIVED, **settings)


def document(
    *body: str, header: str = "<version>2.0</version>", root: str = "", after: str = ""
) -> bytes:
    transactions = f"<tidtransaktioner>{''.join(body)}</tidtransaktioner>"
    return f"<paxml{root}><header>{header}</header>{transactions}{after}</paxml>".encode()


def sick(anstid: str = "101", code: str = "SJK", persnr: str = "", **fields: object) -> str:
    children = "".join(f"<{name}>{value}</{name}>" for name, value in fields.items())
    person = f' persnr="{persnr}"' if persnr else ""
    number = f' anstid="{anstid}"' if anstid or not persnr else ""
    return f"<tidtrans{number}{person}><tidkod>{code}</tidkod>{children}</tidtrans>"


def schedule(days: Mapping[str, object], anstid: str = "101", persnr: str = "") -> str:
    """One employee's `schema`, in its section."""
    whose = f'persnr="{persnr}"' if persnr else f'anstid="{anstid}"'
    listed = "".join(f'<dag datum="{day}" timmar="{hours}"/>' for day, hours in days.items())
    return f"<schematransaktioner><schema {whose}>{listed}</schema></schematransaktioner>"


def said(content: bytes, **settings) -> list[tuple[object, ...]]:
    """Of every event: row number, employee, first day, last day, extent."""
    names = ("employee", "first_day", "last_day", "extent")
    found = read(content, **settings)
    return [(r.number, *(r.event[n] for n in names)) for r in found if r.event]


def failed(content: bytes, **settings) -> dict[int, list[str]]:
    """Of every failed row: its number and error codes."""
    found = read(content, **settings)
    return {r.number: [e.code for e in r.errors] for r in found if not r.event}


def only_event(content: bytes, source: str | None = None) -> dict[str, object]:
    (row,) = read(content, source)
    assert row.event is not None
    return row.event


def refusal(content: bytes) -> str:
    with pytest.raises(UnreadableFile) as refused:
        read(content)
    return refused.value.code


def span(first: str, last: str) -> dict[str, str]:
    return {"datumfrom": first, "datumtom": last}


def times(start: str, end: str) -> dict[str, str]:
    return {"starttid": start, "sluttid": end}
