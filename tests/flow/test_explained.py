"""A flag explained: to whoever works with it, and to the employee it is about."""

from pathlib import Path
from typing import Any

import pytest

from tests.flow.case import employee
from tests.kit import Employer, Service, event

README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
TODAY = "2026-03-02"
TAKEN_BACK = {
    "type": "absence.cancelled",
    "first_day": ...,
    "last_day": ...,
    "occurred_on": TODAY,
}


@pytest.fixture
def employer(service: Service) -> Employer:
    """Somebody is ill for the fifth time; a long illness and a cancelled report do not count."""
    made = service.employer("manual", live_from="2026-01-05")
    employee(made)
    made.batch(
        event("2025-09-01"),
        event("2025-10-06", last_day="2025-10-08"),
        event("2025-11-17"),
        event("2025-12-01", last_day="2025-12-19"),
        event("2026-01-12", last_day="2026-01-13"),
        event("2026-02-09"),
        event("2026-02-09", **TAKEN_BACK),
        event(TODAY),
    )
    return made


@pytest.fixture
def flag(employer: Employer) -> Any:
    [only] = employer.items("/v1/flags")
    return employer.ok("GET", f"/v1/flags/{only['id']}")


def test_the_explanation_in_the_readme_is_what_the_service_says(flag: Any) -> None:
    quoted = [line.removeprefix("> ") for line in README.splitlines() if line.startswith("> ")]
    assert flag["explanation"]["sv"] == " ".join(quoted)


def test_the_sentence_says_figures_limit_and_who_decides(flag: Any, employer: Employer) -> None:
    begun = (
        "Den 2 mars 2026 räknas fem korta sjukfrånvarotillfällen under tolv månader; regeln gäller "
        "vid fem eller fler och är uppfylld: "
    )
    assert flag["words"]["sv"] == begun + (
        "en person hos arbetsgivaren tar ställning till om medarbetaren ska erbjudas ett "
        "hälsosamtal hos företagshälsovården."
    )
    body = {"decided_by": "HR 7", "reason": "already_supported"}
    dismissed = employer.ok("POST", f"/v1/flags/{flag['id']}/dismiss", body)
    assert dismissed["words"]["sv"] == begun + (
        "någon har beslutat att signalen inte leder vidare (medarbetaren har redan stöd)."
    )


def test_the_trace_has_each_episode_and_each_day_that_does_not_count(flag: Any) -> None:
    trace = flag["trace"]
    [comparison] = trace["comparisons"]
    assert [(e["first_day"], e["sick_days"]) for e in comparison["counted"]] == [
        ("2025-09-01", 1),
        ("2025-10-06", 3),
        ("2025-11-17", 1),
        ("2026-01-12", 2),
        ("2026-03-02", 1),
    ]
    assert [(e["first_day"], e["reason"]) for e in comparison["not_counted"]] == [
        ("2025-12-01", "too_long")
    ]
    assert [(a["first_day"], a["reason"], len(a["events"])) for a in trace["not_counted"]] == [
        ("2026-02-09", "cancelled", 2)
    ]
    [change] = trace["otherwise"]["changes"]
    assert (change["measure"], change["value"], change["needed"]) == ("episodes", 5, 4)
    assert (flag["rule_version"], len(flag["content_hash"])) == (1, 64)


def test_one_episode_fewer_would_indeed_have_raised_nothing(employer: Employer, flag: Any) -> None:
    """What the trace says of the flag comes true once one of the five is taken back."""
    employer.post(event("2025-11-17", **TAKEN_BACK))
    after = employer.ok("GET", f"/v1/flags/{flag['id']}")
    assert after["state"] == "withdrawn"
    assert not after["trace"]["holds"]
    assert after["words"]["sv"].endswith("är inte uppfylld: signalen är återkallad.")
    assert after["trace"]["otherwise"]["words"]["sv"] == (
        "Med ett kort sjukfrånvarotillfälle till under tolv månader hade regeln varit uppfylld."
    )


