"""No employer ever sees or touches another's rows, and no provider another provider's."""

import re
from typing import Any

import pytest
from sqlalchemy import select

from app.delivery.tables import Delivery, Endpoint, Message
from tests.system.following import BROUGHT_TO
from tests.system.problems import assert_problem, longest_page
from tests.system.world import (
    CALLS,
    NAMED,
    ROUTES,
    Route,
    World,
    ids_of,
    in_working_order,
    rows_of,
)

WITH_OBJECT = [route for route in ROUTES if set(route.parameters) - NAMED.keys()]
LISTS = [route for route in ROUTES if route.method == "GET" and not route.parameters]
WITHOUT_IDS = {
    "GET /v1/rule-presets",
    "GET /v1/rules/schema",
    "GET /v1/data-quality",
    "GET /v1/guides",
    "GET /v1/import-mappings",
    "GET /v1/reports/attendance",  # whom it counts: tests/flow/test_reports.py
    "GET /v1/reports/outcomes",
    "GET /v1/reports/units",  # tests/flow/test_unit_signals.py
}
OF_PROVIDERS = [route for route in ROUTES if "provider" in route.guards[0]]


def missing(object_id: str) -> str:
    """An id of that kind that nobody has."""
    return re.sub(r"_.*", "_00000000000000000000000000", object_id)


def sent(world: World, route: Route, object_id: str, **more: Any) -> Any:
    """The route's own call by the one employer, on another object."""
    call = CALLS[str(route)]
    caller = world.one.at_provider[0] if call.by_provider else world.one.employer
    body = call.body(world.one) if call.body else None
    return caller(route.method, route.filled({route.parameters[0]: object_id}), body, **more)


@pytest.mark.parametrize("route", WITH_OBJECT, ids=str)
def test_anothers_object_is_as_good_as_missing(world: World, route: Route):
    """That the same call on the employer's own object succeeds is shown below."""
    name = route.parameters[0]
    theirs = CALLS[str(route)].ids(world.other)[name]
    before = rows_of(world.service)
    answer = sent(world, route, theirs)
    nobodys = sent(world, route, missing(theirs))
    assert_problem(answer, 404, route, code="not_found")
    assert (answer.content, answer.headers) == (nobodys.content, nobodys.headers)
    assert rows_of(world.service) == before


@pytest.mark.parametrize("route", LISTS, ids=str)
def test_list_holds_nothing_of_anothers(world: World, route: Route):
    answer = world.one.employer(route.method, route.path, params=longest_page(route))
    assert answer.status_code == 200
    assert [i for i in ids_of(world.service, world.other.tenant_id) if i in answer.text] == []
    own = [i for i in ids_of(world.service, world.one.tenant_id) if i in answer.text]
    assert own or str(route) in WITHOUT_IDS


def test_nobodys_list_of_exemptions_cannot_be_emptied(world: World):
    for employee_id in (world.other.ids["employee_id"], missing("emp_")):
        path = f"/v1/employees/{employee_id}/exemptions"
        assert_problem(world.one.employer("PUT", path, {"exemptions": []}), 404)


class TestEveryCall:
    """All that an employer can do, one after the other: the control of the tests above."""

    def test_succeeds_on_ones_own_and_leaves_the_other_alone(self, own_world: World):
        theirs = rows_of(own_world.service, own_world.other.tenant_id)
        ids = ids_of(own_world.service, own_world.other.tenant_id)
        for route in in_working_order(ROUTES):
            answer = CALLS[str(route)].send(route, own_world.one)
            assert answer.status_code in (200, 201, 202, 204), (str(route), answer.text)
            assert [i for i in ids if i in answer.text] == [], route
        assert rows_of(own_world.service, own_world.other.tenant_id) == theirs

    def test_leaves_the_other_alone_when_time_passes(self, own_world: World):
        theirs = rows_of(own_world.service, own_world.other.tenant_id)
        for route in in_working_order(ROUTES):
            CALLS[str(route)].send(route, own_world.one)
        own_world.service.set_day("2026-03-03")
        own_world.service.tick()
        after = rows_of(own_world.service, own_world.other.tenant_id)
        changed = [name for name, rows in theirs.items() if rows != after[name]]
        # When to look at them next, that their feeds and units were looked at, and nothing else.
        assert set(changed) <= {"employees", "feeds", "signal_months", "unit_signals"}
        assert rows_of(own_world.service, own_world.one.tenant_id) != theirs


