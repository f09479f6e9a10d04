"""When two imports ask for the same, and what a file that replaces others takes back."""

import re
from datetime import UTC, date, datetime
from pathlib import Path

import app
from app.imports.replace import cancellation
from app.imports.task import FORMATS, Task
from app.imports.words import of_file, of_row
from app.intake.mappings import Mapping
from app.intake.rows import DETAILS, WARNINGS

APP = Path(app.__file__).parent
READ_IN = ("core", "intake", "imports")

WAYS = [
    Task("ndjson"),
    Task("paxml"),
    Task("ndjson", "hr"),
    Task("ndjson", history=True),
    Task("ndjson", history_through=date(2026, 3, 1)),
    Task("ndjson", mode="add"),
    Task("ndjson", mode="replace"),
    Task("ndjson", mapping=Mapping(codes={"1": "sickness"})),
    Task("ndjson", mapping=Mapping(codes={"2": "sickness"})),
    Task("ndjson", dry_run=True),
]


def test_the_same_is_asked_for_by_the_same_file_taken_the_same_way():
    found = [task.fingerprint(digest) for task in WAYS for digest in ("a" * 64, "b" * 64)]
    assert len(set(found)) == 2 * len(WAYS)
    assert found == [task.fingerprint(digest) for task in WAYS for digest in ("a" * 64, "b" * 64)]


def test_taking_back_twice_is_no_news_and_taking_back_something_else_is():
    said_at = datetime(2026, 3, 2, 6, tzinfo=UTC)
    february = ("paxml:1", date(2026, 2, 1), date(2026, 2, 28), said_at)
    one = cancellation(february, "1001", "1001:2026-02-03")
    assert one == cancellation(february, "1001", "1001:2026-02-03")
    assert (one.type, one.occurred_at, dict(one.said)) == ("absence.cancelled", said_at, {})
    later = (*february[:3], said_at.replace(hour=7))
    others = [
        cancellation(february, "1002", "1001:2026-02-03"),
        cancellation(february, "1001", "1001:2026-02-04"),
        cancellation(later, "1001", "1001:2026-02-03"),
        cancellation(("paxml:2", *february[1:]), "1001", "1001:2026-02-03"),
    ]
    assert len({one.id, *(other.id for other in others)}) == 5


def test_every_code_of_a_row_has_a_sentence():
    otherwise = of_row("surprise")
    assert {code for code in DETAILS if of_row(code) == otherwise} == set()
    assert of_row("event_conflict") != otherwise
    assert set(FORMATS) == {"paxml", "csv", "ndjson"}


def test_every_code_of_a_whole_file_has_a_sentence():
    ends = re.compile(r'(?:UnreadableFile\(|_fail\(turns, |warnings\.add\(|found\.add\()"(\w+)"')
    sources = [path.read_text("utf-8") for name in READ_IN for path in (APP / name).glob("*.py")]
    codes = {code for source in sources for code in ends.findall(source)}
    assert codes >= {"not_xml", "gave_up", "no_range_to_replace", "created_in_future", "no_rows"}
    otherwise = of_file("surprise")
    lacking = {c for c in codes | {"nothing_replaced", *WARNINGS} if of_file(c) == otherwise}
    assert lacking == set()
