"""CSV files become events by a mapping document: what each row says, and what is wrong with it."""

import csv
import io
import random
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from app.absences.fold import Absence, fold
from app.core.delimited import UnreadableFile
from app.intake.csv_rows import read_csv
from app.intake.dates import DateFormat, read_formatted_day
from app.intake.mappings import Mapping
from app.intake.rows import DETAILS, REFUSALS, WARNINGS, FileRows
from app.intake.schemas import EVENT

RECEIVED = datetime(2026, 11, 2, 8, 30, tzinfo=UTC)
CANARY = "Kanarie 19610118-2803"
RANGES = {"employee": "nr", "first_day": "från", "last_day": "till"}


def mapping(columns: dict | None = None, **settings) -> Mapping:
    return Mapping.model_validate({"columns": columns or RANGES, **settings})


def read(text: str, columns: dict | None = None, *, who=None, **settings) -> FileRows:
    return read_csv(
        io.BytesIO(text.encode()),
        source="lön",
        received_at=RECEIVED,
        mapping=mapping(columns, **settings),
        who=who,
    )


def events(text: str, columns: dict | None = None, **settings) -> list[dict]:
    found = list(read(text, columns, **settings))
    assert all(row.event for row in found), [row.errors for row in found]
    return [dict(row.event or {}) for row in found]


def only(row: str, columns: dict | None = None, **settings) -> dict:
    (event,) = events(
        f"{';'.join(map(str, (columns or RANGES).values()))}\n{row}\n", columns, **settings
    )
    return event


def wrong(row: str, columns: dict | None = None, **settings) -> list[str]:
    header = ";".join((columns or RANGES).values())
    (found,) = read(f"{header}\n{row}\n", columns, **settings)
    assert found.number == 2
    assert found.event is None
    assert "Kanarie" not in repr(found)
    return [error.code for error in found.errors]


class TestEvents:
    def test_a_range_is_one_absence(self):
        event = only("101;2026-09-01;2026-09-03")
        assert event == {
            "source": "lön",
            "id": event["id"],
            "type": "absence.reported",
            "occurred_at": "2026-11-02T08:30:00+00:00",
            "employee": "101",
            "absence": "101:2026-09-01",
            "first_day": "2026-09-01",
            "last_day": "2026-09-03",
            "extent": 100,
            "kind": "sickness",
        }
        EVENT.validate_python(event)

    def test_a_day_is_one_too(self):
        event = only("101;2026-09-01", {"employee": "nr", "day": "dag"})
        assert (event["first_day"], event["last_day"]) == ("2026-09-01", "2026-09-01")

    def test_without_a_last_day_it_goes_on(self):
        event = only("101;2026-09-01;")
        assert "last_day" not in event
        EVENT.validate_python(event)
        assert only("101;2026-09-01;9999-12-31") == event

    def test_the_same_row_says_the_same_under_the_same_id(self):
        assert only("101;2026-09-01;") == only("101;2026-09-01;")
        assert only("101;2026-09-01;")["id"] != only("102;2026-09-01;")["id"]

    def test_codes_go_by_the_table_and_others_are_passed_over(self):
        columns = RANGES | {"code": "kod"}
        text = (
            "nr;från;till;kod;orsak\n"
            f"1;2026-09-01;2026-09-01;10;{CANARY}\n"
            f"1;2026-09-01;2026-09-01;20;{CANARY}\n"
            f"1;nonsense;;99;{CANARY}\n"
        )
        found = read(text, columns, codes={"10": "sickness", "20": "work_injury"})
        said = [row.event or {} for row in found]
        assert [(e["kind"], e["absence"]) for e in said] == [
            ("sickness", "1:2026-09-01"),
            ("work_injury", "1:2026-09-01"),
        ]
        assert (found.rows_total, found.rows_ignored) == (3, 1)
        assert found.warnings == ("company_codes_ignored",)
        assert set(found.warnings) <= set(WARNINGS)
        assert "Kanarie" not in repr(said)

    def test_own_names_times_and_ids_are_kept(self):
        columns = RANGES | {"occurred_at": "sagt", "absence": "fall", "id": "post"}
        event = only("1;2026-09-01;;2026-09-01 07:15;A-1;P-9", columns)
        assert event["occurred_at"] == "2026-09-01T07:15:00+02:00"
        assert (event["absence"], event["id"]) == ("A-1", "P-9")

    @pytest.mark.parametrize(
        ("word", "said"),
        [
            ("", {"first_day": "2026-09-01", "extent": 100, "kind": "sickness"}),
            ("absence.changed", {"first_day": "2026-09-01"}),
            ("absence.cancelled", {}),
            ("åter", {"last_day": "2026-09-04"}),
        ],
    )
    def test_may_be_of_every_type(self, word, said):
        columns = RANGES | {"type": "typ"}
        last = "2026-09-04" if word == "åter" else ""
        event = only(f"1;2026-09-01;{last};{word}", columns, types={"åter": "absence.ended"})
        EVENT.validate_python(event)
        fields = {"first_day", "last_day", "extent", "kind"}
        assert {name: event[name] for name in fields & set(event)} == said
        assert event["absence"] == "1:2026-09-01"

    def test_personal_numbers_are_looked_up_and_not_kept(self):
        columns = {"personal_number": "pnr", "day": "dag"}
        known = {"196101182803": "7"}
        for written in ("19610118-2803", "196101182803", "610118-2803"):
            event = only(f"{written};2026-09-01", columns, who=known.get)
            assert event["employee"] == "7"
            assert "2803" not in repr(event)


