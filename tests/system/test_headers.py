"""Every answer says that it is not to be kept, guessed at, framed or passed on; /docs is local."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from lxml import html
from sqlalchemy import event

from tests.kit import Service, settings_for
from tests.system.world import CALLS, PUBLIC, ROUTES, STATIC, World, in_working_order

SAFE = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "strict-transport-security": "max-age=31536000; includeSubDomains",
}
JSON = {"Content-Type": "application/json"}
TELLTALE = {"server", "x-powered-by", "access-control-allow-origin", "set-cookie"}


def assert_safe(answer: Any) -> None:
    assert {name: answer.headers.get(name) for name in SAFE} == SAFE, answer.status_code
    policy = answer.headers["content-security-policy"].split("; ")
    assert {"default-src 'self'", "default-src 'none'"} & set(policy)
    assert "frame-ancestors 'none'" in policy
    assert TELLTALE & set(answer.headers.keys()) == set()


class TestHeaders:
    def test_are_on_every_answer_of_every_route(self, own_world: World):
        client = own_world.service.client
        for route in in_working_order(ROUTES):
            assert_safe(CALLS[str(route)].send(route, own_world.one))
            assert_safe(client.request(route.method, route.path, json={}))
        for path in PUBLIC:
            assert_safe(client.get(path))

    @pytest.mark.parametrize(
        ("status", "ask"),
        [
            (404, lambda c: c("GET", "/v1/nowhere")),
            (404, lambda c: c("GET", f"{STATIC}/nowhere.js")),
            (405, lambda c: c("PATCH", "/v1/flags")),
            (400, lambda c: c("POST", "/v1/events", content="{", headers=JSON)),
            (413, lambda c: c("POST", "/v1/events", content=b" " * 1_100_000, headers=JSON)),
            (415, lambda c: c("POST", "/v1/events", content="{}")),
            (422, lambda c: c("POST", "/v1/events", {})),
            (404, lambda c: c("GET", "/v1/flags/flg_0")),
            (404, lambda c: c("OPTIONS", "/v1/nowhere")),
        ],
    )
    def test_are_on_every_kind_of_refusal(
        self, world: World, status: int, ask: Callable[[Any], Any]
    ):
        answer = ask(world.one.employer)
        assert answer.status_code == status
        assert_safe(answer)

    def test_are_on_the_answer_to_a_fault_of_ours(self, world: World):
        def stumble(*_: Any) -> None:
            raise RuntimeError

        engine = world.service.ctx.database.engine
        event.listen(engine, "begin", stumble)
        try:
            answer = world.one.employer("GET", "/v1/flags")
        finally:
            event.remove(engine, "begin", stumble)
        assert answer.status_code == 500
        assert_safe(answer)

    def test_let_no_other_site_read_anything(self, world: World):
        """No CORS: neither the question before nor the answer allows another origin."""
        origin = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "GET"}
        for method in ("OPTIONS", "GET"):
            answer = world.one.employer(method, "/v1/flags", headers=origin)
            allowing = [name for name in answer.headers if name.startswith("access-control")]
            assert allowing == []


class TestDocs:
    @pytest.fixture
    def page(self, world: World) -> str:
        return world.service.client.get("/docs").text

    def test_load_only_what_this_service_serves(self, world: World, page: str):
        addresses = [str(a) for a in html.fromstring(page).xpath("//@src | //@href")]
        assert len(addresses) >= 3
        for address in addresses:
            assert re.match(r"/(?!/)", address), address
            answer = world.service.client.get(address)
            assert answer.status_code == 200, address
            assert answer.content

    def test_name_no_other_host(self, page: str):
        assert re.findall(r"(?:https?:)?//[\w.-]+\.\w+", page) == []

    def test_load_nothing_from_their_styles_and_scripts(self, world: World, page: str):
        for address in html.fromstring(page).xpath("//link[@rel='stylesheet']/@href"):
            style = world.service.client.get(str(address)).text
            assert re.findall(r"@import|url\((?!\s*['\"]?(?:data:|#))", style) == []
        for address in html.fromstring(page).xpath("//script/@src"):
            script = world.service.client.get(str(address)).text
            loaders = r"(?:import|importScripts|\.src\s*=|fetch)\s*\(?\s*['\"]https?://"
            assert re.findall(loaders, script) == []

    def test_ask_no_validator_elsewhere(self, page: str):
        assert '"validatorUrl": null' in page

    def test_show_the_document(self, world: World, page: str):
        assert "url: '/openapi.json'" in page
        shown = world.service.client.get("/openapi.json")
        assert shown.json()["info"]["title"] == "Omtanke"

    def test_are_allowed_their_inline_script_and_no_other_page_is(self, world: World):
        client = world.service.client
        assert "'unsafe-inline'" in client.get("/docs").headers["content-security-policy"]
        for path in ("/livez", "/openapi.json", "/docs/", f"{STATIC}/swagger-ui.css"):
            policy = client.get(path, follow_redirects=False).headers["content-security-policy"]
            assert "unsafe" not in policy, path

    def test_can_be_switched_off_with_the_document(self, sqlite_url: str):
        with Service(settings_for(sqlite_url, docs=False)) as service:
            for path in ("/docs", "/openapi.json", f"{STATIC}/swagger-ui.css"):
                assert service.client.get(path).status_code == 404, path
            assert service.client.get("/livez").status_code == 200


def test_no_answer_sends_the_caller_elsewhere(world: World):
    """A redirect would repeat the address, and the Host header with it."""
    for route in ROUTES:
        answer = world.service.client.request(
            route.method, f"{route.nowhere}/", follow_redirects=False
        )
        assert "location" not in answer.headers, route
        assert answer.status_code in (401, 404, 405), route
