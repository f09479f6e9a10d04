"""One referral over HTTP, with both parties' keys: brought to any state, looked at from any side.

[case] = cases(service)
case.to("talk_held")
case.seen()["state"]       # "in_progress": what the employer sees
case.known()["state"]      # "talk_held": what the provider knows
"""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from app.delivery.tables import Message
from tests.kit import FIVE, STOCKHOLM, Caller, Employer, Service, at, event

TODAY = FIVE[-1]
CALLS: dict[str, Mapping[str, Any]] = {
    "accept": {},
    "decline": {"reason": "no_capacity"},
    "book": {"starts_at": "2026-03-02T15:00:00+01:00", "mode": "on_site"},
    "no-show": {},
    "complete": {"recommend_three_party": True},
    "decline-by-employee": {},
    "withdraw": {"decided_by": "HR 7", "reason": "no_longer_needed"},
    "close": {"outcome": "no_further_need"},
    "reassign": {"provider_id": "..."},
}
"""Every move that has a route of its own, with a body that is taken."""
WAY = ("requested", "accepted", "booked", "talk_held", "three_party_held", "plan_adopted")
OVER = {
    "declined": ("requested", "decline"),
    "declined_by_employee": ("requested", "decline-by-employee"),
    "withdrawn": ("requested", "withdraw"),
    "closed": ("plan_adopted", "close"),
}
"""From which state, and by which call, each end is reached here."""
STATES = (*WAY, *OVER)
MEASURES = [{"code": "adapted_tasks", "responsible": "manager", "due_on": "2026-04-01"}]


@dataclass
class Case:
    """A referral, whom it is about, and who works on it."""

    employer: Employer
    fhv: Caller
    provider_id: str
    employee_id: str
    id: str

    @property
    def path(self) -> str:
        return f"/v1/referrals/{self.id}"

    @property
    def today(self) -> date:
        return self.employer.service.clock.now().astimezone(STOCKHOLM).date()

    def body(self, call: str, **more: Any) -> dict[str, Any]:
        """A body for that call; a talk is booked for this afternoon."""
        said = dict(CALLS[call]) | more
        if call == "book" and "starts_at" not in more:
            said["starts_at"] = at(self.today, 15).isoformat()
        return said

    def move(self, call: str, by: Caller | None = None, **more: Any) -> Any:
        """Make a move: the provider, unless somebody else is named."""
        return (by or self.fhv).ok("POST", f"{self.path}/{call}", self.body(call, **more))

    def refuse(self, status: int, call: str, by: Caller | None = None, **more: Any) -> Any:
        """The problem of a move that must not be."""
        path = f"{self.path}/{call}"
        return (by or self.fhv).refused(status, "POST", path, self.body(call, **more))

    def record(self, call: str, **more: Any) -> Any:
        """The employer records a provider's move in its place."""
        return self.move(call, self.employer, on_behalf_of="provider", decided_by="HR 7", **more)

    def connect(self) -> None:
        """The provider gets a key of its own."""
        self.fhv = self.employer.key_for("provider", provider=self.provider_id)

    def seen(self) -> Any:
        """The referral as the employer sees it."""
        return self.employer.ok("GET", self.path)

    def known(self) -> Any:
        """The referral as its provider knows it."""
        return self.fhv.ok("GET", self.path)

    def meetings(self, by: Caller | None = None) -> list[dict[str, Any]]:
        """The referral's meetings, as the provider or whoever is named sees them."""
        return (by or self.fhv).items(f"/v1/meetings?referral_id={self.id}")

    def meet(self, by: Caller | None = None, **more: Any) -> Any:
        """Plan a three-party talk for this morning, unless something else is said."""
        body = {
            "kind": "three_party",
            "employee_id": self.employee_id,
            "referral_id": self.id,
            "starts_at": at(self.today, 10).isoformat(),
            "consent": {"given_on": self.today.isoformat()},
        }
        said = {name: value for name, value in (body | more).items() if value is not ...}
        return (by or self.fhv).ok("POST", "/v1/meetings", said)

    def hold(self, meeting: Mapping[str, Any], by: Caller | None = None, **record: Any) -> Any:
        """The meeting took place."""
        return (by or self.fhv).ok("POST", f"/v1/meetings/{meeting['id']}/hold", record)

    def plan(self, **more: Any) -> Any:
        """A draft of the action plan."""
        body = {"referral_id": self.id, "measures": MEASURES}
        return self.employer.ok("POST", "/v1/plans", body | more)

    def adopt(self, plan: Mapping[str, Any], **more: Any) -> Any:
        """Employer and employee adopt it today."""
        day = self.today.isoformat()
        body = {"employer_adopted_on": day, "employee_adopted_on": day} | more
        return self.employer.ok("POST", f"/v1/plans/{plan['id']}/adopt", body)

    def to(self, state: str, *, consented: bool = False) -> "Case":
        """Bring a requested referral to that state, on the usual way."""
        if state in OVER:
            before, call = OVER[state]
            by = self.employer if call in ("withdraw", "close") else self.fhv
            self.to(before, consented=consented).move(call, by)
            return self
        consent: dict[str, Any] = (
            {"feedback_consent_on": self.today.isoformat()} if consented else {}
        )
        for reached in WAY[1 : WAY.index(state) + 1]:
            match reached:
                case "accepted":
                    self.move("accept", **consent)
                case "booked":
                    self.move("book")
                case "talk_held":
                    self.move("complete")
                case "three_party_held":
                    self.hold(self.meet())
                case "plan_adopted":
                    self.adopt(self.plan())
        return self


