"""Days and instants of the wire: one form each, nothing guessed."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from app.core.wire import FIRST_DAY, LAST_DAY, Day, Instant, Key, WireModel, what_is_named_only

DAY: TypeAdapter[date] = TypeAdapter(Day)
INSTANT: TypeAdapter[datetime] = TypeAdapter(Instant)
KEY: TypeAdapter[str] = TypeAdapter(Key)
quickly = settings(max_examples=100, deadline=None, derandomize=True, database=None)
zones = st.integers(-23 * 60, 23 * 60).map(lambda m: timezone(timedelta(minutes=m)))
moments = st.datetimes(datetime(1990, 1, 3), datetime(2100, 12, 28), timezones=zones)  # noqa: DTZ001


def refusal(adapter: TypeAdapter[Any], value: Any) -> str:
    with pytest.raises(ValidationError) as refused:
        adapter.validate_python(value)
    [error] = refused.value.errors()
    return str(error["type"])


class TestDay:
    @quickly
    @given(st.dates(FIRST_DAY, LAST_DAY))
    def test_is_read_from_its_iso_form_and_written_so(self, day: date):
        assert DAY.validate_python(day.isoformat()) == day
        assert json.loads(DAY.dump_json(day)) == day.isoformat()

    def test_may_be_a_date_already(self):
        assert DAY.validate_python(date(2026, 3, 2)) == date(2026, 3, 2)

    @pytest.mark.parametrize("value", ["1989-12-31", "2101-01-01", "0001-01-01", "9999-12-31"])
    def test_lies_between_1990_and_2100(self, value: str):
        assert refusal(DAY, value) == "date_out_of_range"

    @pytest.mark.parametrize(
        "value",
        [
            "2026-02-30",
            "2026-3-02",
            "20260302",
            "2026-W10-1",
            "2026-03-02T00:00:00",
            "2026-03-02\n",
            "۲۰۲۶-۰۳-۰۲",
            20260302,
            1.0,
            None,
            True,
            datetime(2026, 3, 2, tzinfo=UTC),
            b"2026-03-02",
        ],
    )
    def test_is_nothing_else(self, value: Any):
        assert refusal(DAY, value) == "invalid_date"


class TestInstant:
    @quickly
    @given(moments)
    def test_is_read_from_its_iso_form_as_the_same_instant_in_utc(self, moment: datetime):
        read = INSTANT.validate_python(moment.isoformat())
        assert (read, read.tzinfo) == (moment, UTC)

    @quickly
    @given(moments)
    def test_may_be_a_time_already(self, moment: datetime):
        assert INSTANT.validate_python(moment) == moment

    @pytest.mark.parametrize(
        ("value", "read"),
        [
            ("2026-03-02T06:58:00+01:00", datetime(2026, 3, 2, 5, 58, tzinfo=UTC)),
            ("2026-03-02t05:58:00z", datetime(2026, 3, 2, 5, 58, tzinfo=UTC)),
            ("2026-03-02T05:58:00-00:00", datetime(2026, 3, 2, 5, 58, tzinfo=UTC)),
            ("2026-03-02T05:58:00.5Z", datetime(2026, 3, 2, 5, 58, 0, 500_000, tzinfo=UTC)),
            ("2026-03-02T05:58:00.123456999Z", datetime(2026, 3, 2, 5, 58, 0, 123_456, tzinfo=UTC)),
            ("2026-10-25T02:30:00+02:00", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
            ("2026-10-25T02:30:00+01:00", datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
        ],
    )
    def test_has_the_forms_of_rfc_3339(self, value: str, read: datetime):
        assert INSTANT.validate_python(value) == read

    @pytest.mark.parametrize(
        "value",
        [
            "2026-03-02T06:58:00",
            "2026-03-02 06:58:00Z",
            "2026-03-02T06:58Z",
            "2026-03-02T06:58:00+01",
            "2026-03-02T06:58:00+0100",
            "2026-03-02T06:58:60Z",
            "2026-02-29T06:58:00Z",
            "2026-03-02T06:58:00.Z",
            "2026-03-02T06:58:00,5Z",
            "2026-03-02T06:58:00Z\n",
            "0001-01-01T00:00:00+01:00",
            "9999-12-31T23:59:59-01:00",
            "1772434680",
            1772434680,
            datetime(2026, 3, 2),  # noqa: DTZ001 - naive is the point
            date(2026, 3, 2),
            None,
            True,
        ],
    )
    def test_is_nothing_else(self, value: Any):
        assert refusal(INSTANT, value) == "invalid_instant"


class TestKey:
    @pytest.mark.parametrize("value", ["1001", "A-55/21 å", "x" * 200, " ", "😀"])
    def test_is_whatever_a_source_calls_it(self, value: str):
        assert KEY.validate_python(value) == value

    @pytest.mark.parametrize("value", ["", "x" * 201, "a\nb", "\x1f", "a\x7f", "a\0", 1001])
    def test_has_no_control_characters_and_a_length(self, value: Any):
        refusal(KEY, value)


class Sample(WireModel):
    number: int = 1
    yes: bool = False


class TestWireModel:
    @pytest.mark.parametrize(
        "sent",
        [
            {"number": "1"},
            {"number": True},
            {"number": 1.0},
            {"yes": 1},
            {"yes": "true"},
            {"other": 1},
            {"number": None},
        ],
    )
    def test_coerces_nothing_and_takes_nothing_else(self, sent: dict[str, Any]):
        with pytest.raises(ValidationError):
            Sample.model_validate(sent)

    def test_does_not_change(self):
        sample = Sample.model_validate({"number": 2})
        with pytest.raises(ValidationError):
            sample.number = 3


def test_what_is_named_only_shows_no_defaults():
    schema: dict[str, Any] = {"properties": {"a": {"default": 1, "type": "integer"}, "b": {}}}
    what_is_named_only({"a": 2})(schema)
    assert schema == {"properties": {"a": {"type": "integer"}, "b": {}}, "examples": [{"a": 2}]}
