"""The grant: services entered as they are bought, paid and reported, and what the year gives."""

import csv
import io
from typing import Any

import pytest

from tests.kit import FIVE, Employer, Service, event

PAPERS = {
    "provider_report_on": "2026-02-20",
    "invoice_shows": ["date", "employee", "performer", "measure", "cost"],
}


def employee(employer: Employer, number: str = "1001", **more: Any) -> str:
    described = {"employee": number, "employment": [{"first_day": "2020-01-01"}]} | more
    return str(employer.ok("PUT", "/v1/employees", described)["id"])


def bought(employee_id: str, **more: Any) -> dict[str, Any]:
    said = {
        "employee_id": employee_id,
        "kind": "investigation",
        "performed_on": "2026-02-09",
        "paid_on": "2026-03-02",
        "amount": "12500.00",
    }
    return {k: v for k, v in (said | more).items() if v is not ...}


def enter(employer: Employer, employee_id: str, **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = employer.ok("POST", "/v1/grants", bought(employee_id, **more))
    return made


def errors(employer: Employer, employee_id: str, **more: Any) -> list[tuple[str, str]]:
    problem = employer.refused(422, "POST", "/v1/grants", bought(employee_id, **more))
    return [(error["pointer"], error["code"]) for error in problem["errors"]]


def ledger(employer: Employer, year: int = 2026) -> dict[str, Any]:
    found: dict[str, Any] = employer.ok("GET", f"/v1/reports/grants?year={year}")
    return found


def codes(lacks: list[dict[str, Any]]) -> list[str]:
    return [lack["code"] for lack in lacks]


class TestStory:
    def test_a_talk_that_was_bought_is_followed_until_its_half_is_applied_for(
        self, service: Service
    ):
        """Bought before anything is known, then completed paper by paper."""
        employer = service.employer()
        anna = employee(employer)
        made = enter(employer, anna, paid_on=..., amount=12500)
        path = f"/v1/grants/{made['id']}"
        assert codes(made["lacks"])[:3] == ["provider", "payment", "provider_report"]
        found = ledger(employer)
        assert found["employer"]["grant"] == "0.00"
        assert found["employer"]["would_give"] == "6250.00"
        [line] = found["services"]
        assert (line["status"], line["would_give"]) == ("unpaid", "6250.00")
        assert found["lacking"] == 1

        provider = employer.provider()
        with_provider = bought(anna, provider_id=provider, **PAPERS)
        changed = employer.ok("PUT", path, with_provider)
        assert codes(changed["lacks"]) == ["provider_approval"]
        employer.ok(
            "PUT", f"/v1/providers/{provider}", {"name": "FHV Exempel", "grant_approved": True}
        )
        assert employer.ok("GET", path)["lacks"] == []

        found = ledger(employer)
        assert found["employer"] == {
            "cost": "12500.00",
            "grant": "6250.00",
            "would_give": "0.00",
            "cap": "200000.00",
            "left": "193750.00",
        }
        assert found["employees"] == [
            found["employer"]
            | {"employee_id": anna, "employee": "1001", "cap": "10000.00", "left": "3750.00"}
        ]
        assert found["lacking"] == 0
        assert found["deadline"] == {"last_day": "2027-02-01", "days_left": 336, "passed": False}
        assert found["order"] == ["performed_on", "paid_on", "id"]
        assert found["terms"]["source"].endswith("SFS 2018:95")

    def test_the_days_are_the_employers_own(self, service: Service):
        """Half past midnight in Stockholm on 2 February is still the first in London."""
        employer = service.employer()
        abroad = service.employer(time_zone="Europe/London")
        service.set_day("2027-02-02")
        service.pass_time(-11.5 * 3600)
        deadlines = [ledger(one)["deadline"] for one in (employer, abroad)]
        assert [one["passed"] for one in deadlines] == [True, False]
        assert [one["days_left"] for one in deadlines] == [0, 0]
        years = [one.ok("GET", "/v1/reports/grants")["year"] for one in (employer, abroad)]
        assert years == [2027, 2027]


class TestCaps:
    def test_are_used_up_in_the_order_stated_whatever_was_entered_first(self, service: Service):
        employer = service.employer()
        anna = employee(employer)
        later = enter(employer, anna, performed_on="2026-02-20", amount="15000.01")
        first = enter(employer, anna, performed_on="2026-02-10", amount=12500.5)
        lines = ledger(employer)["services"]
        assert [(one["id"], one["full"], one["grant"], one["limited_by"]) for one in lines] == [
            (first["id"], "6250.25", "6250.25", None),
            (later["id"], "7500.00", "3749.75", "employee_cap"),
        ]

    def test_of_the_employer_hold_over_all_employees(self, service: Service):
        employer = service.employer()
        listed = [{"employee": f"{n:02}"} for n in range(21)]
        people = [one["id"] for one in employer.ok("PUT", "/v1/employees", listed)["items"]]
        for one in people:
            enter(employer, one, amount=20_000)
        found = ledger(employer)
        assert found["employer"]["grant"] == "200000.00"
        assert found["employer"]["left"] == "0.00"
        assert [one["grant"] for one in found["employees"]] == ["10000.00"] * 20 + ["0.00"]
        assert found["services"][-1]["limited_by"] == "employer_cap"

    def test_are_each_employers_own_and_each_years(self, service: Service):
        one, other = service.employer(), service.employer()
        for employer in (one, other):
            anna = employee(employer)
            enter(employer, anna, amount=30_000, performed_on="2025-12-30", paid_on="2026-01-20")
            enter(employer, anna, amount=30_000)
        for employer in (one, other):
            for year in (2025, 2026):
                assert ledger(employer, year)["employer"]["grant"] == "10000.00"

    def test_are_none_before_the_regulation(self, service: Service):
        employer = service.employer()
        anna = employee(employer, employment=[])
        enter(employer, anna, performed_on="2018-06-30", paid_on="2018-07-15")
        found = ledger(employer, 2018)
        assert [one["status"] for one in found["services"]] == ["before_scheme"]
        assert found["employer"]["grant"] == "0.00"
        assert found["employer"]["cap"] == "200000.00"
        assert ledger(employer, 2017)["terms"] is None


class TestRefused:
    @pytest.mark.parametrize(
        ("kind", "reason"), [("treatment", "treatment"), ("group_measure", "group")]
    )
    def test_is_what_the_grant_does_not_cover_with_the_reason(
        self, service: Service, kind: str, reason: str
    ):
        employer = service.employer()
        problem = employer.refused(422, "POST", "/v1/grants", bought(employee(employer), kind=kind))
        [error] = problem["errors"]
        assert (error["pointer"], error["code"]) == ("#/kind", "not_covered")
        assert reason in error["detail"]
        assert "2014:67" in error["detail"]
        assert employer.items("/v1/grants") == []

    def test_is_a_provider_that_is_not_approved(self, service: Service):
        employer = service.employer()
        anna = employee(employer)
        refused = employer.provider(grant_approved=False)
        found = [("#/provider_id", "provider_not_approved")]
        assert errors(employer, anna, provider_id=refused) == found
        approved = employer.provider(grant_approved=True)
        made = enter(employer, anna, provider_id=approved)
        lost = {"name": "FHV Exempel", "grant_approved": False}
        employer.ok("PUT", f"/v1/providers/{approved}", lost)
        [line] = ledger(employer)["services"]
        assert (line["id"], line["status"], line["grant"]) == (
            made["id"],
            "provider_not_approved",
            "0.00",
        )

    @pytest.mark.parametrize(
        ("more", "found"),
        [
            ({"performed_on": "2019-12-31"}, ("#/performed_on", "before_employment")),
            ({"performed_on": "2026-03-03", "paid_on": ...}, ("#/performed_on", "date_in_future")),
            ({"paid_on": "2026-03-03"}, ("#/paid_on", "date_in_future")),
            ({"paid_on": "2026-02-08"}, ("#/paid_on", "paid_before_performed")),
            ({"amount": 0}, ("#/amount", "out_of_range")),
            ({"amount": -12500}, ("#/amount", "out_of_range")),
            ({"amount": 1_000_000.01}, ("#/amount", "out_of_range")),
            ({"amount": "12500.005"}, ("#/amount", "invalid_amount")),
            ({"amount": 12500.005}, ("#/amount", "invalid_amount")),
            ({"amount": "12 500,00"}, ("#/amount", "invalid_amount")),
            ({"amount": True}, ("#/amount", "invalid_amount")),
            ({"amount": None}, ("#/amount", "invalid_amount")),
            ({"amount": ...}, ("#/amount", "required")),
            ({"kind": "massage"}, ("#/kind", "invalid_choice")),
            ({"invoice_shows": ["name"]}, ("#/invoice_shows/0", "invalid_choice")),
            ({"diagnosis": "x"}, ("#/diagnosis", "forbidden_field")),
        ],
    )
    def test_is_what_cannot_be(self, service: Service, more: dict[str, Any], found: Any):
        employer = service.employer()
        assert errors(employer, employee(employer), **more) == [found]
        assert employer.items("/v1/grants") == []

    def test_are_ids_that_are_nobodys_or_anothers_alike(self, service: Service):
        employer, other = service.employer(), service.employer()
        other.batch(*map(event, FIVE))
        [theirs] = other.items("/v1/referrals")
        anna, bo = employee(employer), employee(employer, "1002")
        named = {
            "employee_id": theirs["employee_id"],
            "referral_id": theirs["id"],
            "provider_id": other.provider(),
        }
        for field, value in named.items():
            code = f"unknown_{field.removesuffix('_id')}"
            answers = [
                employer("POST", "/v1/grants", bought(anna) | {field: one})
                for one in (value, f"{value[:4]}{'0' * 26}", "x")
            ]
            assert [answer.json()["errors"][0]["code"] for answer in answers] == [code] * 3
            assert len({answer.content for answer in answers}) == 1
        employer.batch(*map(event, FIVE))
        [own] = employer.items("/v1/referrals")
        assert errors(employer, bo, referral_id=own["id"]) == [
            ("#/referral_id", "referral_mismatch")
        ]
        assert enter(employer, anna, referral_id=own["id"])["referral_id"] == own["id"]

    def test_tells_nothing_of_how_far_a_referral_has_come(self, service: Service):
        """A service is entered the same whether the provider has declined or never answered."""
        employer = service.employer()
        provider = employer.provider()
        at_provider = employer.key_for("provider", provider=provider)
        employer.batch(*map(event, FIVE))
        [referral] = employer.items("/v1/referrals")
        before = enter(employer, referral["employee_id"], referral_id=referral["id"])
        path = f"/v1/referrals/{referral['id']}/decline"
        at_provider.ok("POST", path, {"reason": "no_capacity"})
        after = enter(employer, referral["employee_id"], referral_id=referral["id"])
        assert before | {"id": after["id"]} == after


class TestEditing:
    def test_of_a_version_that_is_no_longer_is_refused(self, service: Service):
        employer = service.employer()
        anna = employee(employer)
        made = employer("POST", "/v1/grants", bought(anna))
        path, first = f"/v1/grants/{made.json()['id']}", made.headers["etag"]
        assert employer("GET", path).headers["etag"] == first
        changed = employer("PUT", path, bought(anna, amount=100), headers={"If-Match": first})
        assert changed.status_code == 200
        assert changed.headers["etag"] != first
        for method, body in (("PUT", bought(anna)), ("DELETE", None)):
            answer = employer(method, path, body, headers={"If-Match": first})
            assert (answer.status_code, answer.json()["code"]) == (412, "stale_write")
        assert employer.ok("GET", path)["amount"] == "100.00"
        current = {"If-Match": changed.headers["etag"]}
        assert employer("DELETE", path, headers=current).status_code == 204
        employer.refused(404, "GET", path)
        employer.refused(404, "DELETE", path)
        assert ledger(employer)["services"] == []

    def test_replaces_the_whole(self, service: Service):
        employer = service.employer()
        anna, bo = employee(employer), employee(employer, "1002")
        made = enter(employer, anna, provider_id=employer.provider(), **PAPERS)
        changed = employer.ok("PUT", f"/v1/grants/{made['id']}", bought(bo, paid_on=...))
        assert changed["employee_id"] == bo
        assert (changed["provider_id"], changed["paid_on"], changed["invoice_shows"]) == (
            None,
            None,
            [],
        )
        assert changed["created_at"] == made["created_at"]

    def test_that_is_refused_changes_nothing(self, service: Service):
        employer = service.employer()
        anna = employee(employer)
        path = f"/v1/grants/{enter(employer, anna)['id']}"
        before = employer.ok("GET", path)
        employer.refused(422, "PUT", path, bought(anna, kind="treatment"))
        employer.refused(422, "PUT", path, bought(anna, performed_on="2019-01-01"))
        assert employer.ok("GET", path) == before


class TestList:
    def test_is_filtered_by_year_employee_and_provider(self, service: Service):
        employer = service.employer()
        anna, bo = employee(employer), employee(employer, "1002")
        provider = employer.provider()
        first = enter(employer, anna, performed_on="2025-12-31")["id"]
        second = enter(employer, anna, provider_id=provider)["id"]
        third = enter(employer, bo, performed_on="2026-01-01")["id"]

        def listed(query: str) -> list[str]:
            return [one["id"] for one in employer.items(f"/v1/grants?{query}")]

        assert listed("") == [first, second, third]
        assert listed("year=2025") == [first]
        assert listed("year=2026") == [second, third]
        assert listed(f"employee_id={anna}") == [first, second]
        assert listed(f"provider_id={provider}") == [second]
        assert listed(f"year=2025&provider_id={provider}") == []

    def test_comes_in_pages(self, service: Service):
        employer = service.employer()
        anna = employee(employer)
        made = [enter(employer, anna)["id"] for _ in range(3)]
        page = employer.ok("GET", "/v1/grants?limit=2")
        rest = employer.ok("GET", f"/v1/grants?limit=2&cursor={page['next_cursor']}")
        assert [one["id"] for one in page["items"] + rest["items"]] == made
        assert rest["next_cursor"] is None


class TestFile:
    @pytest.mark.parametrize(
        ("query", "accept", "is_csv"),
        [
            ("", "*/*", False),
            ("", "application/json", False),
            ("", "text/csv", True),
            ("", "text/csv;q=0.9, application/json;q=0.1", True),
            ("", "application/json, text/csv", False),
            ("", "text/html, */*", False),
            ("?format=csv", "application/json", True),
            ("?format=json", "text/csv", False),
        ],
    )
    def test_is_answered_to_whom_asks_for_it(
        self, service: Service, query: str, accept: str, is_csv: bool
    ):
        employer = service.employer()
        answer = employer("GET", f"/v1/reports/grants{query}", headers={"Accept": accept})
        assert answer.status_code == 200
        media = "text/csv; charset=utf-8" if is_csv else "application/json"
        assert answer.headers["content-type"] == media

    def test_says_the_same_as_the_document(self, service: Service):
        employer = service.employer()
        anna = employee(employer, "=1+1")
        enter(employer, anna, amount=30_000, provider_id=employer.provider())
        enter(employer, anna, paid_on=..., amount="0.03")
        found = ledger(employer)
        answer = employer("GET", "/v1/reports/grants?year=2026&format=csv")
        assert answer.headers["content-disposition"] == 'attachment; filename="grants-2026.csv"'
        text = answer.content.decode("utf-8-sig")
        lines = list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";"))
        services = [line for line in lines if line["line"] == "service"]
        for line, one in zip(services, found["services"], strict=True):
            assert line["employee"] == "'=1+1"
            assert line["lacks"].split() == codes(one["lacks"])
            for name in ("id", "employee_id", "kind", "performed_on", "status"):
                assert line[name] == one[name]
            for name in ("amount", "full", "grant", "would_give"):
                assert line[name].replace(",", ".") == one[name]
        employer_line = lines[-1]
        assert employer_line["left"].replace(",", ".") == found["employer"]["left"]
        assert employer_line["days_left"] == str(found["deadline"]["days_left"])

    def test_has_a_year_that_can_be(self, service: Service):
        employer = service.employer()
        for query in ("year=1989", "year=2101", "year=this", "format=svg"):
            employer.refused(422, "GET", f"/v1/reports/grants?{query}")


class TestWhoMay:
    def test_is_the_employer_and_no_provider(self, service: Service):
        employer = service.employer()
        anna = employee(employer)
        reader, writer = employer.key_for("cases:read"), employer.key_for("cases:write")
        provider = employer.key_for("provider", provider=employer.provider())
        made = writer.ok("POST", "/v1/grants", bought(anna))
        reader.refused(403, "POST", "/v1/grants", bought(anna))
        for path in ("/v1/grants", f"/v1/grants/{made['id']}", "/v1/reports/grants"):
            reader.ok("GET", path)
            writer.refused(403, "GET", path)
            provider.refused(403, "GET", path)
