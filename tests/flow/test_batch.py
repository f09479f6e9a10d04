"""A thousand reports in one call: one result for each, and no bad one fails its neighbours."""

from collections import Counter
from typing import Any

import pytest

from tests.kit import FIVE, Employer, Service, event

CLOSED = "2026-03-02"
BAD: dict[str, Any] = {
    "not an object": 17,
    "null": None,
    "a list": [event(CLOSED)],
    "nothing": {},
    "unknown type": event(CLOSED, type="absence.imagined"),
    "no such day": event(CLOSED, first_day="2026-02-30"),
    "no employee": event(CLOSED, employee=...),
    "naive time": event(CLOSED, occurred_at="2026-03-02T07:00:00"),
    "in the future": event(CLOSED, occurred_at="2026-03-04T07:00:00+01:00"),
    "unknown field": event(CLOSED, colour="blue"),
    "a cause": event(CLOSED, diagnosis="J06"),
    "extent of nothing": event(CLOSED, extent=0),
    "extent as text": event(CLOSED, extent="100"),
    "two ends": event(CLOSED, type="absence.ended", first_day=..., well_from="2026-03-03"),
    "changes nothing": event(CLOSED, type="absence.changed", first_day=..., last_day=...),
}


@pytest.fixture
def employer(service: Service) -> Employer:
    return service.employer()


def statuses(answers: list[dict[str, Any]]) -> list[str]:
    return [answer["status"] for answer in answers]


def test_every_kind_of_bad_item_is_named_and_fails_no_neighbour(employer: Employer) -> None:
    good = [event(CLOSED, employee=f"good-{n}") for n in range(len(BAD) + 1)]
    mixed = [item for pair in zip(good, BAD.values(), strict=False) for item in pair] + good[-1:]
    answers = employer.batch(*mixed)
    assert statuses(answers[0::2]) == ["created"] * len(good)
    by_name = dict(zip(BAD, answers[1::2], strict=True))
    assert {name for name, answer in by_name.items() if answer["status"] != "invalid"} == set()
    assert all(set(answer) == {"status", "errors"} for answer in by_name.values())
    codes = {name: answer["errors"][0]["code"] for name, answer in by_name.items()}
    assert codes["unknown field"] == "unknown_field"
    assert codes["a cause"] == "forbidden_field"
    assert codes["in the future"] == "occurred_in_future"
    found = employer.ok("POST", "/v1/employees/search", {"limit": 200})["items"]
    assert {one["employee"] for one in found} == {one["employee"] for one in good}


def test_results_stand_in_the_order_of_the_items(employer: Employer) -> None:
    said = [event(CLOSED, employee=f"{n}", id=f"id-{n}") for n in (5, 3, 9, 1, 7)]
    conflicting = said[1] | {"extent": 50}
    items = [said[0], BAD["null"], said[1], said[2], conflicting, said[0], said[3], said[4]]
    answers = employer.batch(*items)
    created, bad, differs, again = "created", "invalid", "conflict", "duplicate"
    assert statuses(answers) == [created, bad, created, created, differs, again, created, created]
    for item, answer in zip(items, answers, strict=True):
        if answer["status"] in (created, again):
            seen = employer.ok("GET", f"/v1/employees/{answer['employee_id']}")
            assert seen["employee"] == item["employee"]
    assert answers[4] == {"status": "conflict"}


def test_a_conflict_changes_nothing_that_was_said_before(employer: Employer) -> None:
    first = event(CLOSED, id="said", extent=100)
    [made] = employer.batch(first)
    for other in ({"extent": 50}, {"first_day": "2026-03-01"}, {"employee": "1002"}):
        assert statuses(employer.batch(first | other)) == ["conflict"]
    assert statuses(employer.batch(first)) == ["duplicate"]
    absences = employer.ok("GET", f"/v1/employees/{made['employee_id']}/absences")["items"]
    assert [(a["first_day"], a["extent"]) for a in absences] == [(CLOSED, 100)]
    refused = employer.refused(409, "POST", "/v1/events", first | {"extent": 50})
    assert refused["code"] == "event_conflict"


def test_the_same_in_other_words_is_a_duplicate_and_of_another_source_is_not(
    employer: Employer,
) -> None:
    first = event(CLOSED, occurred_at="2026-03-02T07:00:00+01:00")
    same = first | {"occurred_at": "2026-03-02T06:00:00Z", "extent": 100, "kind": "sickness"}
    turned, other = dict(reversed(first.items())), first | {"source": "payroll"}
    answers = employer.batch(first, same, turned, other)
    assert statuses(answers) == ["created", "duplicate", "duplicate", "created"]


def test_five_in_one_batch_flag_once_and_every_item_names_the_flag(employer: Employer) -> None:
    five = [event(day) for day in FIVE]
    answers = employer.batch(*five, event(CLOSED, employee="1002"), five[0])
    [flag] = employer.items("/v1/flags")
    assert [answer["flags"] for answer in answers] == [[flag["id"]]] * 5 + [[], []]
    assert employer.messages() == ["flag.raised", "referral.requested"]
    assert statuses(employer.batch(*five)) == ["duplicate"] * 5
    assert employer.messages() == ["flag.raised", "referral.requested"]


def test_a_thousand_items_are_taken_and_one_more_is_refused_whole(employer: Employer) -> None:
    many = [event(CLOSED, employee=f"{n}") for n in range(1001)]
    refused = employer.refused(422, "POST", "/v1/events/batch", many)
    assert refused["code"] == "invalid_input"
    assert employer.ok("POST", "/v1/employees/search", {})["items"] == []
    answers = employer.batch(*many[:1000])
    assert Counter(statuses(answers)) == {"created": 1000}
    assert len({answer["employee_id"] for answer in answers}) == 1000
    assert employer.batch() == []


WHOLE = (
    (400, b"[{]", "application/json"),
    (400, b'[{"id": 1, "id": 2}]', "application/json"),
    (400, b"[NaN]", "application/json"),
    (400, b"[" * 40 + b"]" * 40, "application/json"),
    (422, b'{"id": "1"}', "application/json"),
    (415, b"[]", "text/plain"),
)


def test_what_is_no_json_array_is_refused_whole(employer: Employer) -> None:
    for status, content, media in WHOLE:
        headers = {"content-type": media}
        employer.refused(status, "POST", "/v1/events/batch", content=content, headers=headers)
