"""What the guided tour plays on: processes it starts, calls it makes, what it prints of them."""

import json
import os
import shlex
import socket
import subprocess
import sys
import tempfile
import time as clock
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import httpx

ROOT = Path(__file__).resolve().parent.parent
PATIENCE_S = 30

Json = dict[str, Any]
T = TypeVar("T")


class Failed(Exception):
    """A step of the story did not happen; the message says which."""


def expect(holds: bool, what: str) -> None:
    if not holds:
        raise Failed(f"it was not so that {what}")


class Stage:
    """What the story plays on; everything started on it stops when the stack is left."""

    def __init__(self, stack: ExitStack) -> None:
        self.stack = stack
        self.folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="omtanke-demo-")))
        self.http = stack.enter_context(httpx.Client(timeout=PATIENCE_S, trust_env=False))
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.key = ""
        self.headings = 0
        # No setting of whoever starts this may lead the demo to another database, or to a proxy.
        kept = {n: v for n, v in os.environ.items() if not n.startswith("OMTANKE_")}
        self.settings = kept | {
            "OMTANKE_DATABASE_URL": f"sqlite:///{self.folder / 'omtanke.db'}",
            "OMTANKE_PRIVATE_TARGETS": "127.0.0.0/8",  # webhooks may reach this machine
            "no_proxy": "127.0.0.1",
        }

    def start(self, name: str, *command: str, secrets: dict[str, str] | None = None) -> None:
        """Start Python beside us. In a session of its own, so that Ctrl-C reaches us alone."""
        self.say(f"$ {shlex.join(['python', *command])}")
        with self.log_of(name).open("wb") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, *command],
                cwd=ROOT,
                env=self.settings | (secrets or {}),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.stack.callback(stop, self.processes[name])

    def is_ready(self) -> bool:
        try:
            return self.http.get("/readyz").is_success
        except httpx.TransportError:
            return False

    def heard(self, event: str, *, by: str = "fhv", **with_: object) -> Json:
        """What a receiver said about that, once it has."""
        return self.wait_for(
            f"the {by} to say {event!r} {with_ or ''}", lambda: self.said(event, by, **with_)
        )

    def said(self, event: str, by: str, **with_: object) -> Json | None:
        """The first such line, with those details."""
        return next((one for one in self.lines(by, event) if with_.items() <= one.items()), None)

    def lines(self, by: str, event: str) -> list[Json]:
        """All that a receiver has said about that so far."""
        whole = self.log_of(by).read_text("utf-8").rpartition("\n")[0]
        said: list[Json] = [json.loads(one) for one in whole.splitlines() if one.startswith("{")]
        return [one for one in said if one["event"] == event]

    def wait_for(self, what: str, find: Callable[[], T | None]) -> T:
        """Ask until there is an answer, for half a minute at most."""
        give_up_at = clock.monotonic() + PATIENCE_S
        while not (found := find()):
            self.check_processes()
            expect(clock.monotonic() < give_up_at, f"{PATIENCE_S} s were enough for {what}")
            clock.sleep(0.05)
        return found

    def check_processes(self) -> None:
        for name, process in self.processes.items():
            expect(process.poll() is None, f"the {name} kept running")

    def last_words(self) -> str:
        """The end of each process's log, for when something went wrong."""
        tails = [(n, self.log_of(n).read_text("utf-8").splitlines()[-8:]) for n in self.processes]
        return "".join(f"\n  {name}: {line}" for name, tail in tails for line in tail)

    def log_of(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def cli(self, *arguments: str) -> Json:
        """Run a command of the service's command line."""
        command = ["-m", "app.cli", *arguments, "--json"]
        self.say(f"$ {shlex.join(['python', *command])}")
        done = subprocess.run(
            [sys.executable, *command], cwd=ROOT, env=self.settings, capture_output=True, text=True
        )
        expect(done.returncode == 0, f"the command succeeded: {done.stderr}")
        return self.show(json.loads(done.stdout))

    def call(self, method: str, path: str, body: Json | None = None, *, key: str = "") -> Json:
        """Call the API with the employer's key, or another."""
        found: Json = self.ask(method, path, body, key=key).json()
        return found

    def page(self, name: str, path: str, *, key: str = "") -> str:
        """A page to print; it is kept in the folder, to be looked at."""
        page = self.ask("GET", path, None, key=key).text
        file = self.folder / f"{name}.html"
        file.write_text(page, "utf-8")
        self.say(f"← {file}, a page of HTML to print")
        return page

    def ask(self, method: str, path: str, body: Json | None, *, key: str) -> httpx.Response:
        sent = f" {json.dumps(body, ensure_ascii=False)}" if body else ""
        self.say(f"→ {method} {path}{sent}")
        answer = self.http.request(method, path, json=body, headers=self.bearer(key))
        expect(answer.is_success, f"{method} {path} succeeded: {answer.status_code} {answer.text}")
        return answer

    def bearer(self, key: str = "") -> dict[str, str]:
        return {"Authorization": f"Bearer {key or self.key}"}

    def post(self, kind: str, *, absence: str, at: datetime, **said: str) -> Json:
        """Post one event of employee 1001."""
        event = {"id": f"{absence}-{kind}", "source": "hr", "type": f"absence.{kind}"}
        who = {"occurred_at": at.isoformat(), "employee": "1001", "absence": absence}
        return self.show(self.call("POST", "/v1/events", event | who | said))

    def heading(self, text: str) -> None:
        self.headings += 1
        print(f"\n{self.headings}. {text}")

    def say(self, text: str) -> None:
        print(f"   {text.replace(str(self.folder), '$TMP')}")

    def show(self, answer: Json, *names: str) -> Json:
        """Print what came back, or some of it; of secrets only that there is one."""
        some = {name: value for name, value in answer.items() if not names or name in names}
        safe = {n: f"{v[:6]}..." if n in ("api_key", "secret") else v for n, v in some.items()}
        self.say(f"← {json.dumps(safe, ensure_ascii=False)}")
        return answer


def stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(25)
    except subprocess.TimeoutExpired:
        process.kill()


def free_port(preferred: int = 0) -> int:
    """A port of this machine that nobody listens on; the preferred one if it is free."""
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(("127.0.0.1", preferred))
        except OSError:
            return free_port()
        return int(trial.getsockname()[1])