def told(employer: Employer, kind: str) -> list[tuple[Any, Any]]:
    """The messages of that type so far: what the provider is told, and what the employer is.

    None for whom a message is not meant.
    """
    wanted = select(Message).where(Message.tenant_id == employer.tenant_id, Message.type == kind)
    with employer.service.ctx.database.read() as conn:
        rows = conn.execute(wanted.order_by(Message.message_id)).all()
    return [(row.data if row.provider_id else None, row.employer_data) for row in rows]


def wished(service: Service, **settings: Any) -> Case:
    """A referral asked for at this very moment, on the employee's own wish."""
    employer = service.employer(preset=None, **settings)
    provider_id = employer.provider()
    employee = {"employee": "1001", "unit": "hemtjansten"}
    employee_id = employer.ok("PUT", "/v1/employees", employee)["id"]
    body = {"employee_id": employee_id, "wish_of": "employee", "decided_by": "HR 7"}
    made = employer.ok("POST", "/v1/referrals", body)
    fhv = employer.key_for("provider", provider=provider_id)
    return Case(employer, fhv, provider_id, employee_id, made["id"])


def cases(
    service: Service, count: int = 1, *, connected: bool = True, **settings: Any
) -> list[Case]:
    """So many referrals of one employer, requested today of one provider.

    One that is not `connected` has no key: the employer records its moves (`record`).
    """
    employer = service.employer(**settings)
    provider_id = employer.provider()
    numbers = [str(1000 + n) for n in range(1, count + 1)]
    employed = [{"first_day": "2020-01-01"}]
    people = [{"employee": n, "unit": "hemtjansten", "employment": employed} for n in numbers]
    employer.ok("PUT", "/v1/employees", people)
    employer.batch(*[event(day, employee=number) for number in numbers for day in FIVE])
    fhv = employer.key_for("provider", provider=provider_id) if connected else employer
    return [
        Case(employer, fhv, provider_id, referral["employee_id"], referral["id"])
        for referral in employer.items("/v1/referrals")
    ]


def employee(employer: Employer, number: str = "1001", **more: Any) -> str:
    """Somebody employed since 2020, unless something else is said; answers the id."""
    described = {"employee": number, "employment": [{"first_day": "2020-01-01"}]} | more
    return str(employer.ok("PUT", "/v1/employees", described)["id"])


def codes(problem: Any) -> list[tuple[str, str]]:
    """Where and with which code a body was refused."""
    return [(error["pointer"], error["code"]) for error in problem["errors"]]


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """All of them at the same moment; the answers."""
    together = threading.Barrier(len(calls))

    def one(call: Callable[[], Any]) -> Any:
        together.wait(timeout=30)
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(one, calls))
