"""The service dies and is started again, as real processes: nothing acknowledged is lost."""

from __future__ import annotations

import contextlib
import itertools
import shutil
import signal
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Self

import httpx
import pytest
from sqlalchemy import create_engine, update

from app.delivery.tables import Delivery
from tests import postgres
from tests.kit import STOCKHOLM, Caller, Service, event, five_until, settings_for
from tests.process import Running, Serving, Site, new_employer, wait_until
from tests.receiver import HANG, Receiver, Reply


class Later(Receiver):
    """A receiver whose port is known, and refuses connections, until it is entered."""

    def __init__(self) -> None:
        super().__init__()
        self._listener = socket.socket()
        self._listener.bind((self.host, 0))
        self.port = self._listener.getsockname()[1]

    def __enter__(self) -> Self:
        self._listener.listen(128)
        self._listener.settimeout(0.1)
        self._start(self._accept)
        return self


@dataclass
class Stand:
    """An installation: one process on SQLite; one that serves and one that works on PostgreSQL."""

    site: Site
    url: str
    running: list[Running] = field(default_factory=list)
    port: int | None = None

    def start(self) -> None:
        serving = self.site.launch(self.port)
        worker = [self.site.worker()] if self.url.startswith("postgresql") else []
        self.running = [serving, *worker]
        self.port = serving.wait_ready().port

    def kill(self) -> None:
        for process in self.running:
            process.kill()
        self.running = []

    @property
    def serving(self) -> Serving:
        serving = self.running[0]
        assert isinstance(serving, Serving)
        return serving

    def employer(self) -> Employed:
        """A new employer with a provider."""
        return Employed(self, new_employer(self.url))


@dataclass
class Employed:
    """An employer by its key, whichever process serves just now."""

    stand: Stand
    key: str
    secret: str = ""

    @property
    def caller(self) -> Caller:
        return self.stand.serving.caller(self.key)

    def refer(self, url: str) -> None:
        """A fifth absence, and a provider's endpoint to be told of it."""
        endpoint = self.caller.endpoint(url, provider_id=self.caller.provider())
        self.secret = endpoint["secret"]
        today = datetime.now(STOCKHOLM).date()
        [*_, last] = self.caller.batch(*map(event, five_until(today)))
        assert len(last["flags"]) == 1

    def only_delivery(self) -> dict[str, Any]:
        """The delivery there is, with its attempts."""
        [listed] = self.caller.items("/v1/deliveries")
        found: dict[str, Any] = self.caller.ok("GET", f"/v1/deliveries/{listed['id']}")
        return found

    def delivered(self) -> dict[str, Any] | None:
        """The same, once it has been delivered."""
        delivery = self.only_delivery()
        return delivery if delivery["state"] == "delivered" else None


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def installed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stand]:
    """One installation on either engine, that the tests here share: a start takes a second."""
    folder = tmp_path_factory.mktemp("installed")
    with contextlib.ExitStack() as stack:
        if request.param == "sqlite":
            template = request.getfixturevalue("sqlite_template")
            url = f"sqlite:///{shutil.copy(template, folder)}"
        else:
            server = request.getfixturevalue("postgres_server")
            template = request.getfixturevalue("postgres_template")
            url = stack.enter_context(postgres.clone(server, template))
        yield Stand(stack.enter_context(Site(url, folder)), url)


@pytest.fixture
def stand(installed: Stand) -> Stand:
    """The installation, running."""
    if not installed.running:
        installed.start()
    return installed


def test_a_killed_service_keeps_what_it_acknowledged_and_delivers_what_was_due(
    stand: Stand,
) -> None:
    employer = stand.employer()
    receiver = Later()
    employer.refer(receiver.url)
    with Load(stand.serving, employer.key) as load:
        wait_until(lambda: employer.only_delivery()["attempts_made"] >= 1)
        wait_until(lambda: len(load.acknowledged) > 40)
        stand.kill()
    stand.start()
    assert_all_stored(employer.caller, load)
    receiver.script(Reply(503))
    with receiver:
        refused, taken = receiver.wait_for(2, timeout_s=20)
        delivery = wait_until(employer.delivered)
        assert len(receiver.requests) == 2
    assert taken.body == refused.body
    assert taken.headers["webhook-id"] == refused.headers["webhook-id"] == delivery["message_id"]
    assert taken.verify(employer.secret)["type"] == "referral.requested"
    *failed, last = [attempt["outcome"] for attempt in delivery["attempts"]]
    assert set(failed) == {"connection_failed", "refused_status"}
    assert last == "delivered"


