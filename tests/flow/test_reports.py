"""Reports over HTTP: what an employer reads of a month, and of what became of those helped.

Figures here are worked out by hand. That nothing about fewer than ten can be worked out has tests
of its own (tests/unit/reports).
"""

import csv
import io
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from lxml import etree

from tests.flow.case import Case, cases
from tests.kit import Employer, Service, at, event

TODAY = "2026-03-02"
ATTENDANCE = "/v1/reports/attendance"
OUTCOMES = "/v1/reports/outcomes"


def employ(employer: Employer, unit: str | None, count: int, **more: Any) -> list[str]:
    """So many new employees of a unit; answers their numbers."""
    numbers = [f"{unit or 'none'}-{n}" for n in range(count)]
    since = [{"first_day": "2020-01-01"}]
    people = [{"employee": n, "unit": unit, "employment": since} | more for n in numbers]
    employer.ok("PUT", "/v1/employees", people)
    return numbers


def sick(numbers: Iterable[str], first: str, last: str | None, **more: Any) -> list[dict[str, Any]]:
    return [event(first, employee=n, last_day=last, absence=f"{first}", **more) for n in numbers]


def say(employer: Employer, *events: dict[str, Any]) -> None:
    for start in range(0, len(events), 500):
        statuses = {one["status"] for one in employer.batch(*events[start : start + 500])}
        assert statuses == {"created"}


def by_unit(report: Any) -> dict[str | None, Any]:
    return {row["unit"]: row for row in report["units"]}


def municipality(service: Service) -> Employer:
    """82 people in five units and outside of any, and their February."""
    service.set_day(TODAY)
    employer = service.employer(preset=None)
    north = employ(employer, "north", 30, sex="female")
    south = employ(employer, "south", 20, sex="male")
    west = employ(employer, "west", 12, sex="male")
    employ(employer, "tiny", 4, sex="male")
    employ(employer, "central", 15, sex="female")
    employ(employer, None, 1, sex="male")
    say(
        employer,
        *sick(north[:12], "2026-02-09", "2026-02-10"),
        # Begun in January, and cut at the month's edge: three days of February, no episode.
        *sick(north[12:13], "2026-01-30", "2026-02-03", extent=50),
        *sick(south[:11], "2026-02-16", "2026-02-18", extent=50),
        *sick(west[:1], "2026-02-23", "2026-02-27"),
        # Care of a child is not sick leave, and what is cancelled was never.
        *sick(south[15:16], "2026-02-16", "2026-02-18", kind="other"),
        # March is not over.
        *sick(north[20:25], "2026-03-02", None),
    )
    return employer


def test_count_nobody_of_another_employer(service: Service):
    one, other = municipality(service), municipality(service)
    before = [one.ok("GET", path) for path in (ATTENDANCE, OUTCOMES)]
    more = employ(other, "more", 20)
    say(other, *sick(more, "2026-02-03", "2026-02-04"))
    service.set_day("2026-02-10")
    wish(other, more)
    service.set_day(TODAY)
    assert [one.ok("GET", path) for path in (ATTENDANCE, OUTCOMES)] == before
    assert other.ok("GET", ATTENDANCE)["total"]["employed"] == 102
    assert other.ok("GET", OUTCOMES)["participants"] == 20