class TestNamingAnothers:
    """Ids of another employer in bodies and queries do nothing, and tell nothing."""

    @pytest.mark.parametrize(
        ("route", "body"),
        [
            ("POST /v1/api-keys", {"name": "n", "scopes": ["provider"]}),
            ("POST /v1/webhook-endpoints", {"url": "https://fhv.example/in"}),
        ],
    )
    def test_provider_is_not_found(self, world: World, route: str, body: dict[str, Any]):
        method, path = route.split()
        theirs = world.other.providers[0]
        answer = world.one.employer(method, path, body | {"provider_id": theirs})
        nobodys = world.one.employer(method, path, body | {"provider_id": missing(theirs)})
        assert_problem(answer, 404, code="not_found")
        assert answer.content == nobodys.content
        own = world.one.employer(method, path, body | {"provider_id": world.one.providers[0]})
        assert own.status_code == 201

    @pytest.mark.parametrize("named", ["employee_id", "rule_id"])
    def test_nobody_elses_is_silenced(self, world: World, named: str):
        """Another's is as unknown as one that there never was."""
        said = {"first_day": "2026-03-02", "last_day": "2026-03-31", "reason": "other"}
        body = said | {"decided_by": "HR 7"}
        theirs = world.other.ids[named]
        answer = world.one.employer("POST", "/v1/silences", body | {named: theirs})
        nobodys = world.one.employer("POST", "/v1/silences", body | {named: missing(theirs)})
        assert_problem(answer, 422, code="invalid_input")
        assert answer.content == nobodys.content

    def test_provider_gets_no_referral(self, world: World):
        path = f"/v1/flags/{world.one.flags['1001', 'fifth']}/release"
        body = {"released_by": "HR 7", "employee_informed_on": "2026-03-02"}
        theirs = world.other.providers[0]
        answer = world.one.employer("POST", path, body | {"provider_id": theirs})
        nobodys = world.one.employer("POST", path, body | {"provider_id": missing(theirs)})
        assert_problem(answer, 409, code="no_provider")
        assert answer.content == nobodys.content

    def test_employees_are_not_flagged(self, own_world: World):
        rules = {r["rule"]: r["id"] for r in own_world.one.employer.items("/v1/rules")}
        path = f"/v1/rules/{rules['fifth']}/standing/flag"
        theirs, own = own_world.other.employees["1008"], own_world.one.employees["1008"]
        before = rows_of(own_world.service, own_world.other.tenant_id)
        body = {"decided_by": "HR 7", "employee_ids": [theirs]}
        assert own_world.one.employer.ok("POST", path, body) == {"flags": []}
        assert rows_of(own_world.service, own_world.other.tenant_id) == before
        control = own_world.one.employer.ok("POST", path, body | {"employee_ids": [theirs, own]})
        assert len(control["flags"]) == 1

    @pytest.mark.parametrize(
        ("path", "name", "of"),
        [
            ("/v1/flags", "rule", lambda made: made.ids["rule_id"]),
            ("/v1/deliveries", "endpoint", lambda made: made.ids["endpoint_id"]),
        ],
    )
    def test_filter_finds_nothing(self, world: World, path: str, name: str, of: Any):
        found = world.one.employer.ok("GET", path, params={name: of(world.other)})
        assert found == {"items": [], "next_cursor": None}

    def test_cursor_of_another_opens_ones_own_list(self, world: World):
        theirs = world.other.employer.ok("GET", "/v1/flags", params={"limit": 1})
        cursor = theirs["next_cursor"]
        page = world.one.employer.ok("GET", "/v1/flags", params={"cursor": cursor, "limit": 200})
        ids = ids_of(world.service, world.other.tenant_id)
        assert [item["id"] for item in page["items"] if item["id"] in ids] == []


