"""Two employers whose world is the same but for what is nobody's business but the provider's.

The clock is one; every call of the employer is made in both worlds at the same instant, and so is
every move of a provider that the employer may know of. What happens between is different. Whatever
the employer then can obtain has to be the same.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from app.delivery.tables import Message
from app.mail.tables import Mail
from app.ops.jobs import tell_of_overdue
from tests.kit import FIVE, Caller, Employer, Service, event
from tests.receiver import Receiver
from tests.secrecy.looking import Looker
from tests.secrecy.names import Names

TODAY = FIVE[-1]
UNIT = "norr"
KIM = {"name": "Kim Zetterholm-Exempel", "phone": "070-174 06 05", "email": "kim@zet.example"}
PERSONAL_NUMBER = "191212121212"
PERSONAL = (*KIM.values(), PERSONAL_NUMBER, "121212-1212")
"""What no employer is ever shown of an employee, whom nobody else of the worlds is called like."""


def every_day(first: str, last: str) -> list[str]:
    """The days from first to last, but Sundays: nothing is late on a Saturday that was not before,
    and a tick may be missed."""
    day, found = date.fromisoformat(first), []
    while day <= date.fromisoformat(last):
        if day.weekday() < 6:
            found.append(day.isoformat())
        day += timedelta(days=1)
    return found


@dataclass
class Person:
    """Somebody with a referral, and the meetings and plans that the story made."""

    number: str
    employee_id: str
    flag_id: str
    referral_id: str
    made: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Step:
    """What is done on a day, by somebody, in one person's story."""

    day: str
    do: Callable[["Side", Person], None]


@dataclass(frozen=True)
class Case:
    """One person's story: what both worlds share, and what happens in the one and in the other."""

    name: str
    open: Sequence[Step] = ()
    one: Sequence[Step] = ()
    other: Sequence[Step] = ()


