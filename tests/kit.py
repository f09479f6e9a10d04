"""The service as tests hold it: in this process, its clock set, its work done when asked.

Nothing of the service is replaced: HTTP goes through the real application and its writer thread,
deliveries go over real sockets to a real receiver (`tests.receiver`).
"""

import base64
import itertools
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
from sqlalchemy import text
from starlette.routing import BaseRoute
from starlette.testclient import TestClient

from app.access.settings import TenantSettings
from app.core.clock import SetClock
from app.core.settings import Settings
from app.delivery.send import Sender
from app.imports.run import work_on_imports
from app.mail.send import MailSender
from app.main import create_app
from app.ops.admin import create_key, create_tenant
from app.ops.jobs import (
    look_at_due,
    remind_of_flags,
    tell_of_overdue,
    tell_of_silent_feeds,
    tell_of_unit_signals,
)
from tests.mailbox import Mailbox

STOCKHOLM = ZoneInfo("Europe/Stockholm")
SECRET_KEYS = f"test1:{base64.b64encode(b'k' * 32).decode()}"
_numbers = itertools.count(1)


def settings_for(url: str, **more: Any) -> Settings:
    """Settings for tests: loopback may be called, a failed delivery is due again at once.

    Without the pages of documentation: the framework would remember each application by them.
    """
    given: dict[str, Any] = {
        "database_url": url,
        "secret_keys": SECRET_KEYS,
        "private_targets": "127.0.0.0/8",
        "retry_schedule": "1,1,1,1,1",
        "delivery_deadline_s": 5.0,
        "docs": False,
    }
    return Settings(**(given | more))


def at(day: str | date, hour: int = 12) -> datetime:
    """An hour of that day in Stockholm."""
    the_day = date.fromisoformat(day) if isinstance(day, str) else day
    return datetime.combine(the_day, time(hour), STOCKHOLM)


def event(day: str, **more: Any) -> dict[str, Any]:
    """A report of one sick day, said that morning; `more` overwrites or adds fields."""
    number = next(_numbers)
    said = {
        "id": f"e{number}",
        "source": "hr",
        "type": "absence.reported",
        "occurred_at": at(more.get("occurred_on", day), 7).isoformat(),
        "employee": "1001",
        "absence": f"a-{day}",
        "first_day": day,
        "last_day": day,
    }
    return {k: v for k, v in (said | more).items() if k != "occurred_on" and v is not ...}


FIVE = ("2025-09-01", "2025-10-06", "2025-11-17", "2026-01-12", "2026-03-02")
"""Five one-day episodes within twelve months, the last on Monday 2 March 2026."""


def five_until(today: date) -> list[str]:
    """Five days forty days apart, hence of five episodes within twelve months, today the last."""
    return [(today - timedelta(days=40 * n)).isoformat() for n in range(4, -1, -1)]


