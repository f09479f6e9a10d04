"""The strict parser: what it takes it reads as everybody does; the rest it refuses, all of it."""

import json
import tracemalloc
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.strict_json import MAX_DEPTH, MalformedJson, parse_json

text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(10**19) + 1, 10**19 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | text
)
documents = st.recursive(
    scalars, lambda inner: st.lists(inner) | st.dictionaries(text, inner), max_leaves=40
)
small = st.sampled_from([0, "[", "}", [], {}, [[], {}]])
quickly = settings(max_examples=150, deadline=None, derandomize=True, database=None)


def refused(body: bytes) -> bool:
    try:
        parse_json(body)
    except MalformedJson:
        return True
    return False


def depth_of(value: Any) -> int:
    if not isinstance(value, dict | list):
        return 0
    parts = value.values() if isinstance(value, dict) else value
    return 1 + max(map(depth_of, parts), default=0)


class TestValid:
    @quickly
    @given(documents, st.booleans(), st.sampled_from([None, 0, 3]))
    def test_is_read_as_the_standard_library_reads_it(
        self, document: Any, escaped: bool, indent: int | None
    ):
        body = json.dumps(document, ensure_ascii=escaped, indent=indent)
        read = parse_json(body.encode())
        assert read == json.loads(body)
        assert repr(read) == repr(json.loads(body))  # 1 is not 1.0, nor is it true

    @pytest.mark.parametrize("opening", ["[", '{"a":'])
    def test_may_be_as_deep_as_the_limit_and_no_deeper(self, opening: str):
        closing = {"[": "]"}.get(opening, "}")
        assert not refused((opening * MAX_DEPTH + "1" + closing * MAX_DEPTH).encode())
        deeper = opening * (MAX_DEPTH + 1) + "1" + closing * (MAX_DEPTH + 1)
        assert refused(deeper.encode())

    def test_is_counted_in_depth_and_not_in_brackets(self):
        wide = json.dumps([[], {}, "[[[{{{", "\\", '"[', '\\"['] * 500)
        assert parse_json(wide.encode()) == json.loads(wide)

    @given(st.lists(st.tuples(st.booleans(), small, small), max_size=MAX_DEPTH + 3))
    @quickly
    def test_is_as_deep_as_its_deepest_part(self, around: list[tuple[bool, Any, Any]]):
        document: Any = "[{"
        for in_list, before, after in around:
            document = [before, document, after] if in_list else {"{": before, "]": document}
        body = json.dumps([document, *[[]] * MAX_DEPTH])
        assert refused(body.encode()) == (depth_of(json.loads(body)) > MAX_DEPTH)

    @given(st.integers(0, MAX_DEPTH + 5), st.text('[]{}"\\', max_size=60))
    @quickly
    def test_is_deep_only_outside_of_strings(self, depth: int, noise: str):
        body = "[" * depth + json.dumps(noise * 2) + "]" * depth
        assert refused(body.encode()) == (depth > MAX_DEPTH)


class TestSize:
    @pytest.mark.parametrize(
        "text", [b"a" * 4_000_000, rb"\n" * 2_000_000, b"\xc3\xa5" * 2_000_000]
    )
    def test_of_a_long_string_costs_no_more_than_a_few_times_itself(self, text: bytes):
        """Sixteen of these at once must not be what fills a machine."""
        body = b"[" + b"[]," * 40 + b'"' + text + b'"]'
        tracemalloc.start()
        try:
            parse_json(body)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak < 12 * len(body)


class TestInvalid:
    @quickly
    @given(documents.filter(lambda d: isinstance(d, dict | list | str)), st.data())
    def test_is_what_is_cut_anywhere(self, document: Any, data: st.DataObject):
        body = json.dumps(document).encode()
        assert refused(body[: data.draw(st.integers(0, len(body) - 1))])

    @quickly
    @given(st.dictionaries(text, scalars, min_size=1), st.data())
    def test_is_a_key_said_twice(self, document: dict[str, Any], data: st.DataObject):
        twice = data.draw(st.sampled_from(sorted(document)))
        body = f"{json.dumps(document)[:-1]}, {json.dumps(twice)}: 1}}"
        assert json.loads(body)  # the standard library takes the last
        assert refused(body.encode())

    @quickly
    @given(st.binary(max_size=40))
    def test_is_everything_that_the_standard_library_refuses(self, body: bytes):
        try:
            json.loads(body.decode())
        except ValueError:
            assert refused(body)

    @pytest.mark.parametrize("bad", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "9" * 20])
    @pytest.mark.parametrize("around", ["{}", "[{}]", '{{"a": {{"b": {}}}}}'])
    def test_is_a_number_that_is_none(self, bad: str, around: str):
        body = around.format(bad)
        json.loads(body)
        assert refused(body.encode())

    @pytest.mark.parametrize(
        "bad", [r"\u0000", r"a\u0000b", r"\ud800", r"\udfff", r"\ude00\ud83d", "\0"]
    )
    @pytest.mark.parametrize(
        "around", ['"{}"', '["{}"]', '{{"{}": 1}}', '{{"a": [{{"b": "{}"}}]}}']
    )
    def test_is_text_that_no_database_keeps(self, bad: str, around: str):
        assert refused(around.format(bad).encode())

    @pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be", "utf-32", "latin-1"])
    def test_is_any_encoding_but_utf_8(self, encoding: str):
        assert refused('{"å": 1}'.encode(encoding))

    def test_says_nothing_of_what_was_sent(self):
        with pytest.raises(MalformedJson) as error:
            parse_json(b'{"secret": "secret", }')
        assert "secret" not in f"{error.value} {error.value.detail} {error.value.errors}"
