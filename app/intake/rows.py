"""What file readers hand to an import: numbered rows, each an event or its errors.

Pure values, and the one place where a file's sickness statements become events (api.md, Rows become
events). Nothing here may repeat what a file says in an error: codes and fixed sentences only.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from heapq import merge
from typing import NamedTuple

MAX_KEPT = 1_000_000


@dataclass(frozen=True, slots=True)
class RowError:
    """One thing wrong with a row: a stable `code` and a fixed English sentence about it."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a file, counted from 1: `event` in its wire form (api.md), or its `errors`.

    The event holds JSON types only. It is not validated yet; the importer holds it against the
    schema of the HTTP API.
    """

    number: int
    event: dict[str, object] | None
    errors: tuple[RowError, ...] = ()


class UnreadableFile(Exception):
    """The file as a whole cannot be read, whatever its rows say; `code` tells why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Statement(NamedTuple):
    """That an employee (by employment number) is ill from one day to another, both included."""

    employee: str
    first_day: date
    last_day: date
    extent: int


@dataclass(slots=True)
class Findings:
    """What a file has said so far, one statement for each employee and first day.

    Payroll splits one sick day over several codes, so a second statement about the same first day
    never contradicts the first: the longer wins, among equally long ones the larger extent.
    `merged` counts the rows so absorbed. More than `MAX_KEPT` findings: `UnreadableFile`.
    """

    merged: int = 0
    _said: dict[tuple[str, date], tuple[int, Statement]] = field(default_factory=dict)
    _failed: list[tuple[int, tuple[RowError, ...]]] = field(default_factory=list)

    def add(self, number: int, statement: Statement) -> None:
        """Take in what a row says; rows come in the order of their numbers."""
        key = (statement.employee, statement.first_day)
        known = self._said.get(key)
        if known is None:
            self._check_room()
            self._said[key] = (number, statement)
        else:
            self.merged += 1
            self._said[key] = (known[0], max(known[1], statement))

    def fail(self, number: int, errors: tuple[RowError, ...]) -> None:
        """Take in that a row cannot be used."""
        self._check_room()
        self._failed.append((number, errors))

    def rows(self, *, source: str, occurred_at: str) -> Iterator[Row]:
        """Every statement as an event, and every failed row, in order of (first) row number."""
        events = (
            Row(number, _reported(said, source=source, occurred_at=occurred_at))
            for number, said in self._said.values()
        )
        failed = (Row(number, None, errors) for number, errors in self._failed)
        return merge(events, failed, key=lambda row: row.number)

    def _check_room(self) -> None:
        if len(self._said) + len(self._failed) >= MAX_KEPT:
            raise UnreadableFile("too_large")


def _reported(said: Statement, *, source: str, occurred_at: str) -> dict[str, object]:
    """The event of a statement; its id is a hash of all it says, so saying it again is no news."""
    content: dict[str, object] = {
        "source": source,
        "employee": said.employee,
        "first_day": said.first_day.isoformat(),
        "last_day": said.last_day.isoformat(),
        "extent": said.extent,
        "kind": "sickness",
        "occurred_at": occurred_at,
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return content | {
        "id": hashlib.sha256(text.encode()).hexdigest()[:40],
        "type": "absence.reported",
        "absence": f"{said.employee}:{said.first_day.isoformat()}",
    }
