"""One mail to a real mail server, good or bad: one word for each end it can come to, in time."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

import pytest

from app.core.settings import Settings
from app.mail.compose import compose, sender_of
from app.mail.smtp import Answer, MailServer
from tests.kit import SECRET_KEYS
from tests.mailbox import (
    ANSWER_LOST,
    BUSY,
    DROP,
    GOING_DOWN,
    HANG,
    HOST,
    NOBODY_THERE,
    NOT_TAKEN,
    SENDER_REFUSED,
    Mailbox,
    Trouble,
)
from tests.process import free_port, wait_until
from tests.unit.delivery.authority import Authority
from tests.unit.delivery.rawpeer import raw_peer

LOGIN = ("omtanke", "a secret")
DEADLINE_S = 0.4
Behaviour = Callable[[socket.socket, threading.Event], object]


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with Mailbox() as listening:
        yield listening


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


def settings(**more: Any) -> Settings:
    given: dict[str, Any] = {"smtp_host": HOST, "smtp_security": "none", "delivery_deadline_s": 5.0}
    return Settings(secret_keys=SECRET_KEYS, **(given | more))


def a_mail() -> EmailMessage:
    return compose(
        sender=sender_of("Omtanke <omtanke@kommun.example.se>"),
        to="chef@kommun.example.se",
        subject="Något väntar",
        text="Hej!\n.\n..\nthe end\n",
        language="sv",
        at=datetime(2026, 3, 2, 11, tzinfo=UTC),
        reference="0" * 32,
    )


def sent_to(mailbox: Mailbox, tls: Any = None, **more: Any) -> Answer:
    given = settings(**(mailbox.settings | more))
    return MailServer(given, tls=tls.client() if tls else None).send(a_mail())


class TestSend:
    def test_hands_the_mail_over_as_it_is(self, mailbox: Mailbox):
        assert sent_to(mailbox) == Answer("sent")
        [mail] = mailbox.mails
        assert (mail.sender, mail.to) == ("omtanke@kommun.example.se", ("chef@kommun.example.se",))
        assert mail.text == "Hej!\n.\n..\nthe end\n"
        assert mail.raw == bytes(a_mail())

    def test_says_goodbye_and_keeps_no_connection(self, mailbox: Mailbox):
        before = set(threading.enumerate())
        assert [sent_to(mailbox).outcome for _ in range(3)] == ["sent"] * 3
        assert mailbox.attempts == 3
        wait_until(lambda: set(threading.enumerate()) <= before)

    @pytest.mark.parametrize(
        ("trouble", "answer"),
        [
            (NOBODY_THERE, Answer("refused", 550, "SMTPRecipientsRefused")),
            (Trouble("RCPT", "552 Mailbox full"), Answer("refused", 552, "SMTPRecipientsRefused")),
            (BUSY, Answer("deferred", 451, "SMTPRecipientsRefused")),
            (NOT_TAKEN, Answer("refused", 554, "SMTPDataError")),
            (Trouble("DATA", "452 Disk full"), Answer("deferred", 452, "SMTPDataError")),
            (GOING_DOWN, Answer("unavailable", 421, "SMTPRecipientsRefused")),
            (SENDER_REFUSED, Answer("unavailable", 550, "SMTPSenderRefused")),
            (DROP, Answer("unavailable", None, "SMTPServerDisconnected")),
            (ANSWER_LOST, Answer("unavailable", None, "SMTPServerDisconnected")),
        ],
    )
    def test_tells_a_no_for_good_from_a_no_for_now(
        self, mailbox: Mailbox, trouble: Trouble, answer: Answer
    ):
        mailbox.script(trouble)
        assert sent_to(mailbox) == answer
        assert sent_to(mailbox) == Answer("sent")

    def test_finds_nobody_there(self):
        given = settings(smtp_port=free_port())
        assert MailServer(given).send(a_mail()) == Answer(
            "unavailable", None, "ConnectionRefusedError"
        )

    @pytest.mark.parametrize("host", ["x" * 70, "mail..example"])
    def test_finds_a_host_that_cannot_be(self, host: str):
        answer = MailServer(settings(smtp_host=host)).send(a_mail())
        assert (answer.outcome, answer.error) == ("unavailable", "UnicodeError")


class TestDeadline:
    """However slowly the server answers, and wherever."""

    def test_ends_a_server_that_takes_the_mail_and_falls_silent(self, mailbox: Mailbox):
        mailbox.script(HANG)
        started = time.monotonic()
        answer = sent_to(mailbox, delivery_deadline_s=DEADLINE_S)
        assert time.monotonic() - started < DEADLINE_S + 1
        assert answer.outcome == "unavailable"

    @pytest.mark.parametrize("drip", [b"", b"2", b"220-still here\r\n"])
    @pytest.mark.parametrize("first", [b"", b"220 mail.example\r\n"])
    def test_ends_a_server_that_never_comes_to_the_point(self, drip: bytes, first: bytes):
        """Each read succeeds in time; all together they would never end."""

        def dawdle(connection: socket.socket, over: threading.Event) -> None:
            connection.sendall(first)
            while not over.wait(0.05):
                connection.sendall(drip)

        started = time.monotonic()
        with raw_peer(dawdle) as port:
            given = settings(smtp_port=port, delivery_deadline_s=DEADLINE_S)
            answer = MailServer(given).send(a_mail())
            assert time.monotonic() - started < DEADLINE_S + 1
        assert answer.outcome == "unavailable"

    @pytest.mark.parametrize("security", ["tls", "starttls"])
    def test_ends_a_server_that_stops_within_the_handshake(self, security: str):
        def stop(connection: socket.socket, over: threading.Event) -> None:
            if security == "starttls":
                connection.sendall(b"220 hello\r\n")
                connection.recv(100)
                connection.sendall(b"250-mail.example\r\n250 STARTTLS\r\n")
                connection.recv(100)
                connection.sendall(b"220 go ahead\r\n")
            over.wait(10)

        started = time.monotonic()
        with raw_peer(stop) as port:
            given = settings(smtp_port=port, smtp_security=security, delivery_deadline_s=DEADLINE_S)
            answer = MailServer(given).send(a_mail())
            assert time.monotonic() - started < DEADLINE_S + 1
        assert answer.outcome == "unavailable"

    def test_is_not_spent_on_a_goodbye(self):
        """What was accepted is sent, whatever the server does then."""
        with raw_peer(_accepts_and_hangs) as port:
            started = time.monotonic()
            answer = MailServer(settings(smtp_port=port, delivery_deadline_s=20.0)).send(a_mail())
            assert time.monotonic() - started < 5
        assert answer == Answer("sent")


def _accepts_and_hangs(connection: socket.socket, over: threading.Event) -> None:
    stream = connection.makefile("rb")
    connection.sendall(b"220 hello\r\n")
    for line in stream:
        if line.upper() == b"DATA\r\n":
            connection.sendall(b"354 go on\r\n")
            while stream.readline() != b".\r\n":
                pass
        if line.upper() == b"QUIT\r\n":
            over.wait(10)
            break
        connection.sendall(b"250 fine\r\n")
    stream.close()


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"554 no service here\r\n",
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"\xff\xfe\x00\r\n",
        b"220" + b"x" * 100_000 + b"\r\n",
        b"220 hello\r\n550 go away\r\n550 go away\r\n",
        b"220 hello\r\n250 fine\r\n",
    ],
)
def test_what_is_no_mail_server_is_unavailable(said: bytes):
    def say(connection: socket.socket, over: threading.Event) -> None:
        connection.sendall(said)
        connection.settimeout(0.3)

    with raw_peer(say) as port:
        answer = MailServer(settings(smtp_port=port, delivery_deadline_s=2.0)).send(a_mail())
    assert answer.outcome == "unavailable"


class TestTls:
    @pytest.mark.parametrize("implicit", [False, True])
    def test_carries_login_and_mail(self, authority: Authority, implicit: bool):
        context = authority.server("localhost")
        with Mailbox(tls=context, implicit=implicit, login=LOGIN) as mailbox:
            answer = sent_to(mailbox, authority, **secured(implicit))
        assert answer == Answer("sent")
        assert mailbox.logins == [(*LOGIN, True)]
        assert len(mailbox.mails) == 1

    @pytest.mark.parametrize("implicit", [False, True])
    @pytest.mark.parametrize("fault", ["unknown authority", "another host", "expired"])
    def test_trusts_no_other_certificate(self, authority: Authority, implicit: bool, fault: str):
        by = Authority() if fault == "unknown authority" else authority
        host = "elsewhere.example" if fault == "another host" else "localhost"
        context = by.server(host, days=-1 if fault == "expired" else 1)
        with Mailbox(tls=context, implicit=implicit, login=LOGIN) as mailbox:
            answer = sent_to(mailbox, authority, **secured(implicit))
        assert answer == Answer("unavailable", None, "SSLCertVerificationError")
        assert (mailbox.logins, mailbox.mails) == ([], [])

    def test_is_not_done_without_because_the_server_offers_none(self, mailbox: Mailbox):
        answer = sent_to(mailbox, **secured(implicit=False))
        assert answer == Answer("unavailable", None, "SMTPNotSupportedError")
        assert (mailbox.attempts, mailbox.mails) == (0, [])

    def test_is_not_spoken_with_one_who_answers_in_the_plain(self, mailbox: Mailbox):
        answer = sent_to(mailbox, **secured(implicit=True), delivery_deadline_s=2.0)
        assert answer.outcome == "unavailable"
        assert mailbox.mails == []

    def test_leaves_behind_what_was_said_before_it(self, authority: Authority):
        """An answer slipped in ahead of the handshake is no answer."""
        context = authority.server("localhost")

        def slip_in(connection: socket.socket, over: threading.Event) -> None:
            connection.sendall(b"220 hello\r\n")
            connection.recv(200)
            connection.sendall(b"250-mail.example\r\n250 STARTTLS\r\n")
            connection.recv(200)
            connection.sendall(b"220 go ahead\r\n250 slipped in\r\n")
            over.wait(0.2)
            try:
                with context.wrap_socket(connection.dup(), server_side=True) as inner:
                    inner.recv(200)
            except OSError:
                pass

        with raw_peer(slip_in) as port:
            given = settings(smtp_port=port, **secured(implicit=False), delivery_deadline_s=2.0)
            answer = MailServer(given, tls=authority.client()).send(a_mail())
        assert answer.outcome == "unavailable"


def secured(implicit: bool) -> dict[str, str]:
    return {
        "smtp_host": "localhost",
        "smtp_security": "tls" if implicit else "starttls",
        "smtp_user": LOGIN[0],
        "smtp_password": LOGIN[1],
    }


class TestLogin:
    def test_that_is_refused_may_be_mended(self, mailbox: Mailbox):
        with Mailbox(login=LOGIN) as locked:
            answer = sent_to(locked, smtp_user=LOGIN[0], smtp_password="another")
        assert answer == Answer("unavailable", 535, "SMTPAuthenticationError")

    def test_that_is_missing_may_be_mended(self):
        with Mailbox(login=LOGIN) as locked:
            answer = sent_to(locked)
        assert (answer.outcome, answer.code) == ("unavailable", 530)

    def test_goes_in_the_plain_to_this_machine_alone(
        self, monkeypatch: pytest.MonkeyPatch, mailbox: Mailbox
    ):
        with Mailbox(login=LOGIN) as local:
            named = {"smtp_user": LOGIN[0], "smtp_password": LOGIN[1]}
            assert sent_to(local, **named) == Answer("sent")
            assert local.logins == [(*LOGIN, False)]
            monkeypatch.setattr("app.mail.smtp.ip_address", lambda _: FarAway)
            assert sent_to(local, **named) == Answer("unavailable", None, "SMTPNotSupportedError")
            assert local.logins == [(*LOGIN, False)]


class FarAway:
    """An address of another machine."""

    is_loopback = False


def test_no_thread_nor_socket_is_left_behind_by_what_goes_wrong(mailbox: Mailbox):
    """Unclosed sockets are errors here, wherever they are found."""
    before = set(threading.enumerate())
    mailbox.script(*[BUSY, DROP, NOBODY_THERE] * 5)
    for _ in range(15):
        sent_to(mailbox)
    # Threads of tests before may end meanwhile: their number says nothing.
    wait_until(lambda: set(threading.enumerate()) <= before)
