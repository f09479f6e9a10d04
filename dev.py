#!/usr/bin/env python3
"""The one door: `python3 dev.py TASK`, with nothing on the machine but Python 3.11 or newer.

Makes `.venv` from the hashed lock when it is missing, half-made or out of date, then runs the task
in it. Progress goes to standard error, so that what a task prints (`bench --json`) stays clean.
Standard library only; POSIX only, as the tests' PostgreSQL is.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

if sys.version_info < (3, 11):  # noqa: UP036 - whoever starts this may well have an older one
    sys.exit(f"dev.py: Python 3.11 or newer is needed, this is {platform.python_version()}")

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / "bin"
PYTHON = BIN / "python"
LOCK = ROOT / "requirements" / "dev.txt"
STAMP = VENV / "installed.sha256"  # written last: an environment without it is half-made

# Install what the lock lists and run nobody's build script. Everything in it has wheels for Linux
# and macOS; should a package come as source only, name it in --no-binary here and say why.
INSTALL = ["install", "--quiet", "--require-hashes", "--no-deps", "--only-binary", ":all:", "-r"]

# --universal: one file with markers serves every platform and Python from 3.11 on. The two --no-...
# keep the maintainer's package index out of the file.
COMPILE = ["pip", "compile", "--quiet", "--universal", "--python-version", "3.11"]
COMPILE += ["--generate-hashes", "--no-emit-index-url", "--no-header"]

NO_ENVIRONMENT = """\
dev.py: this Python cannot make an environment: no ensurepip, and no pip or virtualenv either.
Install any one of them and run the same command again:
  Debian, Ubuntu:  apt-get install python3-venv
  elsewhere:       python3-venv, python3-pip or python3-virtualenv"""

# The whole suite runs on all cores; a part of it, or anything said about how, exactly as asked.
# Each process has tests that lie together, and what they share; who is done takes from another.
WHOLE_SUITE = ["--numprocesses", "auto", "--maxprocesses", "4", "--dist", "worksteal"]

TYPED = ["dev.py", "app", "tests", "benchmarks", "examples"]

# What no file may hold, written so that the patterns do not match themselves.
FORBIDDEN = {
    "package registry address": r"py[p]i\.org|python[h]osted\.org|registry\.[n]pmjs",
    "package index option": r"--(?:extra-)?index-[u]rl",
    "absolute machine path": r"(?<![\w.])/(?:work|farm|root|home/[a-z]\w*|Users/\w+)/",
}

Task = Callable[[list[str]], int]
TASKS: dict[str, Task] = {}


def task(function: Task) -> Task:
    TASKS[function.__name__] = function
    return function


def say(*words: str | Path) -> None:
    text = " ".join(map(str, words)).replace(f"{ROOT}{os.sep}", "")
    print(f"dev.py: {text}", file=sys.stderr, flush=True)


# The environment


def stamp() -> str:
    """What the environment must have been made from; where counts too, for it cannot be moved."""
    parts = [LOCK.read_bytes(), platform.python_version().encode(), os.fsencode(VENV)]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def is_ready() -> bool:
    return PYTHON.exists() and STAMP.exists() and STAMP.read_text() == stamp()


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    """Of two tasks started together one builds the environment; the other waits and finds it."""
    folder = os.open(ROOT, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def quietly(*command: str | Path) -> bool:
    """Run a step of the set-up, with all that it prints on standard error."""
    settings = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_USER": "0"}
    return subprocess.call(list(map(str, command)), stdout=sys.stderr, env=settings) == 0


def has(*modules: str) -> bool:
    return all(importlib.util.find_spec(module) for module in modules)


def make_environment() -> list[str | Path]:
    """Create `.venv` by the first way that this Python knows; return the pip that fills it."""
    python = sys.executable
    if has("venv", "ensurepip") and quietly(python, "-m", "venv", VENV):
        return [PYTHON, "-m", "pip"]
    # Debian's python3 has no ensurepip until python3-venv is installed. The system's own pip can
    # fill an environment that has none.
    shutil.rmtree(VENV, ignore_errors=True)
    if has("venv", "pip") and quietly(python, "-m", "venv", "--without-pip", VENV):
        return [python, "-m", "pip", "--python", PYTHON]
    if has("virtualenv") and quietly(python, "-m", "virtualenv", "--quiet", VENV):
        return [PYTHON, "-m", "pip"]
    sys.exit(NO_ENVIRONMENT)


def prepare() -> None:
    """Make `.venv` hold exactly what the lock says; instant when it does already."""
    if is_ready():
        return
    with one_at_a_time():
        if is_ready():
            return
        if VENV.exists():
            say(".venv is half-made or out of date, making it anew")
            shutil.rmtree(VENV)
        say("making .venv with Python", platform.python_version())
        pip = make_environment()
        say("installing", LOCK, "(hashes checked, wheels only): half a minute or so")
        if not quietly(*pip, *INSTALL, LOCK):
            sys.exit("dev.py: the installation failed, see above; the next run starts it anew")
        STAMP.write_text(stamp())
        say("ready")


def settings() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONHOME"}
    path = f"{BIN}{os.pathsep}{kept.get('PATH', os.defpath)}"
    return {**kept, "PATH": path, "VIRTUAL_ENV": str(VENV)}


def run(*command: str | Path) -> int:
    say(*command)
    return subprocess.call(list(map(str, command)), cwd=ROOT, env=settings())


def become(*command: str | Path) -> NoReturn:
    """Replace this process, so that signals and the exit status are the command's own."""
    say(*command)
    os.chdir(ROOT)
    os.execve(command[0], list(map(str, command)), settings())


