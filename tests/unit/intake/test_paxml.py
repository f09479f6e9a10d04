"""PAXml files become numbered rows: what each says, what is wrong with it, and what is refused."""

import subprocess
import sys
import unicodedata
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.intake import paxml, statements
from app.intake.codes import KINDS, NEVER
from app.intake.rows import UnreadableFile
from tests.unit.intake.made import (
    CANARY,
    DAY,
    FILES,
    ROOT,
    document,
    failed,
    only_event,
    read,
    refusal,
    said,
    sick,
    span,
    times,
)


class TestCodes:
    @pytest.mark.parametrize("code", sorted(KINDS))
    def test_of_ill_health_are_taken_in(self, code):
        assert said(document(sick(code=code, datum="2026-09-01")))

    @pytest.mark.parametrize("code", [*sorted(NEVER), "OS1", "FR1", "SEM", "sjk", "X"])
    def test_other_codes_are_ignored_and_counted_however_broken(self, code):
        found = read(document(sick(code=code, datum="nonsense")))
        assert (list(found), found.rows_total, found.rows_ignored) == ([], 1, 1)

    def test_decomposed_letters_are_the_same_code(self):
        code = unicodedata.normalize("NFD", "SJK_LÖN")
        assert said(document(sick(code=code, datum="2026-09-01")))

    @pytest.mark.parametrize("row", ['<tidtrans anstid="1"/>', sick(code=" ")])
    def test_a_row_without_code_is_an_error_not_ignored(self, row):
        assert failed(document(row)) == {1: ["code_missing"]}

    def test_transactions_of_other_sections_are_not_rows(self):
        other = "<lonetransaktioner><tidtrans/></lonetransaktioner></paxml>"
        assert read(document().replace(b"</paxml>", other.encode())).rows_total == 0


class TestDays:
    @pytest.mark.parametrize(
        ("fields", "first", "last"),
        [
            ({"datum": "2028-02-29"}, "2028-02-29", "2028-02-29"),
            ({"datum": " 2026-09-01\n"}, "2026-09-01", "2026-09-01"),
            ({"datum": "2026-09-01+02:00"}, "2026-09-01", "2026-09-01"),
            ({"datum": "2026-09-01Z"}, "2026-09-01", "2026-09-01"),
            (span("2026-09-30", "2026-10-01"), "2026-09-30", "2026-10-01"),
            ({"datum": DAY} | span(DAY, DAY), DAY, DAY),
            ({"datum": DAY} | times(f"{DAY}T22:00:00", "2026-09-02T06:00:00"), DAY, DAY),
        ],
    )
    def test_are_read(self, fields, first, last):
        assert said(document(sick(**fields))) == [(1, "101", first, last, 100)]

    @pytest.mark.parametrize(
        ("start", "end", "first", "last"),
        [
            ("2026-09-07T08:00:00", "2026-09-07T12:00:00", "2026-09-07", "2026-09-07"),
            ("2026-09-07T22:00:00", "2026-09-08T06:00:00", "2026-09-07", "2026-09-08"),
            ("2026-09-07T08:00:00", "2026-09-08T00:00:00", "2026-09-07", "2026-09-07"),
            ("2026-09-07T08:00:00", "2026-09-07T24:00:00", "2026-09-07", "2026-09-07"),
            ("2026-09-07T00:00:00", "2026-09-07T00:00:00", "2026-09-07", "2026-09-07"),
            # 22:30 in UTC is the next day's first hour in Stockholm.
            ("2026-09-07T22:30:00Z", "2026-09-08T02:00:00Z", "2026-09-08", "2026-09-08"),
            # The hour that comes twice: later by the sun, earlier by the clock.
            ("2026-10-25T02:50:00+02:00", "2026-10-25T02:10:00+01:00", "2026-10-25", "2026-10-25"),
            (
                "2026-09-07T08:00:00.123456789+02:00[Europe/Stockholm]",
                "2026-09-07T12:00:00.5+02:00[Europe/Stockholm]",
                "2026-09-07",
                "2026-09-07",
            ),
        ],
    )
    def test_are_the_local_days_that_times_cover(self, start, end, first, last):
        row = sick(starttid=start, sluttid=end)
        assert said(document(row)) == [(1, "101", first, last, 100)]

    @pytest.mark.parametrize(
        ("fields", "code"),
        [
            ({}, "date_missing"),
            ({"datum": ""}, "date_missing"),
            ({"datumfrom": "2026-09-01"}, "date_missing"),
            ({"datum": "2026-09-01", "datumtom": "2026-09-01"}, "date_missing"),
            ({"starttid": "2026-09-01T08:00:00"}, "date_missing"),
            ({"datum": "2026-02-29"}, "date_invalid"),
            ({"datum": "20260901"}, "date_invalid"),
            ({"datum": "2026-09-01T00:00:00"}, "date_invalid"),
            ({"datum": "2026-W36-2"}, "date_invalid"),
            ({"datum": "\u0662026-09-01"}, "date_invalid"),
            ({"datum": "2026-09-01" + "0" * 200}, "date_invalid"),
            (times("2026-09-01T08:00:00", "2026-09-01"), "date_invalid"),
            (times("2026-09-01T08:00:00", "2026-09-01T25:00:00"), "date_invalid"),
            (times("9999-12-31T08:00:00", "9999-12-31T24:00:00"), "date_invalid"),
            (span("2026-09-02", "2026-09-01"), "range_reversed"),
            (times("2026-09-01T08:00:00", "2026-09-01T07:59:59"), "range_reversed"),
            (times("0001-01-01T08:00:00", "0001-01-01T07:00:00"), "range_reversed"),
            ({"datum": DAY} | span(DAY, "2026-09-02"), "dates_contradict"),
        ],
    )
    def test_that_cannot_be_told_are_an_error(self, fields, code):
        assert failed(document(sick(**fields))) == {1: [code]}

    def test_said_twice_are_an_error(self):
        row = sick(datum="2026-09-01</datum><datum>2026-09-02")
        assert failed(document(row)) == {1: ["field_repeated"]}


