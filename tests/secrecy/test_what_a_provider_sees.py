"""A provider learns nothing about employees who are not referred to it, or no longer are.

Two worlds that differ in everything but what is addressed to the first provider: the absences,
referrals, talks, meetings and plans of all others, and of its own people whatever came before,
after, or besides. What the first provider can obtain is the same.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import copy
from typing import Any

import pytest

from tests.kit import Caller, Service, event, settings_for
from tests.receiver import Receiver
from tests.secrecy.looking import OF_PARAMETER, Looker
from tests.secrecy.names import ID, Names, first_difference
from tests.secrecy.steps import close, hold, invite, reassign, write_plan
from tests.secrecy.stories import ACCEPTED, RECOMMENDED
from tests.secrecy.twins import KIM, PERSONAL, PERSONAL_NUMBER, Case, Person, Side, Step, Twins
from tests.system.world import ROUTES, rows_of

Do = Callable[[Side, Person], None]
LEFT = reassign("2026-03-04")


def second(day: str, call: str, body: Any = None) -> Step:
    """A move of the second provider's."""
    return Step(day, lambda side, person: side.provider(person, call, body, which=1))


def meeting(day: str, *, of_referral: bool) -> Step:
    """The employer plans an alignment meeting (avstämningsmöte) and holds it."""

    def do(side: Side, person: Person) -> None:
        body = {
            "kind": "alignment",
            "employee_id": person.employee_id,
            "referral_id": person.referral_id if of_referral else None,
            "starts_at": f"{day}T08:00:00+01:00",
        }
        made = side.ask("POST", "/v1/meetings", body)
        side.ask("POST", f"/v1/meetings/{made['id']}/hold")

    return Step(day, do)


def own_plan(day: str) -> Step:
    """A plan for the employee without a referral."""

    def do(side: Side, person: Person) -> None:
        measure = {"code": "adapted_hours", "responsible": "hr", "due_on": "2026-05-01"}
        body = {"employee_id": person.employee_id, "measures": [measure]}
        side.ask("POST", "/v1/plans", body)

    return Step(day, do)


def strangers(day: str) -> Step:
    """Others fall ill, are flagged and referred, by wish too, and exempt."""

    def do(side: Side, person: Person) -> None:
        said = [event(d, id=f"s{n}/{d}", employee=f"s{n}") for n in range(3) for d in SICK]
        side.employer.batch(*said)
        found = side.employer.ok("POST", "/v1/employees/search", {"employee": "s1"})["items"]
        wish = {"employee_id": found[0]["id"], "wish_of": "employee", "decided_by": "HR 7"}
        side.ask("POST", "/v1/referrals", wish | {"provider_id": side.providers[1]})

    return Step(day, do)


def wished_again(day: str) -> Step:
    """The same employee is referred once more, to the other provider."""

    def do(side: Side, person: Person) -> None:
        wish = {"employee_id": person.employee_id, "wish_of": "employee", "decided_by": "HR 7"}
        made = side.ask("POST", "/v1/referrals", wish | {"provider_id": side.providers[1]})
        body = {"starts_at": "2026-03-20T09:00:00+01:00", "mode": "phone"}
        for call, said in (("accept", None), ("book", body)):
            side.at_provider[1].ok("POST", f"/v1/referrals/{made['id']}/{call}", said)

    return Step(day, do)


SICK = ("2025-09-02", "2025-10-07", "2025-11-18", "2026-01-13", "2026-03-05")
BOOKING = {"starts_at": "2026-03-12T09:00:00+01:00", "mode": "on_site"}
CASES = [
    Case(
        "its own, with a meeting and a plan beside the referral",
        [ACCEPTED, *RECOMMENDED, invite("2026-03-11", "2026-03-13"), hold("2026-03-13")],
        [],
        [meeting("2026-03-10", of_referral=False), own_plan("2026-03-11")],
    ),
    Case(
        "reassigned away",
        [ACCEPTED, LEFT],
        [],
        [
            *(second("2026-03-05", "accept"), second("2026-03-06", "book", BOOKING)),
            second("2026-03-12", "complete", {"recommend_three_party": True}),
            *(meeting("2026-03-13", of_referral=True), write_plan("2026-03-13")),
        ],
    ),
    Case(
        "closed, and referred again to the other",
        [ACCEPTED, close("2026-03-05", "no_further_need")],
        [],
        [wished_again("2026-03-09"), meeting("2026-03-10", of_referral=False)],
    ),
    Case(
        "the other's from the start, and strangers",
        [reassign("2026-03-02")],
        [second("2026-03-04", "decline", {"reason": "no_capacity"})],
        [second("2026-03-04", "accept"), strangers("2026-03-06")],
    ),
]
DAYS = [f"2026-03-{day:02}" for day in range(2, 21) if day not in (7, 8, 14, 15)]