class TestAttendance:
    def test_of_the_last_month_counts_people_episodes_and_days(self, service: Service):
        report = municipality(service).ok("GET", ATTENDANCE)
        assert report["month"] == "2026-02"
        total = report["total"]
        assert (total["employed"], total["employed_days"]) == (82, 82 * 28)
        assert total["episodes"] == 12 + 11 + 1
        assert total["sick_days"] == 24 + 3 + 33 + 5
        assert total["rate"] == round(65 / (82 * 28), 4)
        assert total["full_time_share"] == round(29 / 65, 4)
        assert total["part_time_share"] == round(36 / 65, 4)
        north = by_unit(report)["north"]
        assert (north["employed"], north["episodes"], north["sick_days"]) == (30, 12, 27)

    def test_hides_small_units_and_what_would_give_them_away(self, service: Service):
        """One person is ill in the west: neither their days nor what they could be taken from."""
        report = municipality(service).ok("GET", ATTENDANCE)
        units = by_unit(report)
        assert {name: row["employed"] for name, row in units.items()} == {
            "north": 30,
            "south": 20,
            "central": 15,
            "west": None,  # or the five others could be taken from all
            "tiny": None,
            None: None,
        }
        assert {name: row["sick_days"] for name, row in units.items()} == {
            "north": 27,
            "south": None,  # 11 people, who stand guard for the one in the west
            "central": 0,
            "west": None,
            "tiny": None,
            None: None,
        }
        assert units["north"]["full_time_share"] is None  # one is on part-time sick leave there
        everything = [
            "employed",
            "episodes",
            "sick_days",
            "extents",
            "sexes",
            "episodes_by_sex",
            "sick_days_by_sex",
        ]
        hidden = {(one["of"], one["unit"]): one["parts"] for one in report["suppressed"]}
        assert hidden["unit", "tiny"] == hidden["unit", None] == everything
        assert hidden["unit", "west"] == everything
        assert "sick_days" in hidden["unit", "south"]
        assert ("total", None) not in hidden

    def test_is_by_sex_where_that_is_known(self, service: Service):
        report = municipality(service).ok("GET", ATTENDANCE)
        women, men = report["total"]["by_sex"]
        assert (women["sex"], women["employed"], women["sick_days"]) == ("female", 45, 27)
        assert (men["sex"], men["employed"], men["sick_days"]) == ("male", 37, 38)

    def test_says_nothing_of_sexes_where_none_is_known(self, service: Service):
        employer = service.employer(preset=None)
        employ(employer, "north", 20)
        report = employer.ok("GET", ATTENDANCE)
        assert report["total"]["by_sex"] is None
        assert report["suppressed"] == []

    def test_of_one_unit_hides_what_that_of_all_hides(self, service: Service):
        employer = municipality(service)
        everybody = employer.ok("GET", ATTENDANCE)
        for unit in ("north", "south", "west"):
            one = employer.ok("GET", f"{ATTENDANCE}?unit={unit}")
            assert one["total"] == everybody["total"]
            assert one["units"] == [by_unit(everybody)[unit]]

    def test_counts_days_of_employment_and_nobody_who_has_left(self, service: Service):
        service.set_day(TODAY)
        employer = service.employer(preset=None)
        employ(employer, "north", 12)
        employed = [
            [{"first_day": "2026-02-15"}],
            [{"first_day": "2020-01-01", "last_day": "2026-02-07"}],
            [{"first_day": "2020-01-01", "last_day": "2026-01-31"}],
            [
                {"first_day": "2020-01-01", "last_day": "2026-02-07"},
                {"first_day": "2026-02-05", "last_day": "2026-02-10"},
            ],
        ]
        more = [
            {"employee": f"n-{n}", "unit": "north", "employment": periods}
            for n, periods in enumerate(employed)
        ]
        employer.ok("PUT", "/v1/employees", more)
        say(employer, *sick(["n-1", "n-2"], "2026-01-26", None))
        total = employer.ok("GET", ATTENDANCE)["total"]
        assert (total["employed"], total["employed_days"]) == (15, 12 * 28 + 14 + 7 + 10)
        assert total["sick_days"] is None  # of one person

    def test_follows_the_policy(self, service: Service):
        service.set_day(TODAY)
        employer = service.employer(preset=None, policy={"counted_kinds": ["work_injury"]})
        north = employ(employer, "north", 40)
        say(
            employer,
            *sick(north[:20], "2026-02-02", "2026-02-03"),
            *sick(north[20:], "2026-02-04", "2026-02-06", kind="work_injury"),
        )
        assert employer.ok("GET", ATTENDANCE)["total"]["sick_days"] == 60

    def test_is_a_spreadsheet_and_a_drawing_too(self, service: Service):
        employer = municipality(service)
        employ(employer, "=HYPERLINK(1)", 11)
        employ(employer, "<b>&\"'", 11)
        answer = employer("GET", f"{ATTENDANCE}?format=csv")
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        assert 'filename="attendance-2026-02.csv"' in answer.headers["content-disposition"]
        text = answer.content.decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
        assert (rows[0]["of"], rows[0]["sick_days"]) == ("total", "65")
        assert rows[0]["rate"] == str(round(65 / (104 * 28), 4)).replace(".", ",")
        named = {row["unit"]: row for row in rows if row["of"] == "unit" and not row["sex"]}
        assert named["'=HYPERLINK(1)"]["employed"] == "11"
        assert named["tiny"]["employed"] == ""
        assert "employed" in named["tiny"]["suppressed"]
        drawn = employer("GET", f"{ATTENDANCE}?format=svg&language=en")
        assert drawn.headers["content-type"].startswith("image/svg+xml")
        texts = [node.text for node in etree.fromstring(drawn.content).iter("{*}text")]
        assert "<b>&\"'" in texts
        assert "Sick leave 2026-02" in texts

    def test_of_a_month_that_is_not_over_is_refused(self, service: Service):
        service.set_day(TODAY)
        employer = service.employer()
        for month in ("2026-03", "2026-03-31", "2030-01"):
            problem = employer.refused(422, "GET", f"{ATTENDANCE}?month={month}")
            assert problem["errors"][0]["pointer"] == "#/month"
            assert problem["errors"][0]["code"] == "month_not_over"
        assert employer.ok("GET", f"{ATTENDANCE}?month=2026-02-28")["month"] == "2026-02"

    def test_of_what_is_no_month_or_no_unit_is_refused(self, service: Service):
        employer = service.employer()
        for month, code in (
            ("2026", "invalid_month"),
            ("2026-13", "invalid_month"),
            ("2026-02-30", "invalid_month"),
            ("1989-12", "date_out_of_range"),
        ):
            problem = employer.refused(422, "GET", f"{ATTENDANCE}?month={month}")
            assert problem["errors"][0]["code"] == code
        employer.refused(404, "GET", f"{ATTENDANCE}?unit=nowhere")
        employer.refused(404, "GET", f"{OUTCOMES}?unit=nowhere")
        employer.refused(422, "GET", f"{ATTENDANCE}?format=xlsx")


