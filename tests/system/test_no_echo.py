"""A refusal says where and why and never with what, and the log says less than that.

A canary and a personal number (of Skatteverket's published test series) stand in every place
that a caller can write to: each field of each body, paths, queries and headers.
"""

import io
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from app.core.logs import JsonLines
from tests.kit import Caller
from tests.system.documents import places, with_value
from tests.system.problems import assert_problem, operation
from tests.system.world import (
    ALSO,
    CALLS,
    EVERY_EVENT,
    ROUTES,
    Furnished,
    Route,
    World,
    app_without_database,
)

CANARY = "kanariefagel"
PERSON = 196101182803
TRACES = (CANARY, str(PERSON))
VALUES: tuple[Any, ...] = (
    f"{CANARY} {PERSON}",
    f"{CANARY} " * 300,
    PERSON,
    [CANARY, PERSON + 0.5],
    {f"{CANARY}/~{PERSON}": PERSON, "comment": CANARY},
)
NAMES = (str(PERSON), f"{CANARY} {PERSON}", f"{CANARY}_1", "comment", "tenant_id")
"""Of fields nobody knows. A name of plain letters may stand in a pointer, to be found again."""
NAMING = {"PUT /v1/import-mappings/{name}"}
"""The path says what something is to be called."""
WITH_BODY = [route for route in ROUTES if route.takes_body]


def bodies(route: Route, made: Furnished) -> list[Any]:
    """Valid bodies of a route, which together have every field it takes."""
    if str(route) == "POST /v1/events":
        return list(EVERY_EVENT)
    call = CALLS[str(route)]
    assert call.body is not None
    return [call.body(made), *(body(made) for body in ALSO.get(str(route), ()))]


def spoilt(document: Any) -> Iterator[Any]:
    """The document with each value replaced, and with fields nobody knows in every object."""
    for path in places(document):
        for value in VALUES:
            yield with_value(document, path, value)
    for path in places(document):
        at = document
        for step in path:
            at = at[step]
        if isinstance(at, dict):
            for name in NAMES:
                yield with_value(document, path, {**at, name: f"{CANARY} {PERSON}"})


def traces(answer: Any) -> list[str]:
    """What of the canaries stands in an answer, its headers included."""
    told = answer.text + repr(sorted(answer.headers.items()))
    return [trace for trace in TRACES if trace in told]


@pytest.mark.parametrize("route", WITH_BODY, ids=str)
class TestBody:
    def test_has_every_field_of_its_schema_in_these_tests(self, world: World, route: Route):
        content = operation(route)["requestBody"]["content"]["application/json"]
        sent = {step for body in bodies(route, world.one) for path in places(body) for step in path}
        assert fields(content["schema"]) - sent == set()

    def test_is_never_repeated(self, busy_world: World, route: Route, log: io.StringIO):
        world = busy_world
        call = CALLS[str(route)]
        caller: Caller = world.one.at_provider[0] if call.by_provider else world.one.employer
        path = route.filled(call.ids(world.one))
        refused = 0
        for body in bodies(route, world.one):
            for sent in spoilt(body[:1] if isinstance(body, list) else body):
                answer = caller(route.method, path, sent)
                assert answer.status_code < 500, (sent, answer.text)
                if answer.status_code >= 400:
                    refused += 1
                    assert_problem(answer, answer.status_code, route)
                if answer.status_code >= 400 or route.path.endswith("/batch"):
                    assert traces(answer) == [], sent
        assert refused >= 4
        assert [line for line in log.getvalue().splitlines() if has_trace(line)] == []


def has_trace(text: str) -> bool:
    return any(trace in text for trace in TRACES)


def fields(schema: dict[str, Any], seen: frozenset[str] = frozenset()) -> set[str]:
    """The names of all properties of a schema, at any depth."""
    if reference := schema.get("$ref"):
        name = reference.rpartition("/")[2]
        if name in seen:
            return set()
        inner = app_without_database().openapi()["components"]["schemas"][name]
        return fields(inner, seen | {name})
    found = set()
    for name, part in schema.get("properties", {}).items():
        found |= {name} | fields(part, seen)
    several = [*schema.get("anyOf", ()), *schema.get("oneOf", ())]
    for part in [*several, schema["items"]] if "items" in schema else several:
        found |= fields(part, seen)
    return found


