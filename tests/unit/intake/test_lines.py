"""The quick way of reading a line answers as the slow one does, whatever the line."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.intake import lines
from app.intake.event import Event
from app.intake.lines import read_line, read_strictly

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
REPORT: dict[str, Any] = {
    "id": "e1",
    "source": "hr",
    "type": "absence.reported",
    "occurred_at": "2026-03-02T07:00:00+01:00",
    "employee": "1001",
    "absence": "a1",
    "first_day": "2026-03-02",
}
ENDED = {k: v for k, v in REPORT.items() if k != "first_day"} | {
    "type": "absence.ended",
    "last_day": "2026-03-03",
}
CANCELLED = {k: v for k, v in REPORT.items() if k != "first_day"} | {"type": "absence.cancelled"}
CHANGED = REPORT | {"type": "absence.changed", "extent": 50}

DAYS = st.sampled_from(
    [
        "2026-03-02",
        "1989-12-31",
        "1990-01-01",
        "2100-12-31",
        "2101-01-01",
        "2026-02-30",
        "2026-3-2",
        "2026-03-02T00:00:00",
        "20260302",
        "\uff12026-03-02",
        "2029-01-01",
        "",
    ]
)
TIMES = st.sampled_from(
    [
        "2026-03-02T07:00:00Z",
        "2026-03-02t07:00:00z",
        "2026-03-02T07:00:00",
        "2026-03-02 07:00:00Z",
        "2026-03-02T07:00:00.1+01:00",
        "2026-03-02T07:00:00.123456Z",
        "2026-03-02T07:00:00.123456789Z",
        "2026-03-02T07:00:00.1234567891Z",
        "2026-03-02T24:00:00Z",
        "2026-03-02T07:00:60Z",
        "2026-03-02T07:00:00+24:00",
        "2026-03-02T07:00:00+23:59",
        "2026-03-02T07:00:00-00:00",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
        "2026-03-03T12:00:00Z",
        "2026-03-03T12:00:00.000001Z",
        "2026-03-02T07:00:00+0100",
    ]
)
TEXTS = st.one_of(
    st.sampled_from(["", "a", "x" * 200, "x" * 201, "å" * 200, "a\x7f", "a\u0085", "{[", "extent"]),
    st.text(max_size=8),
)
ODD: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, False, 0, 1, 100, 101, -1, 1.0, 50.5, 1e2, "1", [], {}, 10**25]
)
VALUES = st.one_of(DAYS, TIMES, TEXTS, ODD, st.sampled_from(["sickness", "other", "sick"]))
FIELDS = [
    "id",
    "source",
    "type",
    "occurred_at",
    "employee",
    "absence",
    "first_day",
    "last_day",
    "well_from",
    "extent",
    "extent_from",
    "kind",
    "diagnosis",
    "colour",
]


@st.composite
def documents(draw: st.DrawFn) -> bytes:
    """Events with some of their fields changed, taken away, added or said twice."""
    said = dict(draw(st.sampled_from([REPORT, ENDED, CANCELLED, CHANGED])))
    fitting = {"occurred_at": TIMES, "first_day": DAYS, "last_day": DAYS, "well_from": DAYS}
    for name in draw(st.lists(st.sampled_from(FIELDS), max_size=3)):
        said[name] = draw(st.one_of(fitting.get(name, TEXTS), VALUES))
    for name in draw(st.lists(st.sampled_from(FIELDS), max_size=1)):
        said.pop(name, None)
    pairs = draw(st.permutations(list(said.items())))
    pairs += draw(st.lists(st.sampled_from(pairs or [("id", "e1")]), max_size=1))
    spaced = draw(st.sampled_from(["", " ", "\t", "\r\n"]))
    ascii_only = draw(st.booleans())
    text = ",".join(
        f"{json.dumps(name)}:{spaced}{json.dumps(value, ensure_ascii=ascii_only)}"
        for name, value in pairs
    )
    return f"{spaced}{{{text}}}{spaced}".encode("utf-8", "surrogatepass")


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """The same with some bytes changed, put in or taken out."""
    line = bytearray(draw(documents()))
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, max(len(line) - 1, 0)))
        some = draw(st.one_of(st.binary(max_size=2), st.sampled_from([b'"', b"\\", b"\0", b"}"])))
        line[place : place + draw(st.integers(0, 1))] = some
    return bytes(line)


@given(st.one_of(documents(), mutated()))
@example(b"")
@example(b"\xef\xbb\xbf" + json.dumps(REPORT).encode())
@example(json.dumps(REPORT | {"extent": 1.0}).encode())
@example(json.dumps(REPORT).replace('"e1"', '"e1", "id": "e1"').encode())
@example(json.dumps(REPORT | {"id": "\ud800"}).encode())
@example(json.dumps(REPORT | {"id": "\ud800"}, ensure_ascii=False).encode("utf-8", "surrogatepass"))
@example(json.dumps(REPORT | {"id": "a\0"}).encode())
@example(json.dumps(REPORT | {"last_day": None}).encode())
def test_both_ways_answer_alike(line: bytes) -> None:
    assert read_line(line, NOW) == read_strictly(line, NOW)


@pytest.mark.parametrize(
    "said", [REPORT, REPORT | {"extent": 50, "kind": "other"}, ENDED, CANCELLED]
)
def test_plain_lines_go_the_quick_way(
    said: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = read_strictly(json.dumps(said).encode(), NOW)
    monkeypatch.setattr(lines, "read_strictly", None)
    for text in (json.dumps(said), json.dumps(said, separators=(",", ":")) + "\r\n"):
        assert read_line(text.encode(), NOW) == expected


def test_an_event_is_what_was_said() -> None:
    event = read_line(json.dumps(REPORT | {"last_day": "2026-03-04"}).encode(), NOW)
    assert isinstance(event, Event)
    assert (event.employee, event.said["last_day"]) == ("1001", date(2026, 3, 4))
    assert read_line(b"{", NOW) == ["malformed_json"]
    assert read_line(json.dumps(REPORT | {"id": 1}).encode(), NOW) == ["invalid_string"]
