"""What the parties do in a story: the provider's moves, the employer's, and what it may try."""

from collections.abc import Callable
from typing import Any

from tests.secrecy.twins import Person, Side, Step

Do = Callable[[Side, Person], None]


def _move(call: str, body: Any = None, which: int = 0) -> Do:
    def do(side: Side, person: Person) -> None:
        side.provider(person, call, body, which=which)

    return do


def accept(day: str, which: int = 0, **more: Any) -> Step:
    return Step(day, _move("accept", more or None, which))


def decline(day: str, reason: str = "no_capacity") -> Step:
    return Step(day, _move("decline", {"reason": reason}))


def decline_by_employee(day: str) -> Step:
    return Step(day, _move("decline-by-employee"))


def book(day: str, on: str, mode: str = "on_site", which: int = 0, **more: Any) -> Step:
    body = {"starts_at": f"{on}T09:00:00+01:00", "mode": mode, **more}
    return Step(day, _move("book", body, which))


def no_show(day: str) -> Step:
    return Step(day, _move("no-show"))


def complete(day: str, *, recommend: bool = True, **more: Any) -> Step:
    return Step(day, _move("complete", {"recommend_three_party": recommend, **more}))


def close(day: str, outcome: str, which: int = 0) -> Step:
    return Step(day, _move("close", {"outcome": outcome}, which))


def by_employer(day: str, call: str, body: Any = None) -> Step:
    """A move of the employer's own."""

    def do(side: Side, person: Person) -> None:
        side.ask("POST", f"/v1/referrals/{person.referral_id}/{call}", body)

    return Step(day, do)


def reassign(day: str) -> Step:
    """The employer turns to the other provider."""

    def do(side: Side, person: Person) -> None:
        path = f"/v1/referrals/{person.referral_id}/reassign"
        side.ask("POST", path, {"provider_id": side.providers[1], "decided_by": "HR 7"})

    return Step(day, do)


RECORDED: dict[str, dict[str, Any]] = {
    "accept": {},
    "book": {"starts_at": "2026-03-12T09:00:00+01:00", "mode": "phone"},
    "no-show": {},
    "complete": {"recommend_three_party": False},
    "decline": {"reason": "no_capacity"},
}


def record(day: str, call: str) -> Step:
    """The employer records a move in the provider's place."""
    return by_employer(day, call, {"on_behalf_of": "provider", **RECORDED[call]})


def try_to_record_everything(day: str) -> list[Step]:
    """What an inquisitive employer may try: each move in the provider's place."""
    return [record(day, call) for call in RECORDED]


def plan_three_party(day: str, on: str) -> Step:
    """The employer plans a three-party talk (trepartssamtal)."""

    def do(side: Side, person: Person) -> None:
        made = side.ask("POST", "/v1/meetings", _three_party(person, on))
        person.made["three_party"] = made["id"]

    return Step(day, do)


def invite(day: str, on: str) -> Step:
    """The provider plans it."""

    def do(side: Side, person: Person) -> None:
        made = side.at_provider[0].ok("POST", "/v1/meetings", _three_party(person, on))
        person.made["three_party"] = made["id"]

    return Step(day, do)


def _three_party(person: Person, on: str) -> dict[str, Any]:
    return {
        "kind": "three_party",
        **_whose(person),
        "starts_at": f"{on}T10:00:00+01:00",
        "consent": {"given_on": "2026-03-02"},
    }


def _whose(person: Person) -> dict[str, str]:
    return {"employee_id": person.employee_id, "referral_id": person.referral_id}


def book_slot(day: str) -> Step:
    """The employer books the next free slot of a series for it."""

    def do(side: Side, person: Person) -> None:
        path = f"/v1/meeting-series/{side.series}/book"
        consent = {"consent": {"given_on": "2026-03-02"}}
        made = side.ask("POST", path, _whose(person) | consent)
        person.made["three_party"] = made["id"]

    return Step(day, do)


def hold(day: str, *, by_provider: bool = False) -> Step:
    """Somebody says that the three-party talk was held."""

    def do(side: Side, person: Person) -> None:
        path = f"/v1/meetings/{person.made['three_party']}/hold"
        body = {"asked_about_violence": "no", "points": []}
        if by_provider:
            side.at_provider[0].ok("POST", path, body)
        else:
            side.ask("POST", path, body)

    return Step(day, do)


def write_plan(day: str) -> Step:
    """The employer drafts an action plan (handlingsplan)."""

    def do(side: Side, person: Person) -> None:
        measure = {"code": "adapted_tasks", "responsible": "manager", "due_on": "2026-05-01"}
        body = {"referral_id": person.referral_id, "measures": [measure]}
        person.made["plan"] = side.ask("POST", "/v1/plans", body)["id"]

    return Step(day, do)


def adopt(day: str) -> Step:
    """Both adopt it, or try to."""

    def do(side: Side, person: Person) -> None:
        body = {"employer_adopted_on": day, "employee_adopted_on": day}
        side.ask("POST", f"/v1/plans/{person.made['plan']}/adopt", body)

    return Step(day, do)


def follow_up(day: str, number: int) -> Step:
    """A follow-up of the plan is done."""

    def do(side: Side, person: Person) -> None:
        path = f"/v1/plans/{person.made['plan']}/follow-ups/{number}/done"
        side.ask("POST", path, {"done_on": day, "work_status": "back_in_work"})

    return Step(day, do)


def enter_grant(day: str) -> Step:
    """The employer enters what it paid for the referral."""

    def do(side: Side, person: Person) -> None:
        bought = {"kind": "investigation", "performed_on": "2026-03-10", "amount": "6250.00"}
        side.ask("POST", "/v1/grants", {**bought, **_whose(person)})

    return Step(day, do)


def change_deadlines(day: str) -> Step:
    """The employer wants everything sooner, and moves the employee to a unit that is closed."""

    def do(side: Side, person: Person) -> None:
        side.ask("PATCH", "/v1/tenant", {"deadlines": {"talk_days": 4, "three_party_days": 6}})
        closed = [{"first_day": "2026-03-23", "last_day": "2026-03-27"}]
        side.ask("PUT", "/v1/units", {"unit": "syd", "closures": closed})
        side.ask("PUT", "/v1/employees", {"employee": person.number, "unit": "syd"})

    return Step(day, do)
