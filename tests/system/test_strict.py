"""Nothing is guessed: a value of another kind, an unknown field or a day out of range is refused.

Each table names the change to a body that is taken, and the place and code of the refusal.
"""

from typing import Any

import pytest

from tests.system.documents import with_value
from tests.system.problems import assert_problem, pointers
from tests.system.world import (
    CALLS,
    CANCELLED,
    CHANGED,
    ENDED,
    REPORTED,
    ROUTES,
    RULE,
    Route,
    World,
)

GONE = object()
ROUTE = {str(route): route for route in ROUTES}


def changed(body: Any, pointer: str, value: Any) -> Any:
    """The body with the value at a pointer replaced, or - where it is GONE - left out."""
    steps = [int(s) if s.isdecimal() else s for s in pointer.split("/")[1:]]
    if value is not GONE:
        return with_value(body, tuple(steps), value)
    copy = with_value(body, tuple(steps), None)
    at = copy
    for step in steps[:-1]:
        at = at[step]
    del at[steps[-1]]
    return copy


def refused(world: World, route: str, body: Any) -> list[tuple[str, str]]:
    """Where and with which code the body is refused."""
    one = ROUTE[route]
    call = CALLS[route]
    caller = world.one.at_provider[0] if call.by_provider else world.one.employer
    answer = caller(one.method, one.filled(call.ids(world.one)), body)
    return pointers(assert_problem(answer, 422, one))


NO_INTEGER = ["1", " 1 ", "1_000", True, False, 1.0, 1.5, [1], {"a": 1}, ""]
NO_TEXT = [1, 1.5, True, ["a"], {"a": "b"}]
NO_DAY = [
    "2026-03-02T00:00:00",
    "2026-03-02T00:00:00Z",
    "2026-03-02T00:00:00+01:00",
    "2026-3-2",
    "20260302",
    "2026-W10-1",
    "2026-061",
    " 2026-03-02",
    "2026-03-02 ",
    "2026-02-29",
    "2026-13-01",
    "2026-00-10",
    "0000-01-01",
    "٢٠٢٦-03-02",
    "today",
    "",
    0,
    86400,
    1772409600000,
    "1772409600",
    1.5,
    True,
    ["2026-03-02"],
]
NO_INSTANT = [
    "2026-03-02T06:58:00",
    "2026-03-02",
    "2026-03-02T06:58+01:00",
    "2026-03-02 06:58:00+01:00",
    "2026-03-02T06:58:00+0100",
    "2026-03-02T06:58:00 +01:00",
    "2026-03-02T24:00:00Z",
    "2026-03-02T06:60:00Z",
    "2026-02-29T06:58:00Z",
    "2026-03-02T06:58:00+25:00",
    "2026-03-02T06:58:00.1234567890Z",
    "1772434680",
    1772434680,
    1772434680.5,
    True,
    "",
    "now",
]


