"""Items of a batch, whatever the form of the batch: each read alone, and answered alone."""

import asyncio
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from app.core.errors import FieldError, InvalidInput
from app.core.strict_json import MalformedJson, parse_json
from app.intake.cloudevents import unwrap
from app.intake.event import Event
from app.intake.lines import plain_event
from app.intake.receive import Receipt
from app.intake.rows import RowError
from app.intake.schemas import EVENT, BatchItemOut, FieldErrorOut, implausible
from app.privacy.redact import field_errors

Read = Event | Sequence[FieldError]
"""An event, or what is wrong with it."""


def read_item(item: Any, now: datetime) -> Read:
    """One event in its wire form."""
    try:
        event = EVENT.validate_python(item).event()
    except ValidationError as error:
        return field_errors(error.errors())
    return implausible(event, now) or event


def read_enveloped(item: Any, now: datetime) -> Read:
    """One event in an envelope of CloudEvents."""
    try:
        unwrapped = unwrap(item)
    except InvalidInput as error:
        return error.errors
    read = read_item(unwrapped.event, now)
    return read if isinstance(read, Event) else unwrapped.placed(read)


def read_line(line: bytes | RowError, now: datetime) -> Read:
    """One line of NDJSON."""
    if isinstance(line, RowError):
        return [FieldError("#", line.code, line.detail)]
    if (event := plain_event(line, now)) is not None:
        return event
    try:
        return read_item(parse_json(line), now)
    except MalformedJson as error:
        return [FieldError("#", error.code, error.detail)]


async def settled(futures: Sequence[Future[Receipt]]) -> list[Receipt]:
    """The receipts of events that were queued together, when all of them are there.

    They are mostly stored together, too: waiting for the last first wakes the loop once.
    """
    for future in reversed(futures):
        if not future.done():
            await asyncio.wrap_future(future)
    return [future.result() for future in futures]


def answers(read: Sequence[Read], receipts: Sequence[Receipt]) -> Iterator[BatchItemOut]:
    """An answer for each item; `receipts` are those of the events among them, in order."""
    of_events = iter(receipts)
    for entry in read:
        yield _received(next(of_events)) if isinstance(entry, Event) else _invalid(entry)


def _received(receipt: Receipt) -> BatchItemOut:
    if receipt.status == "conflict":
        return BatchItemOut(status="conflict")
    return BatchItemOut(
        status=receipt.status, employee_id=receipt.employee_id, flags=list(receipt.flags)
    )


def _invalid(errors: Sequence[FieldError]) -> BatchItemOut:
    shown = [FieldErrorOut(pointer=e.pointer, code=e.code, detail=e.detail) for e in errors]
    return BatchItemOut(status="invalid", errors=shown)
