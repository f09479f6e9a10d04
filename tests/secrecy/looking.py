"""Whatever can be read with a credential: every GET route, every filter, every page, every id seen.

Nothing is named here but kinds of ids and values of filters. A new route is looked at by itself; a
new kind of parameter fails, until it is said what it may take.
"""

from collections.abc import Iterator
from itertools import product
from typing import Any

from tests.kit import Caller
from tests.secrecy.names import Names
from tests.system.world import STATIC, app_without_database, every_route

OF_PARAMETER = {
    "activity_id": "act",
    "delivery_id": "dlv",
    "employee_id": "emp",
    "endpoint_id": "whe",
    "endpoint": "whe",
    "flag_id": "flg",
    "key_id": "key",
    "meeting_id": "mtg",
    "plan_id": "pln",
    "provider_id": "prv",
    "referral_id": "ref",
    "rule_id": "rul",
    "series_id": "ser",
    "grant_id": "grt",
    "feed_id": "cal",
    "import_id": "imp",
    "backtest_id": "bkt",
    "silence_id": "sil",
}
"""The kind of id that a parameter takes: each one that was seen is asked for."""

REFERRAL_STATES = (
    *("requested", "in_progress", "accepted", "booked", "talk_held", "three_party_held"),
    *("plan_adopted", "closed", "declined", "declined_by_employee", "withdrawn"),
)
VALUES: dict[str, tuple[str, ...]] = {
    "rule": ("orust",),
    "source": ("hr",),
    "state": (*REFERRAL_STATES, "open", "released", "inhibited", "adopted", "held", "done"),
    "unit": ("norr", "syd"),
    "as_of": ("2026-04-30",),
    "month": ("2026-03", "2026-04"),
    "from": ("2026-03-01", "2026-04-01"),
    "to": ("2026-04-30", "2026-06-30"),
    "year": ("2026",),
    "number": ("1", "2"),
    "day": ("2026-03-16",),
    "name": ("payroll",),
}
"""What else a parameter takes that has no list of values of its own."""

_PAGES = {"limit", "cursor"}


def get_routes() -> list[str]:
    """The path of every GET route but the framework's static pages."""
    left_out = {STATIC, "/docs", "/docs/oauth2-redirect", "/openapi.json"}
    routes = every_route(app_without_database())
    return sorted({r.path for r in routes if r.method == "GET"} - left_out)


class Looker:
    """Reads with one credential all that it opens, and writes down each answer."""

    def __init__(self, caller: Caller, names: Names, *, secrets: dict[str, list[str]]) -> None:
        self._caller = caller
        self._names = names
        self._secrets = secrets
        self.seen: list[str] = []

    def look(self, *only: str) -> None:
        """Everything, or the routes of those beginnings without their filters.

        Lists come first: they show the ids.
        """
        paths = [p for p in get_routes() if not only or p.startswith(only)]
        for path in sorted(paths, key=lambda path: path.count("{")):
            for filled in self._filled(path):
                for query in self._queries(path, filtered=not only):
                    self._read(filled, query)

    def get(self, path: str, query: dict[str, str] | None = None) -> None:
        """Write down one answer."""
        self.note(f"GET {path} {query or ''}", self._caller("GET", path, params=query or {}))

    def note(self, what: str, answer: Any) -> None:
        """Write down an answer as it came: status, body, headers."""
        timed = {"content-length"} if "duration_ms" in answer.text else set()
        headers = [f"{n}={v}" for n, v in sorted(answer.headers.items()) if n not in timed]
        said = f"{what} -> {answer.status_code} {answer.text} {headers}"
        self.seen.append(self._names.plain(said))

    def _filled(self, path: str) -> Iterator[str]:
        names = [part.partition("}")[0] for part in path.split("{")[1:]]
        schemas = {name: _parameters(path, "path").get(name, {}) for name in names}
        pools = [self._values(name, schemas[name]) for name in names]
        for values in product(*pools):
            yield path.format(**dict(zip(names, values, strict=True)))

    def _queries(self, path: str, *, filtered: bool) -> Iterator[dict[str, str]]:
        """The bare question, and each filter with each of its values."""
        taken = _parameters(path, "query")
        needed = {n: self._values(n, s)[0] for n, s in taken.items() if s["required"]}
        yield needed | ({"limit": "200"} if "limit" in taken else {})
        if not filtered:
            return
        for name, schema in taken.items():
            if name in _PAGES:
                continue
            for value in self._values(name, schema):
                yield needed | {name: value}
        if "cursor" in taken:
            yield needed | {"limit": "2"}

    def _values(self, name: str, schema: dict[str, Any]) -> list[str]:
        if name in self._secrets:
            return self._secrets[name]
        if prefix := OF_PARAMETER.get(name):
            return self._names.of(prefix)
        if listed := _listed(schema):
            return listed
        if name not in VALUES and schema.get("format") == "date":
            return ["2026-03-16"]
        if name not in VALUES:
            raise AssertionError(f"say in {__name__} what the parameter {name} takes")
        return list(VALUES[name])

    def _read(self, path: str, query: dict[str, str]) -> None:
        """The answer, and where it goes on, the answers after it."""
        for _ in range(200):
            answer = self._caller("GET", path, params=query)
            self.note(f"GET {path} {query}", answer)
            is_json = answer.headers.get("content-type", "").startswith("application/json")
            following = is_json and answer.json().get("next_cursor")
            if not following:
                return
            query = query | {"cursor": following}
        raise AssertionError("a list without an end")


def _parameters(path: str, place: str) -> dict[str, dict[str, Any]]:
    """The parameters of a route, with what the API document says of their values."""
    document = app_without_database().openapi()
    operation = document["paths"].get(path, {}).get("get", {})
    return {
        given["name"]: {**given["schema"], "required": given.get("required", False)}
        for given in operation.get("parameters", ())
        if given["in"] == place
    }


def _listed(schema: dict[str, Any]) -> list[str]:
    """The values of a parameter that lists them."""
    if "$ref" in schema:
        schemas = app_without_database().openapi()["components"]["schemas"]
        return _listed(schemas[schema["$ref"].rpartition("/")[2]])
    for either in schema.get("anyOf", ()):
        if found := _listed(either):
            return found
    if "const" in schema:
        return [str(schema["const"])]
    kind = schema.get("type")
    if kind == "boolean" or (isinstance(kind, list) and "boolean" in kind):
        return ["true", "false"]
    return [str(value) for value in schema.get("enum", ())]
