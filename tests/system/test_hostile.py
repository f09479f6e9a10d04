"""Hostile input at four doors: each answers with a status, a code and a place, and repeats nothing.

The doors are one event, a batch of them, employees and - for all other routes, which are read by
the same parser - providers. In every body a canary stands beside what is wrong.
"""

import io
import json
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.kit import event
from tests.process import Serving, Site
from tests.system.conftest import Original
from tests.system.problems import assert_problem, pointers
from tests.system.world import World, rows_of

CANARY = "kanariefagel"
JSON = {"Content-Type": "application/json"}
MIB = 1024 * 1024


@dataclass(frozen=True)
class Door:
    """A route with a body that it takes, and fields of it by kind. `of`: what an item lies in."""

    method: str
    path: str
    good: dict[str, Any]
    integer: str | None
    day: str
    instant: str | None = None
    listed: bool = False

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    def body(self, item: bytes) -> bytes:
        return b"[" + item + b"]" if self.listed else item


REPORT = event("2026-03-02", id=CANARY, employee=CANARY, absence=CANARY, extent=50)
EMPLOYEE = {"employee": CANARY, "unit": CANARY, "employment": [{"first_day": "2020-01-01"}]}
PROVIDER = {"name": CANARY, "valid_from": "2026-01-01", "priority": 5}
DOORS = [
    Door("POST", "/v1/events", REPORT, "/extent", "/first_day", "/occurred_at"),
    Door("POST", "/v1/events/batch", REPORT, "/extent", "/first_day", "/occurred_at", listed=True),
    Door("PUT", "/v1/employees", EMPLOYEE, None, "/employment/0/first_day", listed=True),
    Door("POST", "/v1/providers", PROVIDER, "/priority", "/valid_from"),
]
each_door = pytest.mark.parametrize("door", DOORS, ids=str)


def with_member(item: dict[str, Any], member: str) -> bytes:
    """The item with one more member, as it is written."""
    return json.dumps(item).encode()[:-1] + b", " + member.encode() + b"}"


def nested(depth: int, opening: str, closing: str) -> str:
    return opening * depth + f'"{CANARY}"' + closing * depth


def as_text(encoding: str) -> Callable[[dict[str, Any]], bytes]:
    return lambda item: json.dumps(item).encode(encoding)


def member(text: str) -> Callable[[dict[str, Any]], bytes]:
    return lambda item: with_member(item, text)


MALFORMED: dict[str, Callable[[dict[str, Any]], bytes]] = {
    "UTF-16": as_text("utf-16"),
    "UTF-16 without a mark": as_text("utf-16-le"),
    "UTF-32": as_text("utf-32"),
    "a byte order mark within": lambda item: b"\xef\xbb\xbf" + json.dumps(item).encode(),
    "a byte that is none": lambda item: json.dumps(item).encode().replace(b"kan", b"\xff\xfe"),
    "Latin-1": lambda item: json.dumps(item).replace(CANARY, CANARY + "\xe5").encode("latin-1"),
    "an overlong slash": lambda item: json.dumps(item).encode().replace(b"kan", b"\xc0\xaf"),
    "a lone surrogate as bytes": lambda item: (
        json.dumps(item).encode().replace(b"kan", b"\xed\xa0\x80")
    ),
    "a name twice": member(f'"x": "{CANARY}", "x": 1'),
    "a name twice, once escaped": member(f'"x": "{CANARY}", "\\u0078": 1'),
    "a name twice further in": member(f'"x": [{{"{CANARY}": [{{"a": 1, "a": 1}}]}}]'),
    "NaN": member(f'"{CANARY}": NaN'),
    "Infinity": member(f'"{CANARY}": Infinity'),
    "-Infinity": member(f'"{CANARY}": [-Infinity]'),
    "1e400": member(f'"{CANARY}": 1e400'),
    "-1e400": member(f'"{CANARY}": -1e400'),
    "an integer of 5,000 digits": member(f'"{CANARY}": {"9" * 5000}'),
    "an integer of 20 digits": member(f'"{CANARY}": -{"9" * 20}'),
    "33 lists": member(f'"x": {nested(33, "[", "]")}'),
    "33 objects": member('"x": ' + nested(33, '{"x":', "}")),
    "100,000 lists": member(f'"x": {nested(100_000, "[", "]")}'),
    "100,000 objects": member('"x": ' + nested(100_000, '{"x":', "}")),
    "a NUL": member(f'"x": "{CANARY}\x00"'),
    "a NUL escaped": member(f'"x": "{CANARY}\\u0000"'),
    "a NUL in a name": member(f'"{CANARY}\\u0000": 1'),
    "a NUL in a name further in": member(f'"x": {{"y": {{"{CANARY}\\u0000": 1}}}}'),
    "a lone surrogate": member(f'"x": "{CANARY}\\ud800"'),
    "a lone surrogate in a name": member(f'"{CANARY}\\udfff": 1'),
    "surrogates the wrong way round": member(f'"x": "\\udc00\\ud800{CANARY}"'),
    "something behind it": lambda item: json.dumps(item).encode() + CANARY.encode(),
    "cut short": lambda item: json.dumps(item).encode()[:-1],
}


