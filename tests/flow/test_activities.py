"""Trainings and dialogues: planned, held, cancelled; and every year again."""

from concurrent.futures import ThreadPoolExecutor, wait
from datetime import date
from typing import Any, get_args

import pytest

from app.activities import store
from app.activities.schemas import Audience
from tests.kit import Employer, Service

TRAINING = {
    "kind": "training",
    "topic": "insurance_medicine",
    "audience": "managers",
    "planned_on": "2026-02-24",
    "yearly": True,
}
DIALOGUE = {
    "kind": "dialogue",
    "topic": "early_support",
    "audience": "work_group",
    "unit": "hemtjansten-norr",
    "planned_on": "2026-03-20",
}


def plan(employer: Employer, body: dict[str, Any], **more: Any) -> str:
    return str(employer.ok("POST", "/v1/activities", body | more)["id"])


def hold(employer: Employer, activity_id: str, held_on: str, attended: int = 14) -> dict[str, Any]:
    body = {"held_on": held_on, "attended": attended}
    held: dict[str, Any] = employer.ok("POST", f"/v1/activities/{activity_id}/hold", body)
    return held


def test_a_yearly_training_that_was_held_plans_the_next(service: Service) -> None:
    """Skaraborg: managers are trained in insurance medicine every year."""
    employer = service.employer()
    first = plan(employer, TRAINING)
    held = hold(employer, first, "2026-02-26")
    assert (held["state"], held["held_on"], held["attended"]) == ("held", "2026-02-26", 14)
    assert held["allowed"] == []
    following = employer.ok("GET", f"/v1/activities/{held['followed_by']}")
    same = ("kind", "topic", "audience", "unit", "yearly")
    assert {name: following[name] for name in same} == {name: held[name] for name in same}
    assert (following["state"], following["planned_on"]) == ("planned", "2027-02-26")
    assert (following["follows"], following["followed_by"]) == (first, None)
    service.set_day("2027-03-01")
    again = hold(employer, following["id"], "2027-02-26", attended=9)
    assert len(employer.items("/v1/activities")) == 3
    third = employer.ok("GET", f"/v1/activities/{again['followed_by']}")
    assert (third["planned_on"], third["follows"]) == ("2028-02-26", following["id"])


@pytest.mark.parametrize("audience", get_args(Audience))
def test_is_for_any_audience(service: Service, audience: str) -> None:
    employer = service.employer()
    made = employer.ok("POST", "/v1/activities", TRAINING | {"audience": audience})
    assert made["audience"] == audience


def test_one_held_on_the_leap_day_comes_again_on_the_last_of_february(service: Service) -> None:
    service.set_day("2028-02-29")
    employer = service.employer()
    held = hold(employer, plan(employer, TRAINING, planned_on="2028-02-29"), "2028-02-29")
    following = employer.ok("GET", f"/v1/activities/{held['followed_by']}")
    assert following["planned_on"] == "2029-02-28"


def test_a_dialogue_that_is_held_once_plans_nothing(service: Service) -> None:
    employer = service.employer()
    held = hold(employer, plan(employer, DIALOGUE), "2026-03-02")
    assert held["followed_by"] is None
    assert len(employer.items("/v1/activities")) == 1


def test_holding_twice_changes_nothing_and_plans_no_second_one(service: Service) -> None:
    employer = service.employer()
    activity_id = plan(employer, TRAINING)
    once = hold(employer, activity_id, "2026-02-26")
    service.set_day("2026-03-04")
    assert hold(employer, activity_id, "2026-03-01", attended=3) == once
    assert len(employer.items("/v1/activities")) == 2


def test_holding_while_another_is_at_it_waits_and_plans_no_second_one(service: Service) -> None:
    employer = service.employer()
    activity_id = plan(employer, TRAINING)
    with ThreadPoolExecutor(1) as threads:
        with service.ctx.database.write() as conn:
            store.activity_row(conn, employer.tenant_id, activity_id, lock=True)
            waiting = threads.submit(hold, employer, activity_id, "2026-03-01", attended=3)
            assert wait([waiting], timeout=0.5).done == set()
            held = {"state": "held", "held_on": date(2026, 2, 26), "attended": 14}
            store.change_activity(conn, employer.tenant_id, activity_id, held)
        answer = waiting.result()
    assert (answer["held_on"], answer["attended"]) == ("2026-02-26", 14)
    assert [one["id"] for one in employer.items("/v1/activities")] == [activity_id]


def test_a_cancelled_one_is_cancelled_and_plans_nothing(service: Service) -> None:
    employer = service.employer()
    activity_id = plan(employer, TRAINING)
    path = f"/v1/activities/{activity_id}/cancel"
    cancelled = employer.ok("POST", path)
    assert (cancelled["state"], cancelled["allowed"]) == ("cancelled", [])
    assert employer.ok("POST", path, {}) == cancelled
    assert len(employer.items("/v1/activities")) == 1


@pytest.mark.parametrize("ended", ["hold", "cancel"])
def test_what_is_over_is_not_moved_or_planned_otherwise(service: Service, ended: str) -> None:
    employer = service.employer()
    path = f"/v1/activities/{plan(employer, DIALOGUE)}"
    bodies = {"hold": {"held_on": "2026-03-02", "attended": 8}, "cancel": {}}
    employer.ok("POST", f"{path}/{ended}", bodies.pop(ended))
    before = employer.ok("GET", path)
    for call, body in bodies.items():
        problem = employer.refused(409, "POST", f"{path}/{call}", body)
        assert (problem["code"], problem["allowed"]) == ("invalid_transition", [])
    problem = employer.refused(409, "PUT", path, DIALOGUE)
    assert (problem["code"], problem["allowed"]) == ("invalid_transition", [])
    assert employer.ok("GET", path) == before


