"""Whoever walks: calls of all parties on one employer, and whether what came of them is right.

It knows of every referral what ought to be (`tests.walks`), reads what is stored, and compares.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import bindparam, delete, select
from sqlalchemy.schema import sort_tables

from app.schema import TABLES
from tests.kit import FIVE, Caller, Employer, Service, event
from tests.walks import ALWAYS, EMPLOYER, PROVIDER, Expected, unsound

NOBODY = f"prv_{'0' * 26}"
CASE = ("flags", "referrals", "referral_moves", "meetings", "messages", "deliveries")
"""Tables of which a walk knows what ought to be in them. All are looked at now and then."""
OWN = {
    name: select(table).where(table.c.tenant_id == bindparam("t")).order_by(*table.primary_key)
    for name, table in TABLES.items()
}


class Walker:
    """One employer with two employees, each an absence short of the limit."""

    service: Service
    employer: Employer

    def __init__(self) -> None:
        super().__init__()
        self.expected: dict[str, Expected] = {}
        self.plans: dict[str, dict[str, Any]] = {}
        self.planned: Counter[str] = Counter()
        self.booked: Counter[str] = Counter()
        self.rows: dict[str, list[Any]] = {}
        self.taken_back = False
        self.asked = 0

    def set_out(self, release: str, providers: int) -> None:
        """Make the employer, so many providers, and the past of the employees."""
        self.today = date.fromisoformat(FIVE[-1])
        self.service.set_day(self.today)
        self.employer = self.service.employer(release=release)
        self.providers = [self.employer.provider(priority=n) for n in range(providers)]
        self.at_provider = [self.employer.key_for("provider", provider=p) for p in self.providers]
        self.endpoints: dict[str | None, str] = {}
        for provider_id in [None, *self.providers[:1]]:
            made = self.employer.endpoint("https://x.example/in", provider_id=provider_id)
            self.endpoints[provider_id] = made["id"]
        said = [event(d, id=f"{n}/{d}", employee=n) for n in ("1", "2") for d in FIVE[:4]]
        found = self.employer.batch(*said)
        self.people = [found[0]["employee_id"], found[4]["employee_id"]]
        self.settle()

    def forget(self) -> None:
        """A thousand employers would make time's work slow: each takes its rows along."""
        with self.service.ctx.database.write() as conn:
            for table in reversed(sort_tables(TABLES.values())):
                conn.execute(delete(table).where(table.c.tenant_id == self.employer.tenant_id))

    def ask(self, caller: Caller, method: str, path: str, body: Any = None) -> Any:
        """A call, whatever its answer; one that is refused has changed nothing."""
        self.asked += 1
        tables = list(TABLES) if self.asked % 4 == 0 else CASE
        before = self.stored(tables)
        answer = caller(method, path, body)
        assert answer.status_code < 500, (method, path, answer.text)
        if answer.status_code >= 400:
            assert self.stored(tables) == before, (path, answer.text)
            assert answer.status_code in (403, 404, 409, 422), answer.text
        return answer

    def stored(self, tables: Iterable[str]) -> dict[str, list[Any]]:
        """The employer's rows of those tables."""
        with self.service.ctx.database.read() as conn:
            return {
                name: list(conn.execute(OWN[name], {"t": self.employer.tenant_id}))
                for name in tables
            }

    def settle(self) -> None:
        """Read what is stored, and take in what reconciliation did."""
        self.rows = self.stored(CASE)
        withdrawn = {
            flag["referral_id"] for flag in self.table("flags") if flag["state"] == "withdrawn"
        }
        for row in self.table("referrals"):
            known = self.expected.get(row["referral_id"])
            if known is None:
                assert row["state"] == "requested"
                place = self.providers.index(row["provider_id"]) if self.providers else None
                self.expected[row["referral_id"]] = Expected(place, self.today)
            elif known.state != row["state"] and self.taken_back:
                assert known.state in ("requested", "accepted")
                assert (row["state"], row["referral_id"] in withdrawn) == ("withdrawn", True)
                known.basis_gone()
        self.taken_back = False

    def table(self, name: str) -> list[dict[str, Any]]:
        """The rows of a table, by the names of their columns."""
        names = [column.name for column in TABLES[name].columns]
        return [dict(zip(names, row, strict=True)) for row in self.rows[name]]

    def one_referral(self, which: int) -> tuple[str, Expected]:
        """One of the referrals; mostly one that is open."""
        ids = sorted(self.expected, key=lambda one: (not self.expected[one].is_open, one))
        chosen = ids[(which // 2) % len(ids)] if which % 2 else ids[0]
        return chosen, self.expected[chosen]

    def caller_of(self, by: str, known: Expected) -> Caller:
        return self.employer if by == EMPLOYER else self.at_provider[known.provider or 0]

    def check_moved(
        self,
        known: Expected,
        referral_id: str,
        party: str,
        call: str,
        body: dict[str, Any],
        answer: Any,
        *,
        recorded: bool = False,
    ) -> None:
        """The table has the move, or it says what is done already, or it is refused."""
        consent = self.today if "feedback_consent_on" in body else None
        talk = (body.get("starts_at", ""), body.get("mode", ""))
        same_talk = call == "book" and known.state == "booked" and known.talk == talk
        if same_talk or known.repeats(call):
            assert answer.status_code == 200, answer.text
            if consent and consent != known.consent_on:
                known.consent_again(consent)
                known.moved_itself = known.moved_itself or not recorded
                self.say(known, referral_id, call, body)
            return
        if call in ("complete", "no-show") and known.is_to_come(self.today):
            assert (answer.status_code, answer.json()["code"]) == (409, "not_yet")
            return
        if not known.has(call, party):
            assert answer.status_code == 409, answer.text
            problem = answer.json()
            allowed = known.allowed(party)
            assert (problem["code"], problem["allowed"]) == ("invalid_transition", allowed)
            return
        assert answer.status_code == 200, answer.text
        by_provider = party == PROVIDER and not recorded
        known.make(call, self.today, by_provider=by_provider, consent=consent)
        self.say(known, referral_id, call, body)

    def say(self, known: Expected, referral_id: str, call: str, body: dict[str, Any]) -> None:
        if call == "complete":
            known.recommended = body["recommend_three_party"]
        if call == "book":
            known.talk = (body["starts_at"], body["mode"])
            self.booked[referral_id] += 1

    def check_reassigned(self, known: Expected, to: str, answer: Any) -> None:
        if to == NOBODY:
            assert (answer.status_code, answer.json()["code"]) == (409, "no_provider")
            return
        assert answer.status_code == 200
        place = self.providers.index(to)
        if (known.state, known.provider) == ("requested", place):
            return
        known.withdrawals += known.provider != place
        known.make("reassign", self.today, by_provider=False, consent=None)
        known.provider = place

    def check_objected(self, carried: Expected, answer: Any) -> None:
        """What is not yet booked is withdrawn; afterwards it is too late."""
        if carried.state in ("requested", "accepted"):
            assert answer.status_code == 200
            carried.make("withdraw", self.today, by_provider=False, consent=None)
        elif carried.state != "withdrawn":
            assert (answer.status_code, answer.json()["allowed"]) == (409, [])

    def check_held(self, known: Expected, meeting: dict[str, Any], by: str, answer: Any) -> None:
        if meeting["starts_at"].date() > self.today:
            assert (answer.status_code, answer.json()["code"]) == (409, "not_yet")
        elif meeting["kind"] == "three_party":
            self.check_three_party(known, meeting["party"], by, answer)
        else:
            assert answer.status_code == 200, answer.text
            if meeting["kind"] == "follow_up":
                self.next_follow_up_done(meeting, known)

    def check_three_party(self, known: Expected, planned_by: str, by: str, answer: Any) -> None:
        """What would show the employer whether there was a talk is refused alike."""
        shown = by == PROVIDER or known.whole or planned_by == PROVIDER or not known.moved_itself
        if answer.status_code == 409 and answer.json()["code"] == "feedback_consent_needed":
            assert by == EMPLOYER
            assert not known.whole
        elif known.state == "talk_held":
            assert shown
            assert answer.status_code == 200, answer.text
            by_provider = by == PROVIDER
            known.make("three-party-meeting", self.today, by_provider=by_provider, consent=None)
        elif known.state in ("three_party_held", "plan_adopted"):
            assert answer.status_code == 200, answer.text
        else:
            assert shown
            problem = answer.json()
            assert (answer.status_code, problem["code"]) == (409, "invalid_transition")
            assert problem["allowed"] == known.allowed(by)

    def next_follow_up_done(self, meeting: dict[str, Any], known: Expected) -> None:
        """A held follow-up meeting does the next one, if a plan was adopted by then."""
        held_on = meeting["starts_at"].date()
        for plan in self.plans.values():
            if self.runs(plan, meeting["referral_id"]) and plan["day"] <= held_on:
                self.follow_up_done(plan, min(plan["due"]), known)
                return

    def runs(self, plan: dict[str, Any], referral_id: str) -> bool:
        """Whether it is what the referral, with the provider of now, rests on."""
        turn = self.expected[referral_id].turn
        mine = plan["referral"] == referral_id and plan["turn"] == turn
        return mine and plan["state"] == "adopted" and bool(plan["due"])

    def follow_up_done(self, plan: dict[str, Any], number: int, known: Expected) -> None:
        """A follow-up was done; the last one closes the referral that rests on its plan."""
        del plan["due"][number]
        if known.state != "plan_adopted" or plan["turn"] != known.turn:
            return
        if plan["due"]:
            known.follow(list(plan["due"].values()))
        else:
            known.make("last-follow-up", self.today, by_provider=False, consent=None)

    def check_views(self, referral_id: str) -> None:
        """What each party is shown of a referral is what it ought to be."""
        known = self.expected[referral_id]
        views: list[tuple[str, Caller, str]] = [(EMPLOYER, self.employer, known.shown())]
        if known.provider is not None:
            views.append((PROVIDER, self.at_provider[known.provider], known.state))
        for party, caller, state in views:
            shown = caller.ok("GET", f"/v1/referrals/{referral_id}")
            assert (shown["state"], shown["allowed"]) == (state, known.allowed(party))
            steps = [(made["source"], made["target"]) for made in shown["history"]]
            if party == PROVIDER or known.consented:
                continue
            assert [source for source, _ in steps[1:]] == [target for _, target in steps[:-1]]
            assert steps[-1][1] == state

    def check_all(self) -> None:
        """What always holds."""
        self.referrals_are_in_their_states()
        self.history_explains_every_state()
        self.everything_was_told_once()
        self.meetings_follow_their_referrals()
        self.each_message_goes_once_to_whom_it_is_for()

    def referrals_are_in_their_states(self) -> None:
        rows = self.table("referrals")
        assert {row["referral_id"]: row["state"] for row in rows} == {
            one: known.state for one, known in self.expected.items()
        }
        open_of = Counter(r["employee_id"] for r in rows if self.expected[r["referral_id"]].is_open)
        assert max(open_of.values(), default=0) <= 1
        for known in self.expected.values():
            assert not known.is_open or set(ALWAYS) <= set(known.allowed(EMPLOYER))

    def history_explains_every_state(self) -> None:
        moves = self.table("referral_moves")
        for referral_id, known in self.expected.items():
            own = [move for move in moves if move["referral_id"] == referral_id]
            assert [move["number"] for move in own] == list(range(1, len(own) + 1))
            steps = [(move["source"], move["target"]) for move in own]
            assert unsound(steps, known.state) is None, steps
            assert all(move["party"] in (EMPLOYER, PROVIDER, "service") for move in own)

    def everything_was_told_once(self) -> None:
        messages = self.table("messages")
        told: Counter[tuple[str, str]] = Counter()
        shown: Counter[str] = Counter()
        for message in messages:
            about = message["data"].get("referral_id")
            if message["type"] == "referral.overdue":
                told["overdue", about] += message["data"]["step"] is not None
                shown[about] += message["employer_data"] is not None
            elif message["type"].startswith("referral."):
                told[message["type"].partition(".")[2], about] += 1
        for one, known in self.expected.items():
            assert told["requested", one] == 1
            assert told["updated", one] == known.updates, one
            assert told["withdrawn", one] == known.withdrawals, one
            assert (told["overdue", one], shown[one]) == (known.step_overdue, known.shown_overdue)

    def meetings_follow_their_referrals(self) -> None:
        told = Counter(
            (message["type"], message["data"]["meeting_id"])
            for message in self.table("messages")
            if message["type"].startswith("meeting.")
        )
        talks: Counter[str] = Counter()
        for meeting in self.table("meetings"):
            own, about = meeting["meeting_id"], meeting["referral_id"]
            if meeting["state"] == "planned":
                assert self.expected[about].is_open
            assert told["meeting.cancelled", own] == (meeting["state"] == "cancelled")
            if meeting["kind"] == "health_talk":
                talks[about] += told["meeting.planned", own]
                is_planned = meeting["state"] == "planned"
                assert not is_planned or self.expected[about].state == "booked"
            else:
                assert told["meeting.planned", own] == self.planned[own]
        assert +talks == +self.booked

    def each_message_goes_once_to_whom_it_is_for(self) -> None:
        messages = self.table("messages")
        sent = Counter((d["endpoint_id"], d["message_id"]) for d in self.table("deliveries"))
        wanted = Counter[tuple[str, str]]()
        for message in messages:
            if message["employer_data"] is not None:
                wanted[self.endpoints[None], message["message_id"]] += 1
            if message["provider_id"] in self.endpoints and message["provider_id"] is not None:
                wanted[self.endpoints[message["provider_id"]], message["message_id"]] += 1
        assert sent == wanted
