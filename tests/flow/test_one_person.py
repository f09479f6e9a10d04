"""Several employments of one person: judged together, found by number or said, and taken back."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from alembic import command
from sqlalchemy import select

from app.absences.tables import Employee
from app.core.db import table
from app.intake.event import Event
from app.intake.receive import Arrival
from app.intake.schemas import EVENT
from app.migrate import config_for, migrate
from app.people.store import numbers_of_persons
from app.pipeline import ingest
from tests.flow.case import at_once
from tests.kit import FIVE, Employer, Service, event

NUMBER, OTHER = "191212121212", "196101182803"
TODAY = FIVE[-1]
OLD, NEW = "1001", "2002"


def put(employer: Employer, number: str, **named: Any) -> str:
    return str(employer.ok("PUT", "/v1/employees", {"employee": number} | named)["id"])


def over_two_numbers() -> list[dict[str, Any]]:
    """Three episodes under the old number and two under the new."""
    return [event(day, employee=OLD if n < 3 else NEW) for n, day in enumerate(FIVE)]


def standing(employer: Employer) -> list[tuple[str, str, str]]:
    """Whose flags there are, of which day and in which state, but those withdrawn."""
    flags = employer.items("/v1/flags")
    return [(f["employee_id"], f["on"], f["state"]) for f in flags if f["state"] != "withdrawn"]


def same_person(employer: Employer, employee_id: str) -> list[str]:
    found: list[str] = employer.ok("GET", f"/v1/employees/{employee_id}")["same_person"]
    return found


def join(employer: Employer, one: str, other: str) -> dict[str, Any]:
    made: dict[str, Any] = employer.ok("POST", f"/v1/employees/{one}/join", {"with": other})
    return made


def separate(employer: Employer, one: str) -> dict[str, Any]:
    made: dict[str, Any] = employer.ok("POST", f"/v1/employees/{one}/separate")
    return made


def by_number(employer: Employer) -> tuple[str, str]:
    """Two employments with one personal number."""
    return put(employer, OLD, personal_number=NUMBER), put(employer, NEW, personal_number=NUMBER)


def by_hand(employer: Employer) -> tuple[str, str]:
    """Two employments that somebody said are one person's."""
    old, new = put(employer, OLD), put(employer, NEW)
    join(employer, old, new)
    return old, new


def corrected(employer: Employer) -> tuple[str, str]:
    """Two employments, one of which had somebody else's number at first."""
    old, new = put(employer, OLD, personal_number=NUMBER), put(employer, NEW, personal_number=OTHER)
    return old, put(employer, NEW, personal_number=NUMBER) and new


WAYS = [by_number, by_hand, corrected]
Way = Callable[[Employer], tuple[str, str]]