class Sight:
    """What a provider of a world has seen."""

    def __init__(self, side: Side, which: int = 0) -> None:
        self.side = side
        self.caller: Caller = side.at_provider[which]
        self.names = Names()
        self.names.mine = dict(side.names.mine)
        self.looker = Looker(self.caller, self.names, secrets={"secret": ["nobodys"]})
        self._which = which

    def told(self) -> list[str]:
        """Its webhooks, in the order they were written: two lanes do not wait for each other."""
        path = f"/hook/{self.side.name}/fhv{self._which}"
        own = [r.body.decode() for r in self.side.receiver.requests if r.path == path]
        return [self.names.plain(body) for body in sorted(own, key=lambda b: json.loads(b)["id"])]


def sights_of(service: Service, receiver: Receiver) -> list[Sight]:
    """The first provider of each world, with all it can see by the end and on the way."""
    twins = Twins(service, receiver, CASES)
    sights = [Sight(side) for side in twins.sides]
    for day in DAYS:
        twins.pass_days([day])
        service.deliver(rounds=1000)
        for sight in sights:
            sight.looker.get("/v1/referrals", {"overdue": "true"})
            sight.looker.get("/v1/meetings")
    for sight in sights:
        sight.looker.look()
    return sights


@pytest.fixture(scope="module")
def seen(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Sight]]:
    """The same, once for all who only look."""
    path = copy(sqlite_template, tmp_path_factory.mktemp("seen") / "omtanke.db")
    with Receiver() as receiver, Service(settings_for(f"sqlite:///{path}")) as service:
        yield sights_of(service, receiver)


def assert_same(one: Sight, other: Sight) -> None:
    """Neither provider can know in which world it is."""
    for left, right in ((one.looker.seen, other.looker.seen), (one.told(), other.told())):
        difference = first_difference(left, right)
        assert difference is None, difference


class TestProvider:
    def test_sees_the_same_whatever_becomes_of_others(self, seen: list[Sight]) -> None:
        assert_same(*seen)
        of = [rows_of(sight.side.service, sight.side.employer.tenant_id) for sight in seen]
        for table in ("absences", "flags", "referrals", "referral_moves", "meetings", "plans"):
            assert len(of[0][table]) < len(of[1][table]), "the worlds differ where they should"

    def test_sees_the_same_on_postgresql(self, on_postgres: Service, receiver: Receiver) -> None:
        assert_same(*sights_of(on_postgres, receiver))

    def test_sees_its_own(self, seen: list[Sight]) -> None:
        """The control: what is addressed to it is all there, with whom it concerns."""
        sight = seen[1]
        own, left, closed, foreign = sight.side.people
        listed = {r["id"]: r["state"] for r in sight.caller.items("/v1/referrals")}
        assert listed == {own.referral_id: "three_party_held", closed.referral_id: "closed"}
        whole = sight.caller.ok("GET", f"/v1/referrals/{own.referral_id}")
        assert (whole["contact"], whole["personal_number"]) == (KIM, PERSONAL_NUMBER)
        kinds = [meeting["kind"] for meeting in sight.caller.items("/v1/meetings")]
        assert kinds == ["health_talk", "three_party"]
        told = "\n".join(sight.told())
        assert sum('"type":"referral.requested"' in line for line in sight.told()) == 4
        assert '"state":"talk_held"' in told
        assert [left.referral_id in sight.names, foreign.referral_id in sight.names] == [True, True]

    def test_finds_nothing_else_by_any_id_there_is(self, seen: list[Sight]) -> None:
        """Foreign and missing ids get the same answer, another employer's like the own one's."""
        sight = seen[1]
        asked = 0
        for real in foreign_ids(sight, seen[0]):
            none = f"{real[:4]}{'0' * 26}"
            for route in ROUTES:
                kinds = [OF_PARAMETER.get(name) for name in route.parameters]
                if kinds != [real[:3]] or "provider" not in route.guards[0]:
                    continue
                asked += 1
                name = route.parameters[0]
                body = BODIES.get(route.path)
                answers = [
                    sight.caller(route.method, route.filled({name: one}), body)
                    for one in (real, none)
                ]
                assert [answer.status_code for answer in answers] == [404, 404], route
                assert answers[0].content == answers[1].content
                assert answers[0].headers == answers[1].headers
        assert asked > 50

    def test_filters_by_nothing_else(self, seen: list[Sight]) -> None:
        sight = seen[1]
        filters = {
            "/v1/meetings": ("employee_id", "referral_id", "series_id"),
            "/v1/plans": ("employee_id", "referral_id"),
        }
        for real in foreign_ids(sight, seen[0]):
            for route, names in filters.items():
                for name in names:
                    if real[:3] == OF_PARAMETER[name]:
                        found = sight.caller.ok("GET", route, params={name: real})
                        assert found == {"items": [], "next_cursor": None}


