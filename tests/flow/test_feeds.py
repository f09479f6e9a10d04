"""Feeds: a source that falls silent is told of once, to the employer, and once when it is back."""

import io
import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event as listened
from sqlalchemy import select

from app.absences.holidays import swedish_holidays
from app.absences.workdays import Workdays
from app.delivery.tables import Message
from app.feeds.tables import Feed
from app.ops.imports import Task, import_file
from tests.kit import Employer, Service, event
from tests.receiver import Receiver

LONG_AGO = "2025-01-07"
WORKDAYS = Workdays(swedish_holidays())


def workdays(first: str, last: str) -> Iterator[date]:
    for day in range(date.fromisoformat(first).toordinal(), date.fromisoformat(last).toordinal()):
        if WORKDAYS.is_one(day):
            yield date.fromordinal(day)


def hear(employer: Employer, day: date | str, **more: Any) -> None:
    """Something of the source arrives at noon of that day; it is about a day long ago."""
    employer.service.set_day(day)
    employer.post(event(LONG_AGO, **more))


def hear_daily(employer: Employer, first: str, last: str, **more: Any) -> None:
    """Every working day from the first to the day before the last, and time goes its way."""
    for day in workdays(first, last):
        hear(employer, day, **more)
        employer.service.tick()


def live(employer: Employer, first: str, last: str) -> None:
    """Days on which nothing comes."""
    day = date.fromisoformat(first)
    while day <= date.fromisoformat(last):
        employer.service.set_day(day)
        employer.service.tick()
        day += timedelta(days=1)


def told(employer: Employer) -> list[tuple[str, str, str]]:
    """Source, state and the day it was last heard, of every message there is."""
    with employer.service.ctx.database.read() as conn:
        found = conn.execute(
            select(Message.type, Message.data, Message.provider_id)
            .where(Message.tenant_id == employer.tenant_id)
            .order_by(Message.message_id)
        ).all()
    assert {(row.type, row.provider_id) for row in found} <= {("feed.silent", None)}
    return [(r.data["source"], r.data["state"], r.data["last_heard_at"][:10]) for r in found]


def feed(employer: Employer, source: str = "hr") -> Any:
    answer = employer.ok("GET", "/v1/data-quality")
    return next(one["feed"] for one in answer["sources"] if one["source"] == source)


@pytest.fixture
def employer(service: Service) -> Employer:
    return service.employer(preset=None)


class TestSilence:
    def test_is_told_once_and_its_end_once(self, employer: Employer):
        hear_daily(employer, "2026-03-02", "2026-03-14")
        live(employer, "2026-03-14", "2026-03-18")
        assert told(employer) == []
        assert feed(employer)["state"] == "heard"
        live(employer, "2026-03-19", "2026-03-31")
        assert told(employer) == [("hr", "silent", "2026-03-13")]
        assert feed(employer) == {
            "state": "silent",
            "first_heard_at": "2026-03-02T11:00:00Z",
            "last_heard_at": "2026-03-13T11:00:00Z",
            "usual_interval_workdays": 1,
            "silent_since": "2026-03-19",
        }
        hear(employer, "2026-04-01")
        assert feed(employer)["state"] == "heard"
        employer.service.tick()
        employer.service.tick()
        assert told(employer)[1:] == [("hr", "back", "2026-04-01")]
        assert feed(employer)["silent_since"] is None
        hear_daily(employer, "2026-04-02", "2026-04-30")
        assert len(told(employer)) == 2

    def test_goes_out_signed_to_the_employer_and_to_no_provider(self, employer: Employer):
        with Receiver() as own, Receiver() as theirs, Receiver() as others:
            secret = employer.endpoint(own.url)["secret"]
            employer.endpoint(theirs.url, provider_id=employer.provider())
            employer.endpoint(others.url, types=["flag.raised"])
            hear_daily(employer, "2026-03-02", "2026-03-10")
            live(employer, "2026-03-10", "2026-03-20")
            employer.service.deliver()
            [request] = own.wait_for(1)
            body = request.verify_at(employer.service.clock.now(), secret)
            assert (theirs.requests, others.requests) == ([], [])
        assert body["type"] == "feed.silent"
        assert body["data"] == {
            "source": "hr",
            "state": "silent",
            "last_heard_at": "2026-03-09T11:00:00Z",
            "usual_interval_workdays": 1,
            "link": "/v1/data-quality",
        }

    def test_is_told_though_nobody_ticked_for_weeks(self, employer: Employer):
        hear_daily(employer, "2026-03-02", "2026-03-14")
        live(employer, "2026-05-04", "2026-05-04")
        assert told(employer) == [("hr", "silent", "2026-03-13")]

    def test_that_was_over_before_anybody_looked_is_not_told(self, employer: Employer):
        hear_daily(employer, "2026-03-02", "2026-03-14")
        hear(employer, "2026-04-20")
        live(employer, "2026-04-20", "2026-04-22")
        assert told(employer) == []

    def test_that_ended_and_began_again_unwatched_is_told_of_both(self, employer: Employer):
        hear_daily(employer, "2026-03-02", "2026-03-14")
        live(employer, "2026-03-30", "2026-03-30")
        hear(employer, "2026-03-31")
        live(employer, "2026-06-01", "2026-06-01")
        states = [state for _, state, _ in told(employer)]
        assert states == ["silent", "back", "silent"]

    def test_is_each_sources_own(self, employer: Employer, service: Service):
        other = service.employer(preset=None)
        for day in workdays("2026-03-02", "2026-03-14"):
            hear(employer, day)
            hear(employer, day, source="payroll")
            hear(other, day)
        for day in workdays("2026-03-14", "2026-03-28"):
            hear(employer, day, source="payroll")
            hear(other, day)
            service.tick()
        assert told(employer) == [("hr", "silent", "2026-03-13")]
        assert told(other) == []

    def test_over_christmas_is_none(self, employer: Employer):
        hear_daily(employer, "2025-12-01", "2025-12-24")
        live(employer, "2025-12-24", "2026-01-07")
        hear_daily(employer, "2026-01-07", "2026-01-15")
        assert told(employer) == []

    def test_while_every_unit_is_closed_is_none(self, employer: Employer):
        closed = [{"first_day": "2026-07-06", "last_day": "2026-08-02"}]
        units = [{"unit": name, "closures": closed} for name in ("north", "south")]
        employer.ok("PUT", "/v1/units", [*units, {"unit": "group", "parent": "north"}])
        hear_daily(employer, "2026-06-22", "2026-07-05")
        live(employer, "2026-07-06", "2026-08-03")
        assert told(employer) == []
        employer.ok("PUT", "/v1/units", {"unit": "open"})
        live(employer, "2026-08-04", "2026-08-04")
        assert told(employer) == [("hr", "silent", "2026-07-03")]


