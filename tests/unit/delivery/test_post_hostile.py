"""One attempt against receivers that mean harm: in time, in memory, and in what they say."""

import gzip
import threading
import time
import tracemalloc
from datetime import UTC, datetime
from ipaddress import ip_network

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.delivery.post import OUTCOMES, Poster
from app.delivery.sign import signature_headers
from tests import receiver as peer
from tests.receiver import Receiver, Reply
from tests.unit.delivery.rawpeer import raw_peer

POSTER = Poster([ip_network("127.0.0.1/32")])
MB = 1024 * 1024


@pytest.fixture(scope="module")
def shared():
    with Receiver() as running:
        yield running


@pytest.fixture
def receiver(shared):
    shared.default = Reply()
    return shared


def post(url, deadline_s=5.0, body=b"{}"):
    headers = signature_headers([b"k" * 32], "msg_1", at=datetime.now(UTC), body=body)
    return POSTER.post(url, headers, body, deadline_s=deadline_s)


class TestTime:
    """Whatever a receiver does, the attempt ends within its deadline and a second."""

    @pytest.mark.parametrize(
        ("reply", "status", "outcome"),
        [
            (peer.HANG, None, "timed_out"),
            (peer.SLOW_HEAD, None, "timed_out"),
            (Reply(200, delay_s=2), None, "timed_out"),
            (Reply(raw=b"HTTP/1.1 200 OK\r\n", then="hang"), None, "timed_out"),
            (peer.SLOW_BODY, 200, "delivered"),
            (Reply(500, {"content-length": "9"}, then="hang"), 500, "refused_status"),
            (Reply(200, {"content-length": "9"}, then="hang"), 200, "delivered"),
        ],
    )
    def test_is_bounded(self, receiver, reply, status, outcome):
        receiver.script(reply)
        started = time.monotonic()
        answer = post(receiver.url, deadline_s=0.4)
        assert time.monotonic() - started < 1.4
        assert (answer.status, answer.outcome) == (status, outcome)

    def test_is_bounded_while_sending(self):
        """The receiver takes a little at a time, so that every single write succeeds."""

        def sip(connection, over):
            while not over.wait(0.01):
                connection.recv(65_536)

        with raw_peer(sip) as port:
            started = time.monotonic()
            answer = post(f"http://127.0.0.1:{port}/", deadline_s=0.4, body=b"x" * 64 * MB)
            assert time.monotonic() - started < 1.4
            assert answer.outcome == "timed_out"

    def test_is_not_spent_on_the_body_of_an_answer(self, receiver):
        receiver.script(peer.SLOW_BODY)
        started = time.monotonic()
        assert post(receiver.url, deadline_s=30).outcome == "delivered"
        assert time.monotonic() - started < 2

    def test_that_is_up_before_it_began_calls_nobody(self, receiver):
        before = receiver.connections()
        assert post(receiver.url, deadline_s=0).outcome == "timed_out"
        assert receiver.connections() == before


class TestMemory:
    """Whatever a receiver sends, little of it is read and nothing kept."""

    @pytest.mark.parametrize(
        ("reply", "status", "outcome"),
        [
            (peer.HUGE_BODY, 200, "delivered"),
            (peer.ENDLESS_BODY, 200, "delivered"),
            (peer.ENDLESS_HINTS, None, "response_invalid"),
            (Reply(raw=b"HTTP/1.1 200 OK\r\nx: ", repeat=b"x" * 65_536), None, "response_invalid"),
            (Reply(raw=b"", repeat=b"x" * 65_536), None, "response_invalid"),
            (
                Reply(200, {"content-encoding": "gzip"}, gzip.compress(bytes(100 * MB), 1)),
                200,
                "delivered",
            ),
        ],
        ids=["huge", "endless", "endless hints", "endless header", "endless line", "gzip bomb"],
    )
    def test_is_bounded(self, receiver, reply, status, outcome):
        receiver.script(reply)
        tracemalloc.start()
        try:
            tracemalloc.reset_peak()
            before = tracemalloc.get_traced_memory()[0]
            answer = post(receiver.url)
            grown = tracemalloc.get_traced_memory()[1] - before
        finally:
            tracemalloc.stop()
        assert (answer.status, answer.outcome) == (status, outcome)
        assert grown < 4 * MB


