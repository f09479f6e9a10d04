"""What is not JSON, not of the right kind, or too much is refused at the door, with a status."""

import itertools
import json
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from tests.kit import event
from tests.system.problems import assert_problem, pointers
from tests.system.world import ROUTES, World, rows_of

MIB = 1024 * 1024
JSON = {"Content-Type": "application/json"}
WITH_BODY = [route for route in ROUTES if route.takes_body]
GOOD = json.dumps(event("2026-03-02", id="good", employee="Åsa-1")).encode()


_numbers = itertools.count(1)


def fresh(body: bytes) -> bytes:
    """The event under an id that no other has."""
    return body.replace(b'"good"', f'"good-{next(_numbers)}"'.encode())


def nested(depth: int, opening: str = "[", closing: str = "]") -> bytes:
    return (opening * depth + "0" + closing * depth).encode()


def with_field(text: str) -> bytes:
    """An event that would be good without one more member."""
    return GOOD[:-1] + b", " + text.encode() + b"}"


MALFORMED = {
    "nothing": b"",
    "only spaces": b"  \n",
    "cut short": GOOD[:-1],
    "cut within a string": GOOD[:20],
    "two documents": GOOD + GOOD,
    "something behind it": GOOD + b" x",
    "not JSON": b"absence=1",
    "single quotes": b"{'id': 1}",
    "a comment": b"/* now */" + GOOD,
    "a comma too many": with_field('"a": [1,]'),
    "the same key twice": with_field('"extent": 50, "extent": 100'),
    "the same key twice, once escaped": with_field(r'"extent": 50, "\u0065xtent": 100'),
    "the same key twice further in": with_field('"a": [{"b": 1, "b": 1}]'),
    "NaN": with_field('"extent": NaN'),
    "Infinity": with_field('"extent": Infinity'),
    "-Infinity": with_field('"extent": -Infinity'),
    "a number beyond all": with_field('"extent": 1e999'),
    "a negative number beyond all": with_field('"extent": -1e999'),
    "a number beyond all without an exponent": with_field(f'"extent": {"9" * 400}.0'),
    "an integer of 5,000 digits": with_field(f'"extent": {"1" * 5000}'),
    "an integer of 20 digits": with_field(f'"extent": {"1" * 20}'),
    "a leading zero": with_field('"extent": 050'),
    "a plus": with_field('"extent": +5'),
    "hexadecimal": with_field('"extent": 0x32'),
    "an underscore": with_field('"extent": 1_0'),
    "a NUL as it is": with_field('"a": "\x00"'),
    "a NUL escaped": with_field(r'"a": "\u0000"'),
    "a NUL in a name": with_field(r'"\u0000": "a"'),
    "a line break in a string": with_field('"a": "\n"'),
    "half a character": with_field(r'"a": "\ud800"'),
    "the other half": with_field(r'"a": "\udc00 b"'),
    "halves the wrong way round": with_field(r'"a": "\udc00\ud800"'),
    "half a character in a name": with_field(r'"\ud83d": 1'),
    "an unknown escape": with_field(r'"a": "\x41"'),
    "half a character as UTF-8": GOOD[:-1] + b', "a": "\xed\xa0\x80"}',
    "not UTF-8": GOOD.replace(b"\\u00c5", b"\xc5"),
    "an overlong slash": GOOD[:-1] + b', "a": "\xc0\xaf"}',
    "UTF-16": GOOD.decode().encode("utf-16"),
    "UTF-16 without a mark": GOOD.decode().encode("utf-16-le"),
    "UTF-32": GOOD.decode().encode("utf-32"),
    "a byte order mark": b"\xef\xbb\xbf" + GOOD,
    "33 lists": nested(33),
    "33 objects": nested(33, '{"a":', "}"),
    "a hundred thousand lists": nested(100_000),
    "a hundred thousand lists never closed": b"[" * 100_000,
    "33 deep beside a string with brackets": b'["]]]]]]\\"]]]", ' + nested(32) + b"]",
}