class TestMalformed:
    @each_door
    def test_is_400_and_leaves_nothing(self, world: World, door: Door, log: io.StringIO):
        before = rows_of(world.service)
        for what, spoil in MALFORMED.items():
            content = door.body(spoil(door.good))
            answer = world.one.employer(door.method, door.path, content=content, headers=JSON)
            assert answer.status_code == 400, what
            assert_problem(answer, 400, code="malformed_json")
            assert_told_nothing(answer, log)
        assert rows_of(world.service) == before

    @each_door
    def test_would_be_taken_without_it(self, own_world: World, door: Door):
        """The control: it is not the rest of the body that is refused."""
        content = door.body(json.dumps(door.good).encode())
        answer = own_world.one.employer(door.method, door.path, content=content, headers=JSON)
        assert answer.is_success, answer.text
        assert "invalid" not in answer.text


def assert_told_nothing(answer: Any, log: io.StringIO) -> None:
    assert CANARY not in answer.text
    assert CANARY not in repr(answer.headers)
    assert CANARY not in log.getvalue()


def refused(world: World, door: Door, item: Any, log: io.StringIO) -> list[tuple[str, str]]:
    """Where and with which code an item is refused; the batch answers for each of its items."""
    content = door.body(item if isinstance(item, bytes) else json.dumps(item).encode())
    answer = world.one.employer(door.method, door.path, content=content, headers=JSON)
    assert_told_nothing(answer, log)
    if door.path.endswith("/batch"):
        assert answer.status_code == 200, answer.text
        [one] = answer.json()
        assert one["status"] == "invalid"
        return pointers(one)
    found = pointers(assert_problem(answer, 422))
    prefix = "#/0" if door.listed else "#"
    assert all(pointer.startswith(prefix) for pointer, _ in found)
    return [("#" + pointer.removeprefix(prefix), code) for pointer, code in found]


def put(item: dict[str, Any], pointer: str, value: str) -> bytes:
    """The item with a value written in at a pointer, just as it is."""
    copy = json.loads(json.dumps(item))
    at: Any = copy
    *steps, last = [int(s) if s.isdecimal() else s for s in pointer.split("/")[1:]]
    for step in steps:
        at = at[step]
    at[last] = "@@"
    return json.dumps(copy).replace('"@@"', value).encode()


