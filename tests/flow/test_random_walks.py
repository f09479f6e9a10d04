"""Random walks over all calls by all parties: whatever is tried, every referral stays sound.

An employer, two providers (or none) and time act as they like on two employees. After every step:
each referral is in the state that the table of moves leads to (`tests.walks`, written apart from
the service), its history explains it, what had to be told was told once, a refused call has
changed nothing, and there is a way out of every open state.

`pytest --walks 1000` makes a thousand of them on each engine.
"""

import random
import sys
from collections.abc import Callable, Collection
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from app.ops.jobs import tell_of_overdue
from tests.kit import Caller, Service, at, event, settings_for
from tests.walking import NOBODY, Walker
from tests.walks import ALWAYS, EMPLOYER, OPEN, PROVIDER, TABLE

PROVIDER_CALLS = ["accept", "decline", "book", "no-show", "complete"]
OWN_CALLS = ["withdraw", "close", "decline-by-employee", "reassign"]
DEFAULT = 40
small = st.integers(0, 5)


class Walk(Walker, RuleBasedStateMachine):
    """One employer's history, as chance has it."""

    def __init__(self) -> None:
        super().__init__()
        self.absences: list[tuple[str, str]] = []
        self.seed = 0

    @initialize(
        release=st.sampled_from(["automatic", "manual"]),
        providers=st.sampled_from([2, 2, 2, 0]),
        ahead=st.lists(small, max_size=8),
        seed=st.integers(0, 2**16),
    )
    def begin(self, release: str, providers: int, ahead: list[int], seed: int) -> None:
        """Somebody's fifth absence, and what came of it so far."""
        self.seed = seed
        self.set_out(release, providers)
        self.falls_ill(0)
        if release == "manual" and ahead:
            self.flag_is_decided(0, "release")
        for place in ahead if self.expected else ():
            self.what_leads_on_works(0, place)

    # Events and decisions about flags.

    @rule(
        what=st.sampled_from(["ill", "ill", "taken back", "flag", "flag", "wish"]),
        who=st.integers(0, 1),
        which=small,
    )
    def at_work(self, what: str, who: int, which: int) -> None:
        """What the employer reports, takes back, decides and wishes."""
        if what == "ill":
            self.falls_ill(who)
        elif what == "taken back" and self.absences:
            self.is_taken_back(which)
        elif what == "flag" and self.rows["flags"]:
            how = ("release", "release", "object", "dismiss")[which % 4]
            self.flag_is_decided(-1 - who, how)
        elif what == "wish":
            self.wishes(who, ("manager", "employee")[which % 2], which % 3 - 1)

    def falls_ill(self, who: int) -> None:
        day = self.today.isoformat()
        if (str(who + 1), f"a-{day}") not in self.absences:
            body = event(day, id=f"{who + 1}/{day}", employee=str(who + 1))
            assert self.ask(self.employer, "POST", "/v1/events", body).status_code in (200, 201)
            self.absences.append((str(who + 1), f"a-{day}"))
        self.settle()

    def is_taken_back(self, which: int) -> None:
        """The employer takes an absence back: a basis may be gone."""
        number, absence = self.absences[-1 - which % len(self.absences)]
        body = {"id": f"c/{number}/{absence}/{self.today}", "source": "hr", "employee": number}
        body |= {"type": "absence.cancelled", "absence": absence}
        body |= {"occurred_at": at(self.today).isoformat()}
        self.taken_back = True
        assert self.ask(self.employer, "POST", "/v1/events", body).status_code in (200, 201)
        self.settle()

    def flag_is_decided(self, which: int, what: str) -> None:
        flags = self.table("flags")
        flag = flags[which % len(flags)]
        body = {"decided_by": "HR 7"} | ({"reason": "no_need"} if what == "dismiss" else {})
        if what == "release":
            body = {"released_by": "HR 7", "employee_informed_on": self.today.isoformat()}
        answer = self.ask(self.employer, "POST", f"/v1/flags/{flag['flag_id']}/{what}", body)
        carried = self.expected.get(flag["referral_id"] or "")
        if what == "object" and carried and flag["state"] == "released":
            self.check_objected(carried, answer)
        self.settle()

    def wishes(self, who: int, of: str, to: int) -> None:
        employee_id = self.people[who]
        body = {"employee_id": employee_id, "wish_of": of, "decided_by": "HR 7"}
        body |= {"employee_informed_on": self.today.isoformat()}
        if to >= 0 and self.providers:
            body["provider_id"] = self.providers[to]
        has_open = any(
            row["employee_id"] == employee_id and self.expected[row["referral_id"]].is_open
            for row in self.table("referrals")
        )
        objected = of == "manager" and any(
            (flag["employee_id"], flag["reason"]) == (employee_id, "employee_objects")
            for flag in self.table("flags")
        )
        answer = self.ask(self.employer, "POST", "/v1/referrals", body)
        refused = answer.json().get("code")
        if has_open:
            assert (answer.status_code, refused) == (409, "referral_open")
        elif refused is not None:
            assert (objected, refused) == (True, "employee_objects")
        self.settle()

    # Moves.

    @precondition(lambda self: self.expected and self.providers)
    @rule(
        which=small,
        provider=st.sampled_from([None, None, None, 0, 1]),
        call=st.sampled_from([*PROVIDER_CALLS, *PROVIDER_CALLS, *OWN_CALLS]),
        data=st.data(),
    )
    def provider_moves(self, which: int, provider: int | None, call: str, data: Any) -> None:
        """The provider it is addressed to, or one that should have no part in it."""
        referral_id, known = self.one_referral(which)
        place = provider if provider is not None else known.provider
        assert place is not None
        body = self._body(call, data, consent=data.draw(st.sampled_from([False, False, True])))
        answer = self.ask(
            self.at_provider[place], "POST", f"/v1/referrals/{referral_id}/{call}", body
        )
        if call in ("withdraw", "reassign"):
            assert answer.status_code == 403
        elif place != known.provider:
            assert answer.status_code == 404
        else:
            self.check_moved(known, referral_id, PROVIDER, call, body, answer)
        self.settle()
        self.check_views(referral_id)

    @precondition(lambda self: self.expected)
    @rule(which=small, call=st.sampled_from(OWN_CALLS), data=st.data())
    def employer_moves(self, which: int, call: str, data: Any) -> None:
        referral_id, known = self.one_referral(which)
        body = self._body(call, data)
        path = f"/v1/referrals/{referral_id}/{call}"
        answer = self.ask(self.employer, "POST", path, body)
        if call == "reassign" and known.is_open:
            self.check_reassigned(known, body["provider_id"], answer)
        else:
            self.check_moved(known, referral_id, EMPLOYER, call, body, answer)
        self.settle()
        self.check_views(referral_id)

    @precondition(lambda self: self.expected)
    @rule(which=small, call=st.sampled_from(PROVIDER_CALLS), data=st.data())
    def employer_records(self, which: int, call: str, data: Any) -> None:
        """In the place of a provider that does not move by itself."""
        referral_id, known = self.one_referral(which)
        body = self._body(call, data) | {"on_behalf_of": "provider"}
        answer = self.ask(self.employer, "POST", f"/v1/referrals/{referral_id}/{call}", body)
        refused = answer.status_code == 409 and answer.json()["code"] == "provider_moves_itself"
        if known.moved_itself and not known.consented:
            assert refused
        if not refused:
            self.check_moved(known, referral_id, PROVIDER, call, body, answer, recorded=True)
        self.settle()
        self.check_views(referral_id)

    def _body(self, call: str, data: Any, *, consent: bool = False) -> dict[str, Any]:
        day = self.today + timedelta(days=data.draw(st.integers(0, 3), label="days on"))
        bodies: dict[str, Callable[[], dict[str, Any]]] = {
            "decline": lambda: {"reason": "no_capacity"},
            "book": lambda: {"starts_at": at(day, 15).isoformat(), "mode": "phone"},
            "complete": lambda: {"recommend_three_party": data.draw(st.booleans())},
            "close": lambda: {"outcome": "no_further_need"},
            "withdraw": lambda: {"reason": "no_longer_needed"},
            "reassign": lambda: {
                "provider_id": data.draw(st.sampled_from([*self.providers, NOBODY]))
            },
        }
        more = {"feedback_consent_on": self.today.isoformat()} if consent else {}
        return bodies.get(call, dict)() | (more if call in PROVIDER_CALLS else {})

    # Meetings.

    @precondition(lambda self: self.expected)
    @rule(
        which=small,
        kind=st.sampled_from(["three_party", "three_party", "follow_up", "alignment"]),
        by=st.sampled_from([EMPLOYER, EMPLOYER, PROVIDER]),
        days=st.integers(0, 2),
    )
    def meeting_is_planned(self, which: int, kind: str, by: str, days: int) -> None:
        referral_id, known = self.one_referral(which)
        if by == PROVIDER and known.provider is None:
            return
        caller = self.caller_of(by, known)
        answer = self._plan(caller, referral_id, kind, self.today + timedelta(days=days))
        invited = by == PROVIDER and kind == "three_party"
        may = known.is_open and (known.state == "talk_held" or not invited)
        assert answer.status_code == (201 if may else 409), answer.text
        self.settle()

    def _plan(self, caller: Caller, referral_id: str, kind: str, day: date) -> Any:
        [row] = [row for row in self.table("referrals") if row["referral_id"] == referral_id]
        body = {"kind": kind, "employee_id": row["employee_id"], "referral_id": referral_id}
        body |= {"starts_at": at(day, 10).isoformat()}
        body |= {"consent": {"given_on": self.today.isoformat()}}
        answer = self.ask(caller, "POST", "/v1/meetings", body)
        if answer.status_code == 201:
            self.planned[answer.json()["id"]] += 1
        return answer

    @precondition(lambda self: self.rows["meetings"])
    @rule(
        which=st.integers(0, 9),
        by=st.sampled_from([EMPLOYER, PROVIDER]),
        what=st.sampled_from(["hold", "hold", "hold", "move", "cancel"]),
    )
    def meeting_goes_on(self, which: int, by: str, what: str) -> None:
        meetings = self.table("meetings")
        meeting = meetings[-1 - which % len(meetings)]
        known = self.expected[meeting["referral_id"]]
        if by == PROVIDER and known.provider is None:
            return
        body = {"starts_at": at(self.today, 16).isoformat()} if what == "move" else None
        path = f"/v1/meetings/{meeting['meeting_id']}/{what}"
        answer = self.ask(self.caller_of(by, known), "POST", path, body)
        is_talk, is_old = meeting["kind"] == "health_talk", meeting["assignment"] != known.turn
        consented = known.consented and not is_old
        if is_old if by == PROVIDER else is_talk and not consented:
            assert answer.status_code == 404
        elif meeting["state"] != "planned" or is_talk:
            done = {"hold": "held", "cancel": "cancelled"}.get(what)
            assert answer.status_code == (200 if meeting["state"] == done else 409), answer.text
        elif what == "hold":
            self.check_held(known, meeting, by, answer)
        else:
            assert answer.status_code == 200, answer.text
            moved = what == "move" and meeting["starts_at"] != at(self.today, 16)
            self.planned[meeting["meeting_id"]] += moved
        self.settle()
        self.check_views(meeting["referral_id"])

    # Plans.

    @precondition(lambda self: self.expected)
    @rule(
        what=st.sampled_from(["write", "adopt", "adopt", "follow up"]),
        which=small,
        days=st.lists(st.integers(1, 60), min_size=1, max_size=3, unique=True),
    )
    def plans_go_on(self, what: str, which: int, days: list[int]) -> None:
        if what == "write" or not self.plans:
            self.plan_is_written(which, days)
        elif what == "adopt":
            self.plan_is_adopted(which)
        else:
            self.follow_up_is_done(which, len(days))

    def plan_is_written(self, which: int, days: list[int]) -> None:
        referral_id, known = self.one_referral(which)
        answer = self._write(referral_id, days)
        assert answer.status_code == (201 if known.is_open else 409), answer.text
        self.settle()

    def _write(self, referral_id: str, days: list[int]) -> Any:
        due = [self.today + timedelta(days=n) for n in sorted(days)]
        measure = {"code": "aids", "responsible": "manager", "due_on": self.today.isoformat()}
        body = {"referral_id": referral_id, "measures": [measure]}
        body |= {"follow_ups": [day.isoformat() for day in due]}
        answer = self.ask(self.employer, "POST", "/v1/plans", body)
        if answer.status_code == 201:
            turn = self.expected[referral_id].turn
            plan: dict[str, Any] = {"referral": referral_id, "turn": turn, "state": "draft"}
            plan |= {"due": dict(enumerate(due, 1)), "numbers": range(1, len(due) + 1)}
            self.plans[answer.json()["id"]] = plan
        return answer

    def plan_is_adopted(self, which: int) -> None:
        plan_id = list(self.plans)[which % len(self.plans)]
        plan = self.plans[plan_id]
        known = self.expected[plan["referral"]]
        unsaid = known.state == "plan_adopted" or plan["turn"] != known.turn
        if plan["state"] == "draft" and known.is_open and unsaid:
            return  # of two plans at once, or a former provider's draft, nothing is said
        self._adopt(plan_id)
        self.settle()
        self.check_views(plan["referral"])

    def _adopt(self, plan_id: str) -> None:
        plan = self.plans[plan_id]
        known = self.expected[plan["referral"]]
        day = self.today.isoformat()
        body = {"employer_adopted_on": day, "employee_adopted_on": day}
        answer = self.ask(self.employer, "POST", f"/v1/plans/{plan_id}/adopt", body)
        if plan["state"] == "adopted":
            assert answer.status_code == 200
        elif known.is_open and min(plan["due"].values()) < self.today:
            assert answer.status_code == 422, answer.text
        elif known.state == "three_party_held":
            assert answer.status_code == 200, answer.text
            plan |= {"state": "adopted", "day": self.today}
            known.make("adopt-plan", self.today, by_provider=False, consent=None)
            known.follow_ups = list(plan["due"].values())
        else:
            assert answer.status_code == 409, answer.text
            if known.is_open:
                assert answer.json()["allowed"] == known.allowed(EMPLOYER)

    def follow_up_is_done(self, which: int, number: int) -> None:
        plan_id = list(self.plans)[which % len(self.plans)]
        self._follow_up(plan_id, number)
        self.settle()
        self.check_views(self.plans[plan_id]["referral"])

    def _follow_up(self, plan_id: str, number: int) -> None:
        plan = self.plans[plan_id]
        path = f"/v1/plans/{plan_id}/follow-ups/{number}/done"
        answer = self.ask(self.employer, "POST", path, {"done_on": self.today.isoformat()})
        if number not in plan["numbers"]:
            assert answer.status_code == 404
        elif plan["state"] == "draft":
            assert (answer.status_code, answer.json()["allowed"]) == (409, ["adopt"])
        else:
            assert answer.status_code == 200, answer.text
            if number in plan["due"]:
                self.follow_up_done(plan, number, self.expected[plan["referral"]])

    # Time.

    @rule(days=st.sampled_from([1, 2, 5, 12, 30]))
    def days_pass(self, days: int) -> None:
        self.today += timedelta(days=days)
        self.service.set_day(self.today)
        for _ in range(2):  # doing it twice tells nothing twice
            self.service.tick()
            tell_of_overdue(self.service.ctx)
        for known in self.expected.values():
            known.time_passes(self.today)
        self.settle()

    # The way out.

    @precondition(lambda self: any(known.is_open for known in self.expected.values()))
    @rule(which=small, by=st.sampled_from([EMPLOYER, PROVIDER]), place=small)
    def what_is_allowed_works(self, which: int, by: str, place: int) -> None:
        referral_id, known = self.one_referral(which)
        if known.is_open and (by == EMPLOYER or known.provider is not None):
            self.take(referral_id, by, place)

    @precondition(lambda self: any(known.is_open for known in self.expected.values()))
    @rule(which=small, place=small)
    def what_leads_on_works(self, which: int, place: int) -> None:
        """The same with what does not end it."""
        referral_id, known = self.one_referral(which)
        parties = [EMPLOYER] if known.provider is None else [PROVIDER, EMPLOYER]
        if known.is_open:
            led = [by for by in parties if {*known.allowed(by)} - {*ALWAYS, "decline"}]
            for by in led[:1]:
                self.take(referral_id, by, place, {*ALWAYS, "decline"})

    def take(self, referral_id: str, by: str, place: int, but: Collection[str] = ()) -> None:
        """One of the calls that a party is told it may make, which does make the move."""
        known = self.expected[referral_id]
        caller = self.caller_of(by, known)
        allowed = caller.ok("GET", f"/v1/referrals/{referral_id}")["allowed"]
        assert allowed == known.allowed(by)
        # Where there is no provider there is none to turn to.
        works = [c for c in allowed if c not in but and (c != "reassign" or self.providers)]
        assert works
        call = works[place % len(works)]
        if known.is_to_come(self.today) and call in ("complete", "no-show"):
            call = "book"  # for another time, which it may be any day
        before = known.updates
        match call:
            case "three-party-meeting":
                made = self._plan(caller, referral_id, "three_party", self.today).json()
                self.settle()
                answer = self.ask(caller, "POST", f"/v1/meetings/{made['id']}/hold")
                self.check_three_party(known, by, by, answer)
            case "adopt-plan":
                self._write(referral_id, [7])
                self.settle()
                self._adopt(list(self.plans)[-1])
            case "last-follow-up":
                [plan_id] = [p for p, plan in self.plans.items() if self.runs(plan, referral_id)]
                for number in list(self.plans[plan_id]["due"]):
                    self._follow_up(plan_id, number)
                    self.settle()
            case _:
                self._take_simply(caller, referral_id, by, call)
        self.settle()
        assert known.state == TABLE[call][1]
        assert known.updates > before or call in ("reassign", "book")

    def _take_simply(self, caller: Caller, referral_id: str, by: str, call: str) -> None:
        known = self.expected[referral_id]
        consent = {"feedback_consent_on": self.today.isoformat()} if self.seed % 3 else {}
        bodies: dict[str, dict[str, Any]] = {
            "accept": consent if self.seed % 2 else {},
            "decline": {"reason": "not_our_area"},
            "book": {"starts_at": at(self.today, 17).isoformat(), "mode": "video"},
            "complete": {"recommend_three_party": True, **consent},
            "close": {"outcome": "not_completed"},
            "withdraw": {"reason": "no_longer_needed"},
        }
        if call == "reassign":
            place = (known.provider or 0) + self.seed
            bodies[call] = {"provider_id": self.providers[place % 2]}
        body = bodies.get(call, {})
        answer = self.ask(caller, "POST", f"/v1/referrals/{referral_id}/{call}", body)
        if call == "reassign":
            self.check_reassigned(known, body["provider_id"], answer)
        else:
            self.check_moved(known, referral_id, by, call, body, answer)

    @invariant()
    def all_is_well(self) -> None:
        self.check_all()

    def teardown(self) -> None:
        """From wherever it has come to, every open referral can be brought to an end."""
        if sys.exc_info()[0] is not None or not self.rows:
            return
        lot = random.Random(self.seed)
        for referral_id, known in self.expected.items():
            for _ in range(40):
                if not known.is_open:
                    break
                by = lot.choice([EMPLOYER, PROVIDER] if known.provider is not None else [EMPLOYER])
                self.take(referral_id, by, lot.randrange(6))
            assert not known.is_open
        self.forget()


