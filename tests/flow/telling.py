"""What the stories about e-mail have in common: units with managers, and flags that wait."""

import io
import logging
from datetime import timedelta
from typing import Any

from sqlalchemy import text

from app.core.logs import JsonLines
from tests.kit import STOCKHOLM, Employer, Service, event

NORTH, SOUTH = "hemtjansten-norr", "hemtjansten-soder"
KIM, ROBIN = "kim.chef@kommun.example.se", "robin.chef@kommun.example.se"
HR = "hr@kommun.example.se"
BY_HAND: dict[str, Any] = {"release": "manual", "mail": {"hr_address": HR}}


def manager(email: str | None, number: str = "9001", **more: Any) -> dict[str, Any]:
    contact = {"contact": {"name": "Chef Chefsson", "email": email}} if email else {}
    return {"employee": number, "from": "2026-01-01"} | contact | more


def put_unit(employer: Employer, unit: str, *managers: dict[str, Any], **more: Any) -> None:
    employer.ok("PUT", "/v1/units", {"unit": unit, "managers": list(managers)} | more)


def put_member(employer: Employer, number: str, unit: str | None = NORTH) -> None:
    employer.ok("PUT", "/v1/employees", {"employee": number, "unit": unit})


def flag(employer: Employer, *numbers: str) -> None:
    """Five episodes of each, the last today, all in one transaction."""
    today = employer.service.clock.now().astimezone(STOCKHOLM).date()
    days = [(today - timedelta(days=40 * n)).isoformat() for n in range(4, -1, -1)]
    said = {"occurred_on": today.isoformat()}
    employer.batch(
        *(event(day, employee=n, id=f"{n}/{day}", **said) for n in numbers for day in days)
    )


def mails(service: Service, columns: str = "state") -> list[Any]:
    with service.ctx.database.read() as conn:
        rows = conn.execute(text(f"SELECT {columns} FROM mails ORDER BY mail_id"))
        return [row[0] if len(row) == 1 else tuple(row) for row in rows]


def numbers_in(mail: Any) -> list[str]:
    """The counts that a mail names."""
    first = mail.text.split("\n\n")[1]
    return [word.strip(".,") for word in first.split() if word.strip(".,").isdigit()]


class logged:  # noqa: N801 - reads as a word
    """What the mail sender logs meanwhile, as it stands in the log."""

    def __enter__(self) -> io.StringIO:
        self._lines = io.StringIO()
        self._handler = logging.StreamHandler(self._lines)
        self._handler.setFormatter(JsonLines())
        self._log = logging.getLogger("app.mail")
        self._log.addHandler(self._handler)
        self._log.setLevel(logging.DEBUG)
        return self._lines

    def __exit__(self, *_: object) -> None:
        self._log.removeHandler(self._handler)
        self._log.setLevel(logging.NOTSET)