class TestJson:
    @pytest.mark.parametrize("what", MALFORMED)
    def test_of_a_wrong_kind_is_malformed(self, world: World, what: str):
        before = rows_of(world.service)["events"]
        for path in ("/v1/events", "/v1/events/batch"):
            answer = world.one.employer("POST", path, content=MALFORMED[what], headers=JSON)
            problem = assert_problem(answer, 400, code="malformed_json")
            assert "errors" not in problem
        assert rows_of(world.service)["events"] == before

    def test_is_malformed_on_every_route_that_takes_a_body(self, world: World):
        for route in WITH_BODY:
            for body in (b"{", b'{"a": 1, "a": 2}', b'{"a": "\\u0000"}', nested(33)):
                answer = world.one.may(route)(
                    route.method, route.nowhere, content=body, headers=JSON
                )
                assert_problem(answer, 400, route, code="malformed_json")

    @pytest.mark.parametrize(
        "body",
        [
            nested(32),
            nested(32, '{"a":', "}"),
            with_field(r'"a": "\ud83d\ude00 😀 \\u0000"'),
            with_field(r'"a": "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["'),
            with_field('"a": -9223372036854775808'),
            with_field('"a": [[], {}, null, true, 1.5e3]'),
            b" \t\r\n" + with_field('"a": 1') + b"\n",
        ],
        ids=str,
    )
    def test_of_the_right_kind_is_read_whatever_is_then_said_of_it(self, world: World, body: bytes):
        """The control: these are refused for what they say, not for how."""
        answer = world.one.employer("POST", "/v1/events", content=body, headers=JSON)
        assert_problem(answer, 422)

    @pytest.mark.parametrize("body", [b"null", b"1", b'"a"', b"[]", b"true"])
    def test_that_is_no_object_is_invalid(self, world: World, body: bytes):
        answer = world.one.employer("POST", "/v1/events", content=body, headers=JSON)
        assert pointers(assert_problem(answer, 422)) == [("#", "invalid_object")]

    def test_is_stored_as_it_was_meant(self, busy_world: World):
        answer = busy_world.one.employer("POST", "/v1/events", content=fresh(GOOD), headers=JSON)
        assert answer.status_code == 201
        found = busy_world.one.employer.ok("POST", "/v1/employees/search", {"employee": "Åsa-1"})
        assert [one["employee"] for one in found["items"]] == ["Åsa-1"]


class TestMediaType:
    @pytest.mark.parametrize(
        "media",
        [
            None,
            "",
            "text/plain",
            "text/json",
            "application/xml",
            "application/x-ndjson",
            "application/jsonx",
            "application/problem+json",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
        ],
    )
    def test_that_is_not_json_is_415_on_every_route(self, world: World, media: str | None):
        headers = {} if media is None else {"Content-Type": media}
        for route in WITH_BODY:
            if media == "application/x-ndjson" and route.path == "/v1/events/batch":
                continue  # it takes these: tests/flow/test_events_as_lines.py
            answer = world.one.may(route)(
                route.method, route.nowhere, content=b"{}", headers=headers
            )
            assert_problem(answer, 415, route, code="unsupported_media_type")

    @pytest.mark.parametrize(
        "media",
        ["application/json; charset=utf-8", "Application/JSON", " application/json ;charset=UTF-8"],
    )
    def test_that_is_json_is_taken_however_it_is_written(self, busy_world: World, media: str):
        headers = {"Content-Type": media}
        answer = busy_world.one.employer("POST", "/v1/events", content=fresh(GOOD), headers=headers)
        assert answer.status_code == 201

    @pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "x", "identity, gzip", "GZIP"])
    def test_encoded_is_415_on_every_route(self, world: World, encoding: str):
        """Also what is not encoded at all but says so: nothing here decodes."""
        for route in WITH_BODY:
            answer = world.one.may(route)(
                route.method,
                route.nowhere,
                content=b"{}",
                headers=JSON | {"Content-Encoding": encoding},
            )
            assert_problem(answer, 415, route, code="unsupported_media_type")

    def test_encoded_as_identity_is_taken(self, busy_world: World):
        headers = JSON | {"Content-Encoding": "identity"}
        answer = busy_world.one.employer("POST", "/v1/events", content=fresh(GOOD), headers=headers)
        assert answer.status_code == 201


def padded(document: Any, size: int) -> bytes:
    """A document of exactly so many bytes."""
    text = json.dumps(document).encode()
    return text + b" " * (size - len(text))


def in_chunks(body: bytes) -> Iterator[bytes]:
    """Without a Content-Length: nobody knows how much comes."""
    for start in range(0, len(body), 65_536):
        yield body[start : start + 65_536]


def as_is(body: bytes) -> Iterable[bytes] | bytes:
    return body