class TestHearing:
    def test_is_of_what_arrives_whatever_it_says(self, employer: Employer):
        """A repeat and a contradiction are heard as well; what is no event is nobody's."""
        hear(employer, "2026-03-02", id="same")
        employer.service.set_day("2026-03-03")
        assert employer.batch(event(LONG_AGO, id="same", extent=99))[0]["status"] == "conflict"
        assert feed(employer)["last_heard_at"] == "2026-03-03T11:00:00Z"
        employer.batch(event(LONG_AGO, id="bad", extent=0, source="other"))
        sources = employer.ok("GET", "/v1/data-quality")["sources"]
        assert [one["source"] for one in sources] == ["hr"]

    def test_is_noted_for_the_local_day(self, employer: Employer, service: Service):
        """Half past eleven at night in Stockholm, and half an hour later: two days."""
        for moment in ("2026-03-02T22:59:59+00:00", "2026-03-02T23:00:01+00:00"):
            service.clock.set(datetime.fromisoformat(moment))
            employer.post(event(LONG_AGO))
        assert days_of(employer) == ["2026-03-02", "2026-03-03"]

    def test_costs_a_look_a_batch_and_no_write_most_of_the_time(
        self, employer: Employer, service: Service
    ):
        hear(employer, "2026-03-02")
        said: list[str] = []
        engine = service.ctx.database.engine

        def note(conn: Any, cursor: Any, statement: str, *_: Any) -> None:
            if "feeds" in statement:
                said.append(statement.split()[0])

        listened.listen(engine, "before_cursor_execute", note)
        employer.batch(*(event(LONG_AGO, employee=str(n)) for n in range(100)))
        assert set(said) == {"SELECT"}
        assert len(said) <= 100 // 10
        service.pass_time(15 * 60)
        employer.post(event(LONG_AGO))
        assert said[-3:] == ["SELECT", "SELECT", "UPDATE"]

    def test_is_forgotten_after_half_a_year(self, employer: Employer):
        hear_daily(employer, "2026-01-07", "2026-01-17")
        hear(employer, "2026-07-13")
        kept = [f"2026-01-{n}" for n in range(12, 17)]
        assert days_of(employer) == [*kept, "2026-07-13"]

    def test_is_of_files_by_the_day_they_came(self, employer: Employer, service: Service):
        """A history of years, loaded in one day, is one day on which it was heard."""
        lines = [event(f"20{year}-02-03", source="payroll") for year in range(20, 26)]
        file = io.BytesIO("\n".join(map(json.dumps, lines)).encode())
        history = Task("ndjson", history_through=date(2026, 3, 1))
        import_file(service.ctx, employer.tenant_id, file, history)
        assert days_of(employer) == ["2026-03-02"]
        assert feed(employer, "payroll")["state"] == "not_judged"


def days_of(employer: Employer) -> Any:
    with employer.service.ctx.database.read() as conn:
        return conn.scalar(select(Feed.days).where(Feed.tenant_id == employer.tenant_id))