class TestAmounts:
    @pytest.mark.parametrize(
        ("omfattning", "extent"),
        [("100", 100), ("50.00", 50), ("0.01", 1), ("12.5", 13), ("12.49", 12), ("99.5", 100)],
    )
    def test_extent_is_rounded_half_up_but_never_to_nothing(self, omfattning, extent):
        content = document(sick(datum="2026-09-01", omfattning=omfattning))
        assert said(content) == [(1, "101", "2026-09-01", "2026-09-01", extent)]

    def test_no_hours_are_no_sick_day(self):
        """Payroll sets a row to nothing when it takes it back."""
        found = read(document(sick(datum="2026-09-01", timmar="0.00")))
        assert (list(found), found.rows_total, found.rows_ignored) == ([], 1, 1)

    @pytest.mark.parametrize("hours", ["8.00", "6.01666666666667", ".5", ""])
    def test_hours_are_a_whole_day_for_now(self, hours):
        content = document(sick(datum="2026-09-01", timmar=hours))
        assert said(content) == [(1, "101", "2026-09-01", "2026-09-01", 100)]

    @pytest.mark.parametrize("share", ["0", "100.01", "-5", "50,0", "NaN", "1e1", "9" * 99, "half"])
    def test_extent_out_of_range_is_an_error(self, share):
        row = sick(datum="2026-09-01", omfattning=share)
        assert failed(document(row)) == {1: ["extent_out_of_range"]}

    @pytest.mark.parametrize("hours", ["-0.01", "8,0", "Infinity", "8h", "1_0", "8" * 500])
    def test_unreadable_hours_are_an_error(self, hours):
        assert failed(document(sick(datum="2026-09-01", timmar=hours))) == {1: ["hours_invalid"]}

    @pytest.mark.parametrize("end", [f"{DAY}T12:00:00", "2026-09-03T12:00:00"])
    @pytest.mark.parametrize("amount", [{"timmar": 4}, {"omfattning": 50}])
    def test_besides_a_start_and_an_end_are_an_error(self, end, amount):
        """Hours of several days were weighed against the schedule of the first."""
        row = sick(**times(f"{DAY}T08:00:00", end), **amount)
        assert failed(document(row)) == {1: ["times_and_amount"]}
        assert said(document(sick(datum=DAY, **times(f"{DAY}T08:00:00", end), **amount)))
        assert failed(document(sick(**amount))) == {1: ["date_missing"]}

    def test_every_error_of_a_row_is_told(self):
        row = sick(
            anstid="", datumfrom="2026-09-02", datumtom="2026-09-01", timmar="x", omfattning="0"
        )
        assert failed(document(row)) == {
            1: [
                "employee_missing",
                "range_reversed",
                "hours_with_range",
                "hours_and_extent",
                "hours_invalid",
                "extent_out_of_range",
            ]
        }


