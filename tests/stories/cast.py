"""Who plays in the stories: a municipality, an FHV, and those who fall ill and come back.

Every verb goes over HTTP with the key of whoever acts. What webhooks and e-mails tell is caught
by real receivers, its signature verified by the official library, and compared at every step: no
day passes while something that came in has not been expected.
"""

import contextlib
import itertools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.kit import STOCKHOLM, Caller, Employer, Service, at, event
from tests.mailbox import Caught, Mailbox
from tests.receiver import Receiver

MANAGER = "chef@kommun.example.se"
BY_NAME = {"decided_by": "Chef 12"}
SIGNED_IN = "http://localhost:8000/docs"
_numbers = itertools.count(40_001)


@dataclass
class Inbox:
    """An endpoint's receiver, and how far it has been read."""

    service: Service
    receiver: Receiver
    secret: str = ""
    read: int = 0

    def news(self) -> list[str]:
        """What came since the last time, as "type state", once its signature was accepted."""
        self.service.deliver()
        fresh = self.receiver.requests[self.read :]
        self.read += len(fresh)
        now = self.service.clock.now()
        said = [request.verify_at(now, self.secret) for request in fresh]
        assert all(len(request.body) < 4096 for request in fresh)
        return [f"{one['type']} {one['data']['state']}" for one in said]

    def heard(self, *expected: str, times: int = 1) -> None:
        """Exactly that has come in since the last time, each so many times."""
        assert Counter(self.news()) == Counter(expected * times)


@dataclass
class Stage:
    """A service, its clock, and everybody's letter-boxes."""

    service: Service
    post: contextlib.ExitStack
    mailbox: Mailbox
    inboxes: list[Inbox] = field(default_factory=list)

    def inbox(self) -> Inbox:
        opened = Inbox(self.service, self.post.enter_context(Receiver()))
        self.inboxes.append(opened)
        return opened

    @property
    def today(self) -> str:
        return self.service.clock.now().astimezone(STOCKHOLM).date().isoformat()

    def on(self, day: str, hour: int = 12) -> None:
        """That day comes; what came in until now has been heard."""
        for inbox in self.inboxes:
            inbox.heard()
        self.no_mail()
        self.service.clock.set(at(day, hour))
        self.service.tick()

    def mails(self) -> list[Caught]:
        """The e-mails that came since the last time, which tell nobody more than where to look."""
        self.service.mail(self.mailbox)
        taken = self.mailbox.take()
        for mail in taken:
            assert SIGNED_IN in mail.text
        return taken

    def no_mail(self) -> None:
        assert self.mails() == []


@contextlib.contextmanager
def stage(service: Service, first_day: str) -> Iterator[Stage]:
    """An empty stage on that day."""
    service.set_day(first_day)
    with contextlib.ExitStack() as post, Mailbox() as mailbox:
        yield Stage(service, post, mailbox)


class Party:
    """Somebody with a key and a letter-box."""

    def __init__(self, on: Stage, calls: Caller, inbox: Inbox) -> None:
        self.stage, self.calls, self.inbox = on, calls, inbox

    def hears(self, *expected: str, times: int = 1) -> None:
        """Exactly these signed messages have come in since the last time."""
        self.inbox.heard(*expected, times=times)

    def sees(self, referral: str) -> Any:
        return self.calls.ok("GET", f"/v1/referrals/{referral}")

    def plans_meeting(self, kind: str, who: "Worker", day: str, **more: Any) -> Any:
        body = {"kind": kind, "employee_id": who.id, "starts_at": morning(day)} | more
        return self.calls.ok("POST", "/v1/meetings", body)

    def holds(self, meeting: Mapping[str, Any], **record: Any) -> Any:
        held = self.calls.ok("POST", f"/v1/meetings/{meeting['id']}/hold", record)
        assert held["state"] == "held"
        return held

    def cannot(self, status: int, code: str, method: str, path: str, body: Any = None) -> Any:
        """That is refused, with this code, in the problem or of its only error."""
        problem = self.calls.refused(status, method, path, body)
        assert code in (problem["code"], *(e["code"] for e in problem.get("errors", ())))
        return problem