class TestFiveEpisodesOverTwoNumbers:
    @pytest.mark.parametrize("way", WAYS)
    def test_make_one_flag_and_one_referral(self, service: Service, way: Way):
        employer = service.employer()
        old, _new = way(employer)
        [*_, last] = employer.post(*over_two_numbers())
        [flag] = employer.items("/v1/flags")
        assert (flag["employee_id"], flag["on"], flag["state"]) == (old, TODAY, "released")
        assert last["flags"] == [flag["id"]]  # told to who posted, under whichever number
        [referral] = employer.items("/v1/referrals")
        assert referral["employee_id"] == old
        assert employer.messages() == ["flag.raised", "referral.requested"]

    @pytest.mark.parametrize("way", WAYS)
    def test_make_it_also_when_it_is_known_afterwards(self, service: Service, way: Way):
        employer = service.employer()
        employer.post(*over_two_numbers())
        assert standing(employer) == []
        old, new = way(employer)
        assert standing(employer) == [(old, TODAY, "released")]
        assert (same_person(employer, old), same_person(employer, new)) == ([new], [old])

    def test_are_shown_under_either_number(self, service: Service):
        employer = service.employer()
        employer.post(*over_two_numbers())
        for one in by_number(employer):
            shown = employer.ok("GET", f"/v1/employees/{one}/evaluation")
            assert shown["employee_id"] == one
            [counted] = [c for r in shown["rules"] for c in r["trace"]["comparisons"]]
            assert [e["first_day"] for e in counted["counted"]] == list(FIVE)
            assert all(len(e["events"]) == 1 for e in counted["counted"])
            episodes = employer.ok("GET", f"/v1/employees/{one}/episodes")["items"]
            assert [e["first_day"] for e in episodes] == list(FIVE)
        old, new = by_number(employer)
        said = [len(employer.items(f"/v1/employees/{one}/absences")) for one in (old, new)]
        assert said == [3, 2]  # what was said of each number, and nothing of the other's

    def test_go_to_the_manager_of_the_employment_that_is_current(self, service: Service):
        employer = service.employer("manual")
        over = {"employment": [{"first_day": "2020-01-01", "last_day": "2025-12-31"}]}
        put(employer, OLD, personal_number=NUMBER, unit="norr", **over)
        begun = {"employment": [{"first_day": "2026-01-01"}]}
        new = put(employer, NEW, personal_number=NUMBER, unit="syd", **begun)
        employer.post(*over_two_numbers())
        assert standing(employer) == [(new, TODAY, "open")]
        assert len(employer.items("/v1/flags?unit=syd")) == 1
        [flag] = employer.items("/v1/flags")
        released = {"released_by": "HR 7", "employee_informed_on": TODAY}
        employer.ok("POST", f"/v1/flags/{flag['id']}/release", released)
        assert employer.items("/v1/referrals")[0]["employee_id"] == new

    def test_that_end_when_every_employment_is_over(self, service: Service):
        employer = service.employer("manual")
        _old, _new = by_number(employer)
        employer.post(*over_two_numbers())
        over = [{"first_day": "2020-01-01", "last_day": TODAY}]
        put(employer, OLD, employment=over)
        put(employer, NEW, employment=over)
        assert len(standing(employer)) == 1
        service.set_day(date.fromisoformat(TODAY) + timedelta(days=1))
        assert service.tick() == 1  # a person is looked at once
        assert standing(employer) == []


class TestHalfTimeTwice:
    def test_counts_a_day_once_and_its_extents_together(self, service: Service):
        employer = service.employer()
        by_number(employer)
        for number in (OLD, NEW):
            employer.post(*(event(day, employee=number, extent=60) for day in FIVE))
        assert [f["on"] for f in employer.items("/v1/flags")] == [TODAY]

    def test_reaches_an_extent_that_neither_does_alone(self, service: Service):
        policy = {"min_extent": 100}
        employer = service.employer(policy=policy)
        employer.post(
            *(event(day, employee=number, extent=50) for day in FIVE for number in (OLD, NEW))
        )
        assert standing(employer) == []
        by_number(employer)
        assert [on for _, on, _ in standing(employer)] == [TODAY]

    def test_limits_each_employment_by_its_own_periods(self, service: Service):
        employer = service.employer()
        _old, _ = by_number(employer)
        begun = [{"first_day": "2026-01-01"}]
        put(employer, NEW, employment=begun)
        days = [*FIVE[:4], TODAY]
        employer.post(*(event(day, employee=NEW) for day in days))
        assert standing(employer) == []  # three of them before it began
        employer.post(*(event(day, employee=OLD) for day in FIVE[:3]))
        assert len(standing(employer)) == 1