class TestRows:
    def test_a_bad_row_loses_no_other_and_keeps_its_number(self):
        day = {"datum": "2026-09-01"}
        content = document(sick("1", **day), sick("2"), sick("3", code="VAB"), sick("4", **day))
        found = read(content)
        assert [(r.number, r.event is None) for r in found] == [(1, False), (2, True), (4, False)]
        assert (found.rows_total, found.rows_ignored) == (4, 1)

    def test_same_day_in_several_codes_is_one_statement_with_the_larger_extent(self):
        day = {"datum": "2026-09-01"}
        content = document(
            sick("1", code="SJK_KAR", **day, omfattning=25),
            sick("2", **day, omfattning=10),
            sick("1", code="SJK_LÖN", **day, omfattning=75),
            sick("1", code="SJK_LÖN", **day, omfattning=50),
        )
        assert said(content) == [
            (1, "1", "2026-09-01", "2026-09-01", 75),
            (2, "2", "2026-09-01", "2026-09-01", 10),
        ]
        assert read(content).rows_merged == 2

    @pytest.mark.parametrize("order", [1, -1])
    def test_same_first_day_is_one_statement_with_the_longer_range(self, order):
        short = sick(datum="2026-09-01")
        long = sick(datumfrom="2026-09-01", datumtom="2026-09-04", omfattning=50)
        content = document(*[short, long][::order])
        assert said(content) == [(1, "101", "2026-09-01", "2026-09-04", 50)]

    def test_an_endless_employment_number_is_an_error(self):
        content = document(sick("1" * 65, datum="2026-09-01"))
        assert failed(content) == {1: ["employment_number_too_long"]}

    def test_errors_never_quote_the_file(self):
        content = document(
            sick(CANARY * 5, datum=CANARY), sick(timmar=CANARY, omfattning=CANARY, starttid=CANARY)
        )
        errors = repr([row.errors for row in read(content)])
        assert "date_invalid" in errors
        assert "Kanarie" not in errors


class TestIdentity:
    CONTENT = document(sick(datum="2026-09-01"), header="<datum>2026-10-01T06:00:00+02:00</datum>")

    def test_the_same_file_says_the_same_under_the_same_id(self):
        assert only_event(self.CONTENT) == only_event(self.CONTENT)
        # Pinned: another id would store what is known already a second time.
        assert only_event(self.CONTENT)["id"] == "949fb4bd4d4d737871931dcec9fc113dc80ee4f3"

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            (b'anstid="101"', b'anstid="102"'),
            (b"2026-09-01", b"2026-09-02"),
            (b"06:00:00", b"06:00:01"),
            (b"</tidtrans>", b"<omfattning>50</omfattning></tidtrans>"),
            (b"<header>", b"<header><foretagid>1</foretagid>"),
        ],
    )
    def test_another_content_has_another_id(self, old, new):
        changed = self.CONTENT.replace(old, new)
        assert only_event(changed)["id"] != only_event(self.CONTENT)["id"]

    def test_a_correction_of_the_end_is_about_the_same_absence(self):
        day = sick(datum="2026-09-01")
        longer = sick(datumfrom="2026-09-01", datumtom="2026-09-03")
        before, after = only_event(document(day)), only_event(document(longer))
        assert before["absence"] == after["absence"]
        assert before["id"] != after["id"]


