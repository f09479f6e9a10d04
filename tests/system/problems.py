"""What every refusal must look like: a problem document that the API file announces."""

import re
from http import HTTPStatus
from typing import Any

from tests.system.world import Route, app_without_database

MEMBERS = {"type", "title", "status", "code", "detail"}
MORE = {"errors", "allowed", "until"}


def operation(route: Route) -> dict[str, Any]:
    """The route's entry in the API document."""
    found: dict[str, Any] = app_without_database().openapi()["paths"][route.path]
    return dict(found[route.method.lower()])


def longest_page(route: Route) -> dict[str, Any]:
    """The parameters by which a list shows as much as it may; none of what is no list."""
    names = {parameter["name"] for parameter in operation(route).get("parameters", ())}
    return {"limit": 200} if "limit" in names else {}


def assert_problem(
    answer: Any, status: int, route: Route | None = None, *, code: str | None = None
) -> dict[str, Any]:
    """The problem, checked for its form and for standing in the document of its route."""
    assert answer.status_code == status, (str(route), answer.status_code, answer.text[:300])
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert MEMBERS <= problem.keys() <= MEMBERS | MORE, sorted(problem)
    assert problem["status"] == status
    assert problem["title"] == HTTPStatus(status).phrase
    assert re.fullmatch(r"[a-z][a-z0-9_]*", problem["code"])
    assert problem["type"].endswith(problem["code"])
    assert code is None or problem["code"] == code, problem
    for error in problem.get("errors", ()):
        assert error.keys() == {"pointer", "code", "detail"}
        assert re.fullmatch(r"#(/.*)?", error["pointer"])
        assert re.fullmatch(r"[a-z][a-z0-9_]*", error["code"])
    if route is not None:
        assert str(status) in operation(route)["responses"], f"{route}: {status} not documented"
    return problem


def pointers(problem: dict[str, Any]) -> list[tuple[str, str]]:
    """Where and with which code, for every error of a problem."""
    return [(error["pointer"], error["code"]) for error in problem.get("errors", ())]