class TestTakenBack:
    def test_by_a_corrected_number_all_is_as_before(self, service: Service):
        employer = service.employer()
        employer.post(*over_two_numbers())
        old, new = by_number(employer)
        put(employer, NEW, personal_number=OTHER)
        assert (standing(employer), same_person(employer, old)) == ([], [])
        [referral] = employer.items("/v1/referrals")
        assert referral["state"] == "withdrawn"
        put(employer, NEW, personal_number=None)
        assert (standing(employer), same_person(employer, new)) == ([], [])

    def test_by_hand_the_others_stay_together(self, service: Service):
        employer = service.employer()
        one, two, three = (put(employer, n) for n in ("1", "2", "3"))
        join(employer, one, two)
        assert sorted(join(employer, two, three)["same_person"]) == [one, three]
        assert same_person(employer, one) == [two, three]
        assert separate(employer, two)["same_person"] == []
        assert (same_person(employer, one), same_person(employer, three)) == ([three], [one])
        separate(employer, one)
        assert same_person(employer, three) == []
        employer.refused(409, "POST", f"/v1/employees/{three}/separate")

    def test_leaves_a_flag_of_its_own_to_each(self, service: Service):
        employer = service.employer("manual")
        days = [event(day, employee=number) for number in (OLD, NEW) for day in FIVE]
        employer.post(*days)
        old, new = put(employer, OLD), put(employer, NEW)
        apart = [(old, TODAY, "open"), (new, TODAY, "open")]
        assert standing(employer) == apart
        join(employer, old, new)
        assert standing(employer) == apart[:1]  # one person, one flag
        separate(employer, new)
        assert sorted(standing(employer)) == sorted(apart)

    def test_leaves_two_referrals_that_were_requested_before(self, service: Service):
        employer = service.employer()
        employer.post(*(event(day, employee=number) for number in (OLD, NEW) for day in FIVE))
        old, new = put(employer, OLD), put(employer, NEW)
        before = standing(employer)
        told = employer.messages()
        join(employer, old, new)
        states = [r["state"] for r in employer.items("/v1/referrals")]
        assert (standing(employer), states) == (before, ["requested"] * 2)
        service.set_day("2026-03-03")
        employer.post(event("2026-03-03", employee=NEW))
        separate(employer, old)
        assert (standing(employer), employer.messages()) == (before, told)

    def test_lets_go_of_the_other_ones_referral(self, service: Service):
        employer = service.employer()
        old, new = put(employer, OLD), put(employer, NEW)
        wish = {"employee_id": old, "wish_of": "employee", "service": "health_talk"}
        employer.ok("POST", "/v1/referrals", wish | {"decided_by": "HR 7"})
        join(employer, old, new)
        employer.refused(
            409, "POST", "/v1/referrals", wish | {"decided_by": "HR 7", "employee_id": new}
        )
        employer.post(*(event(day, employee=NEW) for day in FIVE))
        [flag] = employer.items("/v1/flags")
        assert flag["state"] == "inhibited"
        separate(employer, new)
        assert standing(employer) == [(new, TODAY, "released")]
        assert len(employer.items("/v1/referrals")) == 2


class TestExemptions:
    def test_of_one_employment_hold_for_the_person(self, service: Service):
        employer = service.employer("manual")
        old, new = by_hand(employer)
        pause = {"first_day": TODAY, "reason": "other"}
        employer.ok("PUT", f"/v1/employees/{new}/exemptions", {"exemptions": [pause]})
        employer.post(*over_two_numbers())
        assert standing(employer) == [(old, TODAY, "suppressed")]
        separate(employer, new)
        assert standing(employer) == []


class TestStandingLists:
    def test_name_a_person_once(self, service: Service):
        employer = service.employer(live_from="2026-03-03")
        employer.post(*over_two_numbers())
        old, new = by_number(employer)
        [rule] = employer.items("/v1/rules")
        path = f"/v1/rules/{rule['id']}/standing"
        assert [one["employee_id"] for one in employer.items(path)] == [old]
        both = {"employee_ids": [old, new], "decided_by": "HR 7"}
        assert len(employer.ok("POST", f"{path}/flag", both)["flags"]) == 1


class TestRefused:
    def test_is_what_joins_nobody(self, service: Service):
        employer, elsewhere = service.employer(), service.employer()
        one, theirs = put(employer, OLD), put(elsewhere, OLD)
        path = f"/v1/employees/{one}/join"
        for other, code in (
            (one, "same_employee"),
            (theirs, "unknown_employee"),
            ("emp_none", "unknown_employee"),
        ):
            problem = employer.refused(422, "POST", path, {"with": other})
            assert [(e["pointer"], e["code"]) for e in problem["errors"]] == [("#/with", code)]
            assert other not in str(problem)
        for unknown in (theirs, "emp_none"):
            employer.refused(404, "POST", f"/v1/employees/{unknown}/join", {"with": one})
            employer.refused(404, "POST", f"/v1/employees/{unknown}/separate")
        bodies: list[Any] = [{}, {"with": None}, {"with": 1}, {"with": one, "note": "x"}, [], "x"]
        for body in bodies:
            employer.refused(422, "POST", path, body)
        assert same_person(employer, one) == []

    def test_is_to_separate_who_is_not_joined(self, service: Service):
        employer = service.employer()
        old, _new = by_number(employer)
        path = f"/v1/employees/{old}/separate"
        assert employer.refused(409, "POST", path)["code"] == "same_personal_number"
        put(employer, OLD, personal_number=None)
        assert employer.refused(409, "POST", path)["code"] == "not_joined"

    def test_is_not_to_join_twice(self, service: Service):
        employer = service.employer()
        old, new = by_number(employer)
        for _ in range(2):
            assert join(employer, old, new)["same_person"] == [new]
        assert separate(employer, old)["same_person"] == [new]  # by their number still


