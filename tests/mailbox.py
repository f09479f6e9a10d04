"""A real mail server on the loopback interface that keeps what it gets, or misbehaves as told.

with Mailbox() as mailbox:
    mailbox.script(BUSY, None)         # what becomes of the next two mails; then all is well
    service.mail(mailbox)              # let something send to mailbox.port
    [mail] = mailbox.mails
    mail.subject, mail.text
"""

import asyncio
import contextlib
import email
import email.policy
import logging
import ssl
import threading
from collections import deque
from collections.abc import Coroutine
from dataclasses import dataclass
from email.message import EmailMessage
from functools import cached_property
from typing import Any, Literal, Self

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

HOST = "127.0.0.1"
# What it logs is about its mails, which is not what the service logs about them.
logging.getLogger("mail").setLevel(logging.CRITICAL)


@dataclass(frozen=True)
class Caught:
    """A mail as it came in: its envelope and its very bytes."""

    sender: str
    to: tuple[str, ...]
    raw: bytes

    @cached_property
    def message(self) -> EmailMessage:
        """The mail as another mail program reads it."""
        return email.message_from_bytes(self.raw, policy=email.policy.default)

    @property
    def subject(self) -> str:
        """Its subject, in plain words."""
        return str(self.message["Subject"])

    @property
    def text(self) -> str:
        """Its body, in plain words."""
        return str(self.message.get_content()).replace("\r\n", "\n")

    @property
    def everything(self) -> str:
        """All there is to read in it, as it came and as it is meant: for what must not be in it."""
        headers = "\n".join(f"{name}: {value}" for name, value in self.message.items())
        return "\n".join([self.raw.decode("ascii"), headers, self.text, *self.to, self.sender])


@dataclass(frozen=True)
class Trouble:
    """What goes wrong with one mail, at which command. `kept`: the mail came in all the same."""

    stage: Literal["MAIL", "RCPT", "DATA"]
    reply: str = ""
    then: Literal["answer", "drop", "hang"] = "answer"
    kept: bool = False


SENDER_REFUSED = Trouble("MAIL", "550 5.7.1 Not from you")
NOBODY_THERE = Trouble("RCPT", "550 5.1.1 No such user")
BUSY = Trouble("RCPT", "451 4.3.0 Try again later")
GOING_DOWN = Trouble("RCPT", "421 4.3.2 Service shutting down")
NOT_TAKEN = Trouble("DATA", "554 5.6.0 Not wanted here")
HANG = Trouble("DATA", then="hang")
DROP = Trouble("DATA", then="drop")
ANSWER_LOST = Trouble("DATA", then="drop", kept=True)


class Mailbox:
    """Listens while it is entered, on a free port unless one is given.

    `tls` (a server's context) is offered by STARTTLS, or spoken from the start if `implicit`.
    With a `login` it takes mail from that user alone.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        tls: ssl.SSLContext | None = None,
        implicit: bool = False,
        login: tuple[str, str] | None = None,
    ) -> None:
        self.port = port
        self.mails: list[Caught] = []
        self.attempts = 0
        self.logins: list[tuple[str, str, bool]] = []
        self._tls = tls
        self._implicit = implicit
        self._login = login
        self._script: deque[Trouble | None] = deque()
        self._transports: list[asyncio.BaseTransport] = []
        self._came = threading.Condition()

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True, name="mailbox")
        self._thread.start()
        self._await(self._listen())
        return self

    def __exit__(self, *_: object) -> None:
        self._await(self._shut())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=10)
        self._loop.close()

    @property
    def settings(self) -> dict[str, Any]:
        """The settings of a service that sends here in the plain."""
        return {"smtp_host": HOST, "smtp_port": self.port, "smtp_security": "none"}

    def script(self, *troubles: Trouble | None) -> None:
        """What becomes of the next mails, one each; None: nothing unusual."""
        self._script.extend(troubles)

    def wait_for(self, count: int, timeout_s: float = 10.0) -> list[Caught]:
        """The mails, once there are so many; AssertionError when they stay out."""
        with self._came:
            enough = self._came.wait_for(lambda: len(self.mails) >= count, timeout_s)
        assert enough, f"{len(self.mails)} of {count} mails came"
        return list(self.mails)

    def take(self) -> list[Caught]:
        """The mails that came in since the last time."""
        with self._came:
            taken, self.mails = self.mails, []
        return taken

    def _await(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=10)

    async def _listen(self) -> None:
        context = self._tls if self._implicit else None
        self._server = await self._loop.create_server(self._protocol, HOST, self.port, ssl=context)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _shut(self) -> None:
        self._server.close()
        for transport in self._transports:
            if isinstance(transport, asyncio.Transport):
                # Early 3.11: a TLS transport that is closed already has nothing left to abort.
                with contextlib.suppress(AttributeError):
                    transport.abort()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await asyncio.sleep(0)

    def _protocol(self) -> SMTP:
        offered = None if self._implicit else self._tls
        made = _Protocol(
            self,
            tls_context=offered,
            auth_require_tls=False,
            authenticator=self._authenticate,
            loop=self._loop,
        )
        # As an argument it warns that a login in the plain is no good idea.
        made._auth_required = self._login is not None
        return made

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        assert server.transport is not None
        given = (data.login.decode(), data.password.decode())
        self.logins.append((*given, server.transport.get_extra_info("cipher") is not None))
        return AuthResult(success=given == self._login, handled=False)

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.attempts += 1
        trouble = self._script.popleft() if self._script else None
        session.trouble = trouble  # type: ignore[attr-defined]
        envelope.mail_from = address
        return await self._reply("MAIL", server, trouble)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return await self._reply("RCPT", server, session.trouble)  # type: ignore[attr-defined]

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        trouble = session.trouble  # type: ignore[attr-defined]
        if trouble is None or trouble.kept:
            raw = envelope.original_content
            assert raw is not None
            assert envelope.mail_from is not None
            with self._came:
                self.mails.append(Caught(envelope.mail_from, tuple(envelope.rcpt_tos), raw))
                self._came.notify_all()
        return await self._reply("DATA", server, trouble)

    async def _reply(self, stage: str, server: SMTP, trouble: Trouble | None) -> str:
        if trouble is None or trouble.stage != stage:
            return "250 OK"
        if trouble.then == "hang":
            await asyncio.sleep(3600)
        if trouble.then == "drop":
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        return trouble.reply


class _Protocol(SMTP):
    """aiosmtpd's, known to the mailbox by its connection."""

    def __init__(self, mailbox: Mailbox, **options: Any) -> None:
        super().__init__(mailbox, **options)
        self._mailbox = mailbox

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the connection, so that leaving the mailbox ends it."""
        self._mailbox._transports.append(transport)
        super().connection_made(transport)