class TestNonsense:
    """Whatever a receiver says, it becomes an Answer."""

    @pytest.mark.parametrize(
        ("reply", "status", "outcome"),
        [
            (peer.HANG_UP, None, "connection_failed"),
            (peer.RESET, None, "connection_failed"),
            (peer.RESET_IN_BODY, 200, "delivered"),
            (Reply(raw=b"HTTP/1.1 200 OK\r\nx: y", then="reset"), None, "connection_failed"),
            (Reply(raw=b"HTTP/1.1 200 OK\r\nx: y"), None, "response_invalid"),
            (peer.NOT_HTTP, None, "response_invalid"),
            (Reply(raw=b"HTTP/1.1 20 OK\r\n\r\n"), None, "response_invalid"),
            (Reply(raw=b"HTTP/1.1 000 OK\r\n\r\n"), None, "response_invalid"),
            (Reply(raw=b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n"), None, "response_invalid"),
            (Reply(raw=b"\x00\xff" * 50), None, "response_invalid"),
            (
                Reply(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
                None,
                "response_invalid",
            ),
            (
                Reply(raw=b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"),
                None,
                "response_invalid",
            ),
            (
                Reply(raw=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
                200,
                "delivered",
            ),
            (Reply(raw=b"HTTP/1.1 101 Switching Protocols\r\n\r\n"), None, "response_invalid"),
            (Reply(raw=b"HTTP/1.0 200\r\n\r\n"), 200, "delivered"),
        ],
    )
    def test_is_an_outcome(self, receiver, reply, status, outcome):
        receiver.script(reply)
        answer = post(receiver.url)
        assert (answer.status, answer.outcome) == (status, outcome)

    def test_of_an_early_refusal_is_heard_though_the_body_could_not_be_sent(self):
        def refuse(connection, _):
            connection.recv(1_000)
            connection.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")

        with raw_peer(refuse) as port:
            answer = post(f"http://127.0.0.1:{port}/", deadline_s=5, body=b"x" * 64 * MB)
        assert (answer.status, answer.outcome) in [
            (413, "refused_status"),
            # The system may drop what was received once the peer resets.
            (None, "connection_failed"),
        ]

    def test_of_a_closed_port_is_an_outcome(self):
        with Receiver() as gone:
            url = gone.url
        assert post(url).outcome == "connection_failed"

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
    @given(
        st.binary(max_size=300)
        | st.binary(max_size=200).map(b"HTTP/1.1 200 OK\r\n".__add__)
        | st.binary(max_size=100).map(b"HTTP/1.1 307 \r\nLocation: %b\r\n\r\n".__mod__)
        | st.binary(max_size=100).map(b"HTTP/1.1 429 \r\nRetry-After: %b\r\n\r\n".__mod__)
        | st.binary(max_size=100).map(b"HTTP/1.1 200 \r\nSet-Cookie: %b\r\n\r\n".__mod__)
        | st.binary(max_size=100).map(b"HTTP/1.1 200 \r\nContent-Type: %b\r\n\r\n".__mod__)
    )
    def test_never_raises(self, receiver, caplog, raw):
        receiver.default = Reply(raw=raw)
        assert post(receiver.url).outcome in OUTCOMES
        assert "unexpectedly" not in caplog.text

    def test_of_our_own_making_does_not_stop_the_worker(self, receiver, caplog):
        answer = POSTER.post(receiver.url, {"x": "canary\r\n"}, b"", deadline_s=5)
        assert (answer.status, answer.outcome) == (None, "response_invalid")
        assert "unexpectedly: LocalProtocolError" in caplog.text
        assert "canary" not in caplog.text


def test_a_hanging_receiver_holds_up_nobody_else(receiver):
    with Receiver(peer.HANG) as hanging:
        stuck = [threading.Thread(target=post, args=(hanging.url, 1.0)) for _ in range(20)]
        for thread in stuck:
            thread.start()
        hanging.wait_for(20)
        assert post(receiver.url).duration_ms < 500
        for thread in stuck:
            thread.join()