NO_INTEGER = ['"1"', '"50"', "true", "false", "1.0", "1e0", "50.5", "1E2", "[1]", "{}"]
BEYOND = [str(2**63), str(-(2**63) - 1), "9" * 19, str(2**31), "-1"]
NO_DAY = [
    '"2026-02-30"',
    '"2026-02-29"',
    '"2026-13-01"',
    '"2026-01-00"',
    '"0000-01-01"',
    '"2026-03-02T00:00:00Z"',
    '"2026-03-02T00:00:00"',
    '"2026-03-02 "',
    '"20260302"',
    "20260302",
    "1772409600",
    "0",
    "1.5",
    "true",
    "[]",
    '{"year": 2026}',
]
FAR_DAY = ['"0001-01-01"', '"1989-12-31"', '"9999-12-31"', '"2101-01-01"']
NO_INSTANT = [
    '"2026-03-02T06:58:00"',
    '"2026-03-02"',
    '"2026-03-02T06:58:00+0100"',
    '"2026-02-30T06:58:00Z"',
    '"0000-01-01T00:00:00Z"',
    '"0001-01-01T00:00:00+14:00"',
    '"2026-03-02T24:00:00Z"',
    '"2026-03-02T06:58:60Z"',
    "1772434680",
    "1772434680.5",
    '"1772434680"',
    "true",
    "[]",
]
AHEAD = ['"2026-03-03T11:00:01Z"', '"2100-01-01T00:00:00Z"', '"9999-12-31T23:59:59Z"']
BY_NUMBER = [door for door in DOORS if door.integer]
BY_INSTANT = [door for door in DOORS if door.instant]


class TestValue:
    """It is noon of 2 March 2026 in Stockholm."""

    @pytest.mark.parametrize("door", BY_NUMBER, ids=str)
    @pytest.mark.parametrize("value", NO_INTEGER)
    def test_that_is_no_integer_is_none(
        self, world: World, door: Door, value: str, log: io.StringIO
    ):
        assert door.integer
        found = refused(world, door, put(door.good, door.integer, value), log)
        assert found == [(f"#{door.integer}", "invalid_integer")]

    @pytest.mark.parametrize("door", BY_NUMBER, ids=str)
    @pytest.mark.parametrize("value", BEYOND)
    def test_beyond_what_an_integer_may_be_is_out_of_range(
        self, world: World, door: Door, value: str, log: io.StringIO
    ):
        assert door.integer
        found = refused(world, door, put(door.good, door.integer, value), log)
        assert found == [(f"#{door.integer}", "out_of_range")]

    @each_door
    @pytest.mark.parametrize("value", NO_DAY)
    def test_that_is_no_day_is_none(self, world: World, door: Door, value: str, log: io.StringIO):
        found = refused(world, door, put(door.good, door.day, value), log)
        assert found == [(f"#{door.day}", "invalid_date")]

    @each_door
    @pytest.mark.parametrize("value", FAR_DAY)
    def test_of_a_day_far_away_is_out_of_range(
        self, world: World, door: Door, value: str, log: io.StringIO
    ):
        found = refused(world, door, put(door.good, door.day, value), log)
        assert found == [(f"#{door.day}", "date_out_of_range")]

    @pytest.mark.parametrize("door", BY_INSTANT, ids=str)
    def test_of_a_sick_day_is_at_most_two_years_ahead(
        self, world: World, door: Door, log: io.StringIO
    ):
        found = refused(world, door, put(door.good, door.day, '"2028-03-03"'), log)
        assert found[0] == (f"#{door.day}", "date_out_of_range")

    @pytest.mark.parametrize("door", BY_INSTANT, ids=str)
    @pytest.mark.parametrize("value", NO_INSTANT)
    def test_that_is_no_instant_is_none(
        self, world: World, door: Door, value: str, log: io.StringIO
    ):
        assert door.instant
        found = refused(world, door, put(door.good, door.instant, value), log)
        assert found == [(f"#{door.instant}", "invalid_instant")]

    @pytest.mark.parametrize("door", BY_INSTANT, ids=str)
    @pytest.mark.parametrize("value", AHEAD)
    def test_more_than_a_day_ahead_is_refused(
        self, world: World, door: Door, value: str, log: io.StringIO
    ):
        assert door.instant
        found = refused(world, door, put(door.good, door.instant, value), log)
        assert found == [(f"#{door.instant}", "occurred_in_future")]

    @each_door
    @pytest.mark.parametrize("value", ["[]", f'["{CANARY}"]', f'"{CANARY}"', "1", "null", "true"])
    def test_in_place_of_an_object_is_no_object(
        self, world: World, door: Door, value: str, log: io.StringIO
    ):
        assert refused(world, door, value.encode(), log) == [("#", "invalid_object")]

    @each_door
    @pytest.mark.parametrize("name", [f"{CANARY} x", f"{CANARY}/~", "x" * 300 + CANARY, "", "é"])
    def test_under_a_name_nobody_knows_is_refused(
        self, world: World, door: Door, name: str, log: io.StringIO
    ):
        [(_, code)] = refused(world, door, door.good | {name: CANARY}, log)
        assert code == "unknown_field"

    @each_door
    def test_in_place_of_a_list_or_an_object_is_neither(
        self, world: World, door: Door, log: io.StringIO
    ):
        for content in (f'"{CANARY}"', "1", "null", "true", f'[["{CANARY}"]]'):
            answer = world.one.employer(door.method, door.path, content=content, headers=JSON)
            assert_told_nothing(answer, log)
            if answer.status_code == 200:  # a batch answers for its one item
                assert pointers(answer.json()[0]) == [("#", "invalid_object")]
            else:
                assert pointers(assert_problem(answer, 422)), content


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def serving(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Serving, str]]:
    """A process that serves, and an admin key of a tenant of its."""
    original: Original = request.getfixturevalue(f"{request.param}_original")
    folder: Path = tmp_path_factory.mktemp("hostile")
    with original.copied() as url, Site(url, folder) as site:
        yield site.serve(), original.world.one.employer.key


