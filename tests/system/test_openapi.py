"""The API document: what is checked in is what the code says, valid, stable and tried out."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from app.access.principal import SCOPES
from app.openapi import as_yaml
from tests.system.documents import with_value
from tests.system.problems import operation
from tests.system.world import BY_ADDRESS, CALLS, PUBLIC, ROUTES, Route, World, app_without_database

FILE = Path(__file__).parents[2] / "openapi.yaml"
DOCUMENT = app_without_database().openapi()
OPERATION_IDS = {
    "accept_referral",
    "activate_rule",
    "adopt_plan",
    "book_referral",
    "book_slot",
    "cancel_backtest",
    "cancel_activity",
    "cancel_import",
    "cancel_meeting",
    "cancel_occurrence",
    "change_tenant",
    "check_rule",
    "close_referral",
    "complete_referral",
    "create_activity",
    "create_api_key",
    "create_calendar_feed",
    "create_grant",
    "create_import",
    "create_meeting",
    "create_meeting_series",
    "create_plan",
    "create_provider",
    "create_backtest",
    "create_referral",
    "create_rule",
    "create_silence",
    "create_rule_version",
    "create_webhook_endpoint",
    "decline_by_employee",
    "decline_referral",
    "delete_backtest",
    "delete_grant",
    "delete_webhook_endpoint",
    "dismiss_flag",
    "draw_backtest",
    "drop_own_guide",
    "end_meeting_series",
    "end_silence_early",
    "finish_follow_up",
    "finish_measure",
    "get_absences",
    "get_activity",
    "get_backtest",
    "get_data_quality",
    "get_delivery",
    "get_employee",
    "get_episodes",
    "get_evaluation",
    "get_flag",
    "get_grant",
    "get_guide",
    "get_import",
    "get_import_mapping",
    "get_letter",
    "get_meeting",
    "get_meeting_calendar",
    "get_meeting_series",
    "get_plan",
    "get_provider",
    "get_referral",
    "get_referral_as_fhir",
    "get_rule",
    "get_rule_schema",
    "get_rule_version",
    "get_series_calendar",
    "get_silence",
    "get_shadow",
    "get_tenant",
    "handle_flag",
    "hold_activity",
    "hold_meeting",
    "join_employee",
    "list_activities",
    "list_api_keys",
    "list_backtest_persons",
    "list_backtests",
    "list_calendar_feeds",
    "list_deliveries",
    "list_flags",
    "list_grants",
    "list_guides",
    "list_import_errors",
    "list_import_mappings",
    "list_imports",
    "list_meeting_series",
    "list_meetings",
    "list_odd_absences",
    "list_plans",
    "list_providers",
    "list_referrals",
    "list_rule_presets",
    "list_rule_versions",
    "list_rules",
    "list_silences",
    "list_slots",
    "list_standing",
    "list_units",
    "list_webhook_endpoints",
    "livez",
    "move_meeting",
    "move_occurrence",
    "note_no_show",
    "object_to_flag",
    "on_feed_silent",
    "on_flag_raised",
    "on_flag_updated",
    "on_flag_withdrawn",
    "on_meeting_cancelled",
    "on_meeting_planned",
    "on_ping",
    "on_referral_basis_changed",
    "on_referral_overdue",
    "on_referral_requested",
    "on_referral_updated",
    "on_referral_withdrawn",
    "on_unit_signal",
    "post_event",
    "post_events",
    "preview_activation",
    "print_referral",
    "put_employees",
    "put_exemptions",
    "put_units",
    "raise_standing",
    "read_calendar",
    "readyz",
    "reassign_referral",
    "record_meeting",
    "release_flag",
    "replace_activity",
    "replace_grant",
    "replace_guide",
    "replace_import_mapping",
    "replace_plan",
    "replace_provider",
    "report_attendance",
    "report_grants",
    "report_outcomes",
    "report_units",
    "retire_rule",
    "revoke_api_key",
    "revoke_calendar_feed",
    "search_employees",
    "separate_employee",
    "test_webhook_endpoint",
    "withdraw_referral",
}
"""What generated clients call. Adding is free; a name that changes or goes breaks somebody."""


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Section with path, method and the entry, of paths and webhooks alike."""
    for section in ("paths", "webhooks"):
        for path, methods in DOCUMENT[section].items():
            for method, entry in methods.items():
                yield f"{section} {path}", method, entry