class TestHeader:
    def occurred(self, datum: str) -> str:
        header = f"<datum>{datum}</datum>"
        event = only_event(document(sick(datum="2026-09-01"), header=header))
        return str(event["occurred_at"])

    @pytest.mark.parametrize(
        ("datum", "occurred_at"),
        [
            ("2026-10-01T06:00:00+02:00", "2026-10-01T06:00:00+02:00"),
            ("2026-10-01T06:00:00", "2026-10-01T06:00:00+02:00"),
            ("2026-11-01T06:00:00", "2026-11-01T06:00:00+01:00"),
            ("2026-10-01T04:00:00Z", "2026-10-01T06:00:00+02:00"),
            ("2026-10-01T06:00:00.037417400+02:00", "2026-10-01T06:00:00.037417+02:00"),
            ("2026-10-01T06:00:00+02:00[Europe/Stockholm]", "2026-10-01T06:00:00+02:00"),
        ],
    )
    def test_creation_time_is_when_it_was_said(self, datum, occurred_at):
        assert self.occurred(datum) == occurred_at

    @pytest.mark.parametrize(
        ("datum", "occurred_at"),
        [
            ("2026-10-01T00:00:00", "2026-10-02T00:00:00+02:00"),
            ("2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00"),
            ("2026-11-02T00:00:00", "2026-11-02T09:30:00+01:00"),
            ("2026-11-03T00:00:00", "2026-11-03T00:00:00+01:00"),
        ],
    )
    def test_of_midnight_is_a_day_and_the_file_said_at_its_end_or_now(self, datum, occurred_at):
        """Of two files of one day, as after a mistake, the second one holds."""
        assert datetime.fromisoformat(self.occurred(datum)) == datetime.fromisoformat(occurred_at)

    @pytest.mark.parametrize(
        "datum",
        ["", "2026-10-01", "2026-13-01T00:00:00", "0001-01-01T00:00:00", "1970-01-01T00:00:00Z"],
    )
    def test_without_a_usable_one_the_import_time_stands_in(self, datum):
        assert self.occurred(datum) == "2026-11-02T08:30:00+00:00"

    @pytest.mark.parametrize(
        ("header", "source"),
        [
            ("<foretagid>7</foretagid><foretagorgnr>5560000001</foretagorgnr>", "paxml:5560000001"),
            ("<foretagid>7</foretagid><foretagorgnr/>", "paxml:7"),
            # A sole trader's number is a person's.
            ("<foretagid>7</foretagid><foretagorgnr>196101182803</foretagorgnr>", "paxml:7"),
            ("<foretagorgnr>610118-2803</foretagorgnr>", "paxml:unknown"),
            ("<foretagorgnr>165560000001</foretagorgnr>", "paxml:165560000001"),
            (f"<foretagid>{'7' * 200}</foretagid>", "paxml:unknown"),
            ("", "paxml:unknown"),
        ],
    )
    def test_company_is_the_source(self, header, source):
        content = document(sick(datum="2026-09-01"), header=header)
        assert only_event(content)["source"] == source
        assert only_event(content, "heroma")["source"] == "heroma"

    def test_may_stand_last(self):
        content = document(sick(datum="2026-09-01"))
        header = b"<header><foretagid>9</foretagid><datum>2026-10-01T06:00:00</datum></header>"
        last = content.replace(b"</paxml>", header + b"</paxml>")
        last = last.replace(b"<header><version>2.0</version></header>", b"")
        assert only_event(last)["source"] == "paxml:9"
        assert only_event(last)["occurred_at"] == "2026-10-01T06:00:00+02:00"

    @pytest.mark.parametrize("version", ["2.0", "2.3", "2", "2.10", " 2.1 ", ""])
    def test_version_2_is_read(self, version):
        header = f"<version>{version}</version>"
        assert said(document(sick(datum="2026-09-01"), header=header))

    @pytest.mark.parametrize("version", ["1.0", "3.0", "20", "x", "2" * 200])
    def test_other_versions_are_refused(self, version):
        assert refusal(document(header=f"<version>{version}</version>")) == "unsupported_version"


