"""Every move of a referral over HTTP: who may make it, what it changes, and who hears of it."""

from typing import Any

import pytest

from tests.flow.case import CALLS, OVER, STATES, WAY, Case, cases
from tests.kit import Service
from tests.system.world import rows_of

OPEN = set(WAY)
BY_PROVIDER = {
    "accept": {"requested"},
    "decline": {"requested", "accepted"},
    "book": {"accepted", "booked"},
    "no-show": {"booked"},
    "complete": {"booked"},
    "decline-by-employee": OPEN,
    "close": OPEN,
}
BY_EMPLOYER = {
    "decline-by-employee": OPEN,
    "withdraw": OPEN,
    "close": OPEN,
    "reassign": OPEN,
}
"""The table of api.md for the moves that have a route of their own, by party and in its order."""
LEADS_TO = {
    "accept": "accepted",
    "decline": "declined",
    "book": "booked",
    "no-show": "accepted",
    "complete": "talk_held",
    "decline-by-employee": "declined_by_employee",
    "withdraw": "withdrawn",
    "close": "closed",
    "reassign": "requested",
}
BESIDES = {"talk_held": ["three-party-meeting"]}
"""What a provider may do in a state by another route than the referral's own."""


def allowed_to_provider(state: str) -> list[str]:
    own = [call for call, sources in BY_PROVIDER.items() if state in sources]
    return BESIDES.get(state, []) + own


class TestTable:
    @pytest.mark.parametrize("state", STATES)
    def test_refuses_the_provider_what_the_state_does_not_allow(self, service: Service, state: str):
        """Each with what is allowed instead, and nothing is half done."""
        [case] = cases(service)
        case.to(state)
        before = rows_of(service)
        for call, sources in BY_PROVIDER.items():
            if state in sources or LEADS_TO[call] == state:
                continue
            refused = case.refuse(409, call)
            assert refused["code"] == "invalid_transition", call
            assert refused["allowed"] == allowed_to_provider(state), call
        assert rows_of(service) == before

    @pytest.mark.parametrize("state", OVER)
    def test_refuses_the_employer_every_move_once_it_is_over(self, service: Service, state: str):
        [case] = cases(service)
        case.to(state)
        more = {call: another(case, call) for call in BY_EMPLOYER}
        before = rows_of(service)
        for call in BY_EMPLOYER:
            if LEADS_TO[call] == state:
                continue
            refused = case.refuse(409, call, case.employer, **more[call])
            assert (refused["code"], refused["allowed"]) == ("invalid_transition", []), call
        assert rows_of(service) == before

    @pytest.mark.parametrize("state", STATES)
    def test_lets_neither_party_make_the_others_moves(self, service: Service, state: str):
        [case] = cases(service)
        case.to(state)
        before = rows_of(service)
        for call in CALLS:
            if call not in BY_PROVIDER:
                assert case.refuse(403, call, case.fhv)["code"] == "forbidden"
            if call not in BY_EMPLOYER:
                assert case.refuse(403, call, case.employer)["code"] == "forbidden"
        assert rows_of(service) == before

    @pytest.mark.parametrize("state", WAY)
    def test_leads_the_provider_where_it_says(self, service: Service, state: str):
        calls = [call for call, sources in BY_PROVIDER.items() if state in sources]
        for case, call in zip(cases(service, len(calls)), calls, strict=True):
            more: dict[str, Any] = {"mode": "phone"} if (state, call) == ("booked", "book") else {}
            made = case.to(state).move(call, **more)
            assert made["state"] == LEADS_TO[call], call
            last = made["history"][-1]
            assert (last["party"], last["recorded_by"]) == ("provider", None)
            assert (last["source"], last["target"]) == (state, LEADS_TO[call])

    @pytest.mark.parametrize("state", WAY)
    def test_leads_the_employer_where_it_says(self, service: Service, state: str):
        for case, call in zip(cases(service, len(BY_EMPLOYER)), BY_EMPLOYER, strict=True):
            case.to(state, consented=True)
            made = case.move(call, case.employer, **another(case, call))
            assert made["state"] in (LEADS_TO[call], "declined"), call
            assert made["history"][-1]["party"] == "employer"

    @pytest.mark.parametrize("state", STATES)
    def test_shows_each_party_the_calls_that_it_may_make_now(self, service: Service, state: str):
        """What is offered is taken; to the employer hidden states offer the same."""
        [case] = cases(service)
        case.to(state)
        assert case.known()["allowed"] == allowed_to_provider(state)
        seen = case.seen()["allowed"]
        assert [call for call in seen if call in BY_EMPLOYER] == (
            list(BY_EMPLOYER) if state in OPEN else []
        )
        hidden = {"accepted", "booked", "talk_held"}
        assert not (state in hidden and set(seen) - BY_EMPLOYER.keys())


