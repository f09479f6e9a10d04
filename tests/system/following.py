"""What follows a flag, for both employers of these tests: referrals under way, meetings, plans.

`world.py` furnishes an employer with it, and makes calls of the requests here.
"""

from collections.abc import Callable
from typing import Any

from app.meetings.guides.builtin import THREE_PARTY

TODAY = "2026-03-02"
BROUGHT_TO = {
    "1011": "accepted",
    "1012": "booked",
    "1013": "booked",
    "1014": "requested",
    "1015": "requested",
    "1016": "accepted",
}
"""Further employees of the north, referred on their own wish, and how far their talk has come."""
WITHOUT = "1017"
"""Nobody has referred this one yet."""
MEETING = {
    "kind": "three_party",
    "starts_at": "2026-03-02T10:00:00+01:00",
    "minutes": 45,
    "mode": "on_site",
    "participants": ["employee", "manager", "provider"],
    "consent": {"given_on": TODAY},
}
RECORD = {
    "points": [THREE_PARTY[0].code],
    "asked_about_violence": "yes",
    "work_status": "back_in_work",
    "participants": ["employee", "hr", "provider"],
    "consent": {"given_on": TODAY},
}
MEASURES = [
    {"code": "adapted_tasks", "responsible": "manager", "due_on": "2026-04-01"},
    {"code": "ergonomics", "responsible": "hr", "due_on": "2026-04-15"},
]
ADOPTION = {
    "decided_by": "Manager 3",
    "employer_adopted_on": TODAY,
    "employee_adopted_on": TODAY,
}
BY_PROVIDER = {"on_behalf_of": None, "decided_by": "Nurse 4", "feedback_consent_on": TODAY}
BOOKING = {"starts_at": "2026-03-02T15:00:00+01:00", "mode": "phone"}


def furnish_what_follows(made: Any, unit: str) -> None:
    """Referrals in every state that a call needs; meetings and plans to go on with, and to end."""
    numbers = [*BROUGHT_TO, WITHOUT]
    employed = [{"first_day": "2020-01-01"}]
    people = [{"employee": n, "unit": unit, "employment": employed} for n in numbers]
    answer = made.employer.ok("PUT", "/v1/employees", people)
    made.employees |= {one["employee"]: one["id"] for one in answer["items"]}
    for number, state in BROUGHT_TO.items():
        _refer(made, number, state)
    for name in ("meeting_id", "moved_meeting", "cancelled_meeting"):
        made.ids[name] = made.employer.ok("POST", "/v1/meetings", _meeting(made))["id"]
    by_itself = MEETING | {"employee_id": made.employees["1011"]}
    made.ids["held_meeting"] = made.employer.ok("POST", "/v1/meetings", by_itself)["id"]
    for name in ("plan_id", "plan_to_adopt", "adopted_plan"):
        made.ids[name] = made.employer.ok("POST", "/v1/plans", _plan(made))["id"]
    made.employer.ok("POST", f"/v1/plans/{made.ids['adopted_plan']}/adopt", ADOPTION)
    _add_what_is_not_the_providers(made)


def _refer(made: Any, number: str, state: str) -> None:
    wish = {"employee_id": made.employees[number], "wish_of": "employee", "decided_by": "HR 7"}
    made.referrals[number] = made.employer.ok("POST", "/v1/referrals", wish)["id"]
    path = f"/v1/referrals/{made.referrals[number]}"
    if state != "requested":
        made.at_provider[0].ok("POST", f"{path}/accept")
    if state == "booked":
        made.at_provider[0].ok("POST", f"{path}/book", BOOKING)


def _add_what_is_not_the_providers(made: Any) -> None:
    """A meeting and a plan of the other provider's referral, and of one that nobody has."""
    for name, number in (("anothers", "1009"), ("nobodys", "1010")):
        target = {
            "employee_id": made.employees[number],
            "referral_id": made.referrals[number],
        }
        meeting = made.employer.ok("POST", "/v1/meetings", MEETING | target)
        plan = made.employer.ok("POST", "/v1/plans", {"measures": MEASURES} | target)
        made.ids |= {f"{name}_meeting_id": meeting["id"], f"{name}_plan_id": plan["id"]}


