"""A message on its way: tried again with the same bytes, given up, cancelled, never doubled."""

import json
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import pytest

from app.core.db import Database
from app.delivery.send import Sender
from app.intake.receive import Arrival
from app.intake.schemas import EVENT
from app.pipeline import ingest
from tests.flow.case import cases
from tests.kit import FIVE, Employer, Service, event, settings_for
from tests.process import wait_until
from tests.receiver import HANG, Receiver, Reply

SCHEDULE = (5, 300, 1800)
EARLIEST, LATEST = 0.8, 1.2
"""Jitter of a fifth either way."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as listening:
        yield listening


@pytest.fixture
def patient(database_url: str) -> Iterator[Service]:
    """The service with a retry schedule of three waits, hence four attempts."""
    schedule = ",".join(map(str, SCHEDULE))
    with Service(settings_for(database_url, retry_schedule=schedule)) as running:
        yield running


def types(receiver: Receiver) -> list[str]:
    return [json.loads(request.body)["type"] for request in receiver.requests]


def deliveries(employer: Employer, query: str = "") -> list[dict[str, Any]]:
    """Every delivery with its attempts."""
    listed = employer.items(f"/v1/deliveries{query}")
    return [employer.ok("GET", f"/v1/deliveries/{one['id']}") for one in listed]


def ping(employer: Employer, endpoint: dict[str, Any]) -> str:
    """Put a ping on its way; answers the delivery's id."""
    made = employer.ok("POST", f"/v1/webhook-endpoints/{endpoint['id']}/test")
    return str(made["delivery_id"])


def seconds_between(earlier: str, later: str) -> float:
    parsed = [datetime.fromisoformat(text) for text in (earlier, later)]
    return (parsed[1] - parsed[0]).total_seconds()


def test_a_refused_message_is_tried_again_by_the_schedule_then_given_up(
    patient: Service, receiver: Receiver
) -> None:
    receiver.default = Reply(500)
    employer = patient.employer()
    ping(employer, employer.endpoint(receiver.url))
    patient.deliver()
    for made, wait in enumerate(SCHEDULE, start=1):
        [delivery] = deliveries(employer)
        assert (delivery["state"], delivery["attempts_made"]) == ("pending", made)
        last = delivery["attempts"][-1]
        assert last["next_at"] == delivery["next_at"]
        assert EARLIEST * wait <= seconds_between(last["at"], last["next_at"]) <= LATEST * wait
        patient.pass_time(EARLIEST * wait - 1)
        patient.deliver()
        assert len(receiver.requests) == made
        patient.pass_time((LATEST - EARLIEST) * wait + 1)
        patient.deliver()
        assert len(receiver.requests) == made + 1
    [delivery] = deliveries(employer)
    assert (delivery["state"], delivery["next_at"]) == ("failed", None)
    assert [a["number"] for a in delivery["attempts"]] == [1, 2, 3, 4]
    assert {(a["status"], a["outcome"]) for a in delivery["attempts"]} == {(500, "refused_status")}
    patient.pass_time(10 * 86_400)
    patient.deliver()
    assert len(receiver.requests) == 4


def test_every_attempt_has_the_same_id_and_bytes_and_a_signature_of_its_own(
    patient: Service, receiver: Receiver
) -> None:
    receiver.script(Reply(500), Reply(429), Reply(404))
    patient.set_now()
    employer = patient.employer()
    endpoint = employer.endpoint(receiver.url)
    ping(employer, endpoint)
    patient.deliver()
    first_moment = patient.clock.now()
    for wait in SCHEDULE:
        patient.pass_time(LATEST * wait)
        patient.deliver()
    first, *again = receiver.requests
    [delivery] = deliveries(employer)
    assert delivery["state"] == "delivered"
    assert [a["status"] for a in delivery["attempts"]] == [500, 429, 404, 204]
    assert {request.body for request in again} == {first.body}
    ids = {request.headers["webhook-id"] for request in receiver.requests}
    assert ids == {delivery["message_id"]}
    assert len({request.headers["webhook-signature"] for request in receiver.requests}) == 4
    assert first.headers["webhook-timestamp"] == str(int(first_moment.timestamp()))
    assert first.verify(endpoint["secret"])["type"] == "ping"
    patient.pass_time(86_400)
    patient.deliver()
    assert len(receiver.requests) == 4