class Town(Party):
    """A municipality: its manager and HR, by the employer's key."""

    def __init__(self, on: Stage, employer: Employer, inbox: Inbox) -> None:
        super().__init__(on, employer, inbox)
        self.employer = employer
        inbox.secret = employer.endpoint(inbox.receiver.url)["secret"]

    @classmethod
    def of(cls, on: Stage, *, preset: str, unit: str, **settings: Any) -> "Town":
        """One that decides by hand and lets that unit's manager know by e-mail."""
        employer = on.service.employer(release="manual", preset=preset, **settings)
        manager = {"employee": "90012", "contact": {"email": MANAGER}, "from": "2020-01-01"}
        employer.ok("PUT", "/v1/units", {"unit": unit, "managers": [manager]})
        return cls(on, employer, on.inbox())

    def employs(self, unit: str, **known: Any) -> "Worker":
        number = str(next(_numbers))
        described = {"employee": number, "unit": unit, "employment": [{"first_day": "2019-08-12"}]}
        made = self.calls.ok("PUT", "/v1/employees", described | known)
        return Worker(self, number, made["id"])

    def engages(self, name: str, **more: Any) -> "Clinic":
        """An FHV, with a key and an endpoint of its own."""
        provider_id = self.employer.provider(name=name, **more)
        inbox = self.stage.inbox()
        inbox.secret = self.employer.endpoint(inbox.receiver.url, provider_id=provider_id)["secret"]
        key = self.employer.key_for("provider", provider=provider_id)
        return Clinic(self.stage, key, inbox, provider_id)

    def manager_is_mailed(self, *, reminded: bool = False, about: Sequence["Worker"] = ()) -> None:
        """One mail to the manager, which says that something waits and not what it is."""
        [mail] = self.stage.mails()
        assert mail.to == (MANAGER,)
        assert mail.subject.startswith("Påminnelse") == reminded
        named = {secret for who in about for secret in (who.number, who.id, *who.secrets)}
        assert not [one for one in named if one in mail.everything]

    def flags(self, who: "Worker", state: str = "open") -> list[Any]:
        listed = self.calls.items(f"/v1/flags?state={state}")
        return [flag for flag in listed if flag["employee_id"] == who.id]

    def letter(self, flag: Mapping[str, Any], handed_over_on: str) -> str:
        path = f"/v1/flags/{flag['id']}/letter?handed_over_on={handed_over_on}"
        answer = self.calls("GET", path)
        assert answer.status_code == 200
        return str(answer.text)

    def releases(self, flag: Mapping[str, Any], informed_on: str) -> str:
        """A named person refers; answers the referral."""
        body = {"released_by": "HR 7", "employee_informed_on": informed_on}
        made = self.calls.ok("POST", f"/v1/flags/{flag['id']}/release", body)
        return str(made["referral_id"])

    def has_dealt_with(self, flag: Mapping[str, Any], outcome: str = "talk_held") -> None:
        body = BY_NAME | {"handled_on": self.stage.today, "outcome": outcome}
        self.calls.ok("POST", f"/v1/flags/{flag['id']}/handle", body)

    def writes_plan(self, referral: str, *measures: tuple[str, str, str]) -> Any:
        names = ("code", "responsible", "due_on")
        listed = [dict(zip(names, measure, strict=True)) for measure in measures]
        body = {"referral_id": referral, "measures": listed}
        return self.calls.ok("POST", "/v1/plans", body)

    def adopts(self, plan: Mapping[str, Any], *, employee_on: str) -> Any:
        body = BY_NAME | {
            "employer_adopted_on": self.stage.today,
            "employee_adopted_on": employee_on,
        }
        return self.calls.ok("POST", f"/v1/plans/{plan['id']}/adopt", body)

    def carries_out(self, plan: Mapping[str, Any], number: int) -> Any:
        body = {"done_on": self.stage.today}
        return self.calls.ok("POST", f"/v1/plans/{plan['id']}/measures/{number}/done", body)

    def follows_up(self, plan: Mapping[str, Any], number: int, **said: Any) -> Any:
        body = BY_NAME | {"done_on": self.stage.today} | said
        return self.calls.ok("POST", f"/v1/plans/{plan['id']}/follow-ups/{number}/done", body)

    def sets_aside(self, **series: Any) -> "Series":
        """Fixed times for alignment meetings."""
        made = self.calls.ok("POST", "/v1/meeting-series", {"kind": "alignment"} | series)
        return Series(self, f"/v1/meeting-series/{made['id']}")

    def report(self, name: str, **asked: Any) -> Any:
        return self.calls.ok("GET", f"/v1/reports/{name}", params=asked)