def test_what_is_planned_can_be_planned_otherwise(service: Service) -> None:
    employer = service.employer()
    made = employer("POST", "/v1/activities", DIALOGUE)
    path, first = f"/v1/activities/{made.json()['id']}", made.headers["etag"]
    assert made.json()["allowed"] == ["hold", "cancel"]
    moved = DIALOGUE | {"planned_on": "2026-03-27", "yearly": True}
    changed = employer("PUT", path, moved, headers={"If-Match": first})
    assert changed.status_code == 200
    assert changed.json()["planned_on"] == "2026-03-27"
    stale = employer("PUT", path, DIALOGUE, headers={"If-Match": first})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_write")
    assert employer.ok("GET", path)["planned_on"] == "2026-03-27"
    current = employer("GET", path).headers["etag"]
    assert employer("PUT", path, DIALOGUE, headers={"If-Match": current}).status_code == 200


@pytest.mark.parametrize(
    ("call", "body", "found"),
    [
        ("hold", {"held_on": "2026-03-03", "attended": 8}, ("#/held_on", "date_in_future")),
        ("hold", {"held_on": "2026-03-02", "attended": 0}, ("#/attended", "out_of_range")),
        ("hold", {"held_on": "2026-03-02", "attended": -3}, ("#/attended", "out_of_range")),
        ("hold", {"held_on": "2026-03-02", "attended": 100_001}, ("#/attended", "out_of_range")),
        ("hold", {"held_on": "2026-03-02"}, ("#/attended", "required")),
        (
            "hold",
            {"held_on": "2026-03-02", "attended": ["Anna"]},
            ("#/attended", "invalid_integer"),
        ),
        ("cancel", {"comment": "x"}, ("#/comment", "forbidden_field")),
    ],
)
def test_what_cannot_have_been_is_refused(
    service: Service, call: str, body: dict[str, Any], found: tuple[str, str]
) -> None:
    employer = service.employer()
    path = f"/v1/activities/{plan(employer, TRAINING)}"
    problem = employer.refused(422, "POST", f"{path}/{call}", body)
    assert [(error["pointer"], error["code"]) for error in problem["errors"]] == [found]
    assert employer.ok("GET", path)["state"] == "planned"


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ({"planned_on": "2028-03-03"}, ("#/planned_on", "date_out_of_range")),
        ({"kind": "party"}, ("#/kind", "invalid_choice")),
        ({"topic": "diagnoses"}, ("#/topic", "invalid_choice")),
        ({"audience": "1001"}, ("#/audience", "invalid_choice")),
        ({"yearly": "yes"}, ("#/yearly", "invalid_boolean")),
        ({"participants": ["1001"]}, ("#/participants", "unknown_field")),
        ({"note": "x"}, ("#/note", "forbidden_field")),
    ],
)
def test_what_cannot_be_planned_is_refused(
    service: Service, more: dict[str, Any], found: tuple[str, str]
) -> None:
    employer = service.employer()
    problem = employer.refused(422, "POST", "/v1/activities", TRAINING | more)
    assert [(error["pointer"], error["code"]) for error in problem["errors"]] == [found]
    assert employer.items("/v1/activities") == []


def test_a_list_is_filtered_by_kind_unit_state_and_days(service: Service) -> None:
    employer = service.employer()
    held = plan(employer, TRAINING, yearly=False, planned_on="2026-03-10")
    hold(employer, held, "2026-02-26")
    talk = plan(employer, DIALOGUE)
    other = plan(employer, DIALOGUE, unit="skolan", planned_on="2026-03-21")
    employer.ok("POST", f"/v1/activities/{other}/cancel")

    def listed(query: str) -> list[str]:
        return [one["id"] for one in employer.items(f"/v1/activities?{query}")]

    assert listed("") == [held, talk, other]
    assert listed("kind=training") == [held]
    assert listed("unit=skolan") == [other]
    assert listed("state=planned") == [talk]
    assert listed("state=held") == [held]
    assert listed("from=2026-03-20&to=2026-03-20") == [talk]
    assert listed("from=2026-03-21") == [other]
    assert listed("to=2026-02-26") == [held]  # on which it was held, and not planned
    assert listed("to=2026-02-25") == []
    problem = employer.refused(422, "GET", "/v1/activities?from=2026-03-02&to=2026-03-01")
    assert [error["code"] for error in problem["errors"]] == ["range_reversed"]
    employer.refused(422, "GET", "/v1/activities?from=today")
    page = employer.ok("GET", "/v1/activities?limit=2")
    rest = employer.ok("GET", f"/v1/activities?limit=2&cursor={page['next_cursor']}")
    assert [one["id"] for one in page["items"] + rest["items"]] == [held, talk, other]


def test_what_is_anothers_is_as_good_as_missing(service: Service) -> None:
    one, other = service.employer(), service.employer()
    path = f"/v1/activities/{plan(other, TRAINING)}"
    body = {"held_on": "2026-03-02", "attended": 8}
    for method, where, sent in (
        ("GET", path, None),
        ("PUT", path, TRAINING),
        ("POST", f"{path}/hold", body),
        ("POST", f"{path}/cancel", None),
    ):
        assert one.refused(404, method, where, sent)["code"] == "not_found"
    assert one.items("/v1/activities") == []
    assert other.ok("GET", path)["state"] == "planned"


def test_a_provider_has_no_part_in_them(service: Service) -> None:
    employer = service.employer()
    provider = employer.key_for("provider", provider=employer.provider())
    provider.refused(403, "GET", "/v1/activities")
    provider.refused(403, "POST", "/v1/activities", TRAINING)
