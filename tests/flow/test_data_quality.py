"""Data quality: what is odd in what the sources say, counted by source and listed by absence."""

from base64 import urlsafe_b64decode
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest

from tests.kit import Employer, Service, event

NONE = dict.fromkeys(
    ("incomplete", "empty", "overlapping", "over_a_year", "in_future", "outside_employment"), 0
)


def said(first_day: str, last_day: Any = None, **more: Any) -> dict[str, Any]:
    """An absence known by its first day, whatever day it was said on."""
    more = {"occurred_on": "2026-03-01"} | more
    return event(first_day, last_day=last_day or first_day, **more)


def counts(employer: Employer, source: str = "hr") -> dict[str, int]:
    """What is counted of a source, the findings it has none of left out."""
    answer = employer.ok("GET", "/v1/data-quality")
    [found] = [one for one in answer["sources"] if one["source"] == source]
    assert found["odd"].keys() == NONE.keys()
    return {"absences": found["absences"]} | {k: v for k, v in found["odd"].items() if v}


def listed(employer: Employer, query: str = "") -> list[tuple[str, list[str]]]:
    items = employer.items(f"/v1/data-quality/absences{query}")
    return sorted((one["absence"], one["odd"]) for one in items)


@pytest.fixture
def employer(service: Service) -> Employer:
    return service.employer(preset=None)


class TestAbsence:
    """It is Monday 2 March 2026."""

    @pytest.mark.parametrize(
        ("first_day", "last_day", "findings"),
        [
            ("2026-02-02", "2026-02-02", []),
            ("2026-02-02", ..., []),
            ("2026-02-02", "2026-02-01", ["empty"]),
            ("2026-03-02", "2026-03-02", []),
            ("2026-03-03", "2026-03-03", ["in_future"]),
            ("2026-03-03", ..., ["in_future"]),
            ("2025-03-02", "2026-03-02", []),
            ("2025-03-01", "2026-03-02", ["over_a_year"]),
            ("2025-03-01", ..., ["over_a_year"]),
            ("2025-03-02", ..., []),
            ("2026-02-27", "2027-02-27", []),
            ("2026-02-27", "2027-02-28", ["over_a_year"]),
        ],
    )
    def test_is_judged_by_its_days(
        self, employer: Employer, first_day: str, last_day: Any, findings: list[str]
    ):
        body = said(first_day, absence="A")
        employer.post(body | {"last_day": last_day} if last_day is not ... else _open(body))
        assert listed(employer) == ([("A", findings)] if findings else [])
        assert counts(employer) == {"absences": 1} | dict.fromkeys(findings, 1)

    def test_that_ended_before_it_was_reported_is_incomplete(self, employer: Employer):
        ended = said("2026-02-02", absence="A", type="absence.ended", well_from="2026-02-03")
        employer.post({k: v for k, v in ended.items() if k not in ("first_day", "last_day")})
        [one] = employer.items("/v1/data-quality/absences")
        assert (one["first_day"], one["last_day"]) == (None, "2026-02-02")
        assert one["odd"] == ["incomplete"]
        assert counts(employer) == {"absences": 1, "incomplete": 1}
        employer.post(said("2026-02-02", absence="A", occurred_on="2026-02-02"))
        assert counts(employer) == {"absences": 1}

    def test_of_another_kind_is_not_implausible(self, employer: Employer):
        """Leave may be long and planned; that service has no business with it."""
        for n, (first, last) in enumerate([("2024-01-01", "2026-01-01"), ("2026-06-01", None)]):
            employer.post(said(first, last, kind="other", absence=f"A{n}"))
        employer.post(said("2025-01-01", "2025-01-05", kind="other", absence="A3"))
        assert listed(employer) == []
        assert counts(employer) == {"absences": 3}

    def test_that_is_cancelled_is_left_out(self, employer: Employer):
        report = said("2027-01-01", absence="A")
        cancelled = {k: report[k] for k in ("source", "employee", "absence", "occurred_at")}
        employer.post(report, cancelled | {"id": "z-cancel", "type": "absence.cancelled"})
        [source] = employer.ok("GET", "/v1/data-quality")["sources"]
        assert (source["absences"], source["odd"]) == (0, NONE)
        assert listed(employer) == []

    @pytest.mark.parametrize(
        ("first_day", "last_day", "outside"),
        [
            ("2020-01-01", "2020-06-30", False),
            ("2019-12-31", "2020-01-05", True),
            ("2020-06-30", "2020-07-01", True),
            ("2021-01-01", "2021-01-01", True),
            ("2022-01-01", "2022-01-01", False),
            ("2026-02-28", "2026-03-10", False),
            ("2026-02-28", ..., False),
        ],
    )
    def test_lies_within_the_employment_where_that_is_known(
        self, employer: Employer, first_day: str, last_day: Any, outside: bool
    ):
        periods = [
            {"first_day": "2020-01-01", "last_day": "2020-06-30"},
            {"first_day": "2022-01-01", "last_day": None},
        ]
        employer.ok("PUT", "/v1/employees", {"employee": "1001", "employment": periods})
        body = said(first_day, absence="A")
        employer.post(body | {"last_day": last_day} if last_day is not ... else _open(body))
        assert listed(employer) == ([("A", ["outside_employment"])] if outside else [])

    def test_that_goes_on_after_the_employment_is_outside_of_it(self, employer: Employer):
        employer.post(_open(said("2026-02-02", absence="A")))
        assert listed(employer) == []
        period = {"first_day": "2020-01-01", "last_day": "2026-02-28"}
        employer.ok("PUT", "/v1/employees", {"employee": "1001", "employment": [period]})
        assert listed(employer) == [("A", ["outside_employment"])]


