"""The same five reports in any order, again and again and at once: one flag, one referral."""

import json
import random
import threading
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import permutations
from pathlib import Path
from typing import Any

from app.flags.rehearsal import rehearse_case
from app.rules.presets import PRESETS
from tests.kit import FIVE, STOCKHOLM, Caller, Employer, Service, event, five_until
from tests.process import Site, new_employer, wait_until
from tests.receiver import Received, Receiver

ORDERS = list(permutations(range(5)))
TODAY = FIVE[-1]
TIMES = 3
THREADS = 8
TOLD = ["flag.raised", "referral.requested"]
Said = dict[str, Any]


def reports(employee: str, days: Sequence[str] = FIVE) -> list[Said]:
    """Five reports of one employee, with ids of their own."""
    return [event(day, employee=employee, id=f"{employee}/{day}") for day in days]


def in_order(said: Sequence[Said], order: Sequence[int]) -> list[Said]:
    return [said[place] for place in order]


def thrice(said: Sequence[Said], seed: int) -> list[Said]:
    """Each report three times, the first copies in the order given, the others anywhere after."""
    stream = list(said)
    chance = random.Random(seed)
    for report in said:
        for _ in range(TIMES - 1):
            stream.insert(chance.randint(stream.index(report) + 1, len(stream)), report)
    return stream


def rehearsed(steps: Sequence[Sequence[Said]]) -> list[dict[str, Any]]:
    """The answer of the pure core after each step, all of them today."""
    rule = PRESETS["orust"].rules[0].to_json()
    return rehearse_case(
        {
            "rule": rule,
            "release": "automatic",
            "live_from": TODAY,
            "steps": [{"today": TODAY, "events": list(said)} for said in steps],
        }
    )


def test_all_orders_give_the_same_flag_and_messages() -> None:
    said = reports("1001")
    one = [{"on": TODAY, "state": "released", "referral": "requested"}]
    for order in ORDERS:
        steps = rehearsed([[report] for report in in_order(said, order)])
        assert steps[-1] == {"flags": one, "messages": TOLD}
        assert [step["messages"] for step in steps[:-1]] == [[], [], [], []]


def test_all_orders_with_every_report_three_times_tell_no_more() -> None:
    said = reports("1001")
    for seed, order in enumerate(ORDERS):
        steps = rehearsed([[report] for report in thrice(in_order(said, order), seed)])
        assert sorted(m for step in steps for m in step["messages"]) == TOLD
        assert len(steps[-1]["flags"]) == 1


def test_all_orders_through_the_service_refer_each_employee_once(service: Service) -> None:
    employer = service.employer()
    streams = [
        thrice(in_order(reports(f"order-{seed}"), order), seed) for seed, order in enumerate(ORDERS)
    ]
    answers = [answer for wave in zip(*streams, strict=True) for answer in employer.batch(*wave)]
    assert Counter(answer["status"] for answer in answers) == {
        "created": 5 * len(ORDERS),
        "duplicate": 10 * len(ORDERS),
    }
    referred = Counter(r["employee_id"] for r in employer.items("/v1/referrals"))
    flagged = Counter(flag["employee_id"] for flag in employer.items("/v1/flags"))
    assert len(referred) == len(ORDERS)
    assert set(referred.values()) == set(flagged.values()) == {1}
    assert {flag["on"] for flag in employer.items("/v1/flags")} == {TODAY}
    assert Counter(employer.messages()) == dict.fromkeys(TOLD, len(ORDERS))


def test_eight_threads_at_once_make_one_flag_one_referral_and_one_delivery(
    service: Service,
) -> None:
    employer = service.employer()
    streams = sample(FIVE, 6)
    with Receiver() as receiver:
        employer.endpoint(receiver.url, provider_id=employer.provider())
        statuses = post_at_once([employer], streams)
        service.deliver()
        assert statuses == {201: 5 * len(streams), 200: 10 * len(streams)}
        assert_each_told_once(employer, receiver.requests, len(streams))
    assert delivered(employer) == len(streams)
    assert_one_each(employer, len(streams))


def test_two_processes_at_once_make_one_flag_one_referral_and_one_delivery(
    postgres_url: str, tmp_path: Path
) -> None:
    days = five_until(datetime.now(STOCKHOLM).date())
    with Site(postgres_url, tmp_path) as site, Receiver() as receiver:
        key = new_employer(postgres_url)
        waiting = [site.launch() for _ in range(2)]
        site.worker()
        callers = [serving.wait_ready().caller(key) for serving in waiting]
        callers[0].endpoint(receiver.url, provider_id=callers[0].provider())
        streams = sample(days, 8)
        statuses = post_at_once(callers, streams)
        assert statuses == {201: 5 * len(streams), 200: 10 * len(streams)}
        receiver.wait_for(len(streams), timeout_s=30)
        wait_until(lambda: delivered(callers[0]) == len(streams))
        assert_each_told_once(callers[0], receiver.requests, len(streams))
        assert_one_each(callers[0], len(streams))


def sample(days: Sequence[str], count: int) -> list[list[Said]]:
    """Some orders, the natural one and its reverse among them, each of an employee of its own."""
    orders = [ORDERS[0], ORDERS[-1], *random.Random(5).sample(ORDERS[1:-1], count - 2)]
    return [
        thrice(in_order(reports(f"thread-{seed}", days), order), seed)
        for seed, order in enumerate(orders)
    ]


def post_at_once(callers: Sequence[Caller], streams: Sequence[list[Said]]) -> Counter[int]:
    """Eight threads, spread over the callers, post what is next of every stream."""
    waiting = [report for wave in zip(*streams, strict=True) for report in wave]
    together = threading.Barrier(THREADS)

    def work(number: int) -> list[int]:
        caller = callers[number % len(callers)]
        together.wait(timeout=30)
        mine = waiting[number::THREADS]
        return [caller("POST", "/v1/events", report).status_code for report in mine]

    with ThreadPoolExecutor(THREADS) as pool:
        return Counter(status for done in pool.map(work, range(THREADS)) for status in done)


def delivered(caller: Caller) -> int:
    return len(caller.items("/v1/deliveries?state=delivered"))


def assert_one_each(caller: Caller | Employer, employees: int) -> None:
    for path in ("/v1/flags", "/v1/referrals"):
        held = Counter(item["employee_id"] for item in caller.items(path))
        assert len(held) == employees
        assert set(held.values()) == {1}


def assert_each_told_once(caller: Caller, requests: Sequence[Received], employees: int) -> None:
    bodies = [json.loads(request.body) for request in requests]
    assert {body["type"] for body in bodies} == {"referral.requested"}
    told = Counter(body["data"]["referral_id"] for body in bodies)
    assert told == dict.fromkeys((r["id"] for r in caller.items("/v1/referrals")), 1)
    assert len(told) == employees