def references(part: Any) -> Iterator[str]:
    """Everything that is referred to, by $ref or by a discriminator."""
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        if isinstance(part.get("mapping"), dict):
            yield from part["mapping"].values()
    if isinstance(part, dict | list):
        for inner in part.values() if isinstance(part, dict) else part:
            yield from references(inner)


def resolved(part: dict[str, Any]) -> dict[str, Any]:
    while reference := part.get("$ref"):
        _, _, kind, name = reference.split("/")
        part = DOCUMENT["components"][kind][name]
    return part


class TestDocument:
    def test_is_the_one_checked_in(self):
        assert FILE.read_text("utf-8") == as_yaml(app_without_database())

    def test_is_valid_openapi_3_1(self):
        assert DOCUMENT["openapi"].startswith("3.1.")
        assert [error.message for error in OpenAPIV31SpecValidator(DOCUMENT).iter_errors()] == []

    def test_has_exactly_the_routes_there_are(self):
        described = {
            f"{method.upper()} {path}"
            for path, methods in DOCUMENT["paths"].items()
            for method in methods
        }
        public = {"GET /livez", "GET /readyz", *(f"GET {path}" for path in BY_ADDRESS)}
        assert described == {str(route) for route in ROUTES} | public

    def test_has_unique_and_stable_operation_ids(self):
        ids = [entry["operationId"] for *_, entry in operations()]
        assert sorted(ids) == sorted(set(ids))
        assert set(ids) == OPERATION_IDS

    def test_tells_the_webhooks_with_their_bodies_and_without_a_422(self):
        told = DOCUMENT["webhooks"]
        assert {"flag.raised", "referral.requested", "referral.withdrawn", "ping"} <= told.keys()
        for methods in told.values():
            assert set(methods["post"]["responses"]) == {"204"}
            assert methods["post"]["requestBody"]["required"] is True

    def test_wants_a_key_everywhere_but_on_the_public_routes(self):
        for where, _, entry in operations():
            if where.startswith("paths"):
                open_to_all = where.split()[1] in (*PUBLIC, *BY_ADDRESS)
                assert ("security" in entry) != open_to_all, where

    def test_says_of_every_error_that_it_is_a_problem(self):
        problem = {"schema": {"$ref": "#/components/schemas/Problem"}}
        told = {
            (where, method, status): resolved(answer).get("content")
            for where, method, entry in operations()
            for status, answer in entry["responses"].items()
            if status >= "400"
        }
        assert len(told) > 200
        wrong = {k for k, v in told.items() if v != {"application/problem+json": problem}}
        assert wrong == set()

    def test_describes_every_operation_and_tags_it_with_a_tag_that_is_described(self):
        tags = {tag["name"] for tag in DOCUMENT["tags"]}
        for where, method, entry in operations():
            assert entry.get("description") or entry.get("summary"), (where, method)
            assert set(entry["tags"]) <= tags, (where, method)
            assert entry["tags"], (where, method)

    def test_refers_to_nothing_that_is_missing_and_has_nothing_to_spare(self):
        there = {
            f"#/components/{kind}/{name}"
            for kind in ("schemas", "responses")
            for name in DOCUMENT["components"][kind]
        }
        assert set(references(DOCUMENT)) == there

    def test_shows_no_key_and_no_secret(self):
        text = as_yaml(app_without_database())
        assert "whsec_" not in text
        assert "omt_" not in text

    def test_names_scopes_that_exist(self):
        named = DOCUMENT["components"]["schemas"]["ApiKeyIn"]["properties"]["scopes"]
        assert named["items"]["enum"] == list(SCOPES)


def examples(schema: dict[str, Any], path: tuple[Any, ...] = (), depth: int = 0) -> Iterator[Any]:
    """Every example in a request schema, with the place in the body it is one for."""
    schema = resolved(schema)
    for example in schema.get("examples", ()):
        yield path, example
    if "example" in schema:
        yield path, schema["example"]
    if depth > 6:
        return
    for name, part in schema.get("properties", {}).items():
        yield from examples(part, (*path, name), depth + 1)
    for part in [*schema.get("anyOf", ()), *schema.get("oneOf", ())]:
        yield from examples(part, path, depth + 1)
    if "items" in schema:
        yield from examples(schema["items"], (*path, 0), depth + 1)


