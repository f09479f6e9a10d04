"""Telling people by e-mail: that something waits, to whoever is there to see to it, and no more."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from app.ops.start import Background
from tests.flow.telling import (
    BY_HAND,
    HR,
    KIM,
    NORTH,
    ROBIN,
    SOUTH,
    flag,
    logged,
    mails,
    manager,
    numbers_in,
    put_member,
    put_unit,
)
from tests.kit import FIVE, Service, at, settings_for
from tests.mailbox import BUSY, NOBODY_THERE, SENDER_REFUSED, Mailbox


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with Mailbox() as listening:
        yield listening


class TestWhoIsTold:
    def test_whoever_leads_the_unit_that_day(self, service: Service, mailbox: Mailbox):
        employer = service.employer(**BY_HAND)
        put_unit(employer, NORTH, manager(KIM), manager(ROBIN, "9002", **{"from": "2026-03-03"}))
        put_member(employer, "1001")
        put_member(employer, "1002")
        flag(employer, "1001")
        assert service.mail(mailbox) == 1
        [mail] = mailbox.take()
        assert (mail.to, mail.sender) == ((KIM,), "omtanke@localhost")
        service.set_day("2026-03-03")
        flag(employer, "1002")
        service.mail(mailbox)
        assert [mail.to for mail in mailbox.mails] == [(ROBIN,)]

    def test_hr_where_the_manager_is_who_is_ill(self, service: Service, mailbox: Mailbox):
        employer = service.employer(**BY_HAND)
        put_unit(employer, NORTH, manager(KIM, "1001"), hr_fallback={"email": "norr@hr.example"})
        put_member(employer, "1001")
        flag(employer, "1001")
        service.mail(mailbox)
        assert [mail.to for mail in mailbox.mails] == [("norr@hr.example",)]

    @pytest.mark.parametrize("unit", [None, "unknown", "led by nobody", "led without address"])
    def test_the_employers_hr_where_there_is_nobody_else(
        self, service: Service, mailbox: Mailbox, unit: str | None
    ):
        employer = service.employer(**BY_HAND)
        put_unit(employer, "led by nobody")
        put_unit(employer, "led without address", manager(None))
        put_member(employer, "1001", unit)
        flag(employer, "1001")
        service.mail(mailbox)
        assert [mail.to for mail in mailbox.mails] == [(HR,)]

    def test_nobody_where_there_is_nobody_to_tell(self, service: Service, mailbox: Mailbox):
        employer = service.employer(release="manual")
        flag(employer, "1001")
        assert service.mail(mailbox) == 0
        assert (mailbox.mails, mails(service)) == ([], [])
        assert employer.messages() == ["flag.raised"]

    def test_hr_where_the_manager_has_left_meanwhile(self, service: Service, mailbox: Mailbox):
        employer = service.employer(**BY_HAND)
        put_unit(employer, NORTH, manager(KIM))
        put_member(employer, "1001")
        flag(employer, "1001")
        put_unit(employer, NORTH)
        service.mail(mailbox)
        assert [mail.to for mail in mailbox.mails] == [(HR,)]

    def test_the_address_of_the_moment_it_is_sent(self, service: Service, mailbox: Mailbox):
        employer = service.employer(**BY_HAND)
        put_unit(employer, NORTH, manager(KIM))
        put_member(employer, "1001")
        flag(employer, "1001")
        put_unit(employer, NORTH, manager(ROBIN))
        service.mail(mailbox)
        assert [mail.to for mail in mailbox.mails] == [(ROBIN,)]
        assert KIM not in repr(mails(service, "*"))
        assert ROBIN not in repr(mails(service, "*"))

    def test_who_leads_two_units_gets_one_mail_for_both(self, service: Service, mailbox: Mailbox):
        employer = service.employer(**BY_HAND)
        for unit, number in ((NORTH, "1001"), (SOUTH, "1002")):
            put_unit(employer, unit, manager(KIM))
            put_member(employer, number, unit)
        flag(employer, "1001", "1002")
        service.mail(mailbox)
        [mail] = mailbox.mails
        assert (mail.to, numbers_in(mail)) == ((KIM,), ["2"])


class TestWhatIsTold:
    def test_nothing_of_whom_or_what_or_where(self, service: Service, mailbox: Mailbox):
        employer = service.employer(**BY_HAND)
        people = ("30811", "30812", "30813")
        put_unit(employer, NORTH, manager(KIM, "9001"))
        for number in people:
            contact = {"name": "Lo Nilsson", "phone": "070-1740605", "email": "lo@privat.example"}
            known = {"unit": NORTH, "contact": contact, "sex": "female"}
            if number == people[0]:
                known["personal_number"] = "19121212-1212"
            employer.ok("PUT", "/v1/employees", {"employee": number} | known)
        flag(employer, *people)
        service.mail(mailbox)
        service.set_day("2026-03-09")
        service.tick()
        service.mail(mailbox)
        first, again = mailbox.mails
        for mail in (first, again):
            secret = [*people, "9001", NORTH, "Lo Nilsson", "Nilsson", "070-1740605", "Chefsson"]
            secret += ["lo@privat.example", "19121212", "121212", "1212", "Testkommun", "orust"]
            secret += ["female", *FIVE, *ids(service)]
            assert [word for word in secret if word.lower() in mail.everything.lower()] == []
            assert "http://localhost:8000/docs" in mail.text

    def test_how_many_things_at_most(self, service: Service, mailbox: Mailbox):
        employer = service.employer(**BY_HAND)
        flag(employer, "1001", "1002", "1003")
        service.mail(mailbox)
        [mail] = mailbox.mails
        assert numbers_in(mail) == ["3"]
        assert mail.subject == "Något väntar på dig i Omtanke"

    def test_in_english_where_that_is_wanted(self, service: Service, mailbox: Mailbox):
        employer = service.employer(release="manual", mail={"hr_address": HR, "language": "en"})
        flag(employer, "1001")
        service.mail(mailbox)
        [mail] = mailbox.mails
        assert mail.subject == "Something is waiting for you in Omtanke"
        assert mail.message["Content-Language"] == "en"

    def test_as_a_machine_says_it(self, service: Service, mailbox: Mailbox):
        flag(service.employer(**BY_HAND), "1001")
        service.mail(mailbox)
        [mail] = mailbox.mails
        assert mail.message["Auto-Submitted"] == "auto-generated"
        assert mail.message["Date"].datetime == service.clock.now()
        assert mail.message.get_content_type() == "text/plain"

    def test_nothing_of_an_address_in_the_log(self, service: Service, mailbox: Mailbox):
        employer = service.employer(**BY_HAND)
        put_unit(employer, NORTH, manager(KIM))
        put_member(employer, "1001")
        mailbox.script(BUSY, NOBODY_THERE, SENDER_REFUSED)
        with logged() as lines:
            flag(employer, "1001")
            for _ in range(4):
                service.mail(mailbox)
                service.pass_time(90)
        said = lines.getvalue()
        assert said.count("mail_attempted") == 4
        assert '"code": 451' in said
        assert [word for word in (KIM, HR, "kommun.example", "No such user") if word in said] == []


def ids(service: Service) -> set[str]:
    """Every id of the database."""
    queries = {
        "tenants": "tenant_id",
        "employees": "employee_id",
        "flags": "flag_id",
        "rules": "rule_id",
        "unit_managers": "manager_id",
        "mails": "mail_id",
        "units": "unit_id",
    }
    with service.ctx.database.read() as conn:
        found = {
            str(value)
            for table, column in queries.items()
            for value in conn.scalars(text(f"SELECT {column} FROM {table}"))
        }
    assert len(found) > 10
    return found


class TestWhenItIsTold:
    def test_a_flag_that_is_released_by_itself_waits_for_nobody(
        self, service: Service, mailbox: Mailbox
    ):
        employer = service.employer(mail={"hr_address": HR})
        employer.provider()
        flag(employer, "1001")
        assert [one["state"] for one in employer.items("/v1/flags")] == ["released"]
        assert (service.mail(mailbox), mails(service)) == (0, [])

    def test_a_referral_that_no_provider_takes_waits_for_the_employer(
        self, service: Service, mailbox: Mailbox
    ):
        employer = service.employer(mail={"hr_address": HR})
        flag(employer, "1001")
        assert service.mail(mailbox) == 1

    def test_a_flag_that_only_notifies_waits_also_where_release_is_automatic(
        self, service: Service, mailbox: Mailbox
    ):
        employer = service.employer(preset="early-3-183", mail={"hr_address": HR})
        flag(employer, "1001")
        assert service.mail(mailbox) == 1

    def test_a_flag_that_is_suppressed_waits_for_nobody(self, service: Service, mailbox: Mailbox):
        employer = service.employer(**BY_HAND)
        made = employer.ok("PUT", "/v1/employees", {"employee": "1001"})
        exempt = {"first_day": "2026-01-01", "reason": "high_risk_protection"}
        path = f"/v1/employees/{made['id']}/exemptions"
        employer.ok("PUT", path, {"exemptions": [exempt]})
        flag(employer, "1001")
        assert service.mail(mailbox) == 0
        employer.ok("PUT", path, {"exemptions": []})
        assert service.mail(mailbox) == 1

    def test_at_once_and_once_for_each_transaction(self, service: Service, mailbox: Mailbox):
        employer = service.employer(**BY_HAND)
        flag(employer, "1001", "1002")
        service.mail(mailbox)
        flag(employer, "1003")
        service.mail(mailbox)
        assert [numbers_in(mail) for mail in mailbox.mails] == [["2"], []]
        flag(employer, "1003")
        assert service.mail(mailbox) == 0

    def test_what_came_meanwhile_goes_out_as_one_mail(self, service: Service, mailbox: Mailbox):
        employer = service.employer(**BY_HAND)
        for number in ("1001", "1002", "1003"):
            flag(employer, number)
            service.pass_time(60)
        assert service.mail(mailbox) == 1
        [mail] = mailbox.mails
        assert numbers_in(mail) == ["3"]

    @pytest.mark.parametrize(
        ("digest", "said_on", "told_at"),
        [
            # Clocks go forward on Sunday 29 March 2026, and back on Sunday 25 October.
            ("daily", "2026-03-27", datetime(2026, 3, 30, 5, tzinfo=UTC)),
            ("weekly", "2026-03-24", datetime(2026, 3, 30, 5, tzinfo=UTC)),
            ("daily", "2026-10-23", datetime(2026, 10, 26, 6, tzinfo=UTC)),
            ("daily", "2026-03-02", datetime(2026, 3, 3, 6, tzinfo=UTC)),
        ],
    )
    def test_gathered_on_a_morning_also_over_a_clock_change(
        self, service: Service, mailbox: Mailbox, digest: str, said_on: str, told_at: datetime
    ):
        service.set_day(said_on)
        employer = service.employer(
            release="manual", mail={"hr_address": HR, "digest": digest, "remind_days": 20}
        )
        for number in ("1001", "1002"):
            flag(employer, number)
            service.pass_time(600)
        service.clock.set(told_at - timedelta(seconds=1))
        assert service.mail(mailbox) == 0
        service.clock.set(told_at)
        assert service.mail(mailbox) == 1
        [mail] = mailbox.mails
        assert numbers_in(mail) == ["2"]

    def test_what_comes_in_as_the_morning_mail_goes_out_is_not_lost(
        self, service: Service, mailbox: Mailbox
    ):
        """A transaction that began before seven and ends after the mail was sent."""
        employer = service.employer(release="manual", mail={"hr_address": HR, "digest": "daily"})
        service.clock.set(at("2026-03-03", 7) - timedelta(seconds=1))
        flag(employer, "1001")
        service.clock.set(at("2026-03-03", 7))
        service.mail(mailbox)
        service.clock.set(at("2026-03-03", 7) - timedelta(seconds=1))
        flag(employer, "1002")
        service.clock.set(at("2026-03-03", 7) + timedelta(seconds=1))
        service.mail(mailbox)
        assert len(mailbox.mails) == 2

    def test_by_the_process_itself(self, database_url: str, mailbox: Mailbox):
        settings = settings_for(database_url, **mailbox.settings, tick_s=0.05)
        with Service(settings) as service:
            # Its scheduler goes by the real time, and would make up for all the days since.
            service.set_now()
            employer = service.employer(**BY_HAND)
            with Background.of(service.ctx).running():
                flag(employer, "1001")
                mailbox.wait_for(1)
                flag(employer, "1002")
                mailbox.wait_for(2)
            assert mails(service) == ["sent", "sent"]