LIMITS = [
    ("POST", "/v1/events", MIB, event("2026-03-02", id="large")),
    ("POST", "/v1/employees/search", MIB, {"employee": "1001"}),
    ("POST", "/v1/events/batch", 16 * MIB, [event("2026-03-02", id="large")]),
    ("PUT", "/v1/employees", 16 * MIB, [{"employee": "1001"}]),
    ("PUT", "/v1/units", 16 * MIB, [{"unit": "hemtjansten-norr"}]),
]


class TestSize:
    @pytest.mark.parametrize("way", [as_is, in_chunks])
    @pytest.mark.parametrize(("method", "path", "limit", "document"), LIMITS)
    def test_is_limited_by_the_bytes_that_come(
        self, busy_world: World, method: str, path: str, limit: int, document: Any, way: Any
    ):
        call = busy_world.one.employer
        largest = call(method, path, content=way(padded(document, limit)), headers=JSON)
        assert largest.is_success, largest.text
        larger = call(method, path, content=way(padded(document, limit + 1)), headers=JSON)
        assert_problem(larger, 413, code="body_too_large")

    def test_is_not_what_the_length_says(self, world: World):
        """One that lies is not believed; where it says too much, nothing need be read."""
        body = padded(event("2026-03-02", id="large"), MIB + 1)
        for length in ("10", str(MIB), str(50 * MIB)):
            headers = JSON | {"Content-Length": length}
            answer = world.one.employer("POST", "/v1/events", content=body, headers=headers)
            assert_problem(answer, 413, code="body_too_large")

    def test_of_other_routes_is_a_mebibyte(self, world: World):
        sized = {path for _, path, *_ in LIMITS}
        for route in WITH_BODY:
            if route.path in sized:
                continue
            answer = world.one.may(route)(
                route.method, route.nowhere, content=b" " * (MIB + 1), headers=JSON
            )
            assert_problem(answer, 413, route, code="body_too_large")

    @pytest.mark.parametrize(
        ("method", "path", "one"),
        [
            ("POST", "/v1/events/batch", lambda n: event("2026-03-02", id=f"many-{n}")),
            ("PUT", "/v1/employees", lambda n: {"employee": f"many-{n}"}),
        ],
    )
    def test_of_a_batch_is_a_thousand_items(
        self, busy_world: World, method: str, path: str, one: Any
    ):
        items = [one(n) for n in range(1001)]
        before = rows_of(busy_world.service)
        refused = busy_world.one.employer(method, path, items)
        assert pointers(assert_problem(refused, 422)) == [("#", "too_long")]
        assert rows_of(busy_world.service) == before
        assert busy_world.one.employer(method, path, items[:1000]).is_success

    def test_of_a_batch_may_be_nothing(self, world: World):
        assert world.one.employer.ok("POST", "/v1/events/batch", []) == []
        assert world.one.employer.ok("PUT", "/v1/employees", []) == {"items": []}


class TestNul:
    """PostgreSQL has no NUL in text: where one can be written it must not get that far."""

    @pytest.mark.parametrize("value", ["%00", "emp_%00", "a%00b", "%FF", "%ED%A0%80"])
    def test_in_a_path_leads_nowhere(self, world: World, value: str):
        for route in ROUTES:
            if route.method == "GET" and route.parameters:
                path = route.filled({route.parameters[0]: value})
                assert_problem(world.one.employer("GET", path), 404, route)

    @pytest.mark.parametrize("value", ["%00", "a%00b", "%FF"])
    def test_in_a_query_is_no_fault_of_ours(self, world: World, value: str):
        for query in ("flags?state", "flags?rule", "flags?unit", "referrals?state"):
            answer = world.one.employer("GET", f"/v1/{query}={value}")
            assert answer.status_code in (200, 422), (query, answer.text)
        answer = world.one.employer("GET", f"/v1/deliveries?endpoint={value}")
        assert answer.status_code in (200, 422)

    @pytest.mark.parametrize("cursor", ["AA==", "ZmxnXwA=", "____", "=", "e30", "å", "a" * 201])
    def test_in_a_cursor_is_not_one_of_ours(self, world: World, cursor: str):
        """The first two are NUL, and one behind a prefix."""
        answer = world.one.employer("GET", "/v1/flags", params={"cursor": cursor})
        assert_problem(answer, 422)
        searched = world.one.employer("POST", "/v1/employees/search", {"cursor": cursor})
        assert_problem(searched, 422)
