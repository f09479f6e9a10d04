"""The example for integrators, run as they would run it, against our poster and a stub API."""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest

from app.delivery.post import Poster
from app.delivery.sign import encode_secret, signature_headers
from tests.receiver import Receiver, Reply

EXAMPLE = Path(__file__).parents[3] / "examples" / "receiver.py"
KEY = b"k" * 32
POSTER = Poster([ip_network("127.0.0.1/32")])
REQUESTED = {"id": "msg_1", "type": "referral.requested", "data": {"referral_id": "ref_7"}}


class Example:
    """The running example; `next()` gives the lines it prints."""

    def __init__(self, api, folder):
        secret = folder / "secret"
        secret.write_text(encode_secret(KEY) + "\n")
        command = [sys.executable, str(EXAMPLE), "--port", "0", *(["--api", api] if api else [])]
        self.process = subprocess.Popen(
            [*command, "--secret-file", str(secret)],
            env=os.environ | {"OMTANKE_KEY": "provider-key"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._lines: queue.SimpleQueue[dict[str, object]] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.port = self.next()["port"]

    def _read(self):
        for line in self.process.stdout or ():
            self._lines.put(json.loads(line))

    def next(self):
        return self._lines.get(timeout=20)

    def is_silent(self):
        return self._lines.empty()

    def post(self, body, *, key=KEY, at=None, message_id="msg_1"):
        headers = signature_headers([key], message_id, at=at or datetime.now(UTC), body=body)
        url = f"http://127.0.0.1:{self.port}/"
        return POSTER.post(url, headers, body, deadline_s=10).status

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        _, errors = self.process.communicate(timeout=20)
        self._reader.join()
        return self.process.returncode, errors


@pytest.fixture(scope="module")
def api():
    with Receiver(Reply(200, body=b"{}")) as running:
        yield running


@pytest.fixture(scope="module")
def example(api, tmp_path_factory):
    running = Example(f"http://127.0.0.1:{api.port}/", tmp_path_factory.mktemp("example"))
    yield running
    assert running.end() == (0, "")


def test_accepts_a_requested_referral_once(example, api):
    body = json.dumps(REQUESTED).encode()
    assert example.post(body) == 204
    received = {"event": "received", "type": "referral.requested", "webhook_id": "msg_1"}
    assert example.next() == {**received, "verified": True, "duplicate": False}
    assert example.next() == {"event": "fetched", "referral_id": "ref_7", "status": 200}
    assert example.next() == {"event": "accepted", "referral_id": "ref_7", "status": 200}
    calls = [(call.method, call.path, call.body) for call in api.requests]
    assert calls == [
        ("GET", "/v1/referrals/ref_7", b""),
        ("POST", "/v1/referrals/ref_7/accept", b"{}"),
    ]
    assert {call.headers["authorization"] for call in api.requests} == {"Bearer provider-key"}

    assert example.post(body) == 204
    assert example.next() == {**received, "verified": True, "duplicate": True}
    assert len(api.requests) == 2


def test_reports_what_the_api_refuses(example, api):
    api.script(Reply(200), Reply(409))
    assert example.post(json.dumps(REQUESTED).encode(), message_id="msg_2") == 204
    assert [example.next()["event"] for _ in range(2)] == ["received", "fetched"]
    assert example.next() == {"event": "failed", "referral_id": "ref_7", "status": 409}


def test_leaves_other_types_alone(example):
    assert example.post(b'{"id":"msg_3","type":"ping","data":{}}', message_id="msg_3") == 204
    assert example.next()["type"] == "ping"


def test_says_the_state_where_a_message_has_one(example):
    updated = {"id": "msg_5", "type": "referral.updated", "data": {"state": "in_progress"}}
    assert example.post(json.dumps(updated).encode(), message_id="msg_5") == 204
    assert example.next()["state"] == "in_progress"


def test_without_an_api_calls_nobody(tmp_path, api):
    calls = len(api.requests)
    listening = Example(None, tmp_path)
    try:
        for number in ("msg_6", "msg_7"):
            assert listening.post(json.dumps(REQUESTED).encode(), message_id=number) == 204
        received = [listening.next() for _ in range(2)]
    finally:
        ended = listening.end()
    assert [line["webhook_id"] for line in received] == ["msg_6", "msg_7"]
    assert all(line["event"] == "received" and line["verified"] for line in received)
    assert listening.is_silent()
    assert ended == (0, "")
    assert len(api.requests) == calls


@pytest.mark.parametrize(
    ("body", "options"),
    [
        (b"{}", {"key": b"x" * 32}),
        (b"{}", {"at": datetime(2020, 1, 1, tzinfo=UTC)}),
        (b"{}", {"at": datetime.now(UTC) + timedelta(days=1)}),
        (b"\xff", {}),
        (b"not json", {}),
    ],
    ids=["other key", "too old", "too new", "not text", "not json"],
)
def test_refuses_what_it_cannot_verify(example, body, options):
    assert example.post(body, **options) == 401
    line = example.next()
    assert (line["event"], line["verified"]) == ("received", False)
    assert line["why"]


def test_refuses_headers_of_no_known_form(example):
    url = f"http://127.0.0.1:{example.port}/"
    for signature in ("", "rubbish", "v1,%%%", "v1,A", "v2,AAAA"):
        headers = signature_headers([KEY], "msg_4", at=datetime.now(UTC), body=b"{}")
        headers["webhook-signature"] = signature
        assert POSTER.post(url, headers, b"{}", deadline_s=10).status == 401
        assert example.next()["verified"] is False


def test_refuses_a_large_body(example):
    assert example.post(b"x" * 70_000) == 413