@dataclass
class Series:
    """Times that a town has set aside."""

    town: Town
    path: str

    def book(self, who: "Worker", **more: Any) -> Any:
        """The next free slot, with the employee's signed consent where it is given."""
        return self.town.calls.ok("POST", f"{self.path}/book", {"employee_id": who.id} | more)

    def move(self, day: str, to: str) -> Any:
        return self.town.calls.ok("POST", f"{self.path}/occurrences/{day}/move", {"to": to})

    def cancel(self, day: str) -> Any:
        return self.town.calls.ok("POST", f"{self.path}/occurrences/{day}/cancel")

    def calendar(self) -> str:
        return str(self.town.calls("GET", f"{self.path}/calendar.ics").text)


class Clinic(Party):
    """An FHV, by its own key: its nurse, and what is addressed to it."""

    def __init__(self, on: Stage, calls: Caller, inbox: Inbox, provider_id: str) -> None:
        super().__init__(on, calls, inbox)
        self.provider_id = provider_id

    def accepts(self, referral: str) -> None:
        self._moves(referral, "accept", {})

    def books(self, referral: str, day: str, mode: str = "on_site") -> None:
        self._moves(referral, "book", {"starts_at": morning(day), "mode": mode})

    def holds_the_talk(self, referral: str, *, three_party: bool, **more: Any) -> None:
        self._moves(referral, "complete", {"recommend_three_party": three_party} | more)

    def closes(self, referral: str, outcome: str) -> None:
        self._moves(referral, "close", {"outcome": outcome})

    def notes(self, meeting: Mapping[str, Any], **record: Any) -> Any:
        return self.calls.ok("PATCH", f"/v1/meetings/{meeting['id']}", record)

    def meetings(self, referral: str) -> list[Any]:
        return self.calls.items(f"/v1/meetings?referral_id={referral}")

    def finds_nothing(self) -> None:
        """Neither in a list nor told of anything."""
        for path in ("/v1/referrals", "/v1/meetings", "/v1/plans"):
            assert self.calls.items(path) == []
        assert self.inbox.receiver.requests == []

    def _moves(self, referral: str, call: str, body: Any) -> None:
        self.calls.ok("POST", f"/v1/referrals/{referral}/{call}", body)


@dataclass
class Worker:
    """Somebody employed, who falls ill and comes back. `secrets`: what tells who it is."""

    town: Town
    number: str
    id: str
    secrets: tuple[str, ...] = ()

    def is_ill(self, day: str) -> list[str]:
        """One day, reported that morning; answers the flags it raised."""
        return self._reports(event(day, employee=self.number))

    def falls_ill(self, day: str) -> list[str]:
        """A sick leave whose end nobody knows yet; answers the flags it raised."""
        return self._reports(event(day, employee=self.number, last_day=..., extent=100))

    def works_in_part(self, begun: str, extent: int, since: str) -> None:
        """The same sick leave, to that extent from a day on."""
        self._changes(begun, since, type="absence.changed", extent=extent, extent_from=since)

    def is_well(self, begun: str, since: str) -> None:
        self._changes(begun, since, type="absence.ended", well_from=since)

    def _reports(self, said: Mapping[str, Any]) -> list[str]:
        [answer] = self.town.employer.post(said)
        assert (answer["status"], answer["employee_id"]) == ("created", self.id)
        return list(answer["flags"])

    def _changes(self, begun: str, on: str, **more: Any) -> None:
        undated = {"first_day": ..., "last_day": ...}
        self._reports(event(begun, employee=self.number, occurred_on=on, **undated, **more))


def morning(day: str) -> str:
    """Nine o'clock that day."""
    return at(day, 9).isoformat()