class TestForm:
    TEXT = document(sick(code="SJK_LÖN", datum="2026-09-01")).decode()

    @pytest.mark.parametrize(
        "codec", ["utf-8", "utf-8-sig", "iso-8859-1", "windows-1252", "utf-16"]
    )
    def test_encodings_are_read(self, codec):
        declared = f'<?xml version="1.0" encoding="{codec.removesuffix("-sig")}"?>'
        assert len(said((declared + self.TEXT).encode(codec))) == 1

    @pytest.mark.parametrize("minor", ["2.0", "2.1", "2.2/paxml.xsd", "2.3/"])
    def test_own_namespace_is_read(self, minor):
        root = f' xmlns="http://www.paxml.se/{minor}"'
        assert len(said(document(sick(datum="2026-09-01"), root=root))) == 1

    def test_fields_of_a_foreign_namespace_are_not_looked_at(self):
        row = sick(datum="2026-09-01").replace(
            "</tidtrans>", '<omfattning xmlns="urn:x">5</omfattning></tidtrans>'
        )
        assert said(document(row)) == [(1, "101", "2026-09-01", "2026-09-01", 100)]

    @pytest.mark.parametrize(
        ("content", "code"),
        [
            (b"", "not_xml"),
            (b"anstid;datum\n101;2026-09-01\n", "not_xml"),
            (b"<html/>", "not_paxml"),
            (b'<paxml xmlns="urn:x"/>', "not_paxml"),
            (b'<paxml xmlns="http://www.paxml.se/3.0/"/>', "unsupported_version"),
            (b"<paxml>&undeclared;</paxml>", "not_xml"),
            (b'<?xml version="1.0" encoding="zork"?><paxml/>', "not_xml"),
            (b"<paxml>\xe5</paxml>", "not_xml"),
            (b"<paxml/><paxml/>", "not_xml"),
            (b"<paxml>" + b"<a>" * 20, "too_deep"),
        ],
    )
    def test_what_is_no_paxml_is_refused(self, content, code):
        assert refusal(content) == code

    @pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 0.99])
    def test_a_truncated_file_is_refused_before_any_row(self, share):
        content = document(*[sick(str(n), datum="2026-09-01") for n in range(5000)])
        assert refusal(content[: int(len(content) * share)]) == "not_xml"

    def test_refusals_never_quote_the_file(self):
        with pytest.raises(UnreadableFile) as refused:
            read(f"<paxml><{CANARY}>".encode())
        assert refused.value.__cause__ is None
        assert "Kanarie" not in str(refused.value)


def billion_laughs() -> str:
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    return f'<!DOCTYPE paxml [<!ENTITY l0 "lol">{levels}]><paxml a="&l11;">&l11;</paxml>'


class TestDoctype:
    @pytest.mark.parametrize(
        "text",
        [
            "<!DOCTYPE paxml><paxml/>",
            '<!DOCTYPE paxml SYSTEM "http://127.0.0.1:1/paxml.dtd"><paxml/>',
            '<!DOCTYPE paxml [<!ENTITY x SYSTEM "file:///etc/passwd">]><paxml>&x;</paxml>',
            '<!DOCTYPE paxml [<!ENTITY % x SYSTEM "file:///etc/passwd"> %x;]><paxml/>',
            billion_laughs(),
        ],
        ids=["bare", "external", "external entity", "parameter entity", "billion laughs"],
    )
    @pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16"])
    def test_is_refused(self, text, codec):
        assert refusal(text.encode(codec)) == "dtd_forbidden"


MEASURE = """
import resource
import sys
from datetime import datetime, UTC
from app.intake.paxml import read_paxml

class Endless:
    def __init__(self, rows):
        self.parts = self.make(rows)
    def read(self, _):
        return next(self.parts, b"")
    def make(self, rows):
        yield b"<paxml><tidtransaktioner>"
        for n in range(rows):
            yield b'''
    <tidtrans postid="%d" anstid="%d">
        <tidkod>SJK</tidkod><datum>2026-09-%02d</datum><timmar>8.00</timmar>
    </tidtrans>''' % (n, 10000 + n // 28, n % 28 + 1)
        yield b"</tidtransaktioner></paxml>"

def peak():
    if sys.platform != "linux":
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 20
    # On Linux that would be the parent's: it survives exec.
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) // 1024 for line in status if line.startswith("VmHWM"))

def run(rows):
    return sum(1 for _ in read_paxml(Endless(rows), source=None, received_at=datetime.now(UTC)))

run(1000)
before = peak()
print(run(200_000), peak() - before)
"""


