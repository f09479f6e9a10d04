"""Work that time brings to several employers: none of them waits for another."""

import logging
from typing import Any

import pytest
from sqlalchemy import text

from app.ops.jobs import LOOK_AT, look_at_due
from tests.kit import FIVE, Employer, Service, event

AHEAD = "2026-03-03"


def waits_for_tomorrow(employer: Employer, number: str) -> None:
    """An employee whose fifth episode was reported ahead: time alone flags it."""
    days = [event(day, employee=number, id=f"{number}/{day}") for day in FIVE[:4]]
    ahead = {"employee": number, "id": f"{number}/{AHEAD}", "occurred_on": FIVE[-1]}
    employer.batch(*days, event(AHEAD, **ahead))
    assert employer.items("/v1/flags") == []


def due(employer: Employer) -> int:
    """How many of the employer's employees are still to be looked at on the day ahead."""
    count = text("SELECT count(*) FROM employees WHERE tenant_id = :tenant AND due_on <= :day")
    given = {"tenant": employer.tenant_id, "day": AHEAD}
    with employer.service.ctx.database.read() as conn:
        return int(conn.execute(count, given).scalar_one())


def settings_of(employer: Employer) -> str:
    stored = text("SELECT CAST(settings AS TEXT) FROM tenants WHERE tenant_id = :tenant")
    with employer.service.ctx.database.read() as conn:
        return str(conn.execute(stored, {"tenant": employer.tenant_id}).scalar_one())


def overwrite_settings(employer: Employer, settings: str) -> None:
    stored = text("UPDATE tenants SET settings = :settings WHERE tenant_id = :tenant")
    given: dict[str, Any] = {"settings": settings, "tenant": employer.tenant_id}
    with employer.service.ctx.database.write() as conn:
        conn.execute(stored, given)


@pytest.mark.parametrize("rubbish", ['{"release": "rubbish"}', '"rubbish"', "{}"])
def test_settings_that_cannot_be_read_keep_no_other_employer_waiting(
    service: Service, caplog: pytest.LogCaptureFixture, rubbish: str
) -> None:
    """Regression: one tenant whose settings could not be read ended the tick for all after it."""
    broken, well = service.employer(), service.employer()
    for employer in (broken, well):
        waits_for_tomorrow(employer, "1001")
    before = settings_of(broken)
    overwrite_settings(broken, rubbish)
    service.set_day(AHEAD)
    with caplog.at_level(logging.ERROR, "app.ops"):
        assert service.tick() == 1
    assert [flag["on"] for flag in well.items("/v1/flags")] == [AHEAD]
    [said] = [record for record in caplog.records if record.message == "tenant_not_looked_at"]
    assert vars(said)["ids"] == {"tenant": broken.tenant_id}
    assert broken.messages() == []

    # It is left for the next tick, and lost nothing.
    overwrite_settings(broken, before)
    assert service.tick() == 1
    assert [flag["on"] for flag in broken.items("/v1/flags")] == [AHEAD]


def test_employers_take_turns_some_employees_each(service: Service) -> None:
    """Regression: an employer with many due employees kept the next one waiting for them all."""
    large, small = service.employer(), service.employer()
    many = [
        event(AHEAD, employee=f"{n}", id=f"{n}", occurred_on=FIVE[-1]) for n in range(LOOK_AT + 1)
    ]
    large.batch(*many)
    waits_for_tomorrow(small, "1001")
    service.set_day(AHEAD)
    rounds: list[tuple[int, int]] = []
    looked = look_at_due(service.ctx, lambda: rounds.append((due(large), due(small))))
    assert looked == LOOK_AT + 2
    assert rounds[:2] == [(1, 0), (0, 0)]
    assert [flag["on"] for flag in small.items("/v1/flags")] == [AHEAD]
