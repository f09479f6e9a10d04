"""Mails on their way: a server that is busy, away or refuses, several senders, and lost keys."""

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import text

from app.core.crypt import KeyRing
from app.core.db import Database
from app.mail.send import MailSender
from app.mail.smtp import Answer
from tests.flow.telling import (
    BY_HAND,
    HR,
    KIM,
    NORTH,
    flag,
    logged,
    mails,
    manager,
    numbers_in,
    put_member,
    put_unit,
)
from tests.kit import Service, settings_for
from tests.mailbox import ANSWER_LOST, BUSY, HANG, NOBODY_THERE, NOT_TAKEN, Mailbox
from tests.process import free_port


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with Mailbox() as listening:
        yield listening


class TestTheServer:
    def test_that_is_busy_is_asked_again_with_the_same_mail(
        self, service: Service, mailbox: Mailbox
    ):
        flag(service.employer(**BY_HAND), "1001")
        mailbox.script(BUSY, BUSY)
        for _ in range(3):
            assert service.mail(mailbox) == 1
            assert service.mail(mailbox) == 0
            service.pass_time(2)
        assert mails(service, "state, attempts") == [("sent", 3)]
        service.pass_time(86_400)
        assert service.mail(mailbox) == 0
        assert len(mailbox.mails) == 1

    def test_whose_answer_is_lost_gets_the_same_message_id_again(
        self, service: Service, mailbox: Mailbox
    ):
        flag(service.employer(**BY_HAND), "1001")
        mailbox.script(ANSWER_LOST)
        service.mail(mailbox)
        service.pass_time(90)
        service.mail(mailbox)
        first, second = mailbox.mails
        assert first.message["Message-ID"] == second.message["Message-ID"]
        assert first.text == second.text

    def test_that_never_has_time_is_given_up_by_the_schedule(
        self, service: Service, mailbox: Mailbox
    ):
        flag(service.employer(**BY_HAND), "1001")
        mailbox.script(*[BUSY] * 20)
        for _ in range(20):
            service.mail(mailbox)
            service.pass_time(2)
        assert mails(service, "state, attempts, next_at") == [("failed", 6, None)]
        assert mailbox.attempts == 6

    @pytest.mark.parametrize("trouble", [NOBODY_THERE, NOT_TAKEN])
    def test_that_refuses_for_good_is_not_asked_again_and_hr_is_told(
        self, service: Service, mailbox: Mailbox, trouble: Any
    ):
        employer = service.employer(**BY_HAND)
        put_unit(employer, NORTH, manager(KIM))
        put_member(employer, "1001")
        put_member(employer, "1002")
        flag(employer, "1001", "1002")
        mailbox.script(trouble)
        assert service.mail(mailbox) == 2
        [mail] = mailbox.mails
        assert (mail.to, numbers_in(mail)) == ((HR,), ["2"])
        assert mails(service) == ["failed", "sent"]
        service.pass_time(3600)
        assert service.mail(mailbox) == 0

    def test_that_refuses_hr_too_ends_it(self, service: Service, mailbox: Mailbox):
        flag(service.employer(**BY_HAND), "1001")
        mailbox.script(NOBODY_THERE, NOBODY_THERE)
        assert service.mail(mailbox) == 1
        assert mails(service) == ["failed"]

    def test_that_was_down_gets_one_mail_for_each_when_it_is_back(
        self, service: Service, database_url: str
    ):
        employer = service.employer(**BY_HAND)
        put_unit(employer, NORTH, manager(KIM))
        put_member(employer, "1001")
        port = free_port()
        settings = settings_for(database_url, **Mailbox(port=port).settings)
        sender = MailSender(settings, service.ctx.database, service.clock, service.ctx.keys)
        for number in ("1001", "1002", "1003"):
            flag(employer, number)
            assert sender.send_due() <= 1
            service.pass_time(600)
        assert set(mails(service)) == {"pending"}
        with Mailbox(port=port) as mailbox:
            assert sender.send_due() == 2
            assert {mail.to[0]: numbers_in(mail) for mail in mailbox.mails} == {
                KIM: [],
                HR: ["2"],
            }
        assert set(mails(service)) == {"sent"}

    def test_that_is_away_is_left_alone_by_all_mails_for_a_while(
        self, service: Service, database_url: str
    ):
        for _ in range(3):
            flag(service.employer(**BY_HAND), "1001")
        settings = settings_for(
            database_url, **Mailbox(port=free_port()).settings, retry_schedule="300,300"
        )
        sender = MailSender(settings, service.ctx.database, service.clock, service.ctx.keys)
        made = []
        for _ in range(4):
            made.append(sender.send_due())
            service.pass_time(61)
        assert made == [1, 1, 1, 0]

    def test_that_hangs_holds_a_mail_no_longer_than_the_deadline(
        self, service: Service, mailbox: Mailbox, database_url: str
    ):
        flag(service.employer(**BY_HAND), "1001")
        mailbox.script(HANG)
        settings = settings_for(database_url, **mailbox.settings, delivery_deadline_s=0.5)
        sender = MailSender(settings, service.ctx.database, service.clock, service.ctx.keys)
        assert sender.send_due() == 1
        service.pass_time(90)
        assert sender.send_due() == 1
        assert mails(service, "state, attempts") == [("sent", 2)]

    def test_that_is_named_nowhere_gets_nothing_and_later_no_flood(
        self, service: Service, mailbox: Mailbox
    ):
        employer = service.employer(**BY_HAND)
        put_unit(employer, NORTH, manager(KIM))
        put_member(employer, "1001")
        put_member(employer, "1002")
        flag(employer, "1001")
        assert service.mail() == 0
        service.pass_time(30 * 86_400)
        flag(employer, "1002", "1003")
        service.pass_time(1)
        assert service.mail() == 0
        assert sorted(mails(service)) == ["expired", "pending", "pending"]
        assert service.mail(mailbox) == 2
        assert sorted(mail.to[0] for mail in mailbox.mails) == [HR, KIM]
        assert [numbers_in(mail) for mail in mailbox.mails] == [[], []]


