"""What the source must be like, read as source: one place for each thing, and small pieces."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import dev

ROOT = Path(dev.__file__).parent
APP = ROOT / "app"
MODULES = {str(path.relative_to(APP)): path for path in sorted(APP.rglob("*.py"))}
TREES = {name: ast.parse(path.read_text("utf-8")) for name, path in MODULES.items()}

STATEMENTS = {f"sqlalchemy.{name}" for name in ("select", "insert", "update", "delete")}
RUNS = {"execute", "scalars", "scalar", "exec_driver_sql"}
BESIDE_THE_STORES = {
    "core/db.py",  # asks whether the database answers, and knows its dialects
    "core/rows.py",  # stores many rows at once, for the stores
    "core/sets.py",  # says "among these" for the stores' statements
    "core/pages.py",  # cuts what a store selects into pages
    "delivery/outbox.py",  # is the store of what must be told, by the name everybody knows it by
}
CLOCKS = {
    "datetime.datetime.now",
    "datetime.datetime.utcnow",
    "datetime.datetime.today",
    "datetime.date.today",
    "time.time",
    "time.time_ns",
    "time.localtime",
    "time.gmtime",
    "sqlalchemy.func.now",
    "sqlalchemy.func.current_timestamp",
}
TIME_TELLERS = {
    "core/clock.py",  # the clock
    "core/ids.py",  # ids begin with the time they were made at
}
VAGUE = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "managers", "base"}


def calls(tree: ast.AST) -> Iterator[str]:
    """Every call by its full name, whatever the module calls it; of something without a name
    the attribute alone."""
    known = dict(imported(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _named(node.func):
            first, dot, rest = ast.unparse(node.func).partition(".")
            yield f"{known.get(first, first)}{dot}{rest}"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield f"?.{node.func.attr}"


def imported(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """What a module knows from elsewhere: by which name, and what it is."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for name in node.names:
                yield (name.asname, name.name) if name.asname else (name.name, name.name)
        elif isinstance(node, ast.ImportFrom):
            for name in node.names:
                yield name.asname or name.name, f"{node.module}.{name.name}"


def _named(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) or (isinstance(node, ast.Attribute) and _named(node.value))


def callers(names: set[str], *, last: bool = False) -> set[str]:
    """The modules that call any of the names; `last`: whatever stands before the last dot."""
    return {
        module
        for module, tree in TREES.items()
        for call in calls(tree)
        if (call.rpartition(".")[2] if last else call) in names
    }


def is_store(module: str) -> bool:
    return module.endswith("/store.py")


def test_reading_sees_what_it_looks_for():
    """The control of all that follows: a call is known in every disguise."""
    source = """
from datetime import date, datetime as dt
from time import time as moment
import sqlalchemy as sa
from sqlalchemy import func, select as chosen
dt.now(UTC), date.today(), moment(), sa.insert(x), func.now(), chosen(a).where(b)
f().commit(), conn.commit(), [d.execute(q)]
"""
    assert set(calls(ast.parse(source))) == {
        "datetime.datetime.now",
        "datetime.date.today",
        "time.time",
        "sqlalchemy.insert",
        "sqlalchemy.func.now",
        "sqlalchemy.select",
        "?.where",
        "f",
        "?.commit",
        "conn.commit",
        "d.execute",
    }


class TestTransactions:
    def test_are_committed_in_one_place(self):
        sites = [
            (module, call)
            for module, tree in TREES.items()
            for call in calls(tree)
            if call.endswith(".commit")
        ]
        assert sites == [("core/db.py", "conn.commit")]

    def test_are_begun_in_no_other_way(self):
        assert callers({"begin", "autocommit"}, last=True) == set()
        assert callers({"begin_nested"}, last=True) == {"core/db.py"}
        assert [m for m, path in MODULES.items() if "AUTOCOMMIT" in path.read_text("utf-8")] == []

    def test_are_of_engines_made_in_one_place(self):
        assert callers({"sqlalchemy.create_engine"}) == {"core/db.py"}