NOT_MINE = ("anothers_", "nobodys_")


class TestProvider:
    """Two providers of one employer: what is addressed to the one is nothing to the other."""

    def test_lists_what_is_addressed_to_it(self, world: World):
        mine, theirs = (caller.ok("GET", "/v1/referrals") for caller in world.one.at_provider)
        of = world.one.referrals
        north = {"1004", "1005", "1006", *BROUGHT_TO}
        assert {r["id"] for r in mine["items"]} == {of[number] for number in north}
        assert {r["id"] for r in theirs["items"]} == {of["1009"]}
        everybody = world.one.employer.items("/v1/referrals")
        assert {r["id"] for r in everybody} == set(of.values())

    @pytest.mark.parametrize("number", ["1009", "1010"], ids=["anothers", "nobodys"])
    @pytest.mark.parametrize(
        "route", [r for r in OF_PROVIDERS if "referral_id" in r.parameters], ids=str
    )
    def test_never_reaches_what_is_not(self, world: World, route: Route, number: str):
        call = CALLS[str(route)]
        body = call.body(world.one) if call.body else None
        before = rows_of(world.service)
        provider, referral = world.one.at_provider[0], world.one.referrals[number]
        answer = provider(route.method, route.filled({"referral_id": referral}), body)
        none = provider(route.method, route.filled({"referral_id": missing(referral)}), body)
        assert_problem(answer, 404, route, code="not_found")
        assert (answer.content, answer.headers) == (none.content, none.headers)
        assert rows_of(world.service) == before

    @pytest.mark.parametrize("whose", ["anothers", "nobodys"])
    @pytest.mark.parametrize(
        "route", [r for r in OF_PROVIDERS if {"meeting_id", "plan_id"} & {*r.parameters}], ids=str
    )
    def test_never_reaches_the_meetings_and_plans_of_what_is_not(
        self, world: World, route: Route, whose: str
    ):
        call, name = CALLS[str(route)], route.parameters[0]
        body = call.body(world.one) if call.body else None
        before = rows_of(world.service)
        provider, theirs = world.one.at_provider[0], world.one.ids[f"{whose}_{name}"]
        answer = provider(route.method, route.filled({name: theirs}), body)
        none = provider(route.method, route.filled({name: missing(theirs)}), body)
        assert_problem(answer, 404, route, code="not_found")
        assert (answer.content, answer.headers) == (none.content, none.headers)
        assert rows_of(world.service) == before

    def test_sees_in_no_list_anything_of_the_other(self, world: World):
        hidden = {world.one.providers[1], world.one.referrals["1009"], world.one.referrals["1010"]}
        hidden |= {world.one.employees["1009"], world.one.employees["1010"]}
        hidden |= {found for name, found in world.one.ids.items() if name.startswith(NOT_MINE)}
        for route in LISTS:
            answer = world.one.at_provider[0](route.method, route.path)
            assert [i for i in hidden if i in answer.text] == []

    def test_is_told_only_of_what_is_addressed_to_it(self, world: World):
        told = (
            select(Endpoint.provider_id, Message.provider_id, Message.type)
            .join_from(Delivery, Endpoint, Endpoint.endpoint_id == Delivery.endpoint_id)
            .join(Message, Message.message_id == Delivery.message_id)
            .where(Delivery.tenant_id == world.one.tenant_id, Endpoint.provider_id.is_not(None))
        )
        with world.service.ctx.database.read() as conn:
            rows = [tuple(row) for row in conn.execute(told)]
        assert {(to, about) for to, about, _ in rows} == {(p, p) for p in world.one.providers}
        assert {kind.partition(".")[0] for *_, kind in rows} == {"referral", "meeting"}