def another(case: Case, call: str) -> dict[str, Any]:
    """For a reassignment, somebody to take over."""
    return {"provider_id": case.employer.provider(name="Ny FHV")} if call == "reassign" else {}


class TestRepeated:
    """Sent again a move is answered as the first time, and nobody hears of it twice."""

    @pytest.mark.parametrize(
        ("state", "call"),
        [
            ("accepted", "accept"),
            ("booked", "book"),
            ("talk_held", "complete"),
            ("declined", "decline"),
            ("declined_by_employee", "decline-by-employee"),
            ("withdrawn", "withdraw"),
            ("closed", "close"),
        ],
    )
    def test_changes_nothing(self, service: Service, state: str, call: str):
        [case] = cases(service)
        case.to(state)
        by = case.fhv if call in BY_PROVIDER else case.employer
        first, before = by.ok("GET", case.path), rows_of(service)
        assert case.move(call, by) == first
        assert rows_of(service) == before

    def test_a_no_show_changes_nothing(self, service: Service):
        [case] = cases(service)
        first = case.to("booked").move("no-show")
        before = rows_of(service)
        assert case.move("no-show") == first
        assert rows_of(service) == before

    def test_a_no_show_is_no_second_one_until_a_talk_is_booked_again(self, service: Service):
        [case] = cases(service)
        case.to("accepted")
        assert case.refuse(409, "no-show")["code"] == "invalid_transition"
        case.move("book")
        case.move("no-show")
        case.move("book")
        assert len(case.move("no-show")["history"]) == 6

    def test_a_talk_booked_for_another_time_is_moved(self, service: Service):
        [case] = cases(service)
        case.to("booked")
        [before] = case.meetings()
        moved = case.move("book", starts_at="2026-03-12T10:00:00+01:00", mode="video")
        assert moved["talk"] == {"starts_at": "2026-03-12T09:00:00Z", "mode": "video"}
        [after] = case.meetings()
        assert after == before | {"starts_at": "2026-03-12T09:00:00Z", "mode": "video"}


class TestTalk:
    """The health talk (hälsosamtal) follows its referral."""

    def test_is_planned_when_it_is_booked(self, service: Service):
        [case] = cases(service)
        booked = case.to("booked").known()
        [talk] = case.meetings()
        assert (talk["kind"], talk["state"]) == ("health_talk", "planned")
        assert talk["participants"] == ["employee", "provider"]
        assert talk["starts_at"] == booked["talk"]["starts_at"]

    def test_is_called_off_when_nobody_came_and_another_is_planned(self, service: Service):
        [case] = cases(service)
        case.to("booked").move("no-show")
        assert case.known()["talk"] is None
        case.move("book", starts_at="2026-03-16T09:00:00+01:00")
        assert [m["state"] for m in case.meetings()] == ["cancelled", "planned"]

    def test_is_held_when_it_is_completed(self, service: Service):
        [case] = cases(service)
        case.to("talk_held")
        assert [m["state"] for m in case.meetings()] == ["held"]

    @pytest.mark.parametrize("call", ["decline-by-employee", "close"])
    def test_is_called_off_when_the_referral_ends(self, service: Service, call: str):
        [case] = cases(service)
        case.to("booked").move(call)
        assert [m["state"] for m in case.meetings()] == ["cancelled"]

    def test_cannot_be_before_it_was_asked_for(self, service: Service):
        [case] = cases(service)
        case.to("accepted")
        before = rows_of(service)
        for instant in ("2026-03-01T09:00:00+01:00", "1990-01-01T00:00:00Z"):
            refused = case.refuse(422, "book", starts_at=instant)
            assert [(e["pointer"], e["code"]) for e in refused["errors"]] == [
                ("#/starts_at", "before_request")
            ]
        assert rows_of(service) == before

    @pytest.mark.parametrize("call", ["complete", "no-show"])
    def test_is_held_or_missed_on_its_day_at_the_earliest(self, service: Service, call: str):
        [case] = cases(service)
        case.to("accepted")
        case.move("book", starts_at="2026-03-09T08:00:00+01:00")
        before = rows_of(service)
        assert case.refuse(409, call)["code"] == "not_yet"
        assert rows_of(service) == before
        service.set_day("2026-03-09")
        assert case.move(call)["state"] == LEADS_TO[call]

    def test_cannot_be_outside_of_the_employment(self, service: Service):
        [case] = cases(service)
        case.to("accepted")
        employed = [{"first_day": "2020-01-01", "last_day": "2026-03-31"}]
        case.employer.ok("PUT", "/v1/employees", {"employee": "1001", "employment": employed})
        refused = case.refuse(422, "book", starts_at="2026-04-01T09:00:00+02:00")
        assert [(e["pointer"], e["code"]) for e in refused["errors"]] == [
            ("#/starts_at", "outside_employment")
        ]

    def test_cannot_be_where_the_calendar_ends(self, service: Service):
        """Absurd instants are refused and are no fault of ours."""
        [case] = cases(service)
        case.to("accepted")
        for instant in ("9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"):
            assert case.refuse(422, "book", starts_at=instant)["errors"]


