"""Delimited text of any dialect comes back as it was written; what is broken costs one row."""

import codecs
import csv
import io
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.delimited import DELIMITERS, DETAILS, Layout, Table, UnreadableFile, read_delimited
from app.core.text_lines import MAX_LINE_BYTES, SAMPLE_BYTES

CANARY = "Kanarie 19610118-2803"


def read(content: bytes | str, columns=None, **layout) -> Table:
    raw = content.encode() if isinstance(content, str) else content
    return read_delimited(io.BytesIO(raw), columns=columns, layout=Layout(**layout))


def rows(content: bytes | str, columns=None, **layout) -> list:
    return list(read(content, columns, **layout))


def refusal(content: bytes | str, columns=None, **layout) -> str:
    with pytest.raises(UnreadableFile) as refused:
        rows(content, columns, **layout)
    assert CANARY not in str(refused.value)
    return refused.value.code


class TestDialects:
    """Written by the standard library's writer, the independent oracle."""

    @given(
        data=st.data(),
        delimiter=st.sampled_from(DELIMITERS),
        encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
        ending=st.sampled_from(["\n", "\r\n"]),
        quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
        width=st.integers(2, 5),
    )
    def test_come_back_as_they_were_written(
        self, data, delimiter, encoding, ending, quoting, width
    ):
        letters = "abåÅé€0 ,;|\t\"'=\n" if quoting == csv.QUOTE_ALL else "abåÅé€0 ,;|\t\"'="
        cell = st.text(letters, max_size=8).map(str.strip)
        row = st.lists(cell, min_size=width, max_size=width)
        written = data.draw(st.lists(row.filter(any), max_size=12))
        names = [f"kolumn {n}" for n in range(width)]
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator=ending).writerows(
            [names, *written]
        )
        columns = {name: name for name in names}
        table = read(text.getvalue().encode(encoding), columns)
        assert [isinstance(cells, dict) and list(cells.values()) for _, cells in table] == written
        assert table.delimiter == delimiter
        if not text.getvalue().isascii():
            assert table.encoding == encoding.removesuffix("-sig")

    @pytest.mark.parametrize("delimiter", DELIMITERS)
    def test_are_found_without_names_to_look_for(self, delimiter):
        text = "a;b;c\n1,5;x;y\n2,5;x;y\n".replace(";", delimiter)
        assert read(text).delimiter == delimiter

    def test_a_decimal_comma_in_every_row_is_no_delimiter(self):
        assert read("nr;tal\n1;1,5\n2;2,5\n").delimiter == ";"

    def test_named_columns_outweigh_what_looks_regular(self):
        text = "Namn, hela, skrivna;Nummer\nBerg, Anna, B;1\n"
        assert rows(text, {"number": "Nummer"}) == [(2, {"number": "1"})]

    def test_a_spreadsheet_may_say_its_delimiter(self):
        table = read("sep=|\r\na|b\r\n1|2;3;4\r\n")
        assert (list(table), table.delimiter) == ([(3, {"a": "1", "b": "2;3;4"})], "|")

    def test_an_old_macintosh_ends_its_lines_otherwise(self):
        assert rows("a;b\r1;2\r") == [(2, {"a": "1", "b": "2"})]

    def test_one_column_needs_no_delimiter(self):
        assert rows("nummer\n1\n2\n") == [(2, {"nummer": "1"}), (3, {"nummer": "2"})]

    def test_quotes_may_be_said_to_be_characters(self):
        assert rows('a;b\n5";"\n', quote="") == [(2, {"a": '5"', "b": '"'})]


class TestEncodings:
    def test_are_decided_by_the_first_line_that_is_more_than_ascii_however_late(self):
        plain = b"a;b\n" + b"1;2\n" * SAMPLE_BYTES
        for codec in ("utf-8", "cp1252"):
            table = read(plain + "å;ö\n".encode(codec))
            *_, (_, last) = table
            assert (last, table.encoding) == ({"a": "å", "b": "ö"}, codec)

    def test_one_broken_character_does_not_make_the_rest_another_encoding(self):
        content = "namn;b\nÅsa;1\n".encode() + b"\xc3;2\n" + "Örjan;3\n".encode()
        assert rows(content) == [
            (2, {"namn": "Åsa", "b": "1"}),
            (3, "not_text"),
            (4, {"namn": "Örjan", "b": "3"}),
        ]

    def test_a_mark_outranks_what_is_said(self):
        content = codecs.BOM_UTF8 + "å;b\n1;2\n".encode()
        assert rows(content, encoding="cp1252") == [(2, {"å": "1", "b": "2"})]

    def test_broken_utf_16_costs_its_rows(self):
        content = "a;b\n1;2\n".encode("utf-16") + b"\x00\xd8;\x00\n\x003\x00;\x004\x00\n\x00\xff"
        assert rows(content) == [
            (2, {"a": "1", "b": "2"}),
            (3, "not_text"),
            (4, {"a": "3", "b": "4"}),
            (5, "not_text"),
        ]