class TestEvent:
    @pytest.mark.parametrize("value", [*NO_INTEGER, None])
    def test_extent_is_an_integer(self, world: World, value: Any):
        body = REPORTED | {"extent": value}
        assert refused(world, "POST /v1/events", body) == [("#/extent", "invalid_integer")]

    @pytest.mark.parametrize("value", [0, -1, 101, 2**63 - 1])
    def test_extent_is_a_whole_percent(self, world: World, value: int):
        body = REPORTED | {"extent": value}
        assert refused(world, "POST /v1/events", body) == [("#/extent", "out_of_range")]

    @pytest.mark.parametrize("name", ["first_day", "last_day"])
    @pytest.mark.parametrize("value", NO_DAY, ids=repr)
    def test_day_is_a_day(self, world: World, name: str, value: Any):
        body = REPORTED | {name: value}
        assert refused(world, "POST /v1/events", body) == [(f"#/{name}", "invalid_date")]

    @pytest.mark.parametrize("value", ["1989-12-31", "2101-01-01", "9999-12-31", "0001-01-01"])
    @pytest.mark.parametrize(
        ("event", "name"),
        [
            (REPORTED, "first_day"),
            (REPORTED, "last_day"),
            (CHANGED, "extent_from"),
            (ENDED, "last_day"),
        ],
    )
    def test_day_lies_between_1990_and_2100(
        self, world: World, event: dict[str, Any], name: str, value: str
    ):
        body = event | {name: value}
        assert refused(world, "POST /v1/events", body) == [(f"#/{name}", "date_out_of_range")]

    @pytest.mark.parametrize(
        ("day", "codes"),
        [
            ("2028-03-02", []),
            ("2028-03-03", [("#/last_day", "date_out_of_range")]),
            ("2100-12-31", [("#/last_day", "date_out_of_range")]),
        ],
    )
    def test_day_lies_at_most_two_years_ahead(self, busy_world: World, day: str, codes: Any):
        body = REPORTED | {"id": f"until-{day}", "last_day": day}
        if codes:
            assert refused(busy_world, "POST /v1/events", body) == codes
        else:
            assert busy_world.one.employer("POST", "/v1/events", body).status_code == 201

    @pytest.mark.parametrize("value", [*NO_INSTANT, None, ["2026-03-02T06:58:00Z"]], ids=repr)
    def test_occurred_at_is_an_instant_with_its_offset(self, world: World, value: Any):
        body = REPORTED | {"occurred_at": value}
        assert refused(world, "POST /v1/events", body) == [("#/occurred_at", "invalid_instant")]

    @pytest.mark.parametrize(
        ("value", "taken"),
        [
            ("2026-03-03T12:00:00+01:00", True),
            ("2026-03-03T12:00:01+01:00", False),
            ("2026-03-03T11:00:00.000001Z", False),
            ("2026-03-03T11:00:01Z", False),
            ("9999-12-31T23:59:59Z", False),
            ("9999-12-31T23:59:59-14:00", False),
            ("2026-03-02t06:58:00z", True),
            ("2026-03-02T06:58:00.123456789+05:30", True),
            ("1990-01-01T00:00:00Z", True),
            ("0001-01-01T00:00:00+14:00", False),
        ],
    )
    def test_occurred_at_is_at_most_a_day_ahead(self, busy_world: World, value: str, taken: bool):
        """It is noon of 2 March in Stockholm."""
        body = REPORTED | {"id": value, "occurred_at": value}
        answer = busy_world.one.employer("POST", "/v1/events", body)
        if taken:
            assert answer.status_code == 201, answer.text
        else:
            [(pointer, code)] = pointers(assert_problem(answer, 422))
            assert (pointer, code in ("occurred_in_future", "invalid_instant")) == (
                "#/occurred_at",
                True,
            )

    @pytest.mark.parametrize("name", ["id", "source", "employee", "absence"])
    @pytest.mark.parametrize(
        ("value", "code"),
        [
            *[(value, "invalid_string") for value in [*NO_TEXT, None]],
            ("", "too_short"),
            ("x" * 201, "too_long"),
            ("a\nb", "invalid_format"),
            ("a\tb", "invalid_format"),
            ("\x7f", "invalid_format"),
        ],
    )
    def test_key_is_a_text_of_one_line(self, world: World, name: str, value: Any, code: str):
        body = REPORTED | {name: value}
        assert refused(world, "POST /v1/events", body) == [(f"#/{name}", code)]

    @pytest.mark.parametrize(
        ("body", "wrong"),
        [
            ({}, [("#/type", "required")]),
            ({"type": None}, [("#/type", "invalid_choice")]),
            ({"type": "absence.begun"}, [("#/type", "invalid_choice")]),
            (REPORTED | {"type": "Absence.Reported"}, [("#/type", "invalid_choice")]),
            (REPORTED | {"type": ["absence.reported"]}, [("#/type", "invalid_choice")]),
            (
                {"type": "absence.cancelled"},
                [
                    (f"#/{name}", "required")
                    for name in ("id", "source", "occurred_at", "employee", "absence")
                ],
            ),
            (changed(REPORTED, "/first_day", GONE), [("#/first_day", "required")]),
            (REPORTED | {"first_day": None}, [("#/first_day", "invalid_date")]),
            (REPORTED | {"kind": "vab"}, [("#/kind", "invalid_choice")]),
            (REPORTED | {"kind": None}, [("#/kind", "invalid_choice")]),
            (REPORTED | {"kind": "Sickness"}, [("#/kind", "invalid_choice")]),
            (REPORTED | {"well_from": "2026-03-02"}, [("#/well_from", "unknown_field")]),
            (REPORTED | {"extent_from": "2026-03-02"}, [("#/extent_from", "unknown_field")]),
            (CANCELLED | {"first_day": "2026-03-02"}, [("#/first_day", "unknown_field")]),
            (ENDED | {"well_from": "2026-03-03"}, [("#", "one_of_two")]),
            (changed(ENDED, "/last_day", GONE), [("#", "one_of_two")]),
            (ENDED | {"last_day": None}, [("#/last_day", "invalid_date")]),
            (changed(CHANGED, "/extent", GONE), [("#", "extent_missing")]),
            (CANCELLED | {"type": "absence.changed"}, [("#", "nothing_changed")]),
            (CHANGED | {"first_day": None}, [("#/first_day", "invalid_date")]),
            (CHANGED | {"extent_from": None}, [("#/extent_from", "invalid_date")]),
            (CHANGED | {"extent": None}, [("#/extent", "invalid_integer")]),
            (CHANGED | {"kind": None}, [("#/kind", "invalid_choice")]),
        ],
    )
    def test_says_what_its_type_says_and_nothing_else(self, world: World, body: Any, wrong: Any):
        assert refused(world, "POST /v1/events", body) == wrong

    def test_of_a_batch_is_refused_alone_and_in_its_place(self, busy_world: World):
        batch = [
            REPORTED | {"extent": "50"},
            REPORTED | {"id": "w"},
            REPORTED | {"id": "x", "occurred_at": "2026-03-02T06:58:00", "diagnosis": "J11"},
            "no event",
            REPORTED | {"id": "y", "first_day": "2026-02-01"},
            CANCELLED | {"occurred_at": "2027-01-01T00:00:00Z"},
            {},
        ]
        answers = busy_world.one.employer.ok("POST", "/v1/events/batch", batch)
        assert [
            sorted((e["pointer"], e["code"]) for e in item["errors"]) or "none"
            if item["status"] == "invalid"
            else item["status"]
            for item in answers
        ] == [
            [("#/extent", "invalid_integer")],
            "created",
            [("#/diagnosis", "forbidden_field"), ("#/occurred_at", "invalid_instant")],
            [("#", "invalid_object")],
            "created",
            [("#/occurred_at", "occurred_in_future")],
            [("#/type", "required")],
        ]