class TestOverlap:
    def test_is_of_two_absences_that_share_a_day_whatever_their_source(self, employer: Employer):
        employer.post(
            said("2026-01-12", "2026-01-16", absence="A"),
            said("2026-01-16", "2026-01-19", absence="B", source="payroll"),
            said("2026-01-20", "2026-01-21", absence="C"),
            said("2026-01-12", "2026-01-16", absence="D", employee="1002"),
        )
        assert listed(employer) == [("A", ["overlapping"]), ("B", ["overlapping"])]
        assert counts(employer) == {"absences": 3, "overlapping": 1}
        assert counts(employer, "payroll") == {"absences": 1, "overlapping": 1}

    def test_is_seen_across_others_that_lie_between(self, employer: Employer):
        employer.post(
            said("2026-01-01", "2026-01-31", absence="long"),
            said("2026-01-05", "2026-01-05", absence="short"),
            said("2026-01-30", "2026-02-02", absence="late"),
            said("2026-02-03", "2026-02-03", absence="clear"),
        )
        assert [name for name, _ in listed(employer)] == ["late", "long", "short"]

    def test_is_with_everything_that_comes_after_one_that_goes_on(self, employer: Employer):
        employer.post(_open(said("2026-01-05", absence="A")), said("2026-02-20", absence="B"))
        assert [name for name, _ in listed(employer)] == ["A", "B"]

    def test_is_never_with_one_that_does_not_count(self, employer: Employer):
        employer.post(
            said("2026-01-05", "2026-01-09", absence="A"),
            said("2026-01-05", "2026-01-09", absence="B", kind="other"),
            said("2026-01-06", "2026-01-05", absence="C"),
        )
        assert listed(employer) == [("C", ["empty"])]

    def test_of_other_kinds_follows_the_policy(self, employer: Employer):
        employer.post(
            said("2026-01-05", absence="A"), said("2026-01-05", absence="B", kind="work_injury")
        )
        assert listed(employer) == []
        policy = {"counted_kinds": ["sickness", "work_injury"]}
        employer.ok("PATCH", "/v1/tenant", {"policy": policy})
        assert [name for name, _ in listed(employer)] == ["A", "B"]

    def test_against_every_pair_compared(self, employer: Employer):
        """The independent count: days as sets, every absence with every other."""
        random = Random(4)
        spans, reports = {}, []
        for n in range(80):
            first = date(2026, 1, 1) + timedelta(days=random.randrange(55))
            last = first + timedelta(days=random.randrange(5))
            name, who, source = f"A{n:02}", f"{random.randrange(12)}", f"s{n % 3}"
            spans[name] = (who, first, last)
            reports.append(said(f"{first}", f"{last}", absence=name, employee=who, source=source))
        employer.batch(*reports)
        expected = sorted(
            name
            for name, (who, first, last) in spans.items()
            if any(
                who == other and first <= until and since <= last and name != another
                for another, (other, since, until) in spans.items()
            )
        )
        assert 10 < len(expected) < 70
        assert [name for name, found in listed(employer) if "overlapping" in found] == expected


