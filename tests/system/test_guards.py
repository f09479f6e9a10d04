"""Every route is guarded: who has no key hears 401, who has the wrong one 403, on all of them."""

from collections.abc import Sequence
from typing import Any

import pytest

from app.access.keys import digest
from app.access.principal import SCOPES
from tests.kit import at
from tests.system.problems import assert_problem
from tests.system.world import (
    BY_ADDRESS,
    CALLS,
    PUBLIC,
    ROUTES,
    TODAY,
    Furnished,
    Route,
    World,
    app_without_database,
    every_route,
)

NOWHERE = {
    name: f"{prefix}_00000000000000000000000000"
    for name, prefix in {
        "employee_id": "emp",
        "rule_id": "rul",
        "flag_id": "flg",
        "provider_id": "prv",
        "referral_id": "ref",
        "endpoint_id": "whe",
        "delivery_id": "dlv",
        "key_id": "key",
        "grant_id": "grt",
        "activity_id": "act",
        "series_id": "ser",
        "meeting_id": "mtg",
        "plan_id": "pln",
        "feed_id": "cal",
        "import_id": "imp",
        "backtest_id": "bkt",
        "silence_id": "sil",
    }.items()
} | {"kind": "nobodys"}


class TestRouteTable:
    def test_has_a_guard_on_every_route_but_the_public_ones(self):
        routes = every_route(app_without_database())
        assert {route.path for route in routes if not route.guards} == {*PUBLIC, *BY_ADDRESS}

    def test_has_one_guard_a_route_with_scopes_that_exist(self):
        for route in ROUTES:
            assert len(route.guards) == 1, route
            [wanted] = route.guards
            assert wanted, route
            assert wanted <= set(SCOPES), route

    def test_lies_under_one_base_path(self):
        assert [route for route in ROUTES if not route.path.startswith("/v1/")] == []

    def test_is_what_the_calls_of_these_tests_cover(self):
        assert {str(route) for route in ROUTES} == CALLS.keys()


@pytest.mark.parametrize("path", PUBLIC)
def test_public_route_answers_without_a_key(world: World, path: str):
    assert world.service.client.get(path).status_code == 200


STANDING_IN = {"on_behalf_of": "provider"}
FOR_PROVIDERS = {f"POST /v1/referrals/{{referral_id}}/{call}" for call in ("accept", "no-show")}
"""Moves of a provider's that need no body: the employer says in it that it stands in."""


def knock(world: World, route: Route, authorization: Sequence[str | bytes]) -> Any:
    """Call the route on nobody's object with those headers and, where it takes one, a body."""
    headers: list[tuple[Any, Any]] = [(b"Authorization", value) for value in authorization]
    body = STANDING_IN if str(route) in FOR_PROVIDERS else {}
    more: dict[str, Any] = {"json": body} if route.takes_body else {}
    return world.service.client.request(
        route.method, route.filled(NOWHERE), headers=headers, **more
    )


@pytest.fixture(scope="module")
def bad_headers(world: World) -> dict[str, Sequence[str | bytes]]:
    """Credentials that open nothing, by what is wrong with them."""
    good, other = world.one.employer.key, world.other.employer.key
    prefix, secret = good[:-43], good[-43:]
    return {
        "none": [],
        "empty": [""],
        "another scheme": [f"Basic {good}"],
        "the scheme alone": ["Bearer"],
        "the key without a scheme": [good],
        "not a key": ["Bearer hello"],
        "a wrong secret": [f"Bearer {prefix}{secret[::-1]}"],
        "one character too many": [f"Bearer {good}A"],
        "one character too few": [f"Bearer {good[:-1]}"],
        "its digest": [f"Bearer {digest(good)}"],
        "the secret with another tenant's part": [f"Bearer {other[:-43]}{secret}"],
        "non-ASCII in Latin-1": ["Bearer nyckel-åäö".encode("latin-1")],
        "non-ASCII in UTF-8": [f"Bearer {prefix}{'å' * 43}".encode()],
        "a letter that only looks right": [f"Bearer {prefix}{chr(0xFF10) * 43}".encode()],
        "revoked": [f"Bearer {revoked(world.one)}"],
        "expired": [f"Bearer {expiring(world.one, at(TODAY).isoformat())}"],
    }


def revoked(made: Furnished) -> str:
    key = made.employer.ok("POST", "/v1/api-keys", {"name": "gone", "scopes": ["admin"]})
    made.employer.ok("DELETE", f"/v1/api-keys/{key['id']}")
    return str(key["api_key"])


def expiring(made: Furnished, instant: str) -> str:
    body = {"name": "brief", "scopes": ["admin"], "expires_at": instant}
    return str(made.employer.ok("POST", "/v1/api-keys", body)["api_key"])


@pytest.mark.parametrize("route", ROUTES, ids=str)
class TestGuard:
    def test_hears_401_without_a_valid_key(self, world: World, route: Route, bad_headers):
        for what in ("none", "a wrong secret", "non-ASCII in UTF-8", "revoked", "expired"):
            answer = knock(world, route, bad_headers[what])
            assert_problem(answer, 401, route, code="unauthenticated")
            assert answer.headers["www-authenticate"] == "Bearer"

    def test_lets_each_scope_in_where_it_belongs_and_nowhere_else(self, world: World, route: Route):
        [wanted] = route.guards
        for scope, caller in world.one.with_scope.items():
            answer = knock(world, route, [f"Bearer {caller.key}"])
            if scope in wanted or (scope == "admin" and wanted - {"provider"}):
                assert answer.status_code not in (401, 403), (scope, answer.text)
            else:
                assert_problem(answer, 403, route, code="forbidden")


class TestKey:
    def test_opens_nothing_in_any_other_form(self, world: World, bad_headers):
        for header in bad_headers.values():
            assert_problem(knock(world, LISTED, header), 401, LISTED, code="unauthenticated")

    def test_lets_in_until_the_instant_it_expires(self, world: World):
        key = expiring(world.one, at(TODAY, hour=13).isoformat())
        assert knock(world, LISTED, [f"Bearer {key}"]).status_code == 200

    def test_lets_in_whatever_the_case_of_the_scheme(self, world: World):
        assert knock(world, LISTED, [f"bearer {world.one.employer.key}"]).status_code == 200

    def test_is_shut_out_from_the_next_request_on_when_revoked(self, own_world: World):
        admin = own_world.one.employer
        made = admin.ok("POST", "/v1/api-keys", {"name": "brief", "scopes": ["cases:read"]})
        bearer = [f"Bearer {made['api_key']}"]
        assert knock(own_world, LISTED, bearer).status_code == 200
        admin.ok("DELETE", f"/v1/api-keys/{made['id']}")
        assert_problem(knock(own_world, LISTED, bearer), 401)


LISTED = next(route for route in ROUTES if str(route) == "GET /v1/flags")


def test_credential_comes_before_the_body(world: World):
    """Who has no key hears 401 whatever is sent, and nobody reads it."""
    answers = {
        f"{route}: {len(body)} bytes": world.service.client.request(
            route.method, route.filled(NOWHERE), content=body
        ).status_code
        for route in ROUTES
        for body in (b"", b"{")
        if route.takes_body
    }
    answers["17 MiB"] = world.service.client.post("/v1/events/batch", content=HUGE).status_code
    assert {said: status for said, status in answers.items() if status != 401} == {}


HUGE = b" " * (17 * 1024 * 1024)
