"""Deadlines of each step: shown, moved by the calendar, and told once when they have passed."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from tests.flow.case import TODAY, Case, cases, told, wished
from tests.kit import STOCKHOLM, Service, at

ACCEPT_BY, ACCEPT_LATE = "2026-03-05", "2026-03-06"
TALK_BY, TALK_LATE = "2026-03-16", "2026-03-17"
SHOWN_BY, SHOWN_LATE = "2026-04-08", "2026-04-09"
"""Of what was requested, and of what was accepted, on Monday 2 March 2026."""


def live_on(service: Service, day: str | date) -> None:
    """That day comes, and time does its work."""
    service.set_day(day)
    service.tick()


def overdue(case: Case) -> list[tuple[Any, Any]]:
    """What was told of lateness: the step and the day, to the provider and to the employer."""
    return [
        (_step(provider), _step(employer))
        for provider, employer in told(case.employer, "referral.overdue")
    ]


def _step(said: Any) -> Any:
    return said and (said["step"], said["due_on"])


def late(case: Case, by: Any) -> list[str]:
    return [one["id"] for one in by.items("/v1/referrals?overdue=true")]


class TestShown:
    @pytest.mark.parametrize(
        ("state", "step", "due_on"),
        [
            ("requested", "accept", "2026-03-05"),
            ("accepted", "talk", "2026-03-16"),
            ("booked", "talk", "2026-03-16"),
            ("talk_held", "three_party", "2026-03-23"),
            ("three_party_held", "plan", "2026-03-09"),
            ("plan_adopted", "follow_up", "2026-04-02"),
            ("closed", None, None),
            ("withdrawn", None, None),
        ],
    )
    def test_is_the_next_step_and_its_last_day(
        self, service: Service, state: str, step: str, due_on: str
    ):
        """To the provider, and to the employer with the employee's consent, alike."""
        [case] = cases(service)
        case.to(state, consented=True)
        for one in (case.known(), case.seen()):
            assert (one["step"], one["due_on"], one["days_late"]) == (step, due_on, 0)

    def test_is_one_day_for_all_that_is_hidden(self, service: Service):
        """However far the talk has come, the employer counts from the acceptance alone."""
        ways = (
            ("accept",),
            ("accept", "book"),
            ("accept", "book", "no-show", "book"),
            ("accept", "book", "complete"),
        )
        shown = []
        for case, calls in zip(cases(service, len(ways)), ways, strict=True):
            service.set_day(TODAY)
            for call in calls:
                case.move(call)
                service.pass_time(86_400)
            shown.append({name: case.seen()[name] for name in ("state", "step", "due_on")})
        assert shown == [{"state": "in_progress", "step": None, "due_on": SHOWN_BY}] * len(ways)

    def test_follows_a_no_show_for_the_provider(self, service: Service):
        [case] = cases(service)
        case.to("booked")
        service.set_day("2026-03-10")
        assert case.move("no-show")["due_on"] == "2026-03-24"

    def test_is_nothing_after_a_talk_that_led_no_further(self, service: Service):
        [case] = cases(service)
        case.to("booked").move("complete", recommend_three_party=False)
        known = case.known()
        assert (known["step"], known["due_on"]) == ("three_party", None)

    def test_begins_anew_with_another_provider(self, service: Service):
        [case] = cases(service)
        case.to("booked")
        service.set_day("2026-03-16")
        other = case.employer.provider(name="Ny FHV")
        made = case.move("reassign", case.employer, provider_id=other)
        assert (made["step"], made["due_on"]) == ("accept", "2026-03-19")


