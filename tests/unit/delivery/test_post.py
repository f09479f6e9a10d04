"""One attempt against real sockets: well-behaved receivers, refused targets, names, TLS."""

import logging
import threading
from datetime import UTC, datetime
from ipaddress import ip_network

import pytest

from app.delivery.post import Poster
from app.delivery.sign import encode_secret, signature_headers
from tests.receiver import Receiver, Reply, redirect
from tests.unit.delivery.authority import Authority
from tests.unit.delivery.rawpeer import raw_peer

# pytest-socket allows 127.0.0.1 alone; receivers here listen on 127.0.0.2 as well, and a test of
# what is not connected to must not be helped by another guard.
pytestmark = pytest.mark.enable_socket

KEY = b"k" * 32
BODY = '{"id":"msg_1","type":"ping","data":{"ort":"Skövde"}}'.encode()
ONE = (ip_network("127.0.0.1/32"),)


@pytest.fixture
def receiver():
    with Receiver() as running:
        yield running


@pytest.fixture(scope="module")
def poster():
    return Poster(ONE)


@pytest.fixture(scope="module")
def authority():
    return Authority()


def post(poster, url, deadline_s=5.0):
    headers = signature_headers([KEY], "msg_1", at=datetime.now(UTC), body=BODY)
    return poster.post(url, headers, BODY, deadline_s=deadline_s)