class TestHistory:
    def test_tells_who_when_from_where_to_where_and_why(self, service: Service):
        [case] = cases(service)
        case.to("accepted")
        service.set_day("2026-03-04")
        case.move("decline", reason="no_capacity")
        last = case.known()["history"][-1]
        assert last.pop("actor").startswith("key_")
        assert last == {
            "at": "2026-03-04T11:00:00Z",
            "party": "provider",
            "recorded_by": None,
            "source": "accepted",
            "target": "declined",
            "reason": "no_capacity",
        }
        seen = case.seen()["history"][-1]
        assert seen == last | {"actor": None, "source": "in_progress", "reason": None}

    def test_names_the_person_to_that_persons_own_side_alone(self, service: Service):
        [case] = cases(service)
        case.move("accept", decided_by="Nurse 4")
        case.move("withdraw", case.employer)
        for by, names in ((case.known(), ["Nurse 4", None]), (case.seen(), [None, "HR 7"])):
            assert [move["actor"] for move in by["history"][1:]] == names

    def test_explains_the_state_and_has_no_gap(self, service: Service):
        [case] = cases(service)
        known = case.to("closed").known()
        steps = [(m["source"], m["target"]) for m in known["history"]]
        assert steps[0] == (None, "requested")
        assert [source for source, _ in steps[1:]] == [target for _, target in steps[:-1]]
        assert steps[-1][1] == known["state"]

    def test_begins_with_the_service_where_release_is_automatic(self, service: Service):
        [case] = cases(service)
        assert case.known()["history"][0]["party"] == "service"

    @pytest.mark.parametrize("by", ["provider", "employer"])
    def test_keeps_a_no_of_the_employees_without_a_reason(self, service: Service, by: str):
        [case] = cases(service)
        case.move("decline-by-employee", case.fhv if by == "provider" else case.employer)
        assert case.known()["state"] == "declined_by_employee"
        assert case.seen()["state"] == "declined"
        assert case.known()["history"][-1]["reason"] is None


class TestOutcome:
    def test_said_by_the_provider_before_the_three_met_is_not_shown(self, service: Service):
        one, other = cases(service, 2)
        one.to("talk_held").move("close", outcome="back_in_work")
        other.to("accepted").move("close", outcome="not_completed")
        assert one.known()["outcome"] == "back_in_work"
        assert other.known()["outcome"] == "not_completed"
        seen = [{**case.seen(), "id": 0, "employee_id": 0, "flags": 0} for case in (one, other)]
        assert seen[0] == seen[1]
        assert seen[0]["outcome"] is None

    def test_of_a_case_closed_by_the_employer_is_its_own_word(self, service: Service):
        [case] = cases(service)
        made = case.to("booked").move("close", case.employer, outcome="no_further_need")
        assert (made["state"], made["outcome"]) == ("closed", "no_further_need")

    def test_is_one_of_the_words_of_work(self, service: Service):
        [case] = cases(service)
        refused = case.refuse(422, "close", outcome="cured")
        assert refused["errors"][0]["code"] == "invalid_choice"