def test_a_service_killed_before_the_receiver_answers_sends_the_same_again(stand: Stand) -> None:
    employer = stand.employer()
    with Receiver() as receiver:
        receiver.script(HANG)
        employer.refer(receiver.url)
        [held] = receiver.wait_for(1)
        stand.kill()
        let_leases_run_out(stand.url)
        stand.start()
        again = receiver.wait_for(2, timeout_s=20)[1]
        delivery = wait_until(employer.delivered)
        assert len(receiver.requests) == 2
    assert again.body == held.body
    assert again.headers["webhook-id"] == held.headers["webhook-id"] == delivery["message_id"]
    assert again.verify(employer.secret) == held.verify(employer.secret)
    assert [attempt["outcome"] for attempt in delivery["attempts"]] == ["delivered"]


def let_leases_run_out(database_url: str) -> None:
    """As if the service had been down for as long as a lease lasts, which is over half a minute."""
    engine = create_engine(database_url)
    past = datetime.now(UTC) - timedelta(seconds=1)
    with engine.begin() as conn:
        held = Delivery.lease_until.is_not(None)
        assert conn.execute(update(Delivery).where(held).values(lease_until=past)).rowcount == 1
    engine.dispose()


def test_sigterm_under_load_ends_the_service_in_time_and_loses_nothing(stand: Stand) -> None:
    employer = stand.employer()
    with Receiver(HANG) as receiver, Load(stand.serving, employer.key) as load:
        endpoint = employer.caller.endpoint(receiver.url)
        employer.caller.ok("POST", f"/v1/webhook-endpoints/{endpoint['id']}/test")
        receiver.wait_for(1)
        wait_until(lambda: len(load.acknowledged) > 40)
        ending, stand.running = stand.running, []
        for process in ending:
            process.terminate()
        codes = {process.wait(30) for process in ending}
    assert codes <= {0, -signal.SIGTERM}
    assert load.failed == []
    assert [process for process in ending if '"level": "error"' in process.errors] == []
    with Service(settings_for(stand.url)) as service:
        service.set_now()
        assert_all_stored(Caller(service.client, employer.key), load)


class Load:
    """Four threads that post reports, each its own, until the service is gone."""

    def __init__(self, serving: Serving, key: str) -> None:
        self.acknowledged: list[dict[str, Any]] = []
        self.failed: list[int] = []
        self._serving = serving
        self._headers = {"Authorization": f"Bearer {key}"}
        self._threads = [threading.Thread(target=self._post, args=(n,)) for n in range(4)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        if any(error):
            self._serving.kill()
        for thread in self._threads:
            thread.join()

    def _post(self, number: int) -> None:
        today = datetime.now(STOCKHOLM).date().isoformat()
        url = f"http://127.0.0.1:{self._serving.port}/v1/events"
        with httpx.Client(headers=self._headers, trust_env=False, timeout=40.0) as client:
            for count in itertools.count():
                said = event(today, id=f"{number}/{count}", employee=f"{number}-{count % 7}")
                try:
                    answer = client.post(url, json=said)
                except httpx.TransportError:
                    return
                if answer.status_code == 201:
                    self.acknowledged.append(said)
                elif answer.status_code != 503:
                    self.failed.append(answer.status_code)


def assert_all_stored(caller: Caller, load: Load) -> None:
    """Each acknowledged report, posted again, is known already."""
    said = load.acknowledged
    for start in range(0, len(said), 1000):
        answers = caller.batch(*said[start : start + 1000])
        assert {answer["status"] for answer in answers} == {"duplicate"}