FORBIDDEN = [
    "diagnosis",
    "diagnos",
    "icd",
    "ICD-10",
    "icd_code",
    "cause",
    "Cause",
    "orsak",
    "sjukdoms_orsak",
    "reason_text",
    "reasonText",
    "comment",
    "comments",
    "kommentar",
    "free_text",
    "fritext",
    "note",
    "symptoms",
]
OBJECTS = [
    ("POST /v1/events", ""),
    ("PUT /v1/employees", ""),
    ("PUT /v1/employees", "/employment/0"),
    ("PUT /v1/employees", "/contact"),
    ("PUT /v1/units", ""),
    ("PUT /v1/units", "/managers/0"),
    ("PUT /v1/units", "/closures/0"),
    ("POST /v1/employees/search", ""),
    ("PUT /v1/employees/{employee_id}/exemptions", "/exemptions/0"),
    ("POST /v1/silences", ""),
    ("POST /v1/silences/{silence_id}/end", ""),
    ("POST /v1/rules", ""),
    ("POST /v1/rules", "/when/all/0/any/1"),
    ("POST /v1/rules", "/when/all/0/any/1/window"),
    ("POST /v1/rules", "/when/all/1/not"),
    ("POST /v1/rules/{rule_id}/activate", ""),
    ("POST /v1/rules/{rule_id}/standing/flag", ""),
    ("POST /v1/flags/{flag_id}/release", ""),
    ("POST /v1/flags/{flag_id}/object", ""),
    ("POST /v1/flags/{flag_id}/dismiss", ""),
    ("POST /v1/flags/{flag_id}/handle", ""),
    ("POST /v1/providers", ""),
    ("POST /v1/referrals/{referral_id}/accept", ""),
    ("POST /v1/referrals/{referral_id}/decline", ""),
    ("POST /v1/referrals/{referral_id}/withdraw", ""),
    ("POST /v1/referrals", ""),
    ("POST /v1/referrals/{referral_id}/book", ""),
    ("POST /v1/referrals/{referral_id}/no-show", ""),
    ("POST /v1/referrals/{referral_id}/complete", ""),
    ("POST /v1/referrals/{referral_id}/decline-by-employee", ""),
    ("POST /v1/referrals/{referral_id}/close", ""),
    ("POST /v1/referrals/{referral_id}/reassign", ""),
    ("POST /v1/meetings", ""),
    ("POST /v1/meetings", "/consent"),
    ("PATCH /v1/meetings/{meeting_id}", ""),
    ("POST /v1/meetings/{meeting_id}/hold", ""),
    ("POST /v1/meetings/{meeting_id}/move", ""),
    ("POST /v1/plans", ""),
    ("POST /v1/plans", "/measures/0"),
    ("PUT /v1/plans/{plan_id}", ""),
    ("POST /v1/plans/{plan_id}/adopt", ""),
    ("POST /v1/plans/{plan_id}/measures/{number}/done", ""),
    ("POST /v1/plans/{plan_id}/follow-ups/{number}/done", ""),
    ("POST /v1/grants", ""),
    ("POST /v1/activities", ""),
    ("POST /v1/activities/{activity_id}/hold", ""),
    ("POST /v1/meeting-series", ""),
    ("POST /v1/meeting-series/{series_id}/book", ""),
    ("POST /v1/meeting-series/{series_id}/book", "/consent"),
    ("POST /v1/meeting-series/{series_id}/occurrences/{day}/move", ""),
    ("POST /v1/meeting-series/{series_id}/end", ""),
    ("POST /v1/calendar-feeds", ""),
    ("PUT /v1/guides/{kind}", ""),
    ("PUT /v1/guides/{kind}", "/points/0"),
    ("POST /v1/webhook-endpoints", ""),
    ("PATCH /v1/tenant", ""),
    ("PATCH /v1/tenant", "/policy"),
    ("PATCH /v1/tenant", "/policy/exclusion_windows/0"),
    ("POST /v1/api-keys", ""),
]