class TestToldOnce:
    def test_on_the_day_after_and_never_again(self, service: Service):
        [case] = cases(service)
        live_on(service, ACCEPT_BY)
        assert overdue(case) == []
        live_on(service, ACCEPT_LATE)
        assert overdue(case) == [(("accept", ACCEPT_BY), ("accept", ACCEPT_BY))]
        for day in (ACCEPT_LATE, "2026-03-07", "2026-04-20"):
            live_on(service, day)
        assert len(overdue(case)) == 1

    def test_of_a_hidden_step_to_the_provider_alone(self, service: Service):
        """The employer hears of the day that it knows, and not which step is late."""
        [case] = cases(service)
        case.to("booked")
        live_on(service, TALK_LATE)
        assert overdue(case) == [(("talk", TALK_BY), None)]
        live_on(service, SHOWN_BY)
        assert len(overdue(case)) == 1
        live_on(service, SHOWN_LATE)
        assert overdue(case)[1:] == [(None, (None, SHOWN_BY))]
        [_, (_, said)] = told(case.employer, "referral.overdue")
        assert said["state"] == "in_progress"

    def test_of_hidden_steps_the_same_to_the_employer_whatever_has_happened(self, service: Service):
        hidden = cases(service, 3)
        for case, state in zip(hidden, ("accepted", "booked", "talk_held"), strict=True):
            case.to(state)
        for days in range(60):
            live_on(service, date.fromisoformat(TODAY) + timedelta(days=days))
        own = [employer for _, employer in told(hidden[0].employer, "referral.overdue") if employer]
        names = ("state", "step", "due_on")
        assert [{name: one[name] for name in names} for one in own] == [
            {"state": "in_progress", "step": None, "due_on": SHOWN_BY}
        ] * 3

    def test_to_both_with_consent(self, service: Service):
        [case] = cases(service)
        case.to("booked", consented=True)
        live_on(service, TALK_LATE)
        assert overdue(case) == [(("talk", TALK_BY), ("talk", TALK_BY))]
        live_on(service, "2026-05-04")
        assert len(overdue(case)) == 1

    def test_for_each_step_that_is_late(self, service: Service):
        [case] = cases(service)
        live_on(service, "2026-03-09")
        case.move("accept")
        live_on(service, "2026-03-24")
        case.move("book")
        case.move("complete")
        live_on(service, "2026-04-20")
        meeting = case.meet()
        case.hold(meeting)
        live_on(service, "2026-05-04")
        case.adopt(case.plan())
        live_on(service, "2026-06-08")
        steps = [provider and provider[0] for provider, _ in overdue(case)]
        assert [step for step in steps if step] == [
            "accept",
            "talk",
            "three_party",
            "plan",
            "follow_up",
        ]

    def test_for_each_follow_up_that_is_late(self, service: Service):
        [case] = cases(service)
        case.to("plan_adopted")
        [plan] = case.employer.items("/v1/plans")
        for number, day in ((1, "2026-05-04"), (2, "2026-07-06"), (3, "2026-10-05")):
            live_on(service, day)
            live_on(service, day)
            assert [step for (step, _), _ in overdue(case)] == ["follow_up"] * number
            done = f"/v1/plans/{plan['id']}/follow-ups/{number}/done"
            case.employer.ok("POST", done, {"done_on": day})
        assert case.known()["state"] == "closed"

    def test_again_when_nobody_came_and_the_new_time_has_passed_too(self, service: Service):
        [case] = cases(service)
        case.to("booked")
        live_on(service, TALK_LATE)
        case.move("no-show")
        live_on(service, "2026-03-31")
        assert len([1 for provider, _ in overdue(case) if provider]) == 1
        live_on(service, "2026-04-01")
        assert [provider for provider, _ in overdue(case) if provider] == [
            ("talk", TALK_BY),
            ("talk", "2026-03-31"),
        ]

    @pytest.mark.parametrize("state", ["requested", "accepted"])
    def test_again_of_the_provider_that_took_over(self, service: Service, state: str):
        """A new request is a new step, also where the one before was never accepted."""
        [case] = cases(service)
        case.to(state)
        live_on(service, TALK_LATE)
        other = case.employer.provider(name="Ny FHV")
        case.move("reassign", case.employer, provider_id=other)
        before = len(overdue(case))
        live_on(service, "2026-03-20")
        assert len(overdue(case)) == before
        live_on(service, "2026-03-23")
        assert overdue(case)[before:] == [(("accept", "2026-03-20"), ("accept", "2026-03-20"))]

    @pytest.mark.parametrize("state", ["declined", "withdrawn", "closed"])
    def test_never_of_what_is_over(self, service: Service, state: str):
        [case] = cases(service)
        case.to(state)
        live_on(service, "2026-12-01")
        assert overdue(case) == []

    def test_to_the_employer_where_there_is_no_provider(self, service: Service):
        case = wished(service)
        case.employer.ok("PUT", f"/v1/providers/{case.provider_id}", {"name": "FHV Exempel"})
        alone = service.employer()
        employee_id = alone.ok("PUT", "/v1/employees", {"employee": "1001"})["id"]
        body = {"employee_id": employee_id, "wish_of": "employee", "decided_by": "HR 7"}
        alone.ok("POST", "/v1/referrals", body)
        live_on(service, ACCEPT_LATE)
        [(provider, employer)] = told(alone, "referral.overdue")
        assert (provider, employer["step"]) == (None, "accept")