class Side:
    """One of the two worlds: an employer, two providers of its own, and people with referrals."""

    def __init__(self, service: Service, receiver: Receiver, name: str) -> None:
        self.service = service
        self.receiver = receiver
        self.name = name
        self.employer: Employer = service.employer(release="manual")
        self.names = Names()
        self.names.mine[f"{receiver.url}/{name}/"] = "receiver:/"
        self.names.mine[self.employer.tenant_id] = "<tenant>"
        self.secrets: dict[str, list[str]] = {"secret": []}
        self.people: list[Person] = []
        self.providers: list[str] = []
        self.at_provider: list[Caller] = []
        self._furnish()
        self.looker = self.looking_with(self.employer)

    def looking_with(self, caller: Caller) -> Looker:
        """Somebody with that credential, who looks at everything."""
        return Looker(caller, self.names, secrets=self.secrets)

    def _furnish(self) -> None:
        employer = self.employer
        manager = {"employee": "m1", "contact": {"name": "M", "email": "m@x.example"}}
        unit = {"unit": UNIT, "managers": [manager | {"from": "2020-01-01"}]}
        led = employer.ok("PUT", "/v1/units", unit)
        for priority in (1, 2):
            self.providers.append(employer.provider(name=f"FHV {priority}", priority=priority))
            self.at_provider.append(employer.key_for("provider", provider=self.providers[-1]))
        series = employer.ok("POST", "/v1/meeting-series", SERIES)
        for whose in ({"series_id": series["id"]}, {"manager_id": led["managers"][0]["id"]}):
            address = employer.ok("POST", "/v1/calendar-feeds", whose)["address"]
            secret = address.removeprefix("/calendars/").removesuffix(".ics")
            self.secrets["secret"].append(secret)
            self.names.mine[secret] = f"<secret {len(self.secrets['secret'])}>"
        self.series = series["id"]

    def add_endpoints(self) -> None:
        """The employer's own, with all types and with two, and one for each provider."""
        url = f"{self.receiver.url}/{self.name}"
        self.employer.endpoint(f"{url}/own")
        self.employer.endpoint(f"{url}/few", types=["meeting.planned", "referral.overdue"])
        for place, provider_id in enumerate(self.providers):
            self.employer.endpoint(f"{url}/fhv{place}", provider_id=provider_id)

    def add_people(self, count: int) -> None:
        """People with a pattern of absence, and a referral released this day."""
        numbers = [str(1001 + place) for place in range(count)]
        rows: list[dict[str, Any]] = [{"employee": n, "unit": UNIT} for n in numbers]
        rows[0] |= {"contact": KIM, "personal_number": PERSONAL_NUMBER}
        listed = self.employer.ok("PUT", "/v1/employees", rows)["items"]
        said = [event(d, id=f"{n}/{d}", employee=n) for n in numbers for d in FIVE]
        self.employer.batch(*said)
        flags = {flag["employee_id"]: flag["id"] for flag in self.employer.items("/v1/flags")}
        for one in listed:
            flag_id = flags[one["id"]]
            released = self.employer.ok("POST", f"/v1/flags/{flag_id}/release", RELEASE)
            referral_id = released["referral_id"]
            self.people.append(Person(one["employee"], one["id"], flag_id, referral_id))

    # What may be done in a story.

    def provider(self, person: Person, call: str, body: Any = None, *, which: int = 0) -> Any:
        """A provider's move, which has to succeed."""
        path = f"/v1/referrals/{person.referral_id}/{call}"
        return self.at_provider[which].ok("POST", path, body)

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """A call of the employer's, with its answer written down, whatever it is."""
        answer = self.employer(method, path, body)
        self.looker.note(f"{method} {path}", answer)
        return answer.json() if answer.content else None

    # What the employer can obtain besides.

    def told(self) -> list[str]:
        """The messages as they are stored for the employer."""
        rows = select(Message.message_id, Message.type, Message.occurred_at, Message.employer_data)
        with self.service.ctx.database.read() as conn:
            stored = conn.execute(
                rows.where(Message.tenant_id == self.employer.tenant_id).order_by(
                    Message.message_id
                )
            )
            found = [str(tuple(row)) for row in stored if row.employer_data is not None]
        return [self.names.plain(text) for text in found]

    def received(self, *endpoints: str) -> list[str]:
        """The webhooks that came in at those endpoints of this world."""
        found = []
        for endpoint in endpoints:
            for request in self.receiver.requests:
                if request.path == f"/hook/{self.name}/{endpoint}":
                    kept = {k: v for k, v in request.headers.items() if k not in OF_ITS_OWN}
                    said = f"{endpoint} {sorted(kept.items())} {request.body.decode()}"
                    found.append(self.names.plain(said))
        return found

    def mails(self) -> list[str]:
        """What managers and HR are told by mail: when, to whom, of how many."""
        own = select(Mail.recipient, Mail.slot, Mail.waiting, Mail.again, Mail.state)
        with self.service.ctx.database.read() as conn:
            rows = conn.execute(
                own.where(Mail.tenant_id == self.employer.tenant_id).order_by(Mail.mail_id)
            )
            return [self.names.plain(str(tuple(row))) for row in rows]


OF_ITS_OWN = {"host", "webhook-signature"}
"""Headers with the receiver's port, and with what each endpoint's own secret makes of the body."""
RELEASE = {"released_by": "HR 7", "employee_informed_on": TODAY}
SERIES = {
    "kind": "three_party",
    "unit": UNIT,
    "first_day": "2026-03-16",
    "at": "09:00",
    "interval_weeks": 1,
    "slots": 3,
    "slot_minutes": 60,
}


class Twins:
    """Both worlds on one service, on their way through the days together."""

    def __init__(self, service: Service, receiver: Receiver, cases: Sequence[Case]) -> None:
        service.set_day(TODAY)
        self.service = service
        self.cases = cases
        self.sides = (Side(service, receiver, "one"), Side(service, receiver, "two"))
        for side in self.sides:
            side.add_endpoints()
            side.add_people(len(cases))

    def pass_days(self, days: Iterable[str]) -> None:
        """What each day brings: what is done, a look at what is late, and time's own work."""
        for day in days:
            self.service.set_day(day)
            for side in self.sides:
                self.live(side, day)
            self.service.tick()
            tell_of_overdue(self.service.ctx)
            for side in self.sides:
                side.looker.get("/v1/referrals", {"overdue": "true"})

    def live(self, side: Side, day: str) -> None:
        """What is done on a day in one of the worlds."""
        for case, person in zip(self.cases, side.people, strict=True):
            own = case.one if side is self.sides[0] else case.other
            for step in (*case.open, *own):
                if step.day == day:
                    step.do(side, person)

    def look(self, *only: str) -> None:
        """The employer looks at everything, or at the routes of those beginnings."""
        for side in self.sides:
            side.looker.look(*only)