def body_of(world: World, route: str) -> Any:
    make = CALLS[route].body
    assert make is not None
    return make(world.one)


class TestField:
    @pytest.mark.parametrize(("route", "at"), OBJECTS)
    def test_unknown_is_refused_by_name_and_place(self, world: World, route: str, at: str):
        for name in ("tenant_id", "created_at", "status", "surprise"):
            body = changed(body_of(world, route), f"{at}/{name}", "x")
            assert refused(world, route, body) == [(f"#{at}/{name}", "unknown_field")]

    @pytest.mark.parametrize(("route", "at"), OBJECTS)
    def test_that_would_say_why_is_refused_on_principle(self, world: World, route: str, at: str):
        body = changed(body_of(world, route), f"{at}/diagnosis", "x")
        assert refused(world, route, body) == [(f"#{at}/diagnosis", "forbidden_field")]

    @pytest.mark.parametrize("name", FORBIDDEN)
    def test_that_would_say_why_is_known_by_many_names(self, world: World, name: str):
        [(_, code)] = refused(world, "POST /v1/events", REPORTED | {name: None})
        assert code == "forbidden_field"

    def test_that_would_say_why_gets_the_reason_why_not(self, world: World):
        answer = world.one.employer("POST", "/v1/events", REPORTED | {"icd": "x"})
        [error] = assert_problem(answer, 422)["errors"]
        assert "never taken" in error["detail"]

    @pytest.mark.parametrize("route", [r for r in ROUTES if r.takes_body], ids=str)
    def test_of_the_path_is_none_of_the_bodys(self, world: World, route: Route):
        """Mass assignment: what the service decides cannot be sent along."""
        body = body_of(world, str(route))
        if isinstance(body, list):
            return
        for name in ("id", "state", "version", "revoked_at", "digest", "secret", "raised_at"):
            if name in body:
                continue
            assert refused(world, str(route), body | {name: "x"}) == [
                (f"#/{name}", "unknown_field")
            ]


