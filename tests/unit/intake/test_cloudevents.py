"""Headers of CloudEvents: what any producer may write is read as what it meant."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from cloudevents.core.bindings.http import to_binary
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import FieldError, InvalidInput
from app.intake.cloudevents import Unwrapped, is_binary, unwrap, unwrap_binary

ATTRIBUTES = {"specversion": "1.0", "id": "1", "source": "hr", "type": "absence.reported"}


def headers(**attributes: bytes) -> list[tuple[bytes, bytes]]:
    """An envelope in headers, with these instead of or besides what it has."""
    given = {name: value.encode() for name, value in ATTRIBUTES.items()} | attributes
    return [(b"ce-" + name.encode(), value) for name, value in given.items()]


def opened_or_refused(opening: Callable[[], Unwrapped]) -> Unwrapped | Sequence[FieldError]:
    try:
        return opening()
    except InvalidInput as refused:
        return refused.errors


class TestHeader:
    @given(st.text(st.characters(codec="utf-8"), min_size=1))
    def test_of_another_producer_is_read_as_it_was_meant(self, source: str):
        event = CloudEvent(ATTRIBUTES | {"source": source}, {})
        written = to_binary(event, JSONFormat()).headers
        raw = [(name.lower().encode(), value.encode()) for name, value in written.items()]
        assert unwrap_binary(raw, {}).event["source"] == source

    @given(st.binary(min_size=1))
    def test_is_read_or_refused_and_nothing_else(self, value: bytes):
        found = opened_or_refused(lambda: unwrap_binary(headers(source=value), {}))
        if isinstance(found, Unwrapped):
            assert isinstance(found.event["source"], str)
        else:
            assert [error.code for error in found] == ["invalid_encoding"]

    def test_in_latin_1_is_refused(self):
        with pytest.raises(InvalidInput) as refused:
            unwrap_binary(headers(source="å".encode("latin-1")), {})
        assert [error.pointer for error in refused.value.errors] == ["#/ce-source"]

    def test_is_part_of_an_envelope_by_its_name_alone(self):
        assert is_binary([(b"accept", b"*/*"), (b"ce-id", b"")])
        assert not is_binary([(b"accept", b"*/*"), (b"x-ce-id", b"1"), (b"certificate", b"1")])


class TestEnvelope:
    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(),
            lambda part: (
                st.lists(part)
                | st.dictionaries(
                    st.text()
                    | st.sampled_from(
                        [
                            *ATTRIBUTES,
                            "time",
                            "data",
                            "data_base64",
                            "datacontenttype",
                            "occurred_at",
                        ]
                    ),
                    part,
                )
            ),
        )
    )
    def test_of_any_json_is_opened_or_refused(self, envelope: Any):
        found = opened_or_refused(lambda: unwrap(envelope))
        if isinstance(found, Unwrapped):
            assert found.event.items() >= {k: envelope[k] for k in ("id", "source")}.items()
        else:
            assert all(error.pointer.startswith("#") for error in found)

    def test_tells_where_each_field_stood(self):
        opened = unwrap(ATTRIBUTES | {"time": "x", "data": {}})
        errors = [FieldError(f"#{at}", "x", "x") for at in ("/id", "/occurred_at", "/extent", "")]
        pointers = [error.pointer for error in opened.placed(errors)]
        assert pointers == ["#/id", "#/time", "#/data/extent", "#/data"]