def machine_on(service: Service) -> type[Walk]:
    """Walks on that service."""
    return type("Walk", (Walk,), {"service": service})


def walk(service: Service, runs: int) -> None:
    """So many walks on one service, each by an employer of its own."""
    run_state_machine_as_test(
        machine_on(service),
        settings=settings(
            max_examples=runs,
            stateful_step_count=30,
            deadline=None,
            database=None,
            report_multiple_bugs=False,
            phases=[Phase.generate],  # shrinking a walk takes minutes, and it reads well as it is
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.parametrize(("engine", "part"), [("sqlite", 1), ("postgres", 4)])
def test_whatever_is_tried_every_referral_stays_sound(
    request: pytest.FixtureRequest, engine: str, part: int
) -> None:
    """On PostgreSQL a quarter of them by default, all of them when a number is asked for."""
    asked = request.config.getoption("--walks")
    url = request.getfixturevalue(f"{engine}_url")
    with Service(settings_for(url)) as service:
        walk(service, asked or DEFAULT // part)


def test_the_whole_way_can_be_walked(service: Service) -> None:
    """From the release to the last follow-up by nothing but what the parties are told they may.

    Every other time the employer turns to the other provider on the way, and all begins anew.
    """
    been: set[str] = set()
    for seed in range(8):
        lot, walked = random.Random(seed), machine_on(service)()
        walked.begin(release="automatic", providers=2, ahead=[], seed=seed)
        [(referral_id, known)] = walked.expected.items()
        turns_at = lot.randrange(2, 8) if seed % 2 else None
        for step in range(60):
            been.add(known.state)
            if not known.is_open:
                break
            if step == turns_at:
                walked.take(referral_id, EMPLOYER, 0, TABLE.keys() - {"reassign"})
            else:
                walked.what_leads_on_works(0, lot.randrange(6))
            walked.check_all()
            walked.check_views(referral_id)
            walked.days_pass(lot.choice([1, 3, 8, 12]))
            walked.check_all()
        assert known.came_by == "last-follow-up"
        walked.forget()
    assert been == {*OPEN, "closed"}