REVERSED = "range_reversed"
ELSEWHERE: list[tuple[str, str, Any, str]] = [
    ("PUT /v1/employees", "/employee", GONE, "required"),
    ("PUT /v1/employees", "/employee", 1001, "invalid_string"),
    ("PUT /v1/employees", "/unit", "", "too_short"),
    ("PUT /v1/employees", "/employment/0/first_day", "1989-12-31", "date_out_of_range"),
    ("PUT /v1/employees", "/employment/0/last_day", "2101-01-01", "date_out_of_range"),
    ("PUT /v1/employees", "/employment/0/last_day", "2018-01-01", "range_reversed"),
    ("PUT /v1/employees", "/employment", None, "invalid_list"),
    ("PUT /v1/employees", "/employment/0", "2020", "invalid_object"),
    ("PUT /v1/employees", "/personal_number", "196101182804", "invalid_personal_number"),
    ("PUT /v1/employees", "/protected", "yes", "invalid_boolean"),
    ("POST /v1/employees/search", "/limit", "50", "invalid_integer"),
    ("POST /v1/employees/search", "/limit", 0, "out_of_range"),
    ("POST /v1/employees/search", "/limit", 201, "out_of_range"),
    ("POST /v1/employees/search", "/limit", True, "invalid_integer"),
    ("POST /v1/employees/search", "/cursor", "å", "invalid_cursor"),
    ("PUT /v1/employees/{employee_id}/exemptions", "/exemptions", GONE, "required"),
    ("PUT /v1/employees/{employee_id}/exemptions", "/exemptions/0/reason", "x", "invalid_choice"),
    (
        "PUT /v1/employees/{employee_id}/exemptions",
        "/exemptions/0/last_day",
        "2025-12-31",
        REVERSED,
    ),
    ("POST /v1/silences", "/last_day", GONE, "required"),
    ("POST /v1/silences", "/reason", GONE, "required"),
    ("POST /v1/silences", "/reason", "because", "invalid_choice"),
    ("POST /v1/silences", "/decided_by", "", "too_short"),
    ("POST /v1/silences", "/rule_id", "rul_0", "unknown_rule"),
    ("POST /v1/silences", "/employee_id", "emp_0", "unknown_employee"),
    ("POST /v1/silences", "/unit", "nowhere", "unknown_unit"),
    ("POST /v1/silences/{silence_id}/end", "/last_day", "2026-04-01", "later_than_decided"),
    ("PATCH /v1/tenant", "/policy/counted_kinds", [], "too_short"),
    ("POST /v1/rules/{rule_id}/activate", "/version", 1.0, "invalid_integer"),
    ("POST /v1/rules/{rule_id}/activate", "/version", 0, "out_of_range"),
    ("POST /v1/rules/{rule_id}/activate", "/version", 2**62, "out_of_range"),
    ("POST /v1/rules/{rule_id}/activate", "/mode", "trial", "invalid_choice"),
    ("POST /v1/rules/{rule_id}/activate", "/live_from", "2025-12-31", "too_early"),
    ("POST /v1/rules/{rule_id}/standing/flag", "/employee_ids", [], "too_short"),
    ("POST /v1/rules/{rule_id}/standing/flag", "/employee_ids", ["e"] * 201, "too_long"),
    ("POST /v1/rules/{rule_id}/standing/flag", "/employee_ids/0", 1, "invalid_string"),
    ("POST /v1/flags/{flag_id}/release", "/released_by", GONE, "required"),
    ("POST /v1/flags/{flag_id}/release", "/employee_informed_on", "2026-03-03", "date_in_future"),
    ("POST /v1/flags/{flag_id}/release", "/provider_id", "x" * 41, "too_long"),
    ("POST /v1/flags/{flag_id}/dismiss", "/reason", "because", "invalid_choice"),
    ("POST /v1/flags/{flag_id}/handle", "/handled_on", "2026-03-03", "date_in_future"),
    ("POST /v1/flags/{flag_id}/handle", "/outcome", GONE, "required"),
    ("POST /v1/providers", "/org_number", "12345", "invalid_format"),
    ("POST /v1/providers", "/org_number", "212000-0142\n", "invalid_format"),
    ("POST /v1/providers", "/services", [], "too_short"),
    ("POST /v1/providers", "/services/0", "massage", "invalid_choice"),
    ("POST /v1/providers", "/units", [], "too_short"),
    ("POST /v1/providers", "/priority", -1, "out_of_range"),
    ("POST /v1/referrals/{referral_id}/decline", "/reason", GONE, "required"),
    ("POST /v1/referrals", "/wish_of", "hr", "invalid_choice"),
    ("POST /v1/referrals", "/decided_by", GONE, "required"),
    ("POST /v1/referrals", "/employee_id", "x" * 41, "too_long"),
    ("POST /v1/referrals", "/employee_informed_on", "2026-03-03", "date_in_future"),
    (
        "POST /v1/referrals/{referral_id}/accept",
        "/feedback_consent_on",
        "2026-03-03",
        "date_in_future",
    ),
    ("POST /v1/referrals/{referral_id}/accept", "/on_behalf_of", "employer", "invalid_choice"),
    ("POST /v1/referrals/{referral_id}/book", "/starts_at", "2026-03-10", "invalid_instant"),
    ("POST /v1/referrals/{referral_id}/book", "/starts_at", GONE, "required"),
    ("POST /v1/referrals/{referral_id}/book", "/mode", "chat", "invalid_choice"),
    (
        "POST /v1/referrals/{referral_id}/complete",
        "/recommend_three_party",
        "yes",
        "invalid_boolean",
    ),
    ("POST /v1/referrals/{referral_id}/close", "/outcome", "well_again", "invalid_choice"),
    ("POST /v1/referrals/{referral_id}/reassign", "/provider_id", GONE, "required"),
    ("POST /v1/meetings", "/kind", "health_talk", "invalid_choice"),
    ("POST /v1/meetings", "/starts_at", "2026-03-10T09:00:00", "invalid_instant"),
    ("POST /v1/meetings", "/minutes", 4, "out_of_range"),
    ("POST /v1/meetings", "/minutes", 481, "out_of_range"),
    ("POST /v1/meetings", "/minutes", 45.0, "invalid_integer"),
    ("POST /v1/meetings", "/participants", [], "too_short"),
    ("POST /v1/meetings", "/participants/0", "doctor", "invalid_choice"),
    ("POST /v1/meetings", "/consent/given_on", "2026-03-03", "date_in_future"),
    ("PATCH /v1/meetings/{meeting_id}", "/points", "next_step", "invalid_list"),
    ("PATCH /v1/meetings/{meeting_id}", "/points/0", "x" * 41, "too_long"),
    ("PATCH /v1/meetings/{meeting_id}", "/asked_about_violence", True, "invalid_choice"),
    ("PATCH /v1/meetings/{meeting_id}", "/work_status", "ill", "invalid_choice"),
    ("POST /v1/plans", "/measures", [], "too_short"),
    ("POST /v1/plans", "/measures/0/due_on", GONE, "required"),
    ("POST /v1/plans", "/measures/1/code", "x", "invalid_choice"),
    ("POST /v1/plans", "/follow_ups", [], "too_short"),
    ("POST /v1/plans", "/follow_ups/0", "2026-04-01T00:00:00Z", "invalid_date"),
    ("PUT /v1/plans/{plan_id}", "/measures", GONE, "required"),
    ("POST /v1/plans/{plan_id}/adopt", "/employee_adopted_on", GONE, "required"),
    (
        "POST /v1/plans/{plan_id}/follow-ups/{number}/done",
        "/work_status",
        "plan_completed",
        "invalid_choice",
    ),
    ("POST /v1/webhook-endpoints", "/url", "http://fhv.example/in", "https_required"),
    ("POST /v1/webhook-endpoints", "/url", "https://10.0.0.1/in", "address_not_allowed"),
    ("POST /v1/webhook-endpoints", "/url", "x" * 2001, "too_long"),
    ("POST /v1/webhook-endpoints", "/types", [], "too_short"),
    ("POST /v1/webhook-endpoints", "/types/0", "flag.lost", "invalid_choice"),
    ("POST /v1/webhook-endpoints", "/detail", "full", "invalid_choice"),
    ("POST /v1/webhook-endpoints", "/signature", "v2", "invalid_choice"),
    ("PATCH /v1/tenant", "/time_zone", "Mars/Olympus", "unknown_time_zone"),
    ("PATCH /v1/tenant", "/time_zone", "../../etc/passwd", "unknown_time_zone"),
    ("PATCH /v1/tenant", "/time_zone", "", "unknown_time_zone"),
    ("PATCH /v1/tenant", "/release", "maybe", "invalid_choice"),
    ("PATCH /v1/tenant", "/policy/merge_gap_days", 31, "out_of_range"),
    ("PATCH /v1/tenant", "/policy/bridge_days_off", "yes", "invalid_boolean"),
    ("PATCH /v1/tenant", "/policy/bridge_days_off", 1, "invalid_boolean"),
    ("PATCH /v1/tenant", "/policy/counted_kinds/0", "other", "invalid_choice"),
    ("PATCH /v1/tenant", "/policy/holidays/0", "2026-12-24T00:00:00", "invalid_date"),
    ("PATCH /v1/tenant", "/policy/short_max_days", 0, "out_of_range"),
    ("PATCH /v1/tenant", "/policy/min_extent", 101, "out_of_range"),
    ("POST /v1/api-keys", "/scopes", [], "too_short"),
    ("POST /v1/api-keys", "/scopes/0", "root", "invalid_choice"),
    ("POST /v1/api-keys", "/provider_id", GONE, "provider_mismatch"),
    ("POST /v1/api-keys", "/expires_at", "2026-03-02", "invalid_instant"),
    ("POST /v1/api-keys", "/name", "", "too_short"),
]
OF_THE_WHOLE = {REVERSED: 1}
"""Codes about an object and not about one of its fields: the pointer ends so much earlier."""