class TestSeveralWorkers:
    def test_send_each_mail_once(self, service: Service, mailbox: Mailbox):
        """Twelve recipients with three rows each, four senders that begin at the same moment."""
        employer = service.employer(**BY_HAND)
        units = [f"unit-{n}" for n in range(12)]
        for n, unit in enumerate(units):
            put_unit(employer, unit, manager(f"chef{n}@kommun.example.se", f"90{n:02}"))
        for turn in range(3):
            members = {f"{turn}{n:02}": unit for n, unit in enumerate(units)}
            listed = [{"employee": number, "unit": unit} for number, unit in members.items()]
            employer.ok("PUT", "/v1/employees", listed)
            flag(employer, *members)
        databases = [Database(service.settings) for _ in range(4)]
        together = threading.Barrier(4)

        def send(database: Database) -> int:
            settings = service.settings.model_copy(update=mailbox.settings)
            sender = MailSender(settings, database, service.clock, service.ctx.keys)
            together.wait(timeout=30)
            return sum(sender.send_due() for _ in range(10))

        with ThreadPoolExecutor(4) as pool:
            made = list(pool.map(send, databases))
        for database in databases:
            database.close()
        assert sum(made) == 12
        told = Counter((mail.to[0], *numbers_in(mail)) for mail in mailbox.mails)
        assert told == {(f"chef{n}@kommun.example.se", "3"): 1 for n in range(12)}
        assert mails(service) == ["sent"] * 12

    def test_take_over_what_a_dead_one_had_in_hand(self, service: Service, mailbox: Mailbox):
        flag(service.employer(**BY_HAND), "1001")
        settings = service.settings.model_copy(update=mailbox.settings)
        dead = MailSender(settings, service.ctx.database, service.clock, service.ctx.keys)
        held = dead._claim()
        assert held is not None
        assert service.mail(mailbox) == 0
        service.pass_time(settings.delivery_deadline_s + 31)
        assert service.mail(mailbox) == 1
        # The dead one rises: what it has to say of the mail is not heard any more.
        dead._record(held, Answer("deferred"))
        assert mails(service, "state, attempts") == [("sent", 1)]

    def test_that_stop_claim_no_more(self, service: Service, mailbox: Mailbox):
        for _ in range(2):
            flag(service.employer(**BY_HAND), "1001")
        settings = service.settings.model_copy(update=mailbox.settings)
        sender = MailSender(settings, service.ctx.database, service.clock, service.ctx.keys)
        sender.stop()
        assert sender.send_due() == 0
        assert mails(service) == ["pending"] * 2


class TestOneThatCannotBeSent:
    def test_for_want_of_a_key_keeps_no_other_waiting(self, service: Service, mailbox: Mailbox):
        employer = service.employer(**BY_HAND)
        put_unit(employer, NORTH, manager(KIM))
        put_member(employer, "1001")
        flag(employer, "1001", "1002")
        settings = service.settings.model_copy(update=mailbox.settings)
        other_keys = KeyRing({"other": b"x" * 32})
        sender = MailSender(settings, service.ctx.database, service.clock, other_keys)
        with logged() as lines:
            assert sender.send_due() == 2
        assert "CannotDecrypt" in lines.getvalue()
        assert [mail.to for mail in mailbox.mails] == [(HR,)]
        assert sorted(mails(service)) == ["pending", "sent"]
        service.pass_time(2)
        assert service.mail(mailbox) == 1
        assert mailbox.mails[-1].to == (KIM,)

    def test_for_settings_nobody_can_read_keeps_no_other_employer_waiting(
        self, service: Service, mailbox: Mailbox
    ):
        broken, well = service.employer(**BY_HAND), service.employer(**BY_HAND)
        flag(broken, "1001")
        flag(well, "1001")
        with service.ctx.database.write() as conn:
            conn.execute(
                text("UPDATE tenants SET settings = :rubbish WHERE tenant_id = :tenant"),
                {"rubbish": '{"release": "rubbish"}', "tenant": broken.tenant_id},
            )
        with logged():
            assert service.mail(mailbox) == 2
        assert len(mailbox.mails) == 1
        assert sorted(mails(service)) == ["pending", "sent"]

    def test_for_an_address_that_is_none_is_given_up(self, service: Service, mailbox: Mailbox):
        employer = service.employer(release="manual", mail={"hr_address": "a..b@kommun.example"})
        flag(employer, "1001")
        assert service.mail(mailbox) == 1
        assert (mails(service), mailbox.attempts) == (["failed"], 0)

    def test_for_want_of_any_address_is_given_up(self, service: Service, mailbox: Mailbox):
        employer = service.employer(**BY_HAND)
        flag(employer, "1001")
        employer.ok("PATCH", "/v1/tenant", {"mail": {"hr_address": None}})
        assert service.mail(mailbox) == 1
        assert (mails(service), mailbox.attempts) == (["failed"], 0)
