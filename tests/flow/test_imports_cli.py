"""The command line takes in files by the same steps; what it is asked for beside the format."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flow.importing import lines, paxml
from tests.kit import FIVE, Employer, Service, event, settings_for
from tests.process import Site
from tests.system.world import rows_of

PERIOD = ("2026-02-01", "2026-02-28")
COLUMNS = {"employee": "Nr", "first_day": "Från", "last_day": "Till"}


@pytest.fixture
def beside(sqlite_url: str) -> Iterator[Employer]:
    """An employer on a database that the command line works on as well."""
    with Service(settings_for(sqlite_url)) as service:
        service.set_now()
        yield service.employer()


def test_a_dry_run_shows_and_the_errors_stand_in_a_file(
    beside: Employer, sqlite_url: str, tmp_path: Path
) -> None:
    file, errors = tmp_path / "events.ndjson", tmp_path / "errors.csv"
    file.write_bytes(lines(map(event, FIVE)) + b"{}\nnothing\n")
    load = ["import", str(file), "--tenant", beside.tenant_id, "--format", "ndjson"]
    with Site(sqlite_url, tmp_path) as site:
        shown = site.cli(*load, "--dry-run", "--errors", str(errors))
        assert rows_of(beside.service)["events"] == []
        report = site.cli(*load, "--history")
    assert (shown["created"], shown["invalid"]) == (5, 2)
    assert [one["first_day"] for one in shown["import"]["preview"]] == list(FIVE)
    with errors.open(encoding="utf-8") as listed:
        found = [(one["row"], one["code"]) for one in csv.DictReader(listed)]
    assert found == [("6", "required"), ("7", "malformed_json")]
    assert (report["created"], report["known"]) == (5, False)
    assert report["import"]["state"] == "done"
    assert len(rows_of(beside.service)["events"]) == 5


def test_files_of_payroll_are_mapped_and_replace(
    beside: Employer, sqlite_url: str, tmp_path: Path
) -> None:
    mapping, table, again = (tmp_path / n for n in ("mapping.json", "table.csv", "again.xml"))
    mapping.write_text(json.dumps({"columns": COLUMNS}))
    table.write_text("Nr;Från;Till\n1;2026-02-03;2026-02-04\n2;2026-03-02;2026-03-02\n")
    again.write_bytes(paxml([], again=PERIOD, made="2026-03-03T06:00:00"))
    named = ["--tenant", beside.tenant_id, "--source", "payroll"]
    with Site(sqlite_url, tmp_path) as site:
        read = site.cli("import", str(table), *named, "--format", "csv", "--mapping", str(mapping))
        refused = site.start("import", str(table), *named, "--format", "csv")
        assert (refused.wait(60), refused.errors) == (2, "A CSV file needs --mapping FILE.\n")
        nowhere = site.start(
            *("import", str(table), *named, "--format", "csv", "--mapping", str(mapping) + "x")
        )
        assert nowhere.wait(60) == 2
        assert nowhere.errors == "The mapping cannot be opened: No such file or directory.\n"
        replaced = site.cli("import", str(again), *named, "--format", "paxml", "--mode", "add")
    assert (read["created"], read["import"]["detected"]["delimiter"]) == (2, ";")
    assert (replaced["rows"], replaced["import"]["mode"]) == (0, "add")


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--source", "a\nb"), "The name of a source has 1 to 200 characters on one line.\n"),
        (("--source", "x" * 201), "The name of a source has 1 to 200 characters on one line.\n"),
        (("--errors", "no/x.csv"), "The file cannot be opened: No such file or directory.\n"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_taken_in(
    beside: Employer, sqlite_url: str, tmp_path: Path, more: tuple[str, str], words: str
) -> None:
    file = tmp_path / "events.ndjson"
    file.write_bytes(lines(map(event, FIVE)))
    with Site(sqlite_url, tmp_path) as site:
        load = ("import", str(file), "--tenant", beside.tenant_id, "--format", "ndjson")
        refused = site.start(*load, *more)
        assert (refused.wait(60), refused.errors) == (2, words)
    assert rows_of(beside.service)["events"] == []


@pytest.mark.parametrize(
    ("bad", "good", "code"), [(2, 0, 1), (2, 1, 0), (0, 0, 0)], ids=["all bad", "some bad", "empty"]
)
def test_exit_code_says_whether_a_row_could_be_used(
    beside: Employer, sqlite_url: str, tmp_path: Path, bad: int, good: int, code: int
) -> None:
    file = tmp_path / "events.ndjson"
    file.write_bytes(lines([event(day) for day in FIVE[:good]]) + b'{"id": "x"}\n' * bad)
    with Site(sqlite_url, tmp_path) as site:
        load = ("import", str(file), "--tenant", beside.tenant_id, "--format", "ndjson", "--json")
        taken = site.start(*load)
        assert taken.wait(60) == code
    assert len(rows_of(beside.service)["events"]) == good
