"""A referral as a FHIR Bundle: whole for its provider, thin for the employer, sound in form."""

import json
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any, get_args

import pytest

from app.referrals.fhir import COORDINATION_NUMBER, PERSONAL_NUMBER, bundle
from app.referrals.schemas import SeenState

FHV = SimpleNamespace(provider_id="prv_1", name="FHV Exempel", org_number="556000-0001")
TO_PROVIDER: dict[str, Any] = {
    "id": "ref_1",
    "employee_id": "emp_1",
    "state": "booked",
    "service": "health_talk",
    "wish_of": None,
    "decision_reference": "KS 2026/17",
    "requested_at": datetime(2026, 3, 2, 11, tzinfo=UTC),
    "talk": {"starts_at": datetime(2026, 3, 10, 8, tzinfo=UTC), "mode": "phone"},
    "due_on": date(2026, 3, 16),
    "contact": {"name": "Kim Exempel", "phone": "070-174 06 05", "email": None},
    "personal_number": "191212121212",
}
NOBODY = {"contact": None, "personal_number": None}
TO_EMPLOYER = TO_PROVIDER | NOBODY | {"state": "in_progress", "talk": None}
REQUEST_STATUSES = {"draft", "active", "on-hold", "revoked", "completed"}
TASK_STATUSES = {
    *("draft", "requested", "received", "accepted", "rejected", "ready", "cancelled"),
    *("in-progress", "on-hold", "failed", "completed", "entered-in-error"),
}
"""R4's own (request-status without entered-in-error and unknown; task-status)."""


def made(shown: dict[str, Any], **more: Any) -> dict[str, Any]:
    given: dict[str, Any] = {"employer": "Testkommun", "provider": FHV} | more
    return bundle(shown, **given)


def resources(found: dict[str, Any]) -> dict[str, list[Any]]:
    by_type: dict[str, list[Any]] = {}
    for entry in found["entry"]:
        by_type.setdefault(entry["resource"]["resourceType"], []).append(entry["resource"])
    return by_type


def references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["reference"]] if "reference" in value else []
        return own + [one for inner in value.values() for one in references(inner)]
    return [one for inner in value for one in references(inner)] if isinstance(value, list) else []


class TestBundle:
    def test_has_request_task_person_and_both_organisations(self):
        found = resources(made(TO_PROVIDER))
        assert {kind: len(own) for kind, own in found.items()} == {
            "ServiceRequest": 1,
            "Task": 1,
            "Patient": 1,
            "Organization": 2,
        }
        [request], [task] = found["ServiceRequest"], found["Task"]
        assert (request["status"], request["intent"]) == ("active", "order")
        assert request["occurrenceDateTime"] == "2026-03-10T08:00:00+00:00"
        assert request["authoredOn"] == "2026-03-02T11:00:00+00:00"
        assert (task["status"], task["intent"]) == ("in-progress", "order")
        assert task["businessStatus"]["coding"][0]["code"] == "booked"
        assert task["restriction"] == {"period": {"end": "2026-03-16"}}

    def test_refers_to_nothing_but_its_own_entries(self):
        for shown, provider in ((TO_PROVIDER, FHV), (TO_EMPLOYER, FHV), (TO_EMPLOYER, None)):
            found = made(shown, provider=provider)
            urls = [entry["fullUrl"] for entry in found["entry"]]
            assert len(set(urls)) == len(urls)
            assert set(references(found)) <= {*urls}

    def test_is_the_same_at_every_reading_and_nobody_elses(self):
        assert json.dumps(made(TO_PROVIDER)) == json.dumps(made(TO_PROVIDER))
        urls = [{e["fullUrl"] for e in made(TO_PROVIDER | {"id": n})["entry"]} for n in "ab"]
        assert urls[0] & urls[1] == set()

    @pytest.mark.parametrize("state", get_args(SeenState))
    def test_has_statuses_of_the_standard_in_every_state(self, state: str):
        found = resources(made(TO_PROVIDER | {"state": state}))
        assert found["ServiceRequest"][0]["status"] in REQUEST_STATUSES
        assert found["Task"][0]["status"] in TASK_STATUSES

    def test_has_no_empty_values(self):
        bare = TO_EMPLOYER | {"decision_reference": None, "due_on": None}
        for shown in (TO_PROVIDER, TO_EMPLOYER, bare):
            text = json.dumps(made(shown, provider=None))
            assert not [empty for empty in ("null", "[]", "{}", '""') if empty in text]


class TestPerson:
    def test_is_named_to_the_provider(self):
        [patient] = resources(made(TO_PROVIDER))["Patient"]
        assert {"system": PERSONAL_NUMBER, "value": "191212121212"} in patient["identifier"]
        assert patient["name"] == [{"text": "Kim Exempel"}]
        assert patient["telecom"] == [{"system": "phone", "value": "070-174 06 05"}]

    def test_with_a_coordination_number_has_it_under_its_own_system(self):
        [patient] = resources(made(TO_PROVIDER | {"personal_number": "198507612395"}))["Patient"]
        assert patient["identifier"][1]["system"] == COORDINATION_NUMBER

    def test_is_a_pseudonym_to_everybody_else(self):
        [patient] = resources(made(TO_EMPLOYER))["Patient"]
        assert patient == {
            "resourceType": "Patient",
            "identifier": [{"system": "urn:x-omtanke:employee", "value": "emp_1"}],
        }
