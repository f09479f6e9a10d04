"""The guided tour: sick reports come in, a signed referral goes out, and is accepted.

    python3 dev.py demo           tell the story, then keep running until Ctrl-C
    python3 dev.py demo --once    end after the story; not with 0 if a step did not happen

Starts the service on a fresh SQLite database in a temporary folder, and examples/receiver.py as the
occupational-health company (företagshälsovård, FHV). Nothing leaves this machine, everybody in the
story is made up, and all of it is gone afterwards.
"""

import argparse
import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import time as clock
from collections.abc import Callable
from contextlib import ExitStack
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import httpx

ROOT = Path(__file__).resolve().parent.parent
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
NOW = datetime.now(ZoneInfo("Europe/Stockholm")).replace(microsecond=0)
TODAY = NOW.date()
PATIENCE_S = 30

Json = dict[str, Any]
T = TypeVar("T")


class Failed(Exception):
    """A step of the story did not happen; the message says which."""


# The story


def tell_story(stage: "Stage") -> None:
    stage.heading("The service starts, with nothing but a SQLite file")
    port = free_port(preferred=8000)
    stage.start("service", "-m", "app.cli", "serve", "--port", str(port))
    stage.http.base_url = httpx.URL(f"http://127.0.0.1:{port}")
    stage.wait_for("the service to be ready", stage.is_ready)

    stage.heading("An employer, with the rule of Orust municipality")
    decided = ["--release", "automatic", "--decision-reference", "KS 2026/123"]
    made = stage.cli("tenant", "create", "--name", "Exempelkommun", "--preset", "orust", *decided)
    tenant, stage.key = made["tenant_id"], made["api_key"]
    [rule] = stage.call("GET", "/v1/rules")["items"]
    stage.show({"rule": rule["rule"], "words": rule["words"]})

    stage.heading("An occupational-health company (FHV), with a key and a webhook endpoint")
    provider_key = take_on_provider(stage, tenant)

    stage.heading("The payroll system's file of the past year, as history: nothing is sent")
    take_in_history(stage, tenant, rule["id"])

    stage.heading("Live: employee 1001 is ill a fourth time and, weeks later, today, a fifth")
    flag_id = report_sick(stage)

    stage.heading("Why: every flag explains itself, in Swedish and in English")
    flag = stage.call("GET", f"/v1/flags/{flag_id}")
    episodes = [episode["first_day"] for episode in flag["trace"]["comparisons"][0]["counted"]]
    named = {name: flag[name] for name in ("rule", "on", "state")}
    stage.show(named | {"episodes": episodes, "words": flag["trace"]["words"]})

    stage.heading("The referral arrives, signed; the FHV verifies it, answers, and accepts")
    for event in ("received", "fetched", "accepted"):
        stage.say(f"receiver: {json.dumps(stage.heard(event))}")
    delivery = stage.wait_for("the delivery to be recorded", lambda: delivered(stage))
    stage.show({name: delivery[name] for name in ("type", "message_id", "state", "attempts_made")})

    stage.heading("What each side sees: that somebody attends a talk is theirs to tell")
    for who, key, state in (
        ("the FHV", provider_key, "accepted"),
        ("the employer", stage.key, "in_progress"),
    ):
        stage.say(f"As {who}:")
        found = stage.call("GET", f"/v1/referrals/{flag['referral_id']}", key=key)
        stage.show({name: found[name] for name in ("state", "service", "decision_reference")})
        expect(found["state"] == state, f"{who} sees {state}")


def take_on_provider(stage: "Stage", tenant: str) -> str:
    provider = stage.show(stage.call("POST", "/v1/providers", {"name": "Exempelhälsan"}), "id")
    bound = ["--scopes", "provider", "--provider", provider["id"]]
    key: str = stage.cli("key", "create", "--tenant", tenant, *bound)["api_key"]
    port = free_port()
    endpoint = {"url": f"http://127.0.0.1:{port}/omtanke", "provider_id": provider["id"]}
    made = stage.show(stage.call("POST", "/v1/webhook-endpoints", endpoint), "id", "secret")
    secrets = {"OMTANKE_WEBHOOK_SECRET": made["secret"], "OMTANKE_KEY": key}
    command = [
        "examples/receiver.py",
        "--port",
        str(port),
        "--api",
        str(stage.http.base_url).rstrip("/"),
    ]
    stage.start("receiver", *command, secrets=secrets)
    stage.heard("listening")
    return key


def take_in_history(stage: "Stage", tenant: str, rule_id: str) -> None:
    file = stage.folder / "payroll.xml"
    file.write_text(payroll_file(), "utf-8")
    task = ["--tenant", tenant, "--format", "paxml", "--source", "payroll"]
    yesterday = str(TODAY - timedelta(days=1))
    report = stage.cli("import", str(file), *task, "--history-through", yesterday)
    expect(report["created"] == 10 and report["flags"] == 0, "ten absences came in silently")
    stage.say("Employee 1002 is above the limit already: listed, for people to look at.")
    standing = stage.show(stage.call("GET", f"/v1/rules/{rule_id}/standing"), "items")
    expect(len(standing["items"]) == 1, "one employee is above the limit")


