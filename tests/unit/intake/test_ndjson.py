"""NDJSON files become numbered lines, and one line too long costs no memory and no neighbour."""

import io
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.intake.ndjson import MAX_LINE_BYTES, Cutter, read_ndjson
from app.intake.rows import RowError

BOM = b"\xef\xbb\xbf"


def read(content: bytes) -> list[tuple[int, bytes | str]]:
    """The lines, with an error's code in place of the error."""
    found = read_ndjson(io.BytesIO(content))
    return [(n, line.code if isinstance(line, RowError) else line) for n, line in found]


class TestLines:
    @pytest.mark.parametrize(
        ("content", "lines"),
        [
            (b"", []),
            (b"\n\r\n \t\n", []),
            (b"a", [(1, b"a")]),
            (b"a\nb\n", [(1, b"a"), (2, b"b")]),
            (b"a\r\nb\r\n", [(1, b"a"), (2, b"b")]),
            (b"\na\n\n\nb", [(2, b"a"), (5, b"b")]),
            (b'{"x": "\xc3\xa5"}\n', [(1, b'{"x": "\xc3\xa5"}')]),
            (b"\xff\x00\n", [(1, b"\xff\x00")]),
        ],
    )
    def test_are_numbered_as_an_editor_does(self, content, lines):
        assert read(content) == lines

    def test_a_leading_bom_is_dropped_and_no_other(self):
        assert read(BOM + b"a\n" + BOM + b"b") == [(1, b"a"), (2, BOM + b"b")]
        assert read(BOM) == []

    @given(st.lists(st.binary(max_size=20).filter(lambda b: b.strip() and b"\n" not in b)))
    def test_any_lines_come_back(self, lines):
        lines = [b"x" + line + b"x" for line in lines]
        assert read(b"\n".join(lines)) == list(enumerate(lines, 1))

    @given(
        st.lists(st.sampled_from([b"a", b"\n", b"\r\n", b" ", BOM, b'{"x": 1}', b"\r"])),
        st.lists(st.integers(0, 40)),
    )
    def test_do_not_depend_on_where_the_pieces_are_cut(self, parts, cuts):
        content = b"".join(parts)
        edges = [0, *sorted(cut for cut in cuts if cut < len(content)), len(content)]
        cutter = Cutter()
        found = [
            line
            for start, end in itertools.pairwise(edges)
            for line in cutter.feed(content[start:end])
        ]
        assert [*found, *cutter.finish()] == oracle(content)


def oracle(content: bytes) -> list[tuple[int, bytes]]:
    """The same of content that is all there, and has no long line."""
    lines = content.removeprefix(BOM).split(b"\n")
    ended = [(number, line.removesuffix(b"\r")) for number, line in enumerate(lines, 1)]
    return [(number, line) for number, line in ended if line.strip(b" \t\r")]


class TestLength:
    @pytest.mark.parametrize("start", [b"", BOM])
    @pytest.mark.parametrize("end", [b"", b"\n", b"\r\n"])
    def test_64_kib_is_allowed_and_one_more_is_not(self, start, end):
        longest = b"x" * MAX_LINE_BYTES
        assert read(start + longest + end) == [(1, longest)]
        assert read(start + longest + b"x" + end) == [(1, "line_too_long")]

    @pytest.mark.parametrize("extra", range(1, 12))
    def test_a_line_too_long_loses_no_neighbour(self, extra):
        content = b"a\n" + b"x" * (MAX_LINE_BYTES + extra) + b"\nb\n"
        assert read(content) == [(1, b"a"), (2, "line_too_long"), (3, b"b")]

    def test_a_line_too_long_is_never_held_whole(self):
        class Gigabyte(io.RawIOBase):
            """One line, of which no more may be asked for at once than a line may have."""

            left = 2**30

            def read(self, size: int | None = -1) -> bytes:
                assert size is not None
                assert 0 < size < 2 * MAX_LINE_BYTES
                size = min(size, self.left)
                self.left -= size
                return b"x" * size

        found = list(read_ndjson(Gigabyte()))  # type: ignore[arg-type]
        assert [line.code for _, line in found if isinstance(line, RowError)] == ["line_too_long"]