def test_what_the_policy_leaves_out_is_in_the_evaluation_with_its_reason(service: Service) -> None:
    window = {"first_day": "2026-01-12", "last_day": "2026-01-18"}
    employer = service.employer(
        "manual", policy={"min_extent": 50, "exclusion_windows": [window]}, live_from="2026-01-05"
    )
    employee_id = employee(employer, employment=[{"first_day": "2025-10-01"}])
    employer.batch(
        event("2025-09-01"),
        event("2025-11-17", extent=25),
        event("2026-01-12", last_day="2026-01-13"),
        event("2026-02-02", kind="other"),
        event(TODAY),
    )
    shown = employer.ok("GET", f"/v1/employees/{employee_id}/evaluation")
    [rule] = shown["rules"]
    trace = rule["trace"]
    assert [(a["first_day"], a["days"], a["reason"]) for a in trace["not_counted"]] == [
        ("2025-09-01", 1, "outside_employment"),
        ("2025-11-17", 1, "extent_below_min"),
        ("2026-01-12", 2, "exclusion_window"),
        ("2026-02-02", 1, "other_kind"),
    ]
    assert all(len(aside["events"]) == 1 for aside in trace["not_counted"])
    assert trace["otherwise"]["changes"][0]["needed"] == 5
    assert trace["words"]["sv"] == (
        "Den 2 mars 2026 räknas ett kort sjukfrånvarotillfälle under tolv månader; regeln gäller "
        "vid fem eller fler och är inte uppfylld."
    )


def test_triggers_to_come_and_after_the_employment_say_so(service: Service) -> None:
    employer = service.employer("manual", preset="early-return", live_from="2026-01-05")
    employee_id = employee(employer)
    employer.post(event(TODAY, last_day=...))
    path = f"/v1/employees/{employee_id}/evaluation"

    def reasons(query: str = "") -> set[tuple[str, str | None]]:
        rules = employer.ok("GET", path + query)["rules"]
        return {(t["on"], t["reason"]) for rule in rules for t in rule["triggers"]}

    assert reasons("?as_of=2026-03-09") == {(TODAY, None), ("2026-03-09", "to_come")}
    employee(employer, employment=[{"first_day": "2020-01-01", "last_day": "2026-03-01"}])
    assert reasons() == set()
    employee(employer, employment=[{"first_day": "2020-01-01", "last_day": TODAY}])
    service.set_day("2026-03-04")
    service.tick()
    assert reasons() == {(TODAY, "employment_over")}


def test_the_letter_says_what_would_have_changed_it_and_no_days_that_do_not_matter(
    employer: Employer, flag: Any
) -> None:
    page = employer("GET", f"/v1/flags/{flag['id']}/letter").text
    assert "december 2025" not in page
    assert "Med ett kort sjukfrånvarotillfälle färre under tolv månader" in page
    english = employer("GET", f"/v1/flags/{flag['id']}/letter?language=en").text
    assert "With one short absence episode fewer within twelve months" in english


def test_a_preset_rule_says_what_it_means_in_law(service: Service) -> None:
    employer = service.employer("manual", preset="early-return", live_from="2026-01-05")
    employer.post(event("2026-02-16", last_day=...))
    by_rule = {flag["rule"]: flag["id"] for flag in employer.items("/v1/flags")}
    certificate = employer.ok("GET", f"/v1/flags/{by_rule['early-return-2']}")
    assert "läkarintyg" in certificate["meaning"]["sv"]
    assert "sjuklönelagen 8 §" in certificate["meaning"]["sv"]
    assert certificate["words"]["sv"].startswith("Den 23 februari 2026 räknas åtta sjukdagar i f")
    [early_return] = [
        preset for preset in employer.items("/v1/rule-presets") if preset["name"] == "early-return"
    ]
    assert early_return["meanings"]["early-return-2"] == certificate["meaning"]