class TestADelivery:
    def test_carries_the_bytes_and_a_signature_that_the_official_library_accepts(
        self, poster, receiver
    ):
        answer = post(poster, receiver.url)
        (request,) = receiver.requests
        assert (answer.status, answer.outcome, answer.retry_after) == (204, "delivered", None)
        assert 0 <= answer.duration_ms < 5_000
        assert (request.method, request.path, request.body) == ("POST", "/hook", BODY)
        assert request.verify(encode_secret(KEY))["id"] == "msg_1"

    def test_says_who_it_is_and_accepts_no_compression(self, poster, receiver):
        post(poster, receiver.url)
        headers = receiver.requests[0].headers
        assert {name: headers[name] for name in set(headers) - {"webhook-signature"}} == {
            "host": f"127.0.0.1:{receiver.port}",
            "user-agent": "Omtanke-Webhooks/1",
            "content-type": "application/json",
            "content-length": str(len(BODY)),
            "accept": "*/*",
            "accept-encoding": "identity",
            "connection": "close",
            "webhook-id": "msg_1",
            "webhook-timestamp": headers["webhook-timestamp"],
        }

    def test_lets_the_caller_choose_the_content_type_and_nothing_of_ours(self, poster, receiver):
        headers = {"Content-Type": "application/cloudevents+json", "User-Agent": "other"}
        poster.post(receiver.url, headers, b"{}", deadline_s=5)
        assert receiver.requests[0].headers["content-type"] == "application/cloudevents+json"
        assert receiver.requests[0].headers["user-agent"] == "Omtanke-Webhooks/1"

    @pytest.mark.parametrize(
        ("status", "outcome"),
        [
            (200, "delivered"),
            (202, "delivered"),
            (299, "delivered"),
            (300, "redirected"),
            (304, "redirected"),
            (400, "refused_status"),
            (404, "refused_status"),
            (410, "gone"),
            (429, "refused_status"),
            (500, "refused_status"),
            (999, "refused_status"),
        ],
    )
    def test_is_judged_by_its_status(self, poster, receiver, status, outcome):
        receiver.script(Reply(status))
        answer = post(poster, receiver.url)
        assert (answer.status, answer.outcome) == (status, outcome)

    @pytest.mark.parametrize(("value", "kept"), [("120", "120"), ("x" * 101, None)])
    def test_reports_retry_after_unread(self, poster, receiver, value, kept):
        receiver.script(Reply(503, {"retry-after": value}))
        assert post(poster, receiver.url).retry_after == kept

    def test_is_not_redirected(self, poster, receiver):
        with Receiver() as elsewhere:
            receiver.script(redirect(elsewhere.url))
            answer = post(poster, receiver.url)
            assert (answer.status, answer.outcome) == (307, "redirected")
            assert elsewhere.connections() == 0

    @pytest.mark.parametrize("location", ["http://[", "\xff", "//", "http://127.0.0.1:99999"])
    def test_does_not_even_read_where_to(self, poster, receiver, location):
        receiver.script(redirect(location))
        assert post(poster, receiver.url).outcome == "redirected"

    def test_keeps_no_cookies_and_no_connection(self, poster, receiver):
        receiver.script(Reply(204, {"set-cookie": "seen=1", "connection": "keep-alive"}))
        post(poster, receiver.url)
        post(poster, receiver.url)
        assert "cookie" not in receiver.requests[1].headers
        assert receiver.connections() == 2

    def test_ignores_proxies_of_the_environment(self, poster, receiver, monkeypatch):
        with Receiver() as proxy:
            for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
                monkeypatch.setenv(name, proxy.url)
                monkeypatch.setenv(name.lower(), proxy.url)
            assert post(poster, receiver.url).outcome == "delivered"
            assert proxy.connections() == 0

    def test_logs_no_url(self, poster, receiver, caplog):
        caplog.set_level(logging.INFO)
        post(poster, receiver.url + "?token=canary")
        assert "canary" not in caplog.text

    def test_serves_many_threads_at_once(self, poster, receiver):
        receiver.default = lambda request: Reply(200 + int(request.path[-1]))
        found: dict[int, int | None] = {}

        def work(number: int) -> None:
            found[number] = post(poster, f"{receiver.url}/{number % 10}").status

        threads = [threading.Thread(target=work, args=(number,)) for number in range(40)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == {number: 200 + number % 10 for number in range(40)}


class TestAForbiddenTarget:
    @pytest.mark.parametrize(
        "host",
        [
            *("127.1", "0177.0.0.1", "2130706433", "0x7f000001", "0x7f.1", "0.0.0.0", "0"),
            *("[::ffff:127.0.0.1]", "[::]", "localhost", "127.0.0.1", "127.0.0.1."),
        ],
    )
    @pytest.mark.parametrize("scheme", ["http", "https"])
    def test_is_not_connected_to_in_any_spelling(self, receiver, scheme, host):
        answer = post(Poster(), f"{scheme}://{host}:{receiver.port}/hook")
        assert (answer.status, answer.outcome) == (None, "forbidden_target")
        assert receiver.connections() == 0

    def test_is_not_connected_to_by_a_name_either(self, receiver):
        for found in (["127.0.0.1"], ["::ffff:127.0.0.1"], ["8.8.8.8", "127.0.0.1"]):
            poster = Poster(lookup=lambda *_, found=found: found)
            answer = post(poster, f"https://fhv.example:{receiver.port}/hook")
            assert answer.outcome == "forbidden_target"
        assert receiver.connections() == 0

    def test_is_reached_where_the_operator_listed_it(self, receiver):
        for host in ("127.0.0.1", "localhost", "[::ffff:127.0.0.1]"):
            url = f"http://{host}:{receiver.port}/hook"
            assert post(Poster(ONE), url).outcome == "delivered"

    def test_cannot_be_rebound_to_after_the_check(self, authority):
        """The resolver gives a permitted address first and a forbidden one ever after."""
        asked = []

        def lookup(host, port):
            asked.append((host, port))
            return ["127.0.0.1" if len(asked) == 1 else "127.0.0.2"]

        tls = authority.server("fhv.example")
        with Receiver(tls=tls) as good, Receiver(tls=tls, host="127.0.0.2") as evil:
            poster = Poster(ONE, tls=authority.client(), lookup=lookup)
            first = post(poster, f"https://fhv.example:{good.port}/hook")
            second = post(poster, f"https://fhv.example:{evil.port}/hook")
            assert (first.outcome, second.outcome) == ("delivered", "forbidden_target")
            assert (good.connections(), evil.connections()) == (1, 0)
            assert asked == [("fhv.example", good.port), ("fhv.example", evil.port)]


class TestAName:
    def poster(self, authority, *addresses, private=("127.0.0.0/8", "::1/128")):
        networks = [ip_network(text) for text in private]
        return Poster(networks, tls=authority.client(), lookup=lambda *_: addresses)

    def test_stays_the_host_and_the_name_in_tls(self, authority):
        with Receiver(tls=authority.server("fhv.example")) as receiver:
            url = f"https://fhv.example:{receiver.port}/hook"
            assert post(self.poster(authority, "127.0.0.1"), url).outcome == "delivered"
            assert receiver.requests[0].headers["host"] == f"fhv.example:{receiver.port}"

    def test_may_hold_other_letters_than_ascii(self, authority):
        with Receiver(tls=authority.server("xn--fretag-wxa.example")) as receiver:
            url = f"https://företag.example:{receiver.port}/hook"
            assert post(self.poster(authority, "127.0.0.1"), url).outcome == "delivered"

    def test_is_tried_at_its_next_address_when_one_is_closed(self, authority):
        with Receiver(tls=authority.server("fhv.example")) as receiver:
            poster = self.poster(authority, "127.0.0.3", "::1", "127.0.0.1")
            url = f"https://fhv.example:{receiver.port}/hook"
            assert post(poster, url).outcome == "delivered"

    def test_that_is_unknown_is_no_connection(self, authority):
        assert post(self.poster(authority), "https://fhv.example/").outcome == "connection_failed"

    def test_that_hangs_in_the_resolver_is_abandoned_at_the_deadline(self, authority):
        release = threading.Event()
        poster = Poster(tls=authority.client(), lookup=lambda *_: [str(release.wait(10))])
        answer = post(poster, "https://fhv.example/", deadline_s=0.2)
        release.set()
        assert answer.outcome == "timed_out"
        assert 150 <= answer.duration_ms < 1_200

    @pytest.mark.parametrize(
        ("certified", "days"), [("other.example", 1), ("*.fhv.example", 1), ("fhv.example", -1)]
    )
    def test_is_refused_with_the_wrong_certificate(self, authority, certified, days):
        with Receiver(tls=authority.server(certified, days=days)) as receiver:
            url = f"https://fhv.example:{receiver.port}/hook"
            answer = post(self.poster(authority, "127.0.0.1"), url)
            assert (answer.status, answer.outcome) == (None, "tls_failed")
            assert receiver.requests == []

    def test_is_refused_with_an_authority_that_is_not_trusted(self, authority):
        with Receiver(tls=authority.server("fhv.example")) as receiver:
            poster = Poster(ONE, lookup=lambda *_: ["127.0.0.1"])
            url = f"https://fhv.example:{receiver.port}/hook"
            assert post(poster, url).outcome == "tls_failed"

    def test_is_refused_where_plain_http_answers(self, authority):
        def answer_plainly(connection, over):
            connection.recv(10_000)
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            over.wait()

        with raw_peer(answer_plainly) as port:
            answer = post(self.poster(authority, "127.0.0.1"), f"https://fhv.example:{port}/")
        assert answer.outcome == "tls_failed"

    def test_is_refused_where_the_peer_hangs_up_on_the_handshake(self, authority):
        with raw_peer(lambda connection, _: connection.close()) as port:
            answer = post(self.poster(authority, "127.0.0.1"), f"https://fhv.example:{port}/")
        assert answer.outcome == "tls_failed"

    def test_is_given_up_when_its_handshake_hangs(self, authority):
        with raw_peer(lambda _, over: over.wait()) as port:
            url = f"https://fhv.example:{port}/"
            answer = post(self.poster(authority, "127.0.0.1"), url, deadline_s=0.3)
        assert answer.outcome == "timed_out"
        assert answer.duration_ms < 1_300
