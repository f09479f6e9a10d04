"""Imports whose processes are killed wherever they are: the same end as an undisturbed one.

`--kills N`: so many times each, instead of a few.
"""

import random
import signal
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from app.imports.tables import Import, ImportedEmployee
from tests.flow.importing import NDJSON, exported, lines, many, upload
from tests.kit import Employer, Service, settings_for
from tests.process import Running, Site, wait_until
from tests.system.world import rows_of

PEOPLE = 50
EVENTS_A_KILL = 500
"""So many events for each kill that there is something left to do when the last one comes."""
BAD_LINES = b"{}\n[]\n"
FEW = {"local": 3, "uploaded": 1}
HASTY = """
import app.imports.pace as pace
from app.cli import main
pace.ALONE_S = pace.AMONG_S = 0.05
main()
"""
CHECKED = ("state", "counts", "errors", "rows_total", "rows_ok", "rows_failed")


class HastySite(Site):
    """Its imports take very short transactions: more places to be killed at."""

    def _command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-c", HASTY, *arguments]


@pytest.fixture
def beside(database_url: str) -> Iterator[Service]:
    """A service on the database that the processes work on, in which nothing goes on by itself."""
    with Service(settings_for(database_url)) as service:
        service.set_now()
        yield service


@pytest.fixture
def kills(pytestconfig: pytest.Config) -> Callable[[str], int]:
    asked: int | None = pytestconfig.getoption("--kills")
    return lambda way: asked or FEW[way]


def file_until(today: date, kills: int) -> bytes:
    """Events enough for so many kills, some bad lines among them, and days that are no history."""
    count = EVENTS_A_KILL * (kills + 1)
    said = many(count, employees=PEOPLE, until=today)
    return lines(said[: count // 2]) + BAD_LINES + lines(said[count // 2 :])


def left(service: Service, import_id: str, rows: int) -> int:
    """How much is left to do of an import, in rows and in employees to be judged."""
    with service.ctx.database.read() as conn:
        done = conn.execute(
            Import.__table__.select().where(Import.import_id == import_id)
        ).one_or_none()
        waiting = len(conn.execute(ImportedEmployee.__table__.select()).all())
    if done is None:
        return rows + PEOPLE
    return rows - done.rows_done + (waiting if done.rows_done >= rows else PEOPLE)


def kill_somewhere(running: Running, todo: Callable[[], int], dice: random.Random) -> None:
    """Kill it once it has come some way on, anywhere in what it then does: not after its end."""
    before = todo()
    target = before - dice.randint(1, max(1, before // 20))
    wait_until(lambda: todo() <= target or running.ended_within(0), 60)
    running.ended_within(dice.random() * 0.05)
    unfinished = todo() > 0
    running.kill()
    assert unfinished, "nothing was left to be killed in"
    assert running.wait(0) == -signal.SIGKILL


def undisturbed(service: Service, file: bytes) -> tuple[Employer, dict[str, Any]]:
    """Another employer, whose import nobody disturbs."""
    employer = service.employer()
    queued = upload(employer, file, history="true")
    service.take_in_files()
    return employer, employer.ok("GET", f"/v1/imports/{queued['id']}")


def assert_alike(torn: Employer, whole: Employer, shown: Any, expected: Any) -> None:
    assert {name: shown[name] for name in CHECKED} == {name: expected[name] for name in CHECKED}
    assert exported(torn) == exported(whole)
    assert torn.messages() == whole.messages()
    rows = rows_of(torn.service)
    assert (rows["imported_employees"], rows["import_parts"]) == ([], [])


def test_a_local_import_is_carried_on_with_by_the_same_command(
    beside: Service, database_url: str, tmp_path: Path, kills: Callable[[str], int]
) -> None:
    today, dice = beside.clock.now().date(), random.Random(4)
    file, torn = tmp_path / "events.ndjson", beside.employer()
    file.write_bytes(file_until(today, kills("local")))
    rows = file.read_bytes().count(b"\n")
    whole, expected = undisturbed(beside, file.read_bytes())
    load = ["import", str(file), "--tenant", torn.tenant_id, "--format", "ndjson", "--history"]

    def begun() -> str:
        return next((one["id"] for one in torn.items("/v1/imports")), "")

    with HastySite(database_url, tmp_path) as site:
        for _ in range(kills("local")):
            kill_somewhere(site.start(*load), lambda: left(beside, begun(), rows), dice)
        report = site.cli(*load)
        again = site.cli(*load)
    assert (again["known"], again["import_id"]) == (True, report["import_id"])
    [shown] = torn.items("/v1/imports")
    assert_alike(torn, whole, shown, expected)


def test_an_uploaded_import_is_carried_on_with_by_any_worker(
    beside: Service, database_url: str, tmp_path: Path, kills: Callable[[str], int]
) -> None:
    today, dice = beside.clock.now().date(), random.Random(5)
    torn, file = beside.employer(), file_until(today, kills("uploaded"))
    rows = file.count(b"\n")
    whole, expected = undisturbed(beside, file)
    queued = upload(torn, file, history="true")
    path = f"/v1/imports/{queued['id']}"
    with HastySite(database_url, tmp_path) as site:
        for _ in range(kills("uploaded")):
            kill_somewhere(site.worker(), lambda: left(beside, queued["id"], rows), dice)
            let_leases_run_out(beside)
        workers = [site.worker(), site.worker()]
        wait_until(lambda: torn.ok("GET", path)["ended_at"], 60)
        wait_until(lambda: rows_of(beside)["import_parts"] == [])
        assert [worker for worker in workers if '"level": "error"' in worker.errors] == []
    assert_alike(torn, whole, torn.ok("GET", path), expected)


def let_leases_run_out(service: Service) -> None:
    """As if the killed process had been down for as long as a lease lasts."""
    past = datetime.now(UTC) - timedelta(seconds=1)
    with service.ctx.database.write() as conn:
        held = Import.lease_until.is_not(None)
        conn.execute(update(Import).where(held).values(lease_until=past))


def test_an_upload_that_breaks_off_leaves_nothing(beside: Service, tmp_path: Path) -> None:
    """The connection is cut in the midst of the body."""
    employer = beside.employer()

    def cut() -> Iterator[bytes]:
        yield b"\n" * 2_000_000
        wait_until(lambda: rows_of(beside)["import_parts"])
        raise ConnectionAbortedError

    with Site(beside.settings.database_url, tmp_path) as site:
        serving = site.serve()
        caller = serving.caller(employer.key)
        with pytest.raises((ConnectionAbortedError, httpx.TransportError)):
            caller("POST", "/v1/imports", content=cut(), headers=NDJSON)
        serving.client.close()
        wait_until(lambda: beside.take_in_files() or rows_of(beside)["imports"] == [])
    assert rows_of(beside)["imports"] == []
    assert rows_of(beside)["import_parts"] == []