# The tasks, in the order in which they are listed


@task
def setup(_args: list[str]) -> int:
    """make .venv from the lock, or find it up to date"""
    say(".venv is up to date")
    return 0


@task
def demo(args: list[str]) -> int:
    """run the guided tour, examples/demo.py"""
    become(PYTHON, "examples/demo.py", *args)


@task
def serve(args: list[str]) -> int:
    """migrate the database, then serve the API [--host H] [--port P]"""
    failed = run(PYTHON, "-m", "app.cli", "migrate")
    return failed or become(PYTHON, "-m", "app.cli", "serve", *args)


@task
def test(args: list[str]) -> int:
    """run the tests; arguments are pytest's (-k WORD, -x, ...)"""
    become(PYTHON, "-m", "pytest", *(args or WHOLE_SUITE))


@task
def check(args: list[str]) -> int:
    """all that must hold: format, lint, types, contracts, Dockerfile, API file, hygiene, tests"""
    typed = [name for name in TYPED if (ROOT / name).exists()]
    steps: dict[str, Callable[[], int]] = {
        "format": lambda: run(PYTHON, "-m", "ruff", "format", "--check", "."),
        "lint": lambda: run(PYTHON, "-m", "ruff", "check", "."),
        "types": lambda: run(PYTHON, "-m", "mypy", *typed),
        "contracts": lambda: run(BIN / "lint-imports", "--no-logo"),
        "dockerfile": lambda: run(BIN / "hadolint", "Dockerfile"),
        "openapi": lambda: run(PYTHON, "-m", "app.cli", "openapi", "--check"),
        "hygiene": hygiene,
        "tests": lambda: run(PYTHON, "-m", "pytest", *(args or WHOLE_SUITE)),
    }
    failed = [name for name, step in steps.items() if step() != 0]
    say(f"failed: {', '.join(failed)}" if failed else f"all {len(steps)} steps passed")
    return 1 if failed else 0


@task
def fix(args: list[str]) -> int:
    """format the code and mend what the linter can mend [FILE ...]"""
    where = args or ["."]
    linted = run(PYTHON, "-m", "ruff", "check", "--fix", *where)
    return run(PYTHON, "-m", "ruff", "format", *where) or linted


@task
def bench(args: list[str]) -> int:
    """run the benchmarks [NAME] [--json] [--full]"""
    become(PYTHON, "-m", "benchmarks", *args)


@task
def openapi(args: list[str]) -> int:
    """write openapi.yaml from the app, or compare it [--check]"""
    become(PYTHON, "-m", "app.cli", "openapi", *args)


@task
def lock(args: list[str]) -> int:
    """write requirements/*.txt from *.in [--upgrade | --upgrade-package NAME]"""
    return compile_lock("run", args) or compile_lock("dev", args)  # run.txt constrains dev.in


def compile_lock(name: str, args: list[str]) -> int:
    source, target = f"requirements/{name}.in", f"requirements/{name}.txt"
    return run(PYTHON, "-m", "uv", *COMPILE, *args, source, "-o", target)


def hygiene() -> int:
    say("hygiene: no registry address and no absolute machine path in any file")
    found = list(offences())
    for offence in found:
        say(offence)
    return 1 if found else 0


def offences() -> Iterator[str]:
    """Lines in files that git tracks, or would on `git add`, with what no file may hold."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for path in filter(Path.is_file, (ROOT / name for name in listing.split("\0"))):
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        for number, line in enumerate(lines, 1):
            for what, pattern in FORBIDDEN.items():
                if re.search(pattern, line):
                    yield f"{path}:{number}: {what}"


def main(task_name: str = "help", *args: str) -> int:
    if task_name in TASKS:
        prepare()
        return TASKS[task_name](list(args))
    for name, function in TASKS.items():
        print(f"python3 dev.py {name:8} {function.__doc__}")
    return 0 if task_name in {"help", "-h", "--help"} else 2


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