class TestElsewhere:
    @pytest.mark.parametrize(
        "route", [r for r in ROUTES if r.parameters and str(r) not in NAMING], ids=str
    )
    def test_path_is_never_repeated(self, world: World, route: Route, log: io.StringIO):
        call = CALLS[str(route)]
        caller = world.one.at_provider[0] if call.by_provider else world.one.employer
        body = call.body(world.one) if call.body else None
        for value in (CANARY, f"emp_{PERSON}", f"{CANARY}%20%C3%A5%2F{PERSON}"):
            answer = caller(route.method, route.filled({route.parameters[0]: value}), body)
            assert_problem(answer, 404)
            assert traces(answer) == []
        assert not has_trace(log.getvalue())

    @pytest.mark.parametrize("route", [r for r in ROUTES if r.method == "GET"], ids=str)
    def test_query_is_never_repeated(self, world: World, route: Route, log: io.StringIO):
        declared = operation(route).get("parameters", ())
        names = [p["name"] for p in declared if p["in"] == "query"]
        path = route.filled(CALLS[str(route)].ids(world.one))
        for name in [*names, CANARY]:
            for value in (CANARY, str(PERSON), f"å{CANARY}" * 60):
                answer = world.one.employer("GET", path, params={name: value})
                assert answer.status_code < 500
                assert traces(answer) == []
        assert not has_trace(log.getvalue())

    @pytest.mark.parametrize(
        "headers",
        [
            {"Authorization": f"Bearer {CANARY}"},
            {"Authorization": f"Basic {CANARY}:{PERSON}"},
            {"Content-Type": f"{CANARY}/{PERSON}"},
            {"Content-Encoding": CANARY},
            {"If-Match": f'"{CANARY}"'},
            {"Origin": f"https://{CANARY}.example"},
            {"Host": f"{CANARY}.example"},
            {"X-Request-Id": CANARY},
            {"X-Forwarded-For": CANARY},
            {"Cookie": f"session={CANARY}"},
            {"User-Agent": f"{CANARY}/{PERSON}"},
        ],
        ids=lambda headers: " ".join(headers),
    )
    def test_header_is_never_repeated(self, world: World, headers: Any, log: io.StringIO):
        for method, path in (("PATCH", "/v1/tenant"), ("GET", "/v1/flags/x"), ("GET", "/v1/")):
            body = {"policy": {"merge_gap_days": CANARY}} if method == "PATCH" else None
            answer = world.one.employer(method, path, body, headers=headers)
            assert 400 <= answer.status_code < 500
            assert_problem(answer, answer.status_code)
            assert traces(answer) == []
        assert not has_trace(log.getvalue())

    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("GET", f"/{CANARY}"),
            ("GET", f"/v1/{CANARY}?{CANARY}={PERSON}"),
            ("GET", f"/v1/flags/x/{CANARY}"),
            ("PATCH", f"/v1/flags/{CANARY}"),
            (CANARY.upper(), "/v1/flags"),
            ("GET", f"/static-offline-docs/{CANARY}"),
        ],
    )
    def test_address_that_leads_nowhere_is_never_repeated(
        self, world: World, method: str, path: str, log: io.StringIO
    ):
        answer = world.one.employer(method, path)
        assert_problem(answer, 404 if method == "GET" else 405)
        assert traces(answer) == []
        assert not has_trace(log.getvalue())

    @pytest.mark.parametrize(
        "content",
        [
            f'{{"{CANARY}": {PERSON}',
            f'{{"{CANARY}": 1, "{CANARY}": 2}}',
            f"[{CANARY}]",
            f'"{CANARY}',
            f'{{"a": "{CANARY}\\ud800"}}',
            f'{{"a": NaN, "b": "{CANARY}"}}',
        ],
    )
    def test_malformed_body_is_never_repeated(self, world: World, content: str, log: io.StringIO):
        headers = {"Content-Type": "application/json"}
        answer = world.one.employer("POST", "/v1/events", content=content, headers=headers)
        assert_problem(answer, 400, code="malformed_json")
        assert traces(answer) == []
        assert not has_trace(log.getvalue())


@contextmanager
def listening(world: World, name: str, told: Callable[..., None]) -> Iterator[None]:
    engine = world.service.ctx.database.engine
    event.listen(engine, name, told)
    try:
        yield
    finally:
        event.remove(engine, name, told)


def stumble(conn: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
    if has_trace(repr(parameters)):
        raise RuntimeError(f"{statement} with {parameters!r}")


PECULIAR = {
    "sqlite": f"""
        CREATE TRIGGER peculiar BEFORE INSERT ON employees WHEN NEW.number = '{CANARY}'
        BEGIN SELECT RAISE(ABORT, 'not {CANARY}'); END""",
    "postgresql": f"ALTER TABLE employees ADD CHECK (number <> '{CANARY}')",
}
"""A database that refuses the canary, and says so."""


class TestFault:
    """Faults of ours: drivers and libraries love to repeat what they were given."""

    @pytest.mark.parametrize("route", ["POST /v1/events", "PUT /v1/employees"])
    def test_tells_nothing_of_what_was_sent(self, world: World, route: str, log: io.StringIO):
        method, path = route.split()
        known = EVERY_EVENT[0] if path.endswith("events") else {}
        with listening(world, "before_cursor_execute", stumble):
            answer = world.one.employer(method, path, known | {"employee": f"{CANARY}-{PERSON}"})
        assert_problem(answer, 500, code="internal_error")
        assert traces(answer) == []
        lines = [json.loads(line) for line in log.getvalue().splitlines()]
        assert [line["event"] for line in lines if line["level"] == "error"] == ["unforeseen_error"]
        assert not has_trace(log.getvalue())

    @pytest.mark.parametrize("route", ["POST /v1/events", "PUT /v1/employees"])
    def test_of_the_database_tells_nothing_of_what_was_sent(
        self, own_world: World, route: str, log: io.StringIO
    ):
        method, path = route.split()
        with own_world.service.ctx.database.write() as conn:
            conn.exec_driver_sql(PECULIAR[conn.dialect.name])
        said: list[str] = []
        known = EVERY_EVENT[0] if path.endswith("events") else {}
        with listening(own_world, "handle_error", lambda e: said.append(f"{e.original_exception}")):
            answer = own_world.one.employer(method, path, known | {"employee": CANARY})
        assert any(map(has_trace, said))  # the control: the driver's own message does repeat it
        assert answer.status_code >= 400
        assert_problem(answer, answer.status_code)
        assert traces(answer) == []
        assert not has_trace(log.getvalue())

    def test_would_be_seen_here_if_it_told(self, log: io.StringIO):
        logging.getLogger("app.http").error("about %s", CANARY)
        assert has_trace(log.getvalue())

    def test_is_logged_by_type_and_place(self):
        try:
            raise ValueError(CANARY)
        except ValueError as error:
            record = logging.LogRecord("app", 40, "", 0, "event", (), None)
            record.exc_info = (type(error), error, error.__traceback__)
        line = json.loads(JsonLines().format(record))
        assert line["error"] == "ValueError"
        assert line["where"][0].startswith("test_is_logged_by_type_and_place:")
        assert CANARY not in json.dumps(line)