def status_of(serving: Serving, sent: bytes, at_most: int = 64 * 1024) -> int:
    """The status of the answer to these bytes. What is written after it is lost on purpose."""
    with socket.create_connection(("127.0.0.1", serving.port), timeout=10) as peer:
        try:
            for start in range(0, len(sent), at_most):
                peer.sendall(sent[start : start + at_most])
        except (BrokenPipeError, ConnectionResetError):
            pass  # the answer came first
        line = peer.recv(4096).split(b"\r\n")[0]
    return int(line.split()[1])


def request(door: Door, key: str, body: bytes, *headers: str) -> bytes:
    lines = [f"{door.method} {door.path} HTTP/1.1", "Host: x", f"Authorization: Bearer {key}"]
    lines += ["Connection: close", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


def chunked(body: bytes) -> bytes:
    pieces = [body[start : start + 50_000] for start in range(0, len(body), 50_000)]
    return b"".join(b"%x\r\n%b\r\n" % (len(p), p) for p in [*pieces, b""])


class TestBytes:
    """Over a socket, as they come."""

    @each_door
    @pytest.mark.parametrize("more", [0, 1])
    def test_are_counted_with_a_length_and_without(
        self, serving: tuple[Serving, str], door: Door, more: int
    ):
        service, key = serving
        limit = 16 * MIB if door.listed else MIB
        body = door.body(json.dumps(door.good).encode())
        body += b" " * (limit + more - len(body))
        plain = "Content-Type: application/json"
        sized = request(door, key, body, plain, f"Content-Length: {len(body)}")
        unsized = request(door, key, chunked(body), plain, "Transfer-Encoding: chunked")
        taken = [status_of(service, sent) for sent in (sized, unsized)]
        assert [status >= 300 for status in taken] == [bool(more)] * 2
        assert set(taken) <= ({413} if more else {200, 201})

    @each_door
    @pytest.mark.parametrize(
        ("headers", "status"),
        [
            (("Content-Type: application/json", "Content-Encoding: gzip"), 415),
            (("Content-Type: application/json", "Content-Encoding: identity, br"), 415),
            (("Content-Type: text/plain",), 415),
            (("Content-Type: application/xml",), 415),
            ((), 415),
        ],
    )
    def test_of_another_kind_are_415(
        self,
        serving: tuple[Serving, str],
        door: Door,
        headers: tuple[str, ...],
        status: int,
    ):
        service, key = serving
        body = door.body(json.dumps(door.good).encode())
        sent = request(door, key, body, *headers, f"Content-Length: {len(body)}")
        assert status_of(service, sent) == status

    def test_left_nothing_of_themselves_in_the_log(self, serving: tuple[Serving, str]):
        service, _ = serving
        assert CANARY not in service.errors
        assert "unforeseen_error" not in service.errors
