"""`cli simulate`: what it writes is taken in by our own import, in each format alike."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from app import cli
from app.absences.days import sick_runs
from app.absences.fold import Absence
from app.absences.policy import Policy
from app.intake.event import KINDS
from app.simulate import targets
from app.simulate.run import Files, simulate
from app.simulate.simulation import Simulation
from app.simulate.writers import Format
from tests.flow.importing import CSV, NDJSON, PAXML, taken_in
from tests.kit import Employer, Service, settings_for

LAST_DAY = "2026-03-01"
SIMULATION = Simulation(80, 1, 5, date.fromisoformat(LAST_DAY))
WHO, UNIT = frozenset({"employee", "unit", "worse_from"}), frozenset({"unit", "worse_from"})
Days = dict[str, set[tuple[str, int, int]]]
"""The sick days of everybody, by kind, day and extent."""


def written(form: Format, out: Path) -> list[Path]:
    """The files of the simulation in that format."""
    report = simulate(SIMULATION, Files(form, out), holidays=())
    assert report.events > 100
    return [Path(name) for name in report.files]


@pytest.fixture
def service(sqlite_url: str) -> Iterator[Service]:
    with Service(settings_for(sqlite_url), today=LAST_DAY) as running:
        yield running


def taken_by(employer: Employer, *files: tuple[Path, dict[str, str], dict[str, Any]]) -> Employer:
    """The employer, once it has taken in those files, one after another."""
    for path, headers, query in files:
        done = taken_in(employer, path.read_bytes(), headers, history="true", **query)
        assert (done["state"], done["rows_failed"]) == ("done", 0), path.name
    return employer


def everybody(employer: Employer) -> dict[str, str]:
    """The ids of all employees, by number."""
    found: dict[str, str] = {}
    cursor: str | None = ""
    while cursor is not None:
        asked = {"limit": 200} | ({"cursor": cursor} if cursor else {})
        page = employer.ok("POST", "/v1/employees/search", asked)
        found |= {one["employee"]: one["id"] for one in page["items"]}
        cursor = page["next_cursor"]
    return found


def sick_days(employer: Employer) -> Days:
    """What stands at the end of the last day, day by day."""
    found: defaultdict[str, set[tuple[str, int, int]]] = defaultdict(set)
    policy, as_of = Policy(counted_kinds=frozenset(KINDS)), date.fromisoformat(LAST_DAY).toordinal()
    for number, employee_id in everybody(employer).items():
        for said in employer.items(f"/v1/employees/{employee_id}/absences"):
            for run in sick_runs([absence_of(said)], policy, (), as_of=as_of):
                days = range(run.first, run.last + 1)
                found[number] |= {(said["kind"], day, run.extent) for day in days}
    return dict(found)


def absence_of(said: dict[str, Any]) -> Absence:
    def day(text: str | None) -> date | None:
        return date.fromisoformat(text) if text else None

    return Absence(
        first_day=day(said["first_day"]),
        last_day=day(said["last_day"]),
        kind=said["kind"],
        extent=said["extent"],
        extents=tuple(
            (date.fromisoformat(each["extent_from"]), each["extent"]) for each in said["extents"]
        ),
        cancelled=said["status"] == "cancelled",
    )


def test_three_formats_make_the_same_sick_days(service: Service, tmp_path: Path) -> None:
    [lines] = written("ndjson", tmp_path / "events.ndjson")
    told = sick_days(taken_by(service.employer(), (lines, NDJSON, {})))
    everything = {one for days in told.values() for one in days}
    assert {kind for kind, _, _ in everything} > {"sickness"}
    assert {extent for _, _, extent in everything} >= {25, 50, 75, 100}

    table, mapping = written("csv", tmp_path / "absences.csv")
    employer, asked = service.employer(), {"mapping": "made-up", "source": "hr"}
    employer.ok("PUT", "/v1/import-mappings/made-up", json.loads(mapping.read_text("utf-8")))
    assert sick_days(taken_by(employer, (table, CSV, asked))) == told

    files = written("paxml", tmp_path / "months")
    assert [file.name for file in files] == sorted(file.name for file in files)
    assert sum(b"<nyexport" in file.read_bytes() for file in files) > 2
    monthly = taken_by(service.employer(), *((file, PAXML, {}) for file in files))
    assert sick_days(monthly) == told


@pytest.fixture
def command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Callable[..., tuple[int, str, str]]:
    """The command line in this process, in a folder of its own: code, output and errors."""
    monkeypatch.setattr(cli, "configure_logs", lambda: None)
    monkeypatch.chdir(tmp_path)

    def run(*asked: str) -> tuple[int, str, str]:
        code = cli.main(["simulate", *asked, "--last-day", LAST_DAY])
        return code, *capsys.readouterr()

    return run


def test_the_command_writes_and_says_how_it_measures(
    command: Callable[..., tuple[int, str, str]], service: Service, tmp_path: Path
) -> None:
    employer = service.employer()
    asked = "--employees 90 --years 1 --seed 8 --format ndjson --out some.ndjson"
    beside = "--truth truth.ndjson --roster roster.csv --json"
    code, said, _ = command(*asked.split(), *beside.split())
    report = json.loads(said)
    assert code == 0
    assert report["files"] == ["some.ndjson", "truth.ndjson", "roster.csv"]
    assert [target["met"] for target in report["targets"]] == [None] * 8
    truth = [json.loads(one) for one in (tmp_path / "truth.ndjson").read_text().splitlines()]
    assert WHO in {frozenset(one) for one in truth} <= {WHO, UNIT}
    assert all(one["worse_from"] <= LAST_DAY for one in truth)
    roster = (tmp_path / "roster.csv").read_bytes()
    listed = employer("PUT", "/v1/employees", content=roster, headers=CSV)
    assert listed.status_code == 200, listed.text
    assert len(everybody(employer)) == report["employees"]
    taken_by(employer, (tmp_path / "some.ndjson", NDJSON, {}))
    assert len(everybody(employer)) == report["employees"]


def test_the_command_fails_when_a_figure_lies_outside(
    command: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(targets, "_ENOUGH", 0)
    monkeypatch.setitem(targets.RATES, "municipality", (0.9, 1.0))
    asked = "--employees 30 --years 1 --seed 1 --format csv --out some.csv"
    code, said, _ = command(*asked.split())
    assert code == 1
    assert "episodes per employee and quarter" in said
    assert "MISSED" in said


def test_the_command_refuses_where_it_cannot_write(
    command: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    asked = "--employees 30 --years 1 --seed 1 --format paxml --out file/months"
    code, _, errors = command(*asked.split())
    assert (code, errors.startswith("A file cannot be written: ")) == (2, True)