def stored_at_once(service: Service, employer: Employer, *said: dict[str, Any]) -> None:
    """Each in a transaction of its own at the same moment, as several processes store them."""

    def store(one: dict[str, Any]) -> None:
        event_: Event = EVENT.validate_python(one).event()
        with service.ctx.database.write() as conn:
            ingest(conn, [Arrival(employer.tenant_id, event_)], service.ctx.now())

    at_once(*(lambda one=one: store(one) for one in said))


class TestAtOnce:
    def test_two_transactions_for_the_two_employments_raise_one_flag(self, service: Service):
        for round_ in range(8):
            employer = service.employer()
            by_number(employer) if round_ % 2 else by_hand(employer)
            employer.post(*(event(day, employee=OLD) for day in FIVE[:4]))
            said = [event(TODAY, employee=number) for number in (OLD, NEW, OLD, NEW)]
            stored_at_once(service, employer, *said)
            assert len(employer.items("/v1/flags")) == 1, round_
            assert len(employer.items("/v1/referrals")) == 1

    def test_a_join_and_the_fifth_report_raise_one_flag(self, service: Service):
        for _ in range(8):
            employer = service.employer()
            old, new = put(employer, OLD), put(employer, NEW)
            said = over_two_numbers()
            employer.post(*said[:-1])
            at_once(
                partial(join, employer, new, old),
                partial(stored_at_once, service, employer, said[-1]),
                service.tick,
            )
            assert len(employer.items("/v1/flags")) == 1

    def test_the_same_number_kept_of_eight_makes_one_person(self, service: Service):
        employer = service.employer()
        numbers = [f"{n}" for n in range(8)]
        bodies = [{"employee": n, "personal_number": NUMBER} for n in numbers]
        answers = at_once(*(lambda b=b: employer("PUT", "/v1/employees", b) for b in bodies))
        assert {answer.status_code for answer in answers} == {200}
        columns = table(Employee).c
        with service.ctx.database.read() as conn:
            persons = set(conn.scalars(select(columns.person_id)))
            [first] = conn.scalars(select(columns.employee_id).where(columns.number == "0"))
        assert persons == {first}


class TestNumbersOfPersons:
    def test_are_those_of_the_employment_that_lasts(self, service: Service):
        employer, elsewhere = service.employer(), service.employer()
        over = [{"first_day": "2020-01-01", "last_day": "2026-02-28"}]
        put(employer, OLD, personal_number=NUMBER, employment=over)
        third = put(employer, "3003", personal_number=OTHER)
        put(elsewhere, "4004", personal_number=NUMBER)

        def found() -> dict[str, str]:
            with service.ctx.database.read() as conn:
                wanted = [NUMBER, OTHER, "189001019802"]
                keys, tenant = service.ctx.keys, employer.tenant_id
                return numbers_of_persons(conn, keys, tenant, wanted)

        assert found() == {NUMBER: OLD, OTHER: "3003"}
        put(employer, NEW, personal_number=NUMBER, employment=[{"first_day": "2026-03-01"}])
        assert found() == {NUMBER: NEW, OTHER: "3003"}
        put(employer, "5005", employment=[{"first_day": "2026-01-01"}])
        join(employer, third, put(employer, "5005"))  # whose personal number nobody has said
        assert found() == {NUMBER: NEW, OTHER: "5005"}


class TestUpgrade:
    def test_joins_who_had_the_same_number_already(self, service: Service):
        employer, elsewhere = service.employer(), service.employer()
        old, new = by_number(employer)
        put(employer, "3003", personal_number=OTHER)
        put(elsewhere, OLD, personal_number=NUMBER)
        before = persons(service)
        assert sorted(filter(None, before.values())) == [old, old]
        with service.ctx.database.write() as conn:
            command.downgrade(config_for(conn), "0005-1")
        migrate(service.ctx.database)
        assert persons(service) == before
        assert (same_person(employer, old), same_person(employer, new)) == ([new], [old])
        service.set_now()
        assert service.tick() == 1


def persons(service: Service) -> dict[str, str | None]:
    """With whom everybody is judged."""
    columns = table(Employee).c
    with service.ctx.database.read() as conn:
        rows = conn.execute(select(columns.employee_id, columns.person_id)).all()
    return {row.employee_id: row.person_id for row in rows}