class TestRows:
    def test_have_the_numbers_of_their_lines(self):
        content = 'Rapport\n\na;b\n\n1;"x\ny"\n;\n3;4'
        assert rows(content, skip=2) == [
            (5, {"a": "1", "b": "x\ny"}),
            (8, {"a": "3", "b": "4"}),
        ]

    def test_hand_on_the_columns_asked_for_and_no_other(self):
        columns = {"employee": " ANSTÄLLNINGSNR ", "day": 3}
        content = f"anställningsnr;orsak;dag\n7;{CANARY};1\n"
        assert rows(content, columns) == [(2, {"employee": "7", "day": "1"})]

    def test_have_numbered_columns_without_a_header(self):
        content = "7;x;1\n8;x;2\n"
        found = rows(content, {"day": 3}, header=False)
        assert found == [(1, {"day": "1"}), (2, {"day": "2"})]

    def test_keep_formulas_as_text(self):
        assert rows("a;b\n=1+1;@x\n") == [(2, {"a": "=1+1", "b": "@x"})]

    def test_may_have_empty_cells_more_than_the_header(self):
        assert rows("a;b;\n1;2;;\n") == [(2, {"a": "1", "b": "2"})]

    @pytest.mark.parametrize("row", ["1", "1;2;3", "1;2;;3"])
    def test_with_other_columns_than_the_first_are_an_error(self, row):
        assert rows(f"a;b\n{row}\n5;6\n") == [(2, "columns_wrong"), (3, {"a": "5", "b": "6"})]

    @pytest.mark.parametrize("bad", [b"1;\0", b"x" * (MAX_LINE_BYTES + 1), b'1;"x"y', b'1;"'])
    def test_that_cannot_be_read_lose_no_other(self, bad):
        found = rows(b"a;b\n" + bad + b"\n" + b"5;6\n" * 50)
        assert [number for number, _ in found] == list(range(2, 53))
        assert found[0][1] in DETAILS
        assert all(cells == {"a": "5", "b": "6"} for _, cells in found[1:])

    def test_longest_line_is_read(self):
        cell = "x" * (MAX_LINE_BYTES - 2)
        assert rows(f"a;b\r\n1;{cell}\r\n") == [(2, {"a": "1", "b": cell})]

    def test_longest_record_is_as_long_as_the_longest_line(self):
        half = "x" * (MAX_LINE_BYTES // 2)
        found = rows(f'a;b\n1;"{half}\n{half}"\n3;4\n')
        assert found[0] == (2, "quotes_unbalanced")
        assert found[-1] == (4, {"a": "3", "b": "4"})

    def test_a_quote_open_to_the_end_costs_its_line_alone(self):
        assert rows('a;b\n1;"x\n3;4') == [(2, "quotes_unbalanced"), (3, {"a": "3", "b": "4"})]


class TestRefusals:
    @pytest.mark.parametrize(
        ("content", "columns", "code"),
        [
            (b"", None, "header_missing"),
            (b"\n;;\n", None, "header_missing"),
            (b"PK\x03\x04\0\0\0", None, "header_unreadable"),
            (f"a;{CANARY}\n".encode(), {"x": "b"}, "column_missing"),
            (b"a;b\n", {"x": 3}, "column_missing"),
            (b"a;A\n", {"x": "a"}, "column_repeated"),
        ],
    )
    def test_of_whole_files(self, content, columns, code):
        assert refusal(content, columns) == code

    def test_no_names_without_a_header(self):
        assert refusal("1;2\n", {"x": "a"}, header=False) == "column_missing"

    @given(st.binary(max_size=300), st.booleans())
    def test_hostile_bytes_are_rows_or_a_refusal(self, content, header):
        columns = None if header else {"x": 1}
        try:
            found = rows(content, columns, header=header)
        except UnreadableFile:
            return
        assert all(isinstance(cells, dict) or cells in DETAILS for _, cells in found)

    @given(st.text('a";\n\r\0å', max_size=60))
    def test_every_line_is_read_or_told_of(self, body):
        found = rows(f"a;b\n{body}\n5;6\n")
        assert all(isinstance(cells, dict) or cells in DETAILS for _, cells in found)
        numbers = [number for number, _ in found]
        assert numbers == sorted(set(numbers))


class Endless(io.BytesIO):
    """Lines without end, that count how much of them was asked for."""

    def __init__(self, line: bytes) -> None:
        super().__init__()
        self._line = line
        self.given = 0

    def read(self, size: int | None = -1, /) -> bytes:
        wanted = size or 0
        self.given += wanted
        return (self._line * (wanted // len(self._line) + 1))[:wanted]


@pytest.mark.parametrize("line", [b"5;6\n", b'a",""",x\n'])
def test_a_text_is_read_as_it_is_asked_for(line):
    stream = Endless(line)
    table: Iterator = read_delimited(stream, columns={"x": 1}, layout=Layout(header=False))
    for _ in range(100):
        next(table)
    assert stream.given <= 4 * SAMPLE_BYTES