def wish(employer: Employer, numbers: Iterable[str]) -> None:
    """Each of them is referred on their own wish, now."""
    for number in numbers:
        [one] = employer.ok("POST", "/v1/employees/search", {"employee": number})["items"]
        body = {"employee_id": one["id"], "wish_of": "employee", "decided_by": "HR 7"}
        employer.ok("POST", "/v1/referrals", body)


def participants(employer: Employer, first: str, last: str) -> int | None:
    report = employer.ok("GET", f"{OUTCOMES}?from={first}&to={last}")
    people: int | None = report["participants"]
    return people


class TestOutcomes:
    def test_tells_how_far_people_came_and_how_long_it_took(self, service: Service):
        """Fifty are referred on 2 March; ten stay at each step, as the provider alone knows."""
        service.set_day(TODAY)
        everybody = cases(service, 50)
        steps = ("requested", "accepted", "talk_held", "three_party_held", "plan_adopted")
        reached = {case.id: steps[n // 10] for n, case in enumerate(everybody)}
        move_on(service, everybody, reached)
        service.set_day("2026-05-04")
        report = everybody[0].employer.ok("GET", f"{OUTCOMES}?from=2026-03&to=2026-03")
        assert {one["step"]: one["people"] for one in report["funnel"]} == {
            "flagged": 50,
            "released": 50,
            "requested": 50,
            "accepted": 40,
            "talk_held": 30,
            "three_party_held": 20,
            "plan_adopted": 10,
            "closed": 0,
        }
        took = {(b["first"], b["then"]): (b["median"], b["p90"]) for b in report["days_between"]}
        assert took == {
            ("flagged", "requested"): (0, 0),
            ("requested", "accepted"): (2.5, 4),
            ("accepted", "talk_held"): (7.5, 9),
            ("requested", "talk_held"): (10, 10),
            ("talk_held", "three_party_held"): (14, 14),
            ("three_party_held", "plan_adopted"): (7, 7),
            ("plan_adopted", "closed"): (None, None),
        }

    def test_tells_nothing_of_nine(self, service: Service):
        service.set_day(TODAY)
        [case, *_] = cases(service, 9)
        service.set_day("2026-04-01")
        report = case.employer.ok("GET", f"{OUTCOMES}?from=2026-01&to=2026-03")
        told = {name: value for name, value in report.items() if value not in (None, [])}
        assert told.keys() == {"period", "as_of", "suppressed"}
        assert report["suppressed"] == [
            {
                "part": "participants",
                "code": "fewer_than_ten",
                "shown": "nothing",
                "full_for": None,
            }
        ]
        for form in ("csv", "svg"):
            assert case.employer("GET", f"{OUTCOMES}?format={form}").is_success

    def test_of_two_periods_never_differ_by_fewer_than_ten(self, service: Service):
        """Twelve begin in January, three in February, nine in March."""
        service.set_day("2026-01-07")
        employer = service.employer(preset=None)
        numbers = employ(employer, "north", 24)
        for day, those in (
            ("2026-01-07", numbers[:12]),
            ("2026-02-04", numbers[12:15]),
            ("2026-03-04", numbers[15:]),
        ):
            service.set_day(day)
            wish(employer, those)
        service.set_day("2026-04-01")
        assert participants(employer, "2026-01", "2026-01") == 12
        assert participants(employer, "2026-01", "2026-02") is None
        assert participants(employer, "2026-02", "2026-03") == 12
        assert participants(employer, "2026-01", "2026-03") == 24
        assert participants(employer, "2026-03", "2026-03") is None
        report = employer.ok("GET", f"{OUTCOMES}?from=2025-06&to=2026-02")
        assert report["suppressed"][0]["full_for"] == {"from": "2026-01", "to": "2026-01"}

    def test_counts_everybody_once_in_the_month_they_began(self, service: Service):
        service.set_day("2026-01-07")
        employer = service.employer(preset=None)
        numbers = employ(employer, "north", 12)
        wish(employer, numbers)
        service.set_day("2026-02-04")
        for referral in employer.items("/v1/referrals"):
            path = f"/v1/referrals/{referral['id']}/close"
            employer.ok("POST", path, {"outcome": "no_further_need"})
        wish(employer, numbers)
        service.set_day("2026-03-02")
        assert participants(employer, "2026-01", "2026-01") == 12
        assert participants(employer, "2026-02", "2026-02") == 0

    def test_of_months_to_come_and_reversed_ones_are_refused(self, service: Service):
        service.set_day(TODAY)
        employer = service.employer()
        for query, pointer, code in (
            ("from=2026-03", "#/from", "month_not_over"),
            ("from=2026-02&to=2026-01", "#/to", "range_reversed"),
            ("from=later", "#/from", "invalid_month"),
            ("to=2026-00", "#/to", "invalid_month"),
        ):
            [error] = employer.refused(422, "GET", f"{OUTCOMES}?{query}")["errors"]
            assert (error["pointer"], error["code"]) == (pointer, code)

    def test_says_what_it_took_the_period_for(self, service: Service):
        service.set_day(TODAY)
        employer = service.employer()
        assert employer.ok("GET", OUTCOMES)["period"] == {
            "from": "2025-03-01",
            "to": "2026-02-28",
            "because": ["default"],
        }
        asked = employer.ok("GET", f"{OUTCOMES}?from=2025-12-15&to=2026-12-31")
        assert asked["period"] == {
            "from": "2025-12-01",
            "to": "2026-02-28",
            "because": ["last_finished_month"],
        }

    def test_asked_of_no_period_is_of_the_longest_it_may_tell_of(self, service: Service):
        """Twelve begin in January and three in February: of those nothing is told yet."""
        service.set_day("2026-01-07")
        employer = service.employer(preset=None)
        numbers = employ(employer, "north", 15)
        wish(employer, numbers[:12])
        service.set_day("2026-02-04")
        wish(employer, numbers[12:])
        service.set_day(TODAY)
        report = employer.ok("GET", OUTCOMES)
        assert report["participants"] == 12
        assert report["period"] == {
            "from": "2026-01-01",
            "to": "2026-01-31",
            "because": ["default", "longest_shown"],
        }
        asked = employer.ok("GET", f"{OUTCOMES}?from=2025-12")
        assert (asked["participants"], asked["period"]["from"]) == (12, "2025-12-01")
        assert employer.ok("GET", f"{OUTCOMES}?to=2026-02")["participants"] is None

    def test_of_a_unit_is_shown_where_it_tells_nothing_of_others(self, service: Service):
        service.set_day("2026-01-07")
        employer = service.employer(preset=None)
        for unit, count in (("north", 30), ("south", 25), ("west", 5)):
            wish(employer, employ(employer, unit, count))
        service.set_day("2026-02-04")
        north = employer.ok("GET", f"{OUTCOMES}?unit=north")
        assert north["participants"] == 30
        assert north["work_status"][0] == {"group": "back_in_work", "people": 0, "share": 0.0}
        assert {one["code"] for one in north["suppressed"]} == {"not_by_unit"}
        # North and south together would leave the five of the west.
        for unit in ("south", "west"):
            hidden = employer.ok("GET", f"{OUTCOMES}?unit={unit}")
            assert hidden["participants"] is None
            assert hidden["suppressed"][0]["code"] == "fewer_than_ten"

    def test_takes_the_latest_word_on_somebodys_work(self, service: Service):
        """Ten closed as back in work; ten of whom a later meeting says they left; ten who left
        without a word."""
        service.set_day("2026-01-07")
        employer = service.employer(preset=None)
        numbers = employ(employer, "north", 30)
        wish(employer, numbers)
        service.set_day("2026-01-14")
        referrals = employer.items("/v1/referrals")
        for referral in referrals[:20]:
            path = f"/v1/referrals/{referral['id']}/close"
            employer.ok("POST", path, {"outcome": "back_in_work"})
        service.set_day("2026-01-20")
        for referral in referrals[10:20]:
            body = {
                "kind": "follow_up",
                "employee_id": referral["employee_id"],
                "starts_at": at("2026-01-20", 10).isoformat(),
            }
            meeting = employer.ok("POST", "/v1/meetings", body)
            record = {"work_status": "left_employment"}
            employer.ok("POST", f"/v1/meetings/{meeting['id']}/hold", record)
        left = [{"first_day": "2020-01-01", "last_day": "2026-01-25"}]
        gone = {referral["employee_id"] for referral in referrals[20:]}
        for number in numbers:
            [one] = employer.ok("POST", "/v1/employees/search", {"employee": number})["items"]
            if one["id"] in gone:
                employer.ok("PUT", "/v1/employees", {"employee": number, "employment": left})
        service.set_day("2026-02-04")
        report = employer.ok("GET", OUTCOMES)
        people = {one["group"]: one["people"] for one in report["work_status"]}
        assert people["back_in_work"] == 10
        assert people["left_employment"] == 20
        assert report["fully_back"]["people"] == 10

    def test_counts_no_word_that_the_employer_may_not_know(self, service: Service):
        """The provider closes all twelve as back in work; nobody has consented to feedback."""
        service.set_day("2026-03-02")
        everybody = cases(service, 12)
        for case in everybody:
            case.move("accept")
            case.move("close", outcome="back_in_work")
        service.set_day("2026-04-01")
        report = everybody[0].employer.ok("GET", f"{OUTCOMES}?from=2026-03")
        people = {one["group"]: one["people"] for one in report["work_status"]}
        assert people == dict.fromkeys(people, 0) | {"unknown": 12}
        steps = {one["step"]: one["people"] for one in report["funnel"]}
        assert (steps["closed"], steps["talk_held"]) == (12, None)


def move_on(service: Service, everybody: list[Case], reached: dict[str, str]) -> None:
    """Half are accepted after a day, half after four; the talk is on 12 March, and so on."""
    steps = ["requested", "accepted", "booked", "talk_held", "three_party_held", "plan_adopted"]
    for step, days in (
        ("accepted", ("2026-03-03", "2026-03-06")),
        ("booked", ("2026-03-06",)),
        ("talk_held", ("2026-03-12",)),
        ("three_party_held", ("2026-03-26",)),
        ("plan_adopted", ("2026-04-02",)),
    ):
        far = [c for c in everybody if steps.index(reached[c.id]) >= steps.index(step)]
        for n, day in enumerate(days):
            service.set_day(day)
            for case in far[n :: len(days)]:
                advance(case, step)


def advance(case: Case, step: str) -> None:
    match step:
        case "accepted":
            case.move("accept")
        case "booked":
            case.move("book", starts_at=at("2026-03-12", 9).isoformat())
        case "talk_held":
            case.move("complete")
        case "three_party_held":
            case.hold(case.meet())
        case "plan_adopted":
            case.adopt(case.plan())


class TestWhoTakesPart:
    """Twelve are called to a meeting in January, while they are on sick leave in full."""

    def invited(self, service: Service) -> tuple[Employer, list[str]]:
        service.set_day("2026-01-07")
        employer = service.employer(preset=None)
        numbers = employ(employer, "north", 12)
        say(employer, *sick(numbers, "2026-01-07", "2026-02-10"))
        ids = [one["id"] for one in employer.ok("POST", "/v1/employees/search", NORTH)["items"]]
        meetings = []
        for who in ids:
            body = {"kind": "alignment", "employee_id": who}
            body |= {"starts_at": at("2026-01-14", 10).isoformat()}
            meetings.append(str(employer.ok("POST", "/v1/meetings", body)["id"]))
        return employer, meetings

    def test_is_not_who_was_only_called_to_a_meeting(self, service: Service):
        """Regression: whose only meeting was cancelled was counted as taking part."""
        employer, meetings = self.invited(service)
        for meeting in meetings[:2]:
            employer.ok("POST", f"/v1/meetings/{meeting}/cancel")
        service.set_day("2026-01-14")
        for meeting in meetings[2:]:
            employer.ok("POST", f"/v1/meetings/{meeting}/hold")
        service.set_day(TODAY)
        assert participants(employer, "2026-01", "2026-01") == 10

    def test_is_known_when_the_meeting_is_recorded_and_began_when_it_was_held(
        self, service: Service
    ):
        """Recorded in March, when everybody is well again: no report of January gains them."""
        employer, meetings = self.invited(service)
        service.set_day(TODAY)
        for meeting in meetings:
            employer.ok("POST", f"/v1/meetings/{meeting}/hold")
        assert participants(employer, "2026-01", "2026-02") == 0
        service.set_day("2026-04-01")
        assert participants(employer, "2026-01", "2026-02") == 0
        report = employer.ok("GET", f"{OUTCOMES}?from=2026-03&to=2026-03")
        assert report["participants"] == 12
        assert report["sick_leave_at_start"][0]["people"] == 12
        assert report["sick_leave_now"][-1]["people"] == 12


NORTH = {"unit": "north"}


class TestBeforeAndAfter:
    """Twelve enter on 10 February 2025 after four episodes in a year; the next year is better."""

    BEFORE = ("2024-03-04", "2024-05-06", "2024-09-02", "2025-01-13")
    ENTRY = "2025-02-10"

    def employer(self, service: Service, colleagues: int) -> Employer:
        service.set_day(self.ENTRY)
        employer = service.employer(preset=None)
        helped = employ(employer, "helped", 12)
        others = employ(employer, "others", colleagues)
        say(employer, *(one for day in self.BEFORE for one in away(helped + others, day, 2)))
        wish(employer, helped)
        service.set_day(TODAY)
        say(
            employer,
            *away(helped, "2025-06-02", 3),
            *away(others, "2025-05-05", 1),
            *away(others, "2025-10-06", 4),
        )
        return employer

    def test_stand_beside_what_regression_to_the_mean_alone_would_give(self, service: Service):
        employer = self.employer(service, colleagues=10)
        absence = employer.ok("GET", f"{OUTCOMES}?from=2025-02&to=2025-02")["absence"]
        means = {
            "before": {"episodes": 4.0, "sick_days": 8.0},
            "after": {"episodes": 1.0, "sick_days": 3.0},
        }
        assert absence == {
            "people": 12,
            **means,
            "compared": {
                "people": 12,
                **means,
                "expected_after": {"episodes": 2.0, "sick_days": 5.0},
            },
            "reason": None,
        }

    def test_stand_alone_where_nobody_is_comparable(self, service: Service):
        employer = self.employer(service, colleagues=9)
        absence = employer.ok("GET", f"{OUTCOMES}?from=2025-02&to=2025-02")["absence"]
        assert absence["after"] == {"episodes": 1.0, "sick_days": 3.0}
        assert absence["compared"] is None
        assert absence["reason"] == "no_comparable_colleagues"

    def test_wait_until_the_year_is_over(self, service: Service):
        employer = self.employer(service, colleagues=10)
        service.set_day("2026-02-27")
        absence = employer.ok("GET", f"{OUTCOMES}?from=2025-02&to=2025-02")["absence"]
        assert (absence["people"], absence["after"]) == (0, None)
        assert absence["reason"] == "no_whole_year"


def away(numbers: Iterable[str], first: str, days: int) -> list[dict[str, Any]]:
    last = date.fromisoformat(first) + timedelta(days=days - 1)
    return sick(numbers, first, last.isoformat())