def report_sick(stage: "Stage") -> str:
    ill, well = weeks_ago(5, weekday=2), weeks_ago(5, weekday=3)
    stage.post("reported", absence="A-4", at=morning(ill), first_day=str(ill))
    stage.post("ended", absence="A-4", at=morning(well), well_from=str(well))
    fifth = stage.post("reported", absence="A-5", at=NOW, first_day=str(TODAY))
    expect(len(fifth["flags"]) == 1, "the fifth episode raised a flag")
    stage.say("The same event again, as after a lost answer, changes nothing:")
    again = stage.post("reported", absence="A-5", at=NOW, first_day=str(TODAY))
    expect(again["status"] == "duplicate" and not again["flags"], "a repeat changed nothing")
    return str(fifth["flags"][0])


def delivered(stage: "Stage") -> Json | None:
    """The one `referral.requested`, once its delivery has been recorded."""
    items = stage.http.get("/v1/deliveries", headers=stage.bearer()).json()["items"]
    [found] = [one for one in items if one["type"] == "referral.requested"]
    return found if found["state"] == "delivered" else None


def weeks_ago(weeks: int, weekday: int) -> date:
    """A weekday (0 = Monday) some weeks back, whatever day is today.

    Episodes that are weeks apart never join: there is always a working day between them.
    """
    return TODAY - timedelta(days=TODAY.weekday() - weekday, weeks=weeks)


def morning(day: date) -> datetime:
    return datetime.combine(day, time(6, 58), NOW.tzinfo)


def payroll_file() -> str:
    """PAXml: three sick days of 1001, six of 1002, a week of 1003, and two other rows."""
    rows = [pay_row("1001", "SJK", weeks_ago(weeks, weekday=1)) for weeks in (40, 27, 14)]
    rows += [pay_row("1002", "SJK", weeks_ago(weeks, weekday=3)) for weeks in range(8, 44, 6)]
    rows += [pay_row("1003", "SJK", weeks_ago(20, weekday=0), weeks_ago(20, weekday=4))]
    rows += [pay_row("1003", "VAB", weeks_ago(11, weekday=2))]  # care of a child: passed over
    rows += ['<tidtrans anstid="1004"><tidkod>SJK</tidkod></tidtrans>']  # no day: reported
    return (
        "<paxml><header><version>2.0</version>"
        f"<datum>{morning(TODAY - timedelta(days=1)).isoformat()}</datum></header>"
        f"<tidtransaktioner>{''.join(rows)}</tidtransaktioner></paxml>"
    )


def pay_row(employee: str, code: str, first: date, last: date | None = None) -> str:
    ranged = f"<datumfrom>{first}</datumfrom><datumtom>{last}</datumtom>"
    days = ranged if last else f"<datum>{first}</datum>"
    return f'<tidtrans anstid="{employee}"><tidkod>{code}</tidkod>{days}</tidtrans>'


def expect(holds: bool, what: str) -> None:
    if not holds:
        raise Failed(f"it was not so that {what}")


# The stage: processes, calls, and saying what happens


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

    def heard(self, event: str) -> Json:
        """What the receiver said about that, once it has."""
        return self.wait_for(f"the receiver to say {event!r}", lambda: self.said(event))

    def said(self, event: str) -> Json | None:
        whole = self.log_of("receiver").read_text("utf-8").rpartition("\n")[0]
        lines = [json.loads(line) for line in whole.splitlines() if line.startswith("{")]
        return next((line for line in lines if line["event"] == event), None)

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
        sent = f" {json.dumps(body, ensure_ascii=False)}" if body else ""
        self.say(f"→ {method} {path}{sent}")
        answer = self.http.request(method, path, json=body, headers=self.bearer(key))
        expect(answer.is_success, f"{method} {path} succeeded: {answer.status_code} {answer.text}")
        found: Json = answer.json()
        return found

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


def stay_open(stage: Stage) -> None:
    print(f"\nThe service keeps running: {stage.http.base_url.join('/docs')}")
    print(f"To try calls there, press Authorize and give it this key: {stage.key}")
    print("Ctrl-C stops everything and removes the database.")
    while True:
        clock.sleep(0.2)
        stage.check_processes()


def main() -> int:
    options = argparse.ArgumentParser(description="The guided tour of Omtanke.")
    options.add_argument("--once", action="store_true", help="end after the story")
    once = options.parse_args().once
    sys.stdout.reconfigure(line_buffering=True, errors="replace")  # type: ignore[union-attr]
    for number in SIGNALS:
        signal.signal(number, interrupt)
    told = False
    with ExitStack() as stack:
        stage = Stage(stack)
        began = clock.monotonic()
        try:
            tell_story(stage)
            told = True
            print(f"\nThat is the whole story, in {clock.monotonic() - began:.0f} seconds.")
            if not once:
                stay_open(stage)
        except Failed as failure:
            told = False
            print(f"\nThe demo failed: {failure}{stage.last_words()}", file=sys.stderr)
        except KeyboardInterrupt:
            print("\nStopping.")
        for number in SIGNALS:  # one is enough: the rest is a clean stop
            signal.signal(number, signal.SIG_IGN)
    return 0 if told else 1


def interrupt(*_: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