class TestExtents:
    @pytest.mark.parametrize(
        ("written", "settings", "extent"),
        [
            ("", {}, 100),
            ("50", {}, 50),
            ("12,5 %", {}, 13),
            ("12.5", {}, 13),
            ("0,001", {"decimal": ","}, 1),
            ("0.25", {"extent_unit": "fraction"}, 25),
            ("1,0", {"extent_unit": "fraction", "decimal": ","}, 100),
        ],
    )
    def test_are_read(self, written, settings, extent):
        columns = RANGES | {"extent": "omf"}
        assert only(f"1;2026-09-01;;{written}", columns, **settings)["extent"] == extent

    @pytest.mark.parametrize(
        ("written", "settings"),
        [
            ("0", {}),
            ("101", {}),
            ("half", {}),
            ("1e1", {}),
            ("50.5", {"decimal": ","}),
            ("50,5", {"decimal": "."}),
            ("25", {"extent_unit": "fraction"}),
        ],
    )
    def test_that_are_none_are_an_error(self, written, settings):
        columns = RANGES | {"extent": "omf"}
        assert wrong(f"1;2026-09-01;;{written}", columns, **settings) == ["extent_out_of_range"]

    @pytest.mark.parametrize(
        ("hours", "extent"), [("8", 100), ("9", 100), ("3,9", 49), ("0,01", 1)]
    )
    def test_may_be_hours_of_a_day(self, hours, extent):
        columns = RANGES | {"hours": "tim"}
        assert only(f"1;2026-09-01;;{hours}", columns, hours_per_day=8)["extent"] == extent

    def test_of_no_hours_are_no_sick_day(self):
        columns = RANGES | {"hours": "tim"}
        header = ";".join(columns.values())
        found = read(f"{header}\n1;2026-09-01;;0\n", columns, hours_per_day=8)
        assert (list(found), found.rows_ignored, found.warnings) == ([], 1, ())

    def test_outrank_hours(self):
        columns = RANGES | {"extent": "omf", "hours": "tim"}
        assert only("1;2026-09-01;;25;8", columns, hours_per_day=8)["extent"] == 25


class TestOwnIds:
    def test_are_used_with_a_time_alone_for_a_row_sent_again_must_not_contradict(self):
        columns = RANGES | {"id": "post"}
        assert not only("1;2026-09-01;;P-9", columns)["id"].startswith("P-9")