class Caller:
    """A client with a credential. Answers are httpx responses; `ok` gives the JSON of a 2xx."""

    def __init__(self, client: TestClient | httpx.Client, key: str) -> None:
        self._client: Any = client
        self.key = key

    def __call__(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.key}"} | more.pop("headers", {})
        if body is not None:
            more["json"] = body
        return self._client.request(method, path, headers=headers, **more)

    def ok(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        """The JSON of an answer that must be a 2xx."""
        answer = self(method, path, body, **more)
        assert 200 <= answer.status_code < 300, (answer.status_code, answer.text)
        return answer.json() if answer.content else None

    def refused(self, status: int, method: str, path: str, body: Any = None, **more: Any) -> Any:
        """The problem of an answer that must have that status."""
        answer = self(method, path, body, **more)
        assert answer.status_code == status, (answer.status_code, answer.text)
        assert answer.headers["content-type"] == "application/problem+json"
        return answer.json()

    def provider(self, **more: Any) -> str:
        """A provider; answers its id."""
        made = self.ok("POST", "/v1/providers", {"name": "FHV Exempel"} | more)
        return str(made["id"])

    def endpoint(self, url: str, **more: Any) -> dict[str, Any]:
        """A webhook endpoint, with its secret."""
        made: dict[str, Any] = self.ok("POST", "/v1/webhook-endpoints", {"url": url} | more)
        return made

    def post(self, *events: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Post events one at a time; the answers."""
        return [self.ok("POST", "/v1/events", one) for one in events]

    def batch(self, *events: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Post events all at once; a result for each."""
        answers: list[dict[str, Any]] = self.ok("POST", "/v1/events/batch", list(events))
        return answers

    def rule(self, document: Mapping[str, Any], live_from: str | None = None) -> str:
        """Store a rule and put it in force; answers its id."""
        made = self.ok("POST", "/v1/rules", document)
        more = {"live_from": live_from} if live_from else {}
        self.ok("POST", f"/v1/rules/{made['id']}/activate", {"version": 1} | more)
        return str(made["id"])

    def items(self, path: str) -> list[dict[str, Any]]:
        """Everything of a list, page by page."""
        found: list[dict[str, Any]] = []
        cursor: str | None = ""
        while cursor is not None:
            joiner = "&" if "?" in path else "?"
            page = self.ok("GET", f"{path}{joiner}limit=200&cursor={cursor}" if cursor else path)
            found += page["items"]
            cursor = page["next_cursor"]
        return found


class Employer(Caller):
    """A tenant by its admin key."""

    def __init__(self, service: "Service", tenant_id: str, key: str) -> None:
        super().__init__(service.client, key)
        self.service = service
        self.tenant_id = tenant_id

    def key_for(self, *scopes: str, provider: str | None = None) -> Caller:
        """Another credential of the tenant."""
        key = create_key(
            self.service.ctx, self.tenant_id, scopes, provider_id=provider, name="test"
        )
        return Caller(self.service.client, key)

    def messages(self) -> list[str]:
        """The types of all messages told so far, in order."""
        with self.service.ctx.database.read() as conn:
            rows = conn.execute(
                text("SELECT type FROM messages WHERE tenant_id = :t ORDER BY message_id"),
                {"t": self.tenant_id},
            )
            return [row.type for row in rows]


_worked_out: dict[bool, list[BaseRoute]] = {}
"""The routes of an application, with and without pages of documentation, for all that follow it.

They know neither settings nor database. Of each application the framework would work out anew, at
its first request, what each route takes: fifty times the work of a request.
"""


class Service:
    """The application with its lifespan running; no work goes on beside what a test asks for."""

    def __init__(self, settings: Settings, today: str = "2026-03-02") -> None:
        self.settings = settings
        self.clock = SetClock(at(today))
        self.app = create_app(settings, self.clock, background=False)
        self.app.router.routes = _worked_out.setdefault(settings.docs, self.app.router.routes)
        self.ctx = self.app.state.context
        self.client = TestClient(self.app, raise_server_exceptions=False)

    def __enter__(self) -> "Service":
        self.client.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self.client.__exit__(*error)

    def set_day(self, day: str | date) -> None:
        """Put the clock at noon of that day."""
        self.clock.set(at(day))

    def set_now(self) -> date:
        """Put the clock at this very moment, as peers see it; answers the date in Stockholm."""
        self.clock.set(datetime.now(UTC))
        return self.clock.now().astimezone(STOCKHOLM).date()

    def employer(
        self,
        release: str = "automatic",
        preset: str | None = "orust",
        live_from: str | None = None,
        **settings: Any,
    ) -> Employer:
        """A new tenant; `settings` as in the tenant's settings."""
        reference = "KS 2026/17" if release == "automatic" else None
        stated = TenantSettings.model_validate(
            {"release": release, "decision_reference": reference} | settings
        )
        since = date.fromisoformat(live_from) if live_from else None
        made = create_tenant(
            self.ctx, name="Testkommun", settings=stated, preset=preset, live_from=since
        )
        return Employer(self, *made)

    def tick(self) -> int:
        """Let time do its work; answers how many employees were looked at."""
        looked = look_at_due(self.ctx)
        remind_of_flags(self.ctx)
        tell_of_overdue(self.ctx)
        tell_of_silent_feeds(self.ctx)
        tell_of_unit_signals(self.ctx)
        return looked

    def take_in_files(self) -> int:
        """Work on the imports that wait, to their end; answers how many those were."""
        return work_on_imports(self.ctx)

    def deliver(self, rounds: int = 50) -> None:
        """Deliver until nothing is due at the clock's present time."""
        sender = Sender(self.ctx.settings, self.ctx.database, self.ctx.clock, self.ctx.keys)
        for _ in range(rounds):
            if not sender.start_due():
                break
            sender.drain()
        sender.close()

    def mail(self, mailbox: Mailbox | None = None) -> int:
        """Send the mails that are due, to that mailbox or by the settings; answers how many
        attempts were made."""
        settings = self.ctx.settings
        if mailbox is not None:
            settings = settings.model_copy(update=mailbox.settings)
        return MailSender(settings, self.ctx.database, self.ctx.clock, self.ctx.keys).send_due()

    def pass_time(self, seconds: float) -> None:
        """Move the clock on."""
        self.clock.set(self.clock.now() + timedelta(seconds=seconds))