class TestTime:
    """What is late stands in the rows: a clock that stops, jumps or goes back loses nothing."""

    def test_that_nobody_worked_for_weeks_is_made_good_at_once(self, service: Service):
        waiting, under_way = cases(service, 2)
        under_way.to("booked")
        live_on(service, "2026-06-15")
        assert sorted(overdue(waiting), key=repr) == [
            (("accept", ACCEPT_BY), ("accept", ACCEPT_BY)),
            (("talk", TALK_BY), None),
            (None, (None, SHOWN_BY)),
        ]
        live_on(service, "2026-06-16")
        assert len(overdue(waiting)) == 3

    def test_that_goes_back_tells_nothing_twice(self, service: Service):
        [case] = cases(service)
        for day in (ACCEPT_LATE, TODAY, "2026-02-01", ACCEPT_LATE, "2026-03-20", ACCEPT_BY):
            live_on(service, day)
        assert len(overdue(case)) == 1

    def test_is_the_employers_own_to_the_minute(self, service: Service):
        """Half past eleven at night in Stockholm it is the last day still, whatever UTC says."""
        [case] = cases(service)
        service.clock.set(datetime(2026, 3, 5, 23, 59, 59, tzinfo=STOCKHOLM))
        service.tick()
        assert overdue(case) == []
        service.clock.set(datetime(2026, 3, 6, 0, 0, tzinfo=STOCKHOLM))
        service.tick()
        assert len(overdue(case)) == 1

    @pytest.mark.parametrize(
        ("asked_at", "due_on"),
        [
            ("2026-03-27T23:30", "2026-04-01"),
            ("2026-03-28T00:30", "2026-04-01"),
            ("2026-03-29T03:30", "2026-04-01"),
            ("2026-03-30T00:30", "2026-04-02"),
            ("2026-10-24T23:30", "2026-10-28"),
            ("2026-10-25T02:30", "2026-10-28"),
            ("2026-10-26T00:30", "2026-10-29"),
        ],
    )
    def test_may_be_put_forward_or_back_in_between(
        self, service: Service, asked_at: str, due_on: str
    ):
        """Summer time begins on 29 March 2026 and ends on 25 October: days stay days."""
        service.clock.set(datetime.fromisoformat(asked_at).replace(tzinfo=STOCKHOLM))
        case = wished(service)
        assert case.known()["due_on"] == due_on
        last = datetime.combine(date.fromisoformat(due_on), at(due_on).timetz())
        service.clock.set(last.replace(hour=23, minute=59))
        service.tick()
        assert overdue(case) == []
        service.clock.set((last + timedelta(days=1)).replace(hour=0, minute=1))
        service.tick()
        assert len(overdue(case)) == 1


class TestList:
    """`?overdue=true`: what is late, and by how much, as the caller may know it."""

    def test_has_what_is_late_with_the_working_days_since(self, service: Service):
        waiting, in_time = cases(service, 2)
        in_time.to("accepted")
        for day, days in (("2026-03-05", None), ("2026-03-06", 1), ("2026-03-08", 1)):
            live_on(service, day)
            found = waiting.employer.items("/v1/referrals?overdue=true")
            expected = [] if days is None else [(waiting.id, days)]
            assert [(one["id"], one["days_late"]) for one in found] == expected
        live_on(service, "2026-03-11")
        assert waiting.seen()["days_late"] == 4

    def test_needs_no_tick(self, service: Service):
        [case] = cases(service)
        service.set_day(ACCEPT_LATE)
        assert late(case, case.employer) == late(case, case.fhv) == [case.id]

    def test_never_tells_the_employer_what_is_hidden(self, service: Service):
        """The talk is late for the provider; what the employer sees is not late yet."""
        hidden = cases(service, 3)
        for case, state in zip(hidden, ("accepted", "booked", "talk_held"), strict=True):
            case.to(state)
        [one, *_] = hidden
        service.set_day("2026-03-25")
        assert late(one, one.fhv) == [case.id for case in hidden]
        assert late(one, one.employer) == []
        assert [case.seen()["days_late"] for case in hidden] == [0, 0, 0]
        service.set_day(SHOWN_LATE)
        assert late(one, one.employer) == [case.id for case in hidden]
        assert [case.seen()["days_late"] for case in hidden] == [1, 1, 1]

    def test_goes_with_the_filter_by_state(self, service: Service):
        requested, accepted = cases(service, 2)
        accepted.to("accepted")
        service.set_day("2026-06-01")
        for state, case in (("requested", requested), ("in_progress", accepted)):
            found = case.employer.items(f"/v1/referrals?overdue=true&state={state}")
            assert [one["id"] for one in found] == [case.id]

    def test_has_nothing_that_is_over(self, service: Service):
        one, other = cases(service, 2)
        service.set_day("2026-06-01")
        other.move("decline")
        assert late(one, one.employer) == [one.id]
        assert other.seen()["days_late"] == 0

    def test_goes_page_by_page(self, service: Service):
        made = cases(service, 5)
        service.set_day(ACCEPT_LATE)
        first = made[0].employer.ok("GET", "/v1/referrals?overdue=true&limit=3")
        assert len(first["items"]) == 3
        rest = made[0].employer.ok(
            "GET", f"/v1/referrals?overdue=true&limit=3&cursor={first['next_cursor']}"
        )
        assert [one["id"] for one in first["items"] + rest["items"]] == [one.id for one in made]