class TestErrors:
    @pytest.mark.parametrize(
        ("row", "codes"),
        [
            (";2026-09-01;", ["employee_missing"]),
            (f"{'9' * 65};2026-09-01;", ["employment_number_too_long"]),
            ("1;;", ["date_missing"]),
            (f"1;{'2' * 201};", ["cell_too_long"]),
            (f"1;{CANARY};", ["date_invalid"]),
            ("1;2026-02-30;2026-02-31", ["date_invalid"]),
            ("1;2026-09-02;2026-09-01", ["range_reversed"]),
            ("1;2026-09-01", ["columns_wrong"]),
            ("1;2026-09-01;;;x", ["columns_wrong"]),
            ('1;"2026-09-01"x;', ["quotes_unbalanced"]),
            ("1;2026-09-01\0;", ["not_text"]),
        ],
    )
    def test_are_told_by_code(self, row, codes):
        assert wrong(row) == codes
        assert set(codes) <= set(DETAILS)

    def test_are_all_told(self):
        columns = RANGES | {"extent": "omf", "occurred_at": "sagt", "type": "typ"}
        assert wrong(";x;y;z;u;v", columns) == [
            "employee_missing",
            "type_unknown",
            "date_invalid",
            "extent_out_of_range",
            "time_invalid",
        ]

    def test_of_an_ending_are_its_own(self):
        columns = RANGES | {"type": "typ"}
        assert wrong("1;2026-09-01;;absence.ended", columns) == ["date_missing"]
        assert wrong("1;;;absence.cancelled", columns) == ["date_missing"]

    @pytest.mark.parametrize(
        ("number", "code"),
        [
            ("191212121212", "personal_number_unknown"),
            ("19121212T212", "personal_number_invalid"),
            ("", "employee_missing"),
        ],
    )
    def test_of_personal_numbers(self, number, code):
        columns = {"personal_number": "pnr", "day": "dag"}
        assert wrong(f"{number};2026-09-01", columns, who={}.get) == [code]

    def test_without_anybody_to_ask_a_personal_number_is_not_enough(self):
        columns = {"personal_number": "pnr", "day": "dag"}
        assert wrong("191212121212;2026-09-01", columns) == ["employment_number_missing"]

    def test_an_empty_code_is_one(self):
        columns = RANGES | {"code": "kod"}
        assert wrong("1;2026-09-01;;", columns, codes={"1": "sickness"}) == ["code_missing"]


class TestFiles:
    def test_tell_what_was_found_out(self):
        content = "nr|från|till|ort\n1|2026-09-01||Åmål\n".encode("cp1252")
        found = read_csv(io.BytesIO(content), source=None, received_at=RECEIVED, mapping=mapping())
        (row,) = found
        assert row.event
        assert row.event["source"] == "csv"
        assert found.detected == {"encoding": "cp1252", "delimiter": "|"}

    def test_without_rows_are_told(self):
        found = read("nr;från;till\n")
        assert (list(found), found.warnings) == ([], ("no_rows",))

    @pytest.mark.parametrize(
        ("text", "code"), [("a;b\n", "column_missing"), ("", "header_missing")]
    )
    def test_that_cannot_be_read_are_refused(self, text, code):
        with pytest.raises(UnreadableFile) as refused:
            read(text)
        assert refused.value.code == code
        assert code in REFUSALS

    def test_without_a_header_go_by_number(self):
        (event,) = events("2026-09-01;7\n", {"employee": "2", "day": "1"}, header=False)
        assert (event["employee"], event["first_day"]) == ("7", "2026-09-01")

    def test_are_read_as_their_rows_are_asked_for(self):
        lines = ["nr;från;till\n", *(f"{n};2026-09-01;\n" for n in range(100_000))]
        stream = io.BytesIO("".join(lines).encode())
        found = read_csv(stream, source=None, received_at=RECEIVED, mapping=mapping())
        assert next(found).number == 2
        assert found.rows_total == 1
        assert stream.tell() < 300_000

    def test_need_columns(self):
        with pytest.raises(UnreadableFile) as refused:
            read_csv(
                io.BytesIO(b""),
                source=None,
                received_at=RECEIVED,
                mapping=Mapping.model_validate({"codes": {"1": "sickness"}}),
            )
        assert refused.value.code == "columns_missing"

    @given(st.binary(max_size=300))
    def test_of_any_bytes_are_rows_or_a_refusal(self, content):
        numbered = mapping({"employee": "1", "first_day": "2", "last_day": "3"}, header=False)
        found = read_csv(io.BytesIO(content), source=None, received_at=RECEIVED, mapping=numbered)
        listed = list(found)
        assert found.rows_total == len(listed)
        assert all((row.event is None) == bool(row.errors) for row in listed)


FORMATS = {
    "YYYY-MM-DD": "%Y-%m-%d",
    "YYYY/MM/DD": "%Y/%m/%d",
    "YYYY.MM.DD": "%Y.%m.%d",
    "YYYYMMDD": "%Y%m%d",
    "YY-MM-DD": "%y-%m-%d",
    "YYMMDD": "%y%m%d",
    "DD.MM.YYYY": "%d.%m.%Y",
    "DD-MM-YYYY": "%d-%m-%Y",
    "DD/MM/YYYY": "%d/%m/%Y",
    "MM/DD/YYYY": "%m/%d/%Y",
    "DD.MM.YY": "%d.%m.%y",
    "DD/MM/YY": "%d/%m/%y",
}


