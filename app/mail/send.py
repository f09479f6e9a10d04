"""Sending mails: claim one with a lease, hand it over with no transaction open, note how it went.

At least once, as webhooks: a process that dies between the server's answer and the note leaves a
lease that runs out, and the mail goes out again under the same Message-ID.
"""

import logging
import random
import ssl
import threading
from datetime import datetime, timedelta
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from typing import Any

from sqlalchemy.engine import Connection, Row

from app.access.settings import MailSettings
from app.access.store import tenant_settings
from app.core.clock import Clock
from app.core.crypt import KeyRing
from app.core.db import Database
from app.core.errors import Unavailable
from app.core.ids import new_id
from app.core.settings import Settings
from app.delivery.backoff import next_attempt
from app.delivery.send import LEASE_MARGIN_S, PAUSE_S
from app.mail.compose import compose, reference, sender_of
from app.mail.smtp import Answer, MailServer
from app.mail.store import add_mail, anything_due, drop_older, due_heads, joined, lease, settle
from app.mail.tell import HR
from app.mail.words import Language, say
from app.people.store import mail_address

TOO_OLD = timedelta(days=30)
"""What could not be sent in so long is dropped; until then all that waits becomes one mail."""

CANDIDATES = 5
_jitter = random.SystemRandom()
log = logging.getLogger("app.mail")


class MailSender:
    """Sends what is due, one after the other; nothing without a mail server in the settings.

    When the server is away, all mails are left alone for a while: it is the same for all.
    """

    def __init__(
        self,
        settings: Settings,
        database: Database,
        clock: Clock,
        keys: KeyRing,
        *,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._settings = settings
        self._database = database
        self._clock = clock
        self._keys = keys
        self._server = MailServer(settings, tls=tls)
        self._stopping = threading.Event()
        self._not_before: datetime | None = None

    def stop(self) -> None:
        """Claim no more; a mail that is under way is let go out."""
        self._stopping.set()

    def send_due(self) -> int:
        """Send what is due; answers how many attempts were made. Raises Unavailable."""
        self._drop_old()
        made = 0
        while self._may_send() and (mail := self._claim()) is not None:
            self._record(mail, self._attempt(mail))
            made += 1
        return made

    def _may_send(self) -> bool:
        held = self._not_before is not None and self._clock.now() < self._not_before
        return bool(self._settings.smtp_host) and not held and not self._stopping.is_set()

    def _drop_old(self) -> None:
        """Also without a mail server, so that nothing waits for one for ever."""
        now = self._clock.now()
        if not self._anything_due(now, slot_before=now - TOO_OLD):
            return
        with self._database.write() as conn:
            dropped = drop_older(conn, now - TOO_OLD, now)
        level = logging.WARNING if self._settings.smtp_host else logging.INFO
        log.log(level, "mails_expired", extra={"ids": {"count": dropped}})

    def _anything_due(self, now: datetime, *, slot_before: datetime | None = None) -> bool:
        """A look without a lock, so that idling keeps nobody waiting."""
        with self._database.read() as conn:
            return anything_due(conn, now, slot_before=slot_before)

    def _claim(self) -> Row[Any] | None:
        """A mail that nobody else is at, with all in it that waits for its recipient."""
        now = self._clock.now()
        if not self._anything_due(now):
            return None
        ticket = new_id("lse")
        until = now + timedelta(seconds=self._settings.delivery_deadline_s + LEASE_MARGIN_S)
        with self._database.write() as conn:
            for head in due_heads(conn, now, limit=CANDIDATES):
                if lease(conn, head.tenant_id, head.mail_id, by=ticket, now=now, until=until):
                    return joined(conn, head.tenant_id, head.mail_id, now)
        return None

    def _attempt(self, mail: Row[Any]) -> Answer:
        try:
            return self._send(mail)
        except Unavailable:
            raise
        except Exception as error:
            # A key that is gone, settings that cannot be read: the others shall not wait for it.
            log.exception("mail_attempt_failed", extra={"ids": {"mail": mail.mail_id}})
            return Answer("deferred", error=type(error).__name__)

    def _send(self, mail: Row[Any]) -> Answer:
        with self._database.read() as conn:
            stated = tenant_settings(conn, mail.tenant_id).mail
            to = self._address(conn, mail, stated)
        if to is None:
            return Answer("no_address")
        sender = sender_of(self._settings.mail_from)
        try:
            message = self._composed(mail, sender, to, stated.language)
        except (ValueError, IndexError, MessageError) as error:
            # No header can hold that address; trying again would not help.
            return Answer("refused", error=type(error).__name__)
        return self._server.send(message)

    def _composed(
        self, mail: Row[Any], sender: Address, to: str, language: Language
    ) -> EmailMessage:
        subject, text = say(
            language, waiting=mail.waiting, again=mail.again, link=self._settings.case_url
        )
        return compose(
            sender=sender,
            to=to,
            subject=subject,
            text=text,
            language=language,
            at=self._clock.now(),
            reference=reference(mail.tenant_id, mail.mail_id),
        )

    def _address(self, conn: Connection, mail: Row[Any], stated: MailSettings) -> str | None:
        """Looked up now, and nowhere kept; where there is none any more, it is HR's to know."""
        if mail.recipient == HR:
            return stated.hr_address
        found = mail_address(conn, self._keys, mail.tenant_id, mail.recipient)
        return found or stated.hr_address

    def _record(self, mail: Row[Any], answer: Answer) -> None:
        now = self._clock.now()
        next_at = self._next(mail, answer, now)
        if answer.outcome == "unavailable":
            latest = now + timedelta(seconds=PAUSE_S)
            self._not_before = min(next_at or latest, latest)
        state = "sent" if answer.outcome == "sent" else "pending" if next_at else "failed"
        with self._database.write() as conn:
            noted = settle(conn, mail, state=state, next_at=next_at)
            if noted and answer.outcome == "refused":
                _tell_hr_instead(conn, mail, now)
        ids = {
            "mail": mail.mail_id,
            "reference": reference(mail.tenant_id, mail.mail_id),
            "outcome": answer.outcome,
            "code": answer.code,
            "error": answer.error,
            "state": state if noted else "lost",
        }
        level = logging.INFO if state == "sent" else logging.WARNING
        log.log(level, "mail_attempted", extra={"ids": ids})

    def _next(self, mail: Row[Any], answer: Answer, now: datetime) -> datetime | None:
        """When to try again; None when it went out, or never will."""
        if answer.outcome not in ("deferred", "unavailable"):
            return None
        return next_attempt(
            self._settings.retry_schedule,
            mail.attempts + 1,
            now=now,
            spread=_jitter.uniform(-1, 1),
            retry_after=None,
        )


def _tell_hr_instead(conn: Connection, mail: Row[Any], now: datetime) -> None:
    """An address that is refused for good must not keep what waits from everybody."""
    if mail.recipient != HR and tenant_settings(conn, mail.tenant_id).mail.hr_address:
        add_mail(
            conn,
            mail.tenant_id,
            HR,
            slot=now,
            waiting=mail.waiting,
            again=mail.again,
            now=now,
        )
