"""The service as an operator runs it: real processes, killed and started again, none left behind.

    with Site(database_url, folder) as site:        # the database is migrated
        serving = site.serve()
        caller = serving.caller(new_employer(database_url))
        serving.kill()
        serving = site.serve(port=serving.port)

Knows nothing of pytest. What each process says on standard error is kept in `folder`.
"""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self, TypeVar

import httpx

from tests.kit import SECRET_KEYS, Caller, Service, settings_for

ROOT = Path(__file__).resolve().parent.parent
READY_S = 30.0
LOOK_S = 0.05
_T = TypeVar("_T")

# A tick and a retry follow within a second or two, so that no test has to wait for them.
BRISK = {"tick_s": "0.2", "retry_schedule": ",".join(["1"] * 30), "delivery_deadline_s": "3"}


def wait_until(look: Callable[[], _T | None], timeout_s: float = 20.0) -> _T:
    """What `look` answers once that is truthy; AssertionError when it stays out."""
    give_up_at = time.monotonic() + timeout_s
    while not (seen := look()):
        assert time.monotonic() < give_up_at, f"not so within {timeout_s} s; last: {seen!r}"
        time.sleep(LOOK_S)
    return seen


class Running:
    """One process of the service."""

    def __init__(self, popen: subprocess.Popen[bytes], said: Path) -> None:
        self._popen = popen
        self._said = said

    @property
    def errors(self) -> str:
        """What it has written on standard error."""
        return self._said.read_text("utf-8", "replace")

    def kill(self) -> None:
        """SIGKILL: no farewell; what it had not stored is lost."""
        self._popen.kill()
        self._popen.wait()

    def terminate(self) -> None:
        """SIGTERM, as an operator's supervisor sends it; returns at once."""
        self._popen.send_signal(signal.SIGTERM)

    def wait(self, timeout_s: float) -> int:
        """The exit code, negative for a signal; subprocess.TimeoutExpired when it goes on."""
        return self._popen.wait(timeout_s)

    def ended_within(self, seconds: float) -> bool:
        """Whether it has ended by then."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._popen.wait(seconds)
        return self._popen.poll() is not None


class Serving(Running):
    """A process that serves the API on a port of the loopback interface."""

    def __init__(self, popen: subprocess.Popen[bytes], said: Path, port: int) -> None:
        super().__init__(popen, said)
        self.port = port
        self.client = httpx.Client(
            base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=30.0
        )

    def caller(self, key: str) -> Caller:
        """A client of it with a credential."""
        return Caller(self.client, key)

    def wait_ready(self) -> Self:
        """Return once `/readyz` says 200; AssertionError with its last words when it does not."""
        give_up_at = time.monotonic() + READY_S
        while not self._is_ready():
            assert not self.ended_within(LOOK_S), self.errors
            assert time.monotonic() < give_up_at, self.errors
        return self

    def _is_ready(self) -> bool:
        with contextlib.suppress(httpx.TransportError):
            return self.client.get("/readyz").status_code == 200
        return False


class Site:
    """One installation: a database, settings, and any number of processes on it."""

    def __init__(self, database_url: str, folder: Path, **settings: str) -> None:
        """`settings`: as in the environment, without the prefix and in lower case."""
        self._folder = folder
        self._processes: list[Running] = []
        given = {"database_url": database_url, "secret_keys": SECRET_KEYS}
        given |= {"private_targets": "127.0.0.0/8"} | BRISK | settings
        self._environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "PYTHONPATH": str(ROOT),
            **{f"OMTANKE_{name.upper()}": value for name, value in given.items()},
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        for process in self._processes:
            process.kill()
            if isinstance(process, Serving):
                process.client.close()

    def cli(self, *arguments: str) -> Any:
        """Run a command to its end; the JSON it prints."""
        done = subprocess.run(
            self._command(*arguments, "--json"),
            cwd=self._folder,
            env=self._environment,
            capture_output=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
        return json.loads(done.stdout)

    def serve(self, port: int | None = None) -> Serving:
        """A process that serves, once it is ready."""
        return self.launch(port).wait_ready()

    def launch(self, port: int | None = None) -> Serving:
        """A process that will serve."""
        given = port or free_port()
        popen, said = self._start("serve", "--port", str(given))
        serving = Serving(popen, said, given)
        self._processes.append(serving)
        return serving

    def worker(self) -> Running:
        """A process that ticks and delivers."""
        running = Running(*self._start("worker"))
        self._processes.append(running)
        return running

    def start(self, *arguments: str) -> Running:
        """Any command, left running."""
        running = Running(*self._start(*arguments))
        self._processes.append(running)
        return running

    def _start(self, *arguments: str) -> tuple[subprocess.Popen[bytes], Path]:
        said = self._folder / f"{len(self._processes)}-{arguments[0]}.err"
        with said.open("wb") as errors:
            popen = subprocess.Popen(
                self._command(*arguments),
                cwd=self._folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
            )
        return popen, said

    def _command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "app.cli", *arguments]


def new_employer(database_url: str) -> str:
    """The admin key of a tenant made today, with the Orust rule and automatic release."""
    with Service(settings_for(database_url)) as service:
        service.set_now()
        return service.employer().key


def free_port() -> int:
    """A port nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