class TestDates:
    @given(st.dates(date(1990, 1, 1), date(2068, 12, 31)), st.sampled_from(sorted(FORMATS)))
    def test_are_read_as_they_were_written(self, day, form: DateFormat):
        written = day.strftime(FORMATS[form])
        assert read_formatted_day(written, form) == day
        assert read_formatted_day(f"{written} 00:00:00", form) == day
        assert read_formatted_day(f"{written} 12:00:00", form) is None

    def test_may_lack_their_zeros_where_something_stands_between(self):
        assert read_formatted_day("1/9/2026", "DD/MM/YYYY") == date(2026, 9, 1)
        assert read_formatted_day("202691", "YYYYMMDD") is None


class TestMappings:
    @pytest.mark.parametrize(
        ("settings", "code"),
        [
            ({"columns": {"employee": "a"}}, "days_missing"),
            ({"columns": {"employee": "a", "first_day": "b"}}, "days_missing"),
            ({"columns": {"day": "b"}}, "employee_missing"),
            ({"columns": {"employee": "a", "day": "b", "last_day": "c"}}, "days_contradict"),
            ({"columns": RANGES | {"code": "k"}}, "codes_missing"),
            ({"columns": RANGES | {"hours": "k"}}, "hours_per_day_missing"),
            ({"columns": RANGES, "header": False}, "column_numbers_needed"),
            ({"columns": {"employee": "0", "day": "1"}, "header": False}, "column_numbers_needed"),
            ({"columns": RANGES | {"orsak": "k"}}, "extra_forbidden"),
            ({"codes": {"VAB": "sickness"}}, "code_never_counts"),
            ({"codes": {" vab": "sickness"}}, "code_never_counts"),
            ({"codes": {"n\u00e4r": "sickness"}}, "code_never_counts"),
            ({"codes": {"10": "other"}}, "literal_error"),
            ({"date_format": "%d %B"}, "literal_error"),
            ({"delimiter": "x"}, "literal_error"),
            ({"skip": True}, "int_type"),
        ],
    )
    def test_that_do_not_fit_are_refused(self, settings, code):
        with pytest.raises(ValidationError) as refused:
            Mapping.model_validate(settings)
        assert code in {error["type"] for error in refused.value.errors()}

    def test_come_back_from_json_as_they_were(self):
        [example] = Mapping.model_json_schema()["examples"]
        read_first = Mapping.model_validate(example)
        assert Mapping.model_validate_json(read_first.model_dump_json()) == read_first


DAYS = st.dates(date(2026, 1, 1), date(2026, 1, 9))
SAID = st.tuples(st.sampled_from("12"), DAYS, st.integers(0, 4), st.integers(1, 100))


class TestSeveralRowsAboutOneDay:
    @pytest.mark.parametrize("codes", [("10", "20"), ("20", "10")])
    def test_of_two_kinds_sickness_holds_unless_the_other_is_longer(self, codes):
        for last, kind in (("2026-09-01", "sickness"), ("2026-09-02", "work_injury")):
            days = {"10": "2026-09-01", "20": last}
            text = "nr;från;till;kod\n" + "".join(f"1;2026-09-01;{days[c]};{c}\n" for c in codes)
            found = events(
                text, RANGES | {"code": "kod"}, codes={"10": "sickness", "20": "work_injury"}
            )
            assert fold([EVENT.validate_python(e).event() for e in found]).kind == kind

    @given(st.lists(SAID, min_size=1, max_size=12), st.randoms(use_true_random=False))
    def test_longest_then_largest_holds_in_any_order(self, said, rng: random.Random):
        """Against an oracle of its own: the greatest of all that is said of a first day."""
        text = io.StringIO()
        writer = csv.writer(text, delimiter=";")
        writer.writerow(["nr", "från", "till", "omf"])
        for employee, first, length, extent in said:
            writer.writerow([employee, first, first + timedelta(days=length), extent])
        found = events(text.getvalue(), RANGES | {"extent": "omf"})
        rng.shuffle(found)
        held: dict[str, list] = {}
        for event in found:
            held.setdefault(event["absence"], []).append(EVENT.validate_python(event).event())
        expected: dict[str, tuple] = {}
        for employee, first, length, extent in said:
            name = f"{employee}:{first}"
            expected[name] = max(expected.get(name, (0, 0)), (length, extent))
        folded: dict[str, Absence] = {name: fold(about) for name, about in held.items()}
        assert {
            name: ((a.last_day - a.first_day).days, a.extent)
            for name, a in folded.items()
            if a.first_day and a.last_day
        } == expected