class TestList:
    def _fill(self, employer: Employer) -> None:
        employer.batch(
            *(said("2026-02-02", absence=f"A{n}", employee="1001") for n in range(7)),
            *(
                said("2026-04-01", absence=f"B{n}", employee=f"200{n}", source="payroll")
                for n in range(4)
            ),
            said("2026-02-10", absence="fine"),
        )

    @pytest.mark.parametrize("limit", [1, 2, 3, 7, 200])
    def test_has_every_absence_once_whatever_the_page(self, employer: Employer, limit: int):
        self._fill(employer)
        found: list[str] = []
        cursor: str | None = ""
        while cursor is not None:
            query = f"?limit={limit}&cursor={cursor}" if cursor else f"?limit={limit}"
            page = employer.ok("GET", f"/v1/data-quality/absences{query}")
            assert 0 < len(page["items"]) <= limit
            found += [one["absence"] for one in page["items"]]
            cursor = page["next_cursor"]
        assert found == [f"A{n}" for n in range(7)] + [f"B{n}" for n in range(4)]

    def test_may_be_of_a_source_or_a_finding(self, employer: Employer):
        self._fill(employer)
        assert len(listed(employer, "?source=payroll")) == 4
        assert len(listed(employer, "?finding=in_future")) == 4
        assert len(listed(employer, "?finding=overlapping")) == 7
        assert listed(employer, "?source=payroll&finding=overlapping") == []
        assert listed(employer, "?source=nobody") == []

    def test_names_nobody_in_a_cursor(self, employer: Employer):
        self._fill(employer)
        page = employer.ok("GET", "/v1/data-quality/absences?limit=3")
        opened = urlsafe_b64decode(page["next_cursor"]).decode()
        assert opened == f"{page['items'][0]['employee_id']}.3"

    @pytest.mark.parametrize("cursor", ["AA==", "e30", "å", "ZW1wXzAuMQ==", "="])
    def test_takes_no_cursor_that_is_not_its_own(self, employer: Employer, cursor: str):
        answer = employer("GET", "/v1/data-quality/absences", params={"cursor": cursor})
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["code"] == "invalid_cursor"

    def test_is_cut_where_the_employees_are(self, employer: Employer, monkeypatch: Any):
        """The same found in slices of two employees as in one."""
        self._fill(employer)
        whole, sums = listed(employer), counts(employer, "payroll")
        monkeypatch.setattr("app.quality.store.SLICE", 2)
        assert listed(employer) == whole
        assert counts(employer, "payroll") == sums


class TestCaller:
    def test_must_be_allowed_to_read_cases(self, employer: Employer):
        for path in ("/v1/data-quality", "/v1/data-quality/absences"):
            assert employer.key_for("cases:read")("GET", path).status_code == 200
            assert employer.key_for("events:write")("GET", path).status_code == 403
            provider = employer.key_for("provider", provider=employer.provider())
            assert provider("GET", path).status_code == 403

    def test_sees_their_own_tenant_alone(self, service: Service, employer: Employer):
        employer.post(said("2027-01-01"))
        other = service.employer(preset=None)
        assert other.ok("GET", "/v1/data-quality")["sources"] == []
        assert listed(other) == []


def _open(body: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in body.items() if k != "last_day"}