class TestSql:
    def test_is_written_in_stores_alone(self):
        assert {m for m in callers(STATEMENTS) if not is_store(m)} <= BESIDE_THE_STORES

    def test_is_run_in_stores_alone(self):
        assert {m for m in callers(RUNS, last=True) if not is_store(m)} <= BESIDE_THE_STORES

    def test_is_text_only_where_tables_are_not_known(self):
        """A partial index, a stage that comes later, and a question without a table."""
        assert callers({"sqlalchemy.text"}) == {
            "absences/tables.py",
            "access/store.py",
            "core/db.py",
            "referrals/tables.py",
        }


class TestClock:
    def test_is_read_in_one_place(self):
        assert callers(CLOCKS) == TIME_TELLERS


class TestFramework:
    def test_parts_that_lose_work_or_context_are_not_used(self):
        """Background tasks live in memory alone; `BaseHTTPMiddleware`, which the decorator
        `middleware` makes, breaks what is known of a request apart."""
        avoided = ("starlette.middleware.base", "starlette.background", "fastapi.background")
        used = {
            (module, name)
            for module, tree in TREES.items()
            for _, name in imported(tree)
            if name.startswith(avoided) or name.endswith((".BackgroundTasks", ".BackgroundTask"))
        }
        assert used == set()
        assert callers({"middleware"}, last=True) == set()

    def test_believes_no_header_about_who_calls(self):
        """Whoever sends `X-Forwarded-For` says what they like; nothing here asks."""
        asked = [m for m, path in MODULES.items() if "orwarded" in path.read_text("utf-8")]
        assert asked == []
        [run] = [
            node
            for node in ast.walk(TREES["cli.py"])
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "uvicorn.run"
        ]
        given = {keyword.arg: ast.unparse(keyword.value) for keyword in run.keywords}
        assert given["proxy_headers"] == "False"


class TestModules:
    def test_of_the_pipeline_has_under_a_hundred_lines(self):
        assert len(MODULES["pipeline.py"].read_text("utf-8").splitlines()) < 100

    def test_have_at_most_400_lines(self):
        long = {m: len(p.read_text("utf-8").splitlines()) for m, p in MODULES.items()}
        assert {m: lines for m, lines in long.items() if lines > 400} == {}

    def test_have_names_that_say_what_is_in_them(self):
        names = {part for module in MODULES for part in Path(module).with_suffix("").parts}
        assert names & VAGUE == set()

    def test_say_what_they_are_for(self):
        silent = [m for m, t in TREES.items() if t.body and ast.get_docstring(t) is None]
        assert silent == []

    def test_read_the_environment_in_the_settings_alone(self):
        assert callers({"os.getenv", "os.environ.get"}) == set()
        assert [m for m, p in MODULES.items() if "os.environ" in p.read_text("utf-8")] == []


class TestContracts:
    def test_of_imports_hold(self):
        linter = Path(sys.executable).with_name("lint-imports")
        done = subprocess.run(
            [linter, "--no-logo"], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout

    def test_of_imports_name_every_pure_module(self):
        """A module of the core without a database in it belongs on the list, or says why not."""
        listed = (ROOT / "pyproject.toml").read_text("utf-8")
        edges = {"api", "schemas", "tables", "store", "__init__"}
        pure = [
            f"app.{Path(module).with_suffix('').as_posix().replace('/', '.')}"
            for module in MODULES
            if module.startswith(("absences/", "rules/")) and Path(module).stem not in edges
        ]
        assert {name for name in pure if f'"{name}"' not in listed} == {
            "app.absences.holidays",  # asks a library
            "app.absences.take_in",  # reads and stores
            "app.rules.show",  # makes wire forms
        }


class TestHygiene:
    def test_finds_nothing(self):
        assert list(dev.offences()) == []

    @pytest.mark.parametrize(
        "line",
        [
            "see https://py" + "pi.org/simple",
            "--extra-index-" + "url x",
            "open('/ro" + "ot/x')",
            'cwd="/ho' + 'me/anna/"',
        ],
    )
    def test_would_find_it(self, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
        (tmp_path / "some.txt").write_text(f"first\n{line}\n")
        monkeypatch.setattr(dev, "ROOT", tmp_path)
        [found] = dev.offences()
        assert found.startswith(f"{tmp_path / 'some.txt'}:2: ")
