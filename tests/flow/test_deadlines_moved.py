"""What moves deadlines that run already: closures, days off, and the employer's policy."""

from datetime import datetime
from typing import Any

from tests.flow.case import Case, cases, wished
from tests.flow.test_deadlines import ACCEPT_BY, ACCEPT_LATE, TALK_BY, late, live_on, overdue
from tests.kit import STOCKHOLM, Service

JULY = [{"first_day": "2026-07-06", "last_day": "2026-08-02"}]
SPRING = [{"first_day": "2026-03-03", "last_day": "2026-03-15"}]


def close(case: Case, unit: str, closures: Any, **more: Any) -> None:
    case.employer.ok("PUT", "/v1/units", {"unit": unit, "closures": closures} | more)


class TestClosures:
    """School holidays and July: where a unit is closed nothing is due."""

    def test_of_the_unit_put_its_deadlines_off(self, service: Service):
        [case] = cases(service)
        close(case, "hemtjansten", SPRING)
        assert case.known()["due_on"] == "2026-03-18"
        live_on(service, "2026-03-18")
        assert overdue(case) == []
        live_on(service, "2026-03-19")
        assert overdue(case) == [(("accept", "2026-03-18"), ("accept", "2026-03-18"))]

    def test_of_a_unit_above_do_so_too(self, service: Service):
        [case] = cases(service)
        units = [
            {"unit": "omsorg", "closures": SPRING},
            {"unit": "hemtjansten", "parent": "omsorg"},
        ]
        case.employer.ok("PUT", "/v1/units", units)
        assert case.known()["due_on"] == "2026-03-18"

    def test_that_are_taken_back_count_no_more(self, service: Service):
        [case] = cases(service)
        close(case, "hemtjansten", SPRING)
        close(case, "hemtjansten", [])
        assert case.known()["due_on"] == ACCEPT_BY

    def test_of_another_unit_change_nothing(self, service: Service):
        [case] = cases(service)
        close(case, "forskolan", SPRING)
        assert case.known()["due_on"] == ACCEPT_BY

    def test_hold_for_who_comes_into_the_unit(self, service: Service):
        [case] = cases(service)
        close(case, "forskolan", SPRING)
        case.employer.ok("PUT", "/v1/employees", {"employee": "1001", "unit": "forskolan"})
        assert case.known()["due_on"] == "2026-03-18"

    def test_put_off_what_the_employer_is_shown(self, service: Service):
        [case] = cases(service)
        case.to("booked")
        close(case, "hemtjansten", [{"first_day": "2026-04-01", "last_day": "2026-04-30"}])
        assert (case.known()["due_on"], case.seen()["due_on"]) == (TALK_BY, "2026-05-07")

    def test_are_no_days_late(self, service: Service):
        service.set_day("2026-07-01")
        case = wished(service)
        close(case, "hemtjansten", JULY)
        assert case.known()["due_on"] == "2026-08-03"
        live_on(service, "2026-08-05")
        assert case.known()["days_late"] == 2
        close(case, "hemtjansten", [{"first_day": "2026-07-07", "last_day": "2026-08-02"}])
        known = case.known()
        assert (known["due_on"], known["days_late"]) == ("2026-07-06", 3)

    def test_that_never_end_leave_no_deadline_that_could_be_missed(self, service: Service):
        [case] = cases(service)
        close(case, "hemtjansten", [{"first_day": "2026-03-01", "last_day": "2100-12-31"}])
        assert case.known()["due_on"] > "2030-01-01"


class TestPolicy:
    """A change of the employer's policy holds for what is under way."""

    def test_moves_the_deadlines_of_what_is_open(self, service: Service):
        requested, accepted, hidden, over = cases(service, 4)
        accepted.to("accepted")
        hidden.to("talk_held")
        over.to("declined")
        days = {"accept_days": 5, "talk_days": 12, "three_party_days": 20}
        requested.employer.ok("PATCH", "/v1/tenant", {"deadlines": days})
        assert requested.known()["due_on"] == "2026-03-09"
        assert accepted.known()["due_on"] == "2026-03-18"
        assert hidden.known()["due_on"] == "2026-03-30"
        assert accepted.seen()["due_on"] == hidden.seen()["due_on"] == "2026-04-17"
        assert over.known()["due_on"] is None

    def test_counts_days_off_of_the_employers_own(self, service: Service):
        [case] = cases(service)
        case.employer.ok("PATCH", "/v1/tenant", {"policy": {"holidays": ["2026-03-04"]}})
        assert case.known()["due_on"] == ACCEPT_LATE

    def test_that_gives_more_time_is_told_of_no_second_time(self, service: Service):
        [case] = cases(service)
        live_on(service, ACCEPT_LATE)
        case.employer.ok("PATCH", "/v1/tenant", {"deadlines": {"accept_days": 10}})
        assert late(case, case.employer) == []
        live_on(service, "2026-04-01")
        assert len(overdue(case)) == 1
        assert late(case, case.employer) == [case.id]

    def test_that_gives_less_time_makes_late(self, service: Service):
        [case] = cases(service)
        live_on(service, "2026-03-04")
        case.employer.ok("PATCH", "/v1/tenant", {"deadlines": {"accept_days": 1}})
        live_on(service, "2026-03-04")
        assert overdue(case) == [(("accept", "2026-03-03"), ("accept", "2026-03-03"))]

    def test_of_another_time_zone_asks_for_the_days_there(self, service: Service):
        service.clock.set(datetime(2026, 3, 2, 23, 30, tzinfo=STOCKHOLM))
        case = wished(service)
        assert case.known()["due_on"] == ACCEPT_BY
        case.employer.ok("PATCH", "/v1/tenant", {"time_zone": "Europe/Helsinki"})
        assert case.known()["due_on"] == ACCEPT_LATE

    def test_of_another_employer_changes_nothing_here(self, service: Service):
        [case], [other] = cases(service), cases(service)
        other.employer.ok("PATCH", "/v1/tenant", {"deadlines": {"accept_days": 9}})
        assert case.known()["due_on"] == ACCEPT_BY