BODIES: dict[str, Any] = {
    "/v1/referrals/{referral_id}/book": BOOKING,
    "/v1/referrals/{referral_id}/complete": {"recommend_three_party": True},
    "/v1/referrals/{referral_id}/decline": {"reason": "no_capacity"},
    "/v1/referrals/{referral_id}/close": {"outcome": "no_further_need"},
    "/v1/meetings/{meeting_id}/move": {"starts_at": "2026-03-30T10:00:00+02:00"},
    "/v1/meetings/{meeting_id}": {"asked_about_violence": "yes"},
}


def foreign_ids(sight: Sight, elsewhere: Sight) -> Iterator[str]:
    """Ids of everything that is not the provider's, of this employer and of another."""
    own = {r["id"] for r in sight.caller.items("/v1/referrals")}
    own |= {r["employee_id"] for r in sight.caller.items("/v1/referrals")}
    own |= {m["id"] for m in sight.caller.items("/v1/meetings")}
    own |= {p["id"] for p in sight.caller.items("/v1/plans")}
    service = sight.side.service
    for side in (sight.side, elsewhere.side):
        rows = rows_of(service, side.employer.tenant_id)
        stored = {m[0] for of in rows.values() for row in of for m in ID.finditer(str(row))}
        yield from sorted(stored - own)


class TestContact:
    """Who it is stands in an open referral, for the provider it is addressed to."""

    @pytest.fixture
    def side(self, on_sqlite: Service, receiver: Receiver) -> Side:
        return Twins(on_sqlite, receiver, [Case("x")]).sides[0]

    @staticmethod
    def knows(caller: Caller, side: Side) -> bool:
        """Whether anything that can be read with that key has the name or the number in it."""
        names = Names()
        names.mine = dict(side.names.mine)
        looker = Looker(caller, names, secrets={"secret": ["nobodys"]})
        looker.look("/v1/referrals", "/v1/meetings", "/v1/plans")
        return any(word in line for word in PERSONAL for line in looker.seen)

    def who_knows(self, side: Side) -> list[bool]:
        return [self.knows(c, side) for c in (*side.at_provider, side.employer)]

    def test_is_the_present_providers_until_the_end(self, side: Side) -> None:
        [person] = side.people
        assert self.who_knows(side) == [True, False, False]
        today = {"starts_at": "2026-03-02T15:00:00+01:00", "mode": "phone"}
        held = {"recommend_three_party": True}
        for call, body in (("accept", None), ("book", today), ("complete", held)):
            side.provider(person, call, body)
            assert self.who_knows(side) == [True, False, False]
        LEFT.do(side, person)
        assert self.who_knows(side) == [False, True, False]
        side.provider(person, "close", {"outcome": "no_further_need"}, which=1)
        assert self.who_knows(side) == [False, False, False]

    @pytest.mark.parametrize("end", ["decline-by-employee", "withdraw", "close"])
    def test_ends_with_the_referral_whoever_ends_it(self, side: Side, end: str) -> None:
        body = {"withdraw": {"reason": "wrong_data"}, "close": {"outcome": "no_further_need"}}
        path = f"/v1/referrals/{side.people[0].referral_id}/{end}"
        side.employer.ok("POST", path, body.get(end))
        assert self.who_knows(side) == [False, False, False]


class TestAfterAnother:
    """A referral that was with another provider before: what happened there stays there."""

    def test_says_nothing_of_what_happened_at_the_first(
        self, on_sqlite: Service, receiver: Receiver
    ) -> None:
        case = Case("x", [ACCEPTED, reassign("2026-03-16")], [], RECOMMENDED)
        twins = Twins(on_sqlite, receiver, [case])
        twins.pass_days(DAYS)
        on_sqlite.deliver(rounds=1000)
        sights = [Sight(side, 1) for side in twins.sides]
        for sight in sights:
            sight.looker.look()
        assert_same(*sights)
