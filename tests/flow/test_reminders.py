"""Reminders of what waits for a decision: in working days, one at a time, and no longer than so."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from app.casebook import tenant_today
from app.mail.waiting import remind
from app.ops.jobs import remind_of_flags
from tests.flow.telling import (
    BY_HAND,
    HR,
    KIM,
    NORTH,
    ROBIN,
    flag,
    manager,
    numbers_in,
    put_member,
    put_unit,
)
from tests.kit import FIVE, Employer, Service, at, event
from tests.mailbox import Mailbox

TODAY = FIVE[-1]


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with Mailbox() as listening:
        yield listening


def days(
    service: Service, mailbox: Mailbox, first: str, count: int, subject: str = ""
) -> list[str]:
    """On which of the days mails come in that begin with the subject; from midnight to noon."""
    told = []
    for ahead in range(count):
        noon = at(first) + timedelta(days=ahead)
        for hour in (0, 12):
            service.clock.set(noon.replace(hour=hour))
            service.tick()
            service.mail(mailbox)
            came = [mail for mail in mailbox.take() if mail.subject.startswith(subject)]
            told += [noon.date().isoformat()] * len(came)
    return told


def decide(employer: Employer, verb: str, body: dict[str, Any]) -> None:
    [waiting] = employer.items("/v1/flags?state=open")
    employer.ok("POST", f"/v1/flags/{waiting['id']}/{verb}", body)


class TestReminders:
    def test_come_every_so_many_working_days(self, service: Service, mailbox: Mailbox):
        """From Monday, three working days on each time; a weekend has none."""
        flag(service.employer(**BY_HAND), "1001")
        told = days(service, mailbox, TODAY, 12)
        assert told == [TODAY, "2026-03-05", "2026-03-10", "2026-03-13"]

    @pytest.mark.parametrize(
        ("verb", "body", "late"),
        [
            ("dismiss", {"decided_by": "HR 7", "reason": "no_need"}, []),
            ("object", {"decided_by": "HR 7"}, []),
            ("release", {"released_by": "HR 7", "employee_informed_on": TODAY}, ["2026-03-06"]),
        ],
    )
    def test_end_with_a_decision(
        self, service: Service, mailbox: Mailbox, verb: str, body: dict[str, Any], late: list[str]
    ):
        employer = service.employer(**BY_HAND)
        flag(employer, "1001")
        service.mail(mailbox)
        mailbox.take()
        decide(employer, verb, body)
        # What is released has deadlines of its own, and passing one is told once.
        assert days(service, mailbox, TODAY, 15, "Påminnelse") == late
        with service.ctx.database.read() as conn:
            assert conn.scalars(text("SELECT remind_on FROM flags")).all() == [None]

    def test_end_with_the_cause(self, service: Service, mailbox: Mailbox):
        employer = service.employer(**BY_HAND)
        flag(employer, "1001")
        service.mail(mailbox)
        mailbox.take()
        cancelled = {"type": "absence.cancelled", "first_day": ..., "last_day": ..., "id": "c"}
        employer.post(event(TODAY, **cancelled))
        assert [one["state"] for one in employer.items("/v1/flags")] == ["withdrawn"]
        assert days(service, mailbox, TODAY, 10) == []

    def test_of_a_notice_end_when_it_is_handled(self, service: Service, mailbox: Mailbox):
        employer = service.employer(preset="early-3-183", mail={"hr_address": HR})
        flag(employer, "1001")
        assert days(service, mailbox, TODAY, 5) == [TODAY, "2026-03-05"]
        handled = {"decided_by": "Chef 3", "handled_on": TODAY, "outcome": "talk_held"}
        decide(employer, "handle", handled)
        assert days(service, mailbox, "2026-03-07", 7) == []

    def test_wait_as_long_as_the_employer_says(self, service: Service, mailbox: Mailbox):
        employer = service.employer(release="manual", mail={"hr_address": HR, "remind_days": 1})
        flag(employer, "1001")
        assert days(service, mailbox, TODAY, 8) == [
            TODAY,
            *(f"2026-03-0{n}" for n in (3, 4, 5, 6, 9)),
        ]

    def test_leave_out_holidays_with_their_eves(self, service: Service, mailbox: Mailbox):
        """2026: Midsummer Eve is Friday 19 June, and the day itself a Saturday."""
        service.set_day("2026-06-17")
        flag(service.employer(**BY_HAND), "1001")
        told = days(service, mailbox, "2026-06-17", 10)
        assert told == ["2026-06-17", "2026-06-23", "2026-06-26"]

    def test_leave_out_the_employers_own_holidays(self, service: Service, mailbox: Mailbox):
        policy = {"holidays": ["2026-03-03", "2026-03-06"]}
        flag(service.employer(**BY_HAND, policy=policy), "1001")
        assert days(service, mailbox, TODAY, 10) == [TODAY, "2026-03-09"]

    def test_stand_still_while_the_unit_is_closed(self, service: Service, mailbox: Mailbox):
        employer = service.employer(**BY_HAND)
        closed = [{"first_day": "2026-03-04", "last_day": "2026-03-15"}]
        put_unit(employer, NORTH, manager(KIM), closures=closed)
        put_member(employer, "1001")
        flag(employer, "1001")
        assert days(service, mailbox, TODAY, 17) == [TODAY, "2026-03-17"]

    def test_stand_still_also_in_a_closure_that_becomes_known_late(
        self, service: Service, mailbox: Mailbox
    ):
        employer = service.employer(**BY_HAND)
        put_unit(employer, NORTH, manager(KIM))
        put_member(employer, "1001")
        flag(employer, "1001")
        assert days(service, mailbox, TODAY, 1) == [TODAY]
        closed = [{"first_day": "2026-03-04", "last_day": "2026-03-15"}]
        put_unit(employer, NORTH, manager(KIM), closures=closed)
        assert days(service, mailbox, "2026-03-03", 14) == ["2026-03-16"]

    def test_after_a_week_without_a_process_are_one(self, service: Service, mailbox: Mailbox):
        flag(service.employer(**BY_HAND), "1001")
        service.mail(mailbox)
        mailbox.take()
        service.set_day("2026-03-18")
        service.tick()
        assert service.mail(mailbox) == 1
        [mail] = mailbox.take()
        assert (mail.subject, numbers_in(mail)) == (
            "Påminnelse: något väntar på dig i Omtanke",
            [],
        )
        assert days(service, mailbox, "2026-03-18", 6) == ["2026-03-23"]

    def test_that_fall_due_in_a_weekend_after_one_wait_for_monday(
        self, service: Service, mailbox: Mailbox
    ):
        flag(service.employer(**BY_HAND), "1001")
        service.mail(mailbox)
        mailbox.take()
        assert days(service, mailbox, "2026-03-07", 4) == ["2026-03-09"]

    def test_come_in_the_morning_and_not_at_midnight(self, service: Service, mailbox: Mailbox):
        flag(service.employer(**BY_HAND), "1001")
        service.mail(mailbox)
        mailbox.take()
        service.clock.set(at("2026-03-05", 0))
        service.tick()
        assert service.mail(mailbox) == 0
        service.clock.set(at("2026-03-05", 7))
        assert service.mail(mailbox) == 1

    def test_are_gathered_with_what_is_new(self, service: Service, mailbox: Mailbox):
        employer = service.employer(release="manual", mail={"hr_address": HR, "digest": "daily"})
        flag(employer, "1001", "1002")
        service.clock.set(at("2026-03-03", 7))
        service.mail(mailbox)
        service.set_day("2026-03-05")
        flag(employer, "1003")
        service.clock.set(at("2026-03-06", 0))
        service.tick()
        service.clock.set(at("2026-03-06", 7))
        service.mail(mailbox)
        first, second = mailbox.mails
        assert (numbers_in(first), numbers_in(second)) == (["2"], ["3", "2"])
        assert second.subject == "Något väntar på dig i Omtanke"

    def test_count_nothing_twice_in_a_weekly_mail(self, service: Service, mailbox: Mailbox):
        """Told on Monday, reminded the Monday after: not also for the days in between."""
        mail = {"hr_address": HR, "digest": "weekly", "remind_days": 1}
        flag(service.employer(release="manual", mail=mail), "1001")
        for ahead in range(22):
            service.clock.set(at(TODAY, 8) + timedelta(days=ahead))
            service.tick()
            service.mail(mailbox)
        told = [
            (m.message["Date"].datetime.date().isoformat(), numbers_in(m)) for m in mailbox.mails
        ]
        assert told == [("2026-03-09", []), ("2026-03-16", []), ("2026-03-23", [])]

    def test_go_to_whoever_leads_by_then(self, service: Service, mailbox: Mailbox):
        employer = service.employer(**BY_HAND)
        put_unit(employer, NORTH, manager(KIM), manager(ROBIN, "9002", **{"from": "2026-03-04"}))
        put_member(employer, "1001")
        flag(employer, "1001")
        service.mail(mailbox)
        service.set_day("2026-03-05")
        service.tick()
        service.mail(mailbox)
        assert [mail.to[0] for mail in mailbox.mails] == [KIM, ROBIN]

    def test_reach_flags_from_before_there_were_any(self, service: Service, mailbox: Mailbox):
        """As an upgrade leaves them: open, and never told of."""
        employer = service.employer(release="manual")
        flag(employer, "1001")
        with service.ctx.database.write() as conn:
            conn.execute(text("UPDATE flags SET remind_on = NULL"))
        employer.ok("PATCH", "/v1/tenant", {"mail": {"hr_address": HR}})
        assert days(service, mailbox, "2026-03-03", 4) == ["2026-03-03", "2026-03-06"]

    def test_of_one_employer_that_cannot_be_read_keep_no_other_waiting(
        self, service: Service, mailbox: Mailbox
    ):
        broken, well = service.employer(**BY_HAND), service.employer(**BY_HAND)
        for employer in (broken, well):
            flag(employer, "1001")
        service.mail(mailbox)
        mailbox.take()
        with service.ctx.database.write() as conn:
            conn.execute(
                text("UPDATE tenants SET settings = :rubbish WHERE tenant_id = :tenant"),
                {"rubbish": '{"release": "rubbish"}', "tenant": broken.tenant_id},
            )
        service.set_day("2026-03-05")
        service.tick()
        assert service.mail(mailbox) == 1

    def test_come_once_though_two_processes_look_at_the_same_moment(
        self, service: Service, mailbox: Mailbox
    ):
        employer = service.employer(**BY_HAND)
        flag(employer, "1001", "1002", "1003")
        service.mail(mailbox)
        mailbox.take()
        service.set_day("2026-03-05")
        database = service.ctx.database
        with ThreadPoolExecutor(1) as pool:
            with database.write() as conn:
                tenant = tenant_today(conn, employer.tenant_id, service.clock.now())
                assert remind(conn, tenant, limit=100) == 3
                other = pool.submit(remind_of_flags, service.ctx)
                if not database.on_sqlite:  # where the other one waits for its turn
                    assert other.result(timeout=30) == 0
            assert other.result(timeout=30) == 0
        service.mail(mailbox)
        [mail] = mailbox.take()
        assert numbers_in(mail) == ["3"]