class TestElsewhere:
    @pytest.mark.parametrize(("route", "at", "value", "code"), ELSEWHERE)
    def test_value_that_does_not_fit_is_refused_in_its_place(
        self, world: World, route: str, at: str, value: Any, code: str
    ):
        body = changed(body_of(world, route), at, value)
        place = at.rsplit("/", OF_THE_WHOLE.get(code, 0))[0]
        assert refused(world, route, body) == [(f"#{place}", code)]

    @pytest.mark.parametrize(
        ("route", "change", "wrong"),
        [
            (
                "PATCH /v1/tenant",
                {"release": "automatic", "decision_reference": None},
                ("#", "decision_reference_required"),
            ),
            (
                "POST /v1/api-keys",
                {"scopes": ["events:write"]},
                ("#/provider_id", "provider_mismatch"),
            ),
            (
                "POST /v1/api-keys",
                {"scopes": ["provider", "admin"]},
                ("#/provider_id", "provider_mismatch"),
            ),
            (
                "POST /v1/providers",
                {"valid_from": "2026-02-01", "valid_to": "2026-01-31"},
                ("#", "range_reversed"),
            ),
        ],
    )
    def test_values_that_do_not_go_together_are_refused(
        self, world: World, route: str, change: Any, wrong: tuple[str, str]
    ):
        assert refused(world, route, body_of(world, route) | change) == [wrong]

    @pytest.mark.parametrize(
        ("query", "wrong"),
        [
            ("flags?limit=0", ("#/limit", "out_of_range")),
            ("flags?limit=201", ("#/limit", "out_of_range")),
            ("flags?limit=ten", ("#/limit", "invalid_integer")),
            ("flags?limit=1.5", ("#/limit", "invalid_integer")),
            ("flags?cursor=å", ("#/cursor", "invalid_cursor")),
            ("flags?state=lost", ("#/state", "invalid_choice")),
            (f"flags?rule={'x' * 64}", ("#/rule", "too_long")),
            (f"flags?unit={'x' * 201}", ("#/unit", "too_long")),
            ("deliveries?state=lost", ("#/state", "invalid_choice")),
            ("employees/{employee_id}/episodes?view=days", ("#/view", "invalid_choice")),
            (
                "employees/{employee_id}/episodes?as_of=2026-03-02T00:00",
                ("#/as_of", "invalid_date"),
            ),
            ("employees/{employee_id}/evaluation?as_of=1", ("#/as_of", "invalid_date")),
            (
                "employees/{employee_id}/evaluation?as_of=1989-12-31",
                ("#/as_of", "date_out_of_range"),
            ),
        ],
    )
    def test_query_that_does_not_fit_is_refused(
        self, world: World, query: str, wrong: tuple[str, str]
    ):
        answer = world.one.employer("GET", "/v1/" + query.format(**world.one.ids))
        assert pointers(assert_problem(answer, 422)) == [wrong]

    def test_employee_named_twice_is_refused(self, world: World):
        twice = [{"employee": "1", "unit": "a"}, {"employee": "1", "unit": "b"}]
        assert refused(world, "PUT /v1/employees", twice) == [("#", "duplicate_employee")]

    def test_exemptions_that_begin_on_one_day_are_refused(self, world: World):
        one = {"first_day": "2026-01-01", "reason": "other"}
        route = "PUT /v1/employees/{employee_id}/exemptions"
        wrong = refused(world, route, {"exemptions": [one, one]})
        assert [code for _, code in wrong] == ["duplicate_first_day"]

    def test_one_of_several_employees_is_refused_in_its_place(self, world: World):
        several = [{"employee": "1"}, {"employee": 2, "diagnosis": "x"}]
        assert refused(world, "PUT /v1/employees", several) == [
            ("#/1/employee", "invalid_string"),
            ("#/1/diagnosis", "forbidden_field"),
        ]

    def test_rule_names_every_wrong_place_of_a_condition_at_once(self, world: World):
        body = changed(RULE, "/when/all/0/any/1/value", "5")
        body = changed(body, "/when/all/1/not/window", {"days": 1, "weeks": 1})
        body = changed(body, "/when/all/2/weekdays/0", 8)
        assert refused(world, "POST /v1/rules", body) == [
            ("#/when/all/0/any/1/value", "invalid_integer"),
            ("#/when/all/1/not/window", "window_form"),
            ("#/when/all/2/weekdays/0", "out_of_range"),
        ]