class TestSize:
    def test_200_000_sickness_rows_fit_in_150_megabytes(self):
        run = subprocess.run(
            [sys.executable, "-c", MEASURE], cwd=ROOT, capture_output=True, text=True, check=True
        )
        count, growth_mb = map(int, run.stdout.split())
        assert count == 200_000
        assert growth_mb < 150

    def test_a_file_above_the_limit_is_refused(self, monkeypatch):
        monkeypatch.setattr(paxml, "MAX_BYTES", 200)
        content = document()
        assert list(read(content)) == []
        assert refusal(content + b" " * 200) == "too_large"

    @pytest.mark.parametrize("day", [{"datum": "2026-09-01"}, {}])
    def test_more_findings_than_memory_is_meant_for_are_refused(self, monkeypatch, day):
        monkeypatch.setattr(statements, "MAX_KEPT", 3)
        three = [sick(str(n), **day) for n in range(3)]
        assert len(list(read(document(*three)))) == 3
        assert refusal(document(*three, sick("4", **day))) == "too_large"

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ("".join(f"<a{n}/>" for n in range(1001)), "too_large"),
            ("".join(f'<a b{n}=""/>' for n in range(1001)), "too_large"),
            ("".join(f'<a xmlns:p="urn:{n}"/>' for n in range(1001)), "too_large"),
            ("".join(f"<?a{n}?>" for n in range(1001)), "too_large"),
            ("".join(f"<p{n}:a/>" for n in range(51)), "not_xml"),
            (f"<!--{'x' * 1_200_000}-->", "too_large"),
            (f"<a b='{'x' * 1_200_000}'/>", "too_large"),
        ],
        ids=[
            "tags",
            "attributes",
            "namespaces",
            "instructions",
            "prefixes",
            "comment",
            "attribute",
        ],
    )
    def test_what_the_xml_library_would_hold_on_to_is_limited(self, body, code):
        assert refusal(document(body)) == code

    def test_a_prefix_somebody_forgot_to_declare_is_borne(self):
        assert said(document(sick(datum="2026-09-01"), root=' xsi:schemaLocation="paxml.xsd"'))

    def test_a_long_text_is_not_kept(self):
        blurb = "x" * 1_000_000
        row = sick(datum="2026-09-01", info=blurb)
        assert len(said(document(row, header=f"<info>{blurb}</info>"))) == 1


TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="<&>"), max_size=40),
    st.from_regex(r"[0-9]{4}-[01][0-9]-[0-3][0-9]", fullmatch=True),
    st.from_regex(
        r"[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9](Z|[+-][0-2][0-9]:00)?",
        fullmatch=True,
    ),
    st.decimals(allow_nan=False).map(str),
)
FIELDS = ["datum", "datumfrom", "datumtom", "starttid", "sluttid", "timmar", "omfattning"]
EXAMPLES = [path.read_bytes() for path in sorted(FILES.glob("*.xml"))]


def adds_up(content: bytes) -> None:
    """Either the file is refused by name, or every row of it is accounted for."""
    try:
        found = read(content)
    except UnreadableFile:
        return
    listed = list(found)
    assert found.rows_total == found.rows_ignored + found.rows_merged + len(listed)
    assert all((row.event is None) == bool(row.errors) for row in listed)


class TestAnything:
    @given(st.binary(max_size=300))
    def test_any_bytes_are_read_or_refused(self, content):
        adds_up(content)

    @given(st.sampled_from(EXAMPLES), st.data(), st.binary(max_size=8))
    def test_any_damage_to_a_file_is_read_or_refused(self, content, data, junk):
        start = data.draw(st.integers(0, len(content)))
        end = data.draw(st.integers(start, min(len(content), start + 20)))
        adds_up(content[:start] + junk + content[end:])

    @given(st.lists(st.dictionaries(st.sampled_from(FIELDS), TEXTS), max_size=4), TEXTS)
    def test_any_values_are_events_or_errors(self, rows_of_fields, datum):
        body = [sick(**fields) for fields in rows_of_fields]
        content = document(*body, header=f"<datum>{datum}</datum>")
        assert read(content).rows_total == len(body)
        adds_up(content)
