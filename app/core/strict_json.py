"""One strict parser in front of everything that comes in as JSON.

UTF-8 without a byte order mark, no duplicate keys, no NaN or infinities, bounded depth, no NUL
and no lone surrogates. It answers what is wrong and never with what.
"""

import json
from collections.abc import Iterable
from typing import Any

from app.core.errors import AppError

MAX_DEPTH = 32
_MAX_DIGITS = 19


class MalformedJson(AppError):
    """Not JSON as RFC 8259 and this contract want it."""

    status = 400
    code = "malformed_json"
    detail = (
        "The body is not acceptable JSON: UTF-8, no duplicate keys, no NaN or infinities, "
        "at most 32 levels deep, no NUL characters or lone surrogates."
    )


def parse_json(body: bytes) -> Any:
    """The value a body holds; raises MalformedJson."""
    _refuse_depth(body)
    try:
        value = _decoder.decode(body.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise MalformedJson from error
    if b"\\u" in body or b"\x00" in body:
        _refuse_text(value)
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("duplicate key")
    return members


def _refused(_: str) -> Any:
    raise ValueError("not a JSON number")


def _integer(text: str) -> int:
    if len(text.lstrip("-")) > _MAX_DIGITS:
        raise ValueError("integer out of range")
    return int(text)


def _float(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise ValueError("number out of range")
    return number


_decoder = json.JSONDecoder(
    object_pairs_hook=_unique,
    parse_constant=_refused,
    parse_int=_integer,
    parse_float=_float,
)


def _refuse_depth(body: bytes) -> None:
    """Count brackets outside strings, without recursion; most bodies need no count at all."""
    if body.count(b"{") + body.count(b"[") <= MAX_DEPTH:
        return
    depth = 0
    for step in _bracket_steps(body):
        depth += step
        if depth > MAX_DEPTH:
            raise MalformedJson


def _bracket_steps(body: bytes) -> Iterable[int]:
    in_string = escaped = False
    for byte in body:
        if in_string:
            in_string = escaped or byte != 0x22
            escaped = byte == 0x5C and not escaped
        elif byte == 0x22:
            in_string = True
        elif byte in b"{[":
            yield 1
        elif byte in b"}]":
            yield -1


def _refuse_text(value: Any) -> None:
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            waiting += [*item.keys(), *item.values()]
        elif isinstance(item, list):
            waiting += item
        elif isinstance(item, str) and any(c == "\0" or "\ud800" <= c <= "\udfff" for c in item):
            raise MalformedJson