def test_a_deleted_endpoint_gets_nothing_more(service: Service, receiver: Receiver) -> None:
    receiver.script(Reply(500))
    employer = service.employer()
    endpoint = employer.endpoint(receiver.url)
    ping(employer, endpoint)
    service.deliver()
    ping(employer, endpoint)
    assert employer("DELETE", f"/v1/webhook-endpoints/{endpoint['id']}").status_code == 204
    assert employer.items("/v1/webhook-endpoints") == []
    employer.batch(*map(event, FIVE))
    service.pass_time(3600)
    service.deliver()
    assert len(receiver.requests) == 1
    assert {d["state"] for d in deliveries(employer)} == {"cancelled"}
    assert [d["next_at"] for d in deliveries(employer)] == [None, None]
    refused = employer.refused(404, "POST", f"/v1/webhook-endpoints/{endpoint['id']}/test")
    assert refused["code"] == "not_found"


def test_a_message_cancelled_while_it_was_being_sent_stays_cancelled(
    service: Service, receiver: Receiver
) -> None:
    receiver.script(HANG)
    employer = service.employer()
    endpoint = employer.endpoint(receiver.url)
    ping(employer, endpoint)
    sender = Sender(settings_quick(service), service.ctx.database, service.clock, service.ctx.keys)
    assert sender.start_due() == 1
    receiver.wait_for(1)
    employer("DELETE", f"/v1/webhook-endpoints/{endpoint['id']}")
    sender.close()
    [delivery] = deliveries(employer)
    assert (delivery["state"], delivery["attempts"][0]["outcome"]) == ("cancelled", "timed_out")


def test_an_endpoint_deleted_while_messages_are_being_written_gets_none_of_them(
    postgres_url: str, receiver: Receiver
) -> None:
    """On PostgreSQL, where one transaction does not wait for another."""
    with Service(settings_for(postgres_url)) as service:
        employer = service.employer()
        endpoint = employer.endpoint(receiver.url)
        path = f"/v1/webhook-endpoints/{endpoint['id']}"
        deleting = threading.Thread(target=employer, args=("DELETE", path))
        said = [EVENT.validate_python(event(day)).event() for day in FIVE]
        with service.ctx.database.write() as conn:
            ingest(conn, [Arrival(employer.tenant_id, one) for one in said], service.ctx.now())
            deleting.start()
            deleting.join(timeout=2)  # it may wait for this transaction, or be done already
        deleting.join()
        assert employer.items("/v1/webhook-endpoints") == []
        assert employer.messages() == ["flag.raised", "referral.requested"]
        service.deliver()
        assert receiver.requests == []


def settings_quick(service: Service) -> Any:
    """The same settings, with attempts that end after a second."""
    return settings_for(service.settings.database_url, delivery_deadline_s=1.0)


def test_an_endpoint_gets_the_types_it_asked_for(service: Service) -> None:
    wanted: Sequence[list[str] | None] = (None, ["flag.raised"], ["referral.withdrawn", "ping"])
    with Receiver() as every, Receiver() as raised, Receiver() as withdrawn:
        employer = service.employer()
        receivers = (every, raised, withdrawn)
        for receiver, only in zip(receivers, wanted, strict=True):
            employer.endpoint(receiver.url, **({"types": only} if only else {}))
        employer.batch(*map(event, FIVE))
        employer.post(
            event(
                FIVE[0],
                type="absence.cancelled",
                first_day=...,
                last_day=...,
                occurred_on="2026-03-02",
            )
        )
        service.deliver()
        assert types(every) == [
            "flag.raised",
            "referral.requested",
            "flag.withdrawn",
            "referral.withdrawn",
        ]
        assert types(raised) == ["flag.raised"]
        assert types(withdrawn) == ["referral.withdrawn"]


def test_a_providers_endpoint_gets_only_what_is_addressed_to_it(service: Service) -> None:
    with Receiver() as north, Receiver() as south:
        employer = service.employer()
        for receiver, unit in ((north, "norr"), (south, "syd")):
            provider_id = employer.provider(units=[unit])
            employer.endpoint(receiver.url, provider_id=provider_id)
            described = {"employee": unit, "unit": unit}
            employer.ok("PUT", "/v1/employees", described)
        employer.batch(*(event(day, employee="norr", id=f"n{day}") for day in FIVE))
        service.deliver()
        [request] = north.requests
        assert types(north) == ["referral.requested"]
        assert json.loads(request.body)["data"]["provider_id"]
        assert south.requests == []
        employer.batch(*(event(day, employee="syd", id=f"s{day}") for day in FIVE))
        service.deliver()
        assert (types(north), types(south)) == (["referral.requested"], ["referral.requested"])


