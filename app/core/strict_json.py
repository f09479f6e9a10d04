"""One strict parser in front of everything that comes in as JSON.

UTF-8 without a byte order mark, no duplicate keys, no NaN or infinities, bounded depth, no NUL
and no lone surrogates. It answers what is wrong and never with what.
"""

import json
import re
from typing import Any

from app.core.errors import AppError

MAX_DEPTH = 32
MAX_BRACKETS = 500_000
"""In one body, outside strings: more than 1,000 items of any kind here can hold."""
_MAX_DIGITS = 19
# Possessive: a long string must cost no more than its length.
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_ROUND = bytes.maketrans(b"{[]}", b"(())")
_OTHERS = bytes(set(range(256)) - set(b"{[]}"))
_NO_TEXT = re.compile("[\0\ud800-\udfff]")


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
    """Look at brackets outside strings, without recursion; most bodies need no look at all.

    Each turn takes away what has nothing in it, so a value is as deep as turns until none is left.
    Brackets that have no partner stay, whatever the turn: such a body is no JSON either.
    """
    if body.count(b"{") + body.count(b"[") <= MAX_DEPTH:
        return
    left = _STRING.sub(b"", body).translate(_ROUND, _OTHERS)
    if len(left) > MAX_BRACKETS:
        raise MalformedJson
    for _ in range(MAX_DEPTH):
        left = left.replace(b"()", b"")
    if left:
        raise MalformedJson


def _refuse_text(value: Any) -> None:
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            waiting += [*item.keys(), *item.values()]
        elif isinstance(item, list):
            waiting += item
        elif isinstance(item, str) and _NO_TEXT.search(item):
            raise MalformedJson