class TestParameters:
    @pytest.mark.parametrize("route", ROUTES, ids=str)
    def test_one_that_is_not_known_is_refused_on_every_route(self, world: World, route: Route):
        """A filter that is misspelt and passed over would show everybody."""
        answer = CALLS[str(route)].send(route, world.one, params={"stat": "open"})
        problem = assert_problem(answer, 422, route)
        assert pointers(problem) == [("#", "unknown_parameter")]

    def test_one_that_is_there_twice_is_refused(self, world: World):
        answer = world.one.employer("GET", "/v1/flags?state=junk&state=open")
        assert pointers(assert_problem(answer, 422)) == [("#", "repeated_parameter")]

    def test_who_may_not_come_in_hears_that_first(self, world: World):
        path = "/v1/flags?stat=open"
        assert world.service.client.get(path).status_code == 401
        assert world.one.at_provider[0]("GET", path).status_code == 403

    @pytest.mark.parametrize(
        "query", ["=x", "%00=1", "li%6Dit=1&%6Cimit=1", "limit=1&=", "LIMIT=1"]
    )
    def test_however_it_is_written(self, world: World, query: str):
        assert world.one.employer("GET", f"/v1/flags?{query}").status_code == 422

    def test_one_that_is_known_may_be_written_in_percent(self, world: World):
        page = world.one.employer.ok("GET", "/v1/flags?li%6Dit=1")
        assert len(page["items"]) == 1

    def test_of_an_event_are_refused_on_the_quick_way_as_well(self, busy_world: World):
        employer = busy_world.one.employer
        body = REPORTED | {"id": "asked-oddly"}
        assert employer("POST", "/v1/events", REPORTED | {"id": "quick"}).status_code in (200, 201)
        answer = employer("POST", "/v1/events?dry_run=true", body)
        assert pointers(assert_problem(answer, 422)) == [("#", "unknown_parameter")]
        assert employer("POST", "/v1/events", body).status_code == 201

    def test_those_that_are_known_are_named(self, world: World):
        answer = world.one.employer("GET", "/v1/rules", params={"limit": 1, "Limit": 1})
        [error] = assert_problem(answer, 422)["errors"]
        assert error["detail"] == "A parameter is not known here. There are: cursor, limit."
