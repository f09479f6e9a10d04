"""Sending: claim what is due with a lease, post with no transaction open, record the attempt.

At least once: a process that dies between the receiver's answer and the record leaves a lease
that runs out, and the same bytes go out again under the same message id.
"""

import logging
import random
import threading
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.engine import Row

from app.core.clock import Clock
from app.core.crypt import CannotDecrypt, KeyRing
from app.core.db import Database
from app.core.errors import Unavailable
from app.core.ids import new_id
from app.core.settings import Settings
from app.delivery.backoff import next_attempt, parse_retry_after
from app.delivery.post import Answer, Poster
from app.delivery.sign import decode_secret, signature_headers
from app.delivery.store import (
    Lane,
    due_deliveries,
    hold_lane,
    lease,
    leased,
    note_attempt,
    settle,
)

LEASE_MARGIN_S = 30
PAUSE_S = 60
IDLE_S = 0.5
_jitter = random.SystemRandom()
log = logging.getLogger("app.delivery")


def secret_place(tenant_id: str, endpoint_id: str) -> str:
    """Where an endpoint's secret stands, for its encryption."""
    return f"{tenant_id}/webhook_endpoints/secret/{endpoint_id}"


class Sender:
    """Delivers what is due, a few at a time, at most one at a time in each lane.

    One at a time keeps the messages of a lane in order as long as its endpoint answers. One that
    fails is left alone for a while, so that slow receivers do not hold every thread for ever. An
    endpoint has two lanes, so that what the employer knows of never waits for what it does not.
    """

    def __init__(self, settings: Settings, database: Database, clock: Clock, keys: KeyRing) -> None:
        self._settings = settings
        self._database = database
        self._clock = clock
        self._keys = keys
        self._poster = Poster(settings.private_targets)
        self._pool = ThreadPoolExecutor(settings.delivery_threads, thread_name_prefix="delivery")
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._busy: set[Lane] = set()
        self._under_way: set[Future[None]] = set()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="sender", daemon=True)

    def start(self) -> None:
        """Begin to deliver."""
        self._thread.start()

    def wake(self) -> None:
        """Something may have become due."""
        self._wake.set()

    def drain(self) -> None:
        """Wait until every attempt under way has ended."""
        wait(list(self._under_way))

    def close(self) -> None:
        """Claim no more, let what is under way end, and stop."""
        self._stopping.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()
        self._pool.shutdown()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            try:
                sent = self.start_due()
            except Unavailable:
                log.warning("delivery_waits_for_database")
                sent = 0
            except Exception:
                log.exception("delivery_round_failed")
                sent = 0
            if not sent:
                self._wake.wait(IDLE_S)

    def start_due(self) -> int:
        """Claim what is due and hand it to the threads; answers how many."""
        claimed = self._claim()
        for delivery in claimed:
            attempt = self._pool.submit(self._deliver, delivery)
            self._under_way.add(attempt)
            attempt.add_done_callback(self._under_way.discard)
        return len(claimed)

    def _claim(self) -> list[Row[Any]]:
        """At most as many as there are free threads, one for each lane that is not busy."""
        now = self._clock.now()
        with self._lock:
            busy = frozenset(self._busy)
        free = self._settings.delivery_threads - len(busy)
        if free <= 0 or not self._anything_due(now, busy):
            return []
        ticket = new_id("lse")
        until = now + timedelta(seconds=self._settings.delivery_deadline_s + LEASE_MARGIN_S)
        with self._database.write() as conn:
            claimed = [
                leased(conn, row.tenant_id, row.delivery_id)
                for row in due_deliveries(conn, now, limit=free, busy=busy)
                if lease(conn, row.tenant_id, row.delivery_id, by=ticket, now=now, until=until)
            ]
        with self._lock:
            self._busy |= {_lane(row) for row in claimed}
        return claimed

    def _anything_due(self, now: datetime, busy: frozenset[Lane]) -> bool:
        """A look without a lock, so that idling keeps nobody waiting."""
        with self._database.read() as conn:
            return bool(due_deliveries(conn, now, limit=1, busy=busy))

    def _deliver(self, delivery: Row[Any]) -> None:
        try:
            self._record(delivery, self._post(delivery))
        except Exception:
            # The lease runs out and another attempt is made; nothing is lost.
            log.exception("delivery_attempt_failed", extra={"ids": _ids(delivery)})
        finally:
            with self._lock:
                self._busy.discard(_lane(delivery))
            self._wake.set()

    def _post(self, delivery: Row[Any]) -> Answer:
        try:
            place = secret_place(delivery.tenant_id, delivery.endpoint_id)
            secret = decode_secret(self._keys.decrypt(delivery.secret, place).decode())
        except CannotDecrypt:
            log.exception("endpoint_secret_unreadable", extra={"ids": _ids(delivery)})
            return Answer(None, "connection_failed", None, 0)
        headers = signature_headers(
            [secret], delivery.message_id, at=self._clock.now(), body=delivery.body
        )
        return self._poster.post(
            delivery.url, headers, delivery.body, deadline_s=self._settings.delivery_deadline_s
        )

    def _record(self, delivery: Row[Any], answer: Answer) -> None:
        now = self._clock.now()
        delivered = answer.outcome == "delivered"
        next_at = None if delivered else self._next(delivery, answer, now)
        state = "delivered" if delivered else "pending" if next_at else "failed"
        held = None if delivered else now + timedelta(seconds=self._pause(next_at, now))
        with self._database.write() as conn:
            # The endpoint first, as everywhere: who deletes it takes it first, too.
            hold_lane(conn, delivery, held)
            if not settle(conn, delivery, state=state, next_at=next_at):
                return
            note_attempt(
                conn,
                {
                    "tenant_id": delivery.tenant_id,
                    "delivery_id": delivery.delivery_id,
                    "number": delivery.attempts + 1,
                    "at": now,
                    "duration_ms": answer.duration_ms,
                    "status": answer.status,
                    "outcome": answer.outcome,
                    "next_at": next_at,
                },
            )
        log.info(
            "delivery_attempted",
            extra={"ids": _ids(delivery) | {"outcome": answer.outcome, "status": answer.status}},
        )

    def _pause(self, next_at: datetime | None, now: datetime) -> float:
        """Seconds that a lane is left alone after a failure: as long as the delivery, but
        never so long that the others pay for it."""
        wait = (next_at - now).total_seconds() if next_at else PAUSE_S
        return min(wait, PAUSE_S)

    def _next(self, delivery: Row[Any], answer: Answer, now: datetime) -> datetime | None:
        return next_attempt(
            self._settings.retry_schedule,
            delivery.attempts + 1,
            now=now,
            spread=_jitter.uniform(-1, 1),
            retry_after=parse_retry_after(answer.retry_after, now),
        )


def _lane(delivery: Row[Any]) -> Lane:
    return delivery.endpoint_id, delivery.unseen


def _ids(delivery: Row[Any]) -> dict[str, Any]:
    return {"delivery": delivery.delivery_id, "message": delivery.message_id}