def test_a_providers_endpoint_gets_no_flags_even_when_it_asks_for_them(
    service: Service, receiver: Receiver
) -> None:
    employer = service.employer()
    asked = {"types": ["flag.raised", "referral.requested"]}
    employer.endpoint(receiver.url, provider_id=employer.provider(), **asked)
    employer.batch(*map(event, FIVE))
    service.deliver()
    assert types(receiver) == ["referral.requested"]


def test_another_employers_endpoint_hears_nothing(service: Service, receiver: Receiver) -> None:
    service.employer().endpoint(receiver.url)
    service.employer().batch(*map(event, FIVE))
    service.deliver()
    assert receiver.requests == []


def test_a_ping_tries_one_endpoint_alone_also_a_providers(service: Service) -> None:
    with Receiver() as tried, Receiver() as other:
        service.set_now()
        employer = service.employer()
        own = employer.endpoint(tried.url)
        providers = employer.endpoint(tried.url, provider_id=employer.provider())
        employer.endpoint(other.url)
        made = [ping(employer, endpoint) for endpoint in (own, providers)]
        service.deliver()
        assert {delivery["id"] for delivery in deliveries(employer, "?state=delivered")} == {*made}
        secrets = {endpoint["id"]: endpoint["secret"] for endpoint in (own, providers)}
        for request in tried.requests:
            meant = json.loads(request.body)["data"]["endpoint_id"]
            said = request.verify(secrets.pop(meant))
            assert (said["type"], said["data"]) == ("ping", {"endpoint_id": meant})
        assert secrets == {}
        assert other.requests == []


def test_deliveries_are_listed_by_state_and_endpoint(service: Service, receiver: Receiver) -> None:
    employer = service.employer()
    good, unheard = employer.endpoint(receiver.url), employer.endpoint(receiver.url)
    first = ping(employer, good)
    service.deliver()
    second = ping(employer, unheard)

    def listed(query: str) -> list[str]:
        return [one["id"] for one in employer.items(f"/v1/deliveries?{query}")]

    assert listed("") == [first, second]
    assert (listed("state=delivered"), listed("state=pending")) == ([first], [second])
    assert (listed(f"endpoint={good['id']}"), listed("state=failed")) == ([first], [])


def test_two_senders_on_one_database_deliver_each_message_once(service: Service) -> None:
    with Receiver() as receiver:
        employer = service.employer()
        endpoints = [employer.endpoint(receiver.url) for _ in range(12)]
        for endpoint in endpoints * 3:
            ping(employer, endpoint)
        settings = settings_for(service.settings.database_url)
        databases = [Database(settings), Database(settings)]
        senders = [
            Sender(settings, database, service.clock, service.ctx.keys) for database in databases
        ]
        for sender in senders:
            sender.start()
        wait_until(lambda: len(employer.items("/v1/deliveries?state=delivered")) == 36)
        for sender in senders:
            sender.close()
        for database in databases:
            database.close()
        sent = Counter(request.headers["webhook-id"] for request in receiver.requests)
        assert len(sent) == 36
        assert set(sent.values()) == {1}


def test_a_slow_receiver_delays_no_other_endpoint(service: Service, receiver: Receiver) -> None:
    with Receiver(HANG) as slow:
        employer = service.employer()
        held, other = employer.endpoint(slow.url), employer.endpoint(receiver.url)
        for endpoint in [held] * 8 + [other] * 8:
            ping(employer, endpoint)
        sender = Sender(
            settings_for(service.settings.database_url, delivery_deadline_s=2.0),
            service.ctx.database,
            service.clock,
            service.ctx.keys,
        )
        sender.start()
        slow.wait_for(1)
        receiver.wait_for(8)
        waiting = employer.items(f"/v1/deliveries?endpoint={held['id']}")
        assert {delivery["attempts_made"] for delivery in waiting} == {0}
        assert len(slow.requests) == 1
    sender.close()


def test_what_the_employer_knows_of_waits_for_nothing_that_it_does_not(
    service: Service, receiver: Receiver
) -> None:
    """The provider's endpoint hangs over a booking; that the referral is withdrawn goes out."""
    [case] = cases(service)
    case.employer.endpoint(receiver.url, provider_id=case.provider_id)
    case.to("accepted")
    service.deliver()
    receiver.default = HANG
    case.move("book")
    sender = Sender(settings_quick(service), service.ctx.database, service.clock, service.ctx.keys)
    assert sender.start_due() == 1
    receiver.wait_for(2)
    receiver.default = Reply(204)
    case.move("withdraw", case.employer)
    assert sender.start_due() == 1
    *_, last = receiver.wait_for(3)
    sender.close()
    said = json.loads(last.body)
    assert (said["type"], said["data"]["state"]) == ("referral.updated", "withdrawn")