def _meeting(made: Any) -> dict[str, Any]:
    target = {"employee_id": made.employees["1011"], "referral_id": made.referrals["1011"]}
    return MEETING | target


def _plan(made: Any) -> dict[str, Any]:
    """One that stands by itself: adopting it asks for no three-party talk."""
    days = ["2026-04-01", "2026-06-01"]
    return {"employee_id": made.employees["1011"], "measures": MEASURES, "follow_ups": days}


def _plan_of_a_referral(made: Any) -> dict[str, Any]:
    return _plan(made) | {"referral_id": made.referrals["1011"]}


def _wish(made: Any) -> dict[str, Any]:
    return {
        "employee_id": made.employees[WITHOUT],
        "wish_of": "manager",
        "service": "health_talk",
        "decided_by": "HR 7",
        "also_decided_by": "Manager 3",
        "employee_informed_on": TODAY,
        "provider_id": made.providers[0],
    }


def _reassignment(made: Any) -> dict[str, Any]:
    return {"decided_by": "HR 7", "provider_id": made.providers[0]}


def _fixed(body: Any) -> Callable[[Any], Any]:
    return lambda _: body


def _of(name: str, key: str) -> Callable[[Any], dict[str, str]]:
    return lambda made: {name: made.ids[key]}


def _move(call: str, number: str, body: Any, *, by_provider: bool = False) -> dict[str, Any]:
    return {
        f"POST /v1/referrals/{{referral_id}}/{call}": {
            "body": body if callable(body) else _fixed(body),
            "ids": lambda made: {"referral_id": made.referrals[number]},
            "by_provider": by_provider,
        }
    }


REQUESTS: dict[str, dict[str, Any]] = {
    "POST /v1/referrals": {"body": _wish},
    **_move("accept", "1004", BY_PROVIDER, by_provider=True),
    **_move("decline", "1005", BY_PROVIDER | {"reason": "no_capacity"}, by_provider=True),
    **_move("book", "1011", BY_PROVIDER | BOOKING, by_provider=True),
    **_move("no-show", "1012", BY_PROVIDER, by_provider=True),
    **_move("complete", "1013", BY_PROVIDER | {"recommend_three_party": True}, by_provider=True),
    **_move("decline-by-employee", "1014", {"decided_by": "HR 7"}),
    **_move("close", "1015", {"decided_by": "HR 7", "outcome": "no_further_need"}),
    **_move("reassign", "1016", _reassignment),
    "POST /v1/meetings": {"body": _meeting},
    "GET /v1/meetings": {},
    "GET /v1/meetings/{meeting_id}": {},
    "PATCH /v1/meetings/{meeting_id}": {"body": _fixed(RECORD)},
    "POST /v1/meetings/{meeting_id}/hold": {
        "body": _fixed(RECORD),
        "ids": _of("meeting_id", "held_meeting"),
    },
    "POST /v1/meetings/{meeting_id}/move": {
        "body": _fixed({"starts_at": "2026-03-12T13:00:00+01:00", "minutes": 30}),
        "ids": _of("meeting_id", "moved_meeting"),
    },
    "POST /v1/meetings/{meeting_id}/cancel": {"ids": _of("meeting_id", "cancelled_meeting")},
    "POST /v1/plans": {"body": _plan_of_a_referral},
    "GET /v1/plans": {},
    "GET /v1/plans/{plan_id}": {},
    "PUT /v1/plans/{plan_id}": {
        "body": _fixed({"measures": MEASURES[:1], "follow_ups": ["2026-05-04"]})
    },
    "POST /v1/plans/{plan_id}/adopt": {
        "body": _fixed(ADOPTION),
        "ids": _of("plan_id", "plan_to_adopt"),
    },
    "POST /v1/plans/{plan_id}/measures/{number}/done": {
        "body": _fixed({"done_on": TODAY}),
        "ids": _of("plan_id", "adopted_plan"),
    },
    "POST /v1/plans/{plan_id}/follow-ups/{number}/done": {
        "body": _fixed({"done_on": TODAY, "work_status": "back_in_work", "decided_by": "HR 7"}),
        "ids": _of("plan_id", "adopted_plan"),
    },
}
"""By route: the body, the ids of what it names where not the usual ones, and whose key."""
