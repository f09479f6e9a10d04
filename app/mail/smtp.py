"""Hand one mail to the mail server, and say in one word how it went.

TLS is never given up for want of it, certificates are checked, a password goes over no open line,
and nothing takes longer than the deadline, however slowly the server answers.
"""

import contextlib
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from email.message import EmailMessage
from functools import cached_property
from ipaddress import ip_address
from typing import Any, Literal

import certifi

from app.core.settings import Settings
from app.mail.compose import sender_of

Outcome = Literal["sent", "deferred", "refused", "unavailable", "no_address"]

GOODBYE_S = 1.0
PERMANENT = range(500, 600)
CLOSING = 421


@dataclass(frozen=True, slots=True)
class Answer:
    """How it went. `code`: the server's; `error`: the type of what went wrong.

    `deferred`: not now. `refused`: never, for that recipient or that message. `unavailable`: the
    server is away, not to be trusted, or will not serve us. `no_address`: there was nobody.
    """

    outcome: Outcome
    code: int | None = None
    error: str | None = None


class MailServer:
    """The mail server of the settings. Every mail has a connection of its own."""

    def __init__(self, settings: Settings, *, tls: ssl.SSLContext | None = None) -> None:
        """`tls` replaces the authorities that are trusted."""
        self._settings = settings
        self._given_tls = tls

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """Made when it is needed: reading all authorities takes a while."""
        return self._given_tls or _default_tls()

    def send(self, message: EmailMessage) -> Answer:
        """Hand the message over to the one it is for. Whatever happens becomes an Answer."""
        with _Cord(self._settings.delivery_deadline_s) as cord:
            try:
                session = self._open(cord)
            except (OSError, ValueError) as error:
                return _answer("unavailable", error)
            with closing(session):
                answer = _hand_over(session, message)
                _take_leave(session)
            return answer

    def _open(self, cord: "_Cord") -> smtplib.SMTP:
        """A session that is ready for mail. Raises OSError (all of smtplib's are) or ValueError."""
        settings = self._settings
        tls = self._tls if settings.smtp_security == "tls" else None
        session = _Session(settings, cord, tls)
        with _closed_on_failure(session):
            session.ehlo_or_helo_if_needed()
            if settings.smtp_security == "starttls":
                session.starttls(context=self._tls)
                session.ehlo_or_helo_if_needed()
            if settings.smtp_user:
                _check_line(session)
                session.login(settings.smtp_user, settings.smtp_password)
        return session


class _Session(smtplib.SMTP):
    """smtplib's, over a connection that is cut off in time and may speak TLS from the start."""

    def __init__(self, settings: Settings, cord: "_Cord", tls: ssl.SSLContext | None) -> None:
        self._cord = cord
        self._tls = tls
        super().__init__(
            settings.smtp_host,
            settings.smtp_port,
            local_hostname=sender_of(settings.mail_from).domain,
            timeout=settings.delivery_deadline_s,
        )

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        """Where smtplib lets its own TLS class come in, too."""
        sock = socket.create_connection((host, port), timeout)
        try:
            self._cord.tie(sock)
            return self._tls.wrap_socket(sock, server_hostname=host) if self._tls else sock
        except BaseException:
            sock.close()
            raise


class _Cord:
    """Cuts a connection off when its time is up.

    smtplib's own limit is for each read, and a reply may have any number of them.
    """

    def __init__(self, seconds: float) -> None:
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True
        self._lock = threading.Lock()
        self._over = False
        self._line: socket.socket | None = None

    def __enter__(self) -> "_Cord":
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        with self._lock:
            if self._line is not None:
                self._line.close()
                self._line = None

    def tie(self, sock: socket.socket) -> None:
        """Cut this connection, too; raises TimeoutError when it is too late for it."""
        with self._lock:
            if self._over:
                raise TimeoutError
            # Another handle of the same connection: it outlives the change to TLS.
            self._line = sock.dup()

    def _cut(self) -> None:
        with self._lock:
            self._over = True
            if self._line is not None:
                with suppress(OSError):
                    self._line.shutdown(socket.SHUT_RDWR)


def _hand_over(session: smtplib.SMTP, message: EmailMessage) -> Answer:
    """MAIL, RCPT and DATA. A refusal of the sender is about us, and may be mended here."""
    try:
        session.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        [(code, _)] = error.recipients.values()
        return _refusal(code, error)
    except smtplib.SMTPDataError as error:
        return _refusal(error.smtp_code, error)
    except OSError as error:
        return _answer("unavailable", error)
    return Answer("sent")


def _refusal(code: int, error: Exception) -> Answer:
    if code == CLOSING:
        return _answer("unavailable", error, code)
    return _answer("refused" if code in PERMANENT else "deferred", error, code)


def _answer(outcome: Outcome, error: Exception, code: int | None = None) -> Answer:
    """Codes and types alone: what a server says may repeat the address."""
    given: Any = code if code is not None else getattr(error, "smtp_code", None)
    return Answer(outcome, given, type(error).__name__)


def _take_leave(session: smtplib.SMTP) -> None:
    """QUIT out of politeness: what becomes of it changes nothing."""
    if session.sock is not None:
        session.sock.settimeout(GOODBYE_S)
        with suppress(OSError):
            session.quit()


def _check_line(session: smtplib.SMTP) -> None:
    """A password goes over TLS, or stays on this machine."""
    sock = session.sock
    if isinstance(sock, ssl.SSLSocket):
        return
    if sock is None or not ip_address(sock.getpeername()[0]).is_loopback:
        raise smtplib.SMTPNotSupportedError("no login without TLS")


@contextlib.contextmanager
def _closed_on_failure(session: smtplib.SMTP) -> Iterator[None]:
    try:
        yield
    except BaseException:
        session.close()
        raise


def _default_tls() -> ssl.SSLContext:
    """Trust the system's authorities (an employer's own among them) and the public ones."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context