SHOWN = [
    pytest.param(route, path, example, id=f"{route} {'.'.join(map(str, path))}-{number}")
    for route in ROUTES
    if route.takes_body
    for number, (path, example) in enumerate(
        examples(operation(route)["requestBody"]["content"]["application/json"]["schema"])
    )
]


def names_nobody(answer: Any) -> bool:
    """Whether nothing is wrong with a body but that its ids or days are made up, as in examples."""
    codes = {error["code"] for error in answer.json().get("errors", ())}
    made_up = {
        "unknown_employee",
        "unknown_referral",
        "unknown_provider",
        "date_in_future",
        "id_differs",
        "unknown_version",
    }
    if answer.json().get("code") == "no_provider":
        return True
    return answer.status_code == 404 or (bool(codes) and codes <= made_up)


class TestLists:
    def test_of_every_kind_come_in_pages(self):
        for path, operations in DOCUMENT["paths"].items():
            answer = str(operations.get("get", {}).get("responses", {}).get("200"))
            if "schemas/Page_" in answer:
                named = {parameter["name"] for parameter in operations["get"]["parameters"]}
                assert {"limit", "cursor"} <= named, path

    @pytest.mark.parametrize("path", ["/v1/rule-presets", "/v1/guides"])
    def test_that_are_short_are_cut_as_well(self, tried_world: World, path: str):
        employer = tried_world.one.employer
        every = employer.ok("GET", path)["items"]
        found: list[dict[str, Any]] = []
        cursor: str | None = ""
        while cursor is not None:
            page = employer.ok(
                "GET", path, params={"limit": 2} | ({"cursor": cursor} if cursor else {})
            )
            assert 1 <= len(page["items"]) <= 2
            found += page["items"]
            cursor = page["next_cursor"]
        assert found == every
        assert len(every) > 2

    def test_take_no_cursor_of_another_list(self, tried_world: World):
        employer = tried_world.one.employer
        cursor = employer.ok("GET", "/v1/rules?limit=1")["next_cursor"]
        position = employer.ok("GET", "/v1/guides?limit=1")["next_cursor"]
        for path in (f"/v1/guides?cursor={cursor}", f"/v1/rules?cursor={position}"):
            refused = employer.refused(422, "GET", path)
            assert [error["code"] for error in refused["errors"]] == ["invalid_cursor"]


class TestExamples:
    """Each is posted to a service that has what an employer has."""

    @pytest.mark.parametrize(("route", "path", "example"), SHOWN)
    def test_are_taken_by_the_service(
        self, tried_world: World, route: Route, path: tuple[Any, ...], example: Any
    ):
        call = CALLS[str(route)]
        assert call.body is not None
        ids = call.ids(tried_world.one)
        valid = call.body(tried_world.one)
        if path[:1] == (0,) and not isinstance(valid, list):
            valid = [valid]
        body = with_value(valid, path, example)
        caller = tried_world.one.at_provider[0] if call.by_provider else tried_world.one.employer
        answer = caller(route.method, route.filled(ids), body)
        assert answer.is_success or names_nobody(answer), answer.text
        if route.path.endswith("/batch"):
            assert {item["status"] for item in answer.json()} <= {"created", "duplicate"}

    def test_are_there_for_nearly_every_body(self):
        shown = {str(param.values[0]) for param in SHOWN if param.values[1] in ((), (0,))}
        assert {str(route) for route in ROUTES if route.takes_body} - shown == {
            "POST /v1/employees/search",  # a number or a unit
            "POST /v1/referrals/{referral_id}/accept",  # no field that is needed
            "POST /v1/referrals/{referral_id}/no-show",
            "POST /v1/referrals/{referral_id}/decline-by-employee",
        }


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def tried_world(request: pytest.FixtureRequest) -> Iterator[World]:
    """One for all examples: each does what it says."""
    original = request.getfixturevalue(f"{request.param}_original")
    with original.opened() as world:
        world.service.set_day("2026-03-09")  # some examples tell of days before
        world.one.employer.ok("PUT", "/v1/units", {"unit": "hemtjansten"})  # others name it
        yield world
