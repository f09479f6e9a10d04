"""Two employers with something of everything, and for every route one request that succeeds.

Both use the same employment numbers, rule names, units and event ids: what tells their rows apart
is the tenant alone. Bodies have every field that their route takes.
"""

import itertools
import json
import socket
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cache
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from sqlalchemy import select

from app.access.principal import SCOPES
from app.backtests.run import work_on_backtests
from app.core.pages import next_cursor
from app.core.settings import Settings
from app.main import create_app
from app.schema import TABLES
from tests.kit import FIVE, SECRET_KEYS, Caller, Employer, Service, at, event
from tests.system.following import REQUESTS, furnish_what_follows

TODAY = "2026-03-02"
PUBLIC = ("/livez", "/readyz", "/openapi.json", "/docs", "/docs/oauth2-redirect")
BY_ADDRESS = ("/calendars/{secret}.ics",)
"""Read without a key: the address is the secret (tests/flow/test_calendars.py)."""
STATIC = "/static-offline-docs"
NAMED = {"day": "2026-03-19", "kind": "alignment", "number": "1", "name": "payroll"}
"""What stands in paths besides ids."""
NORTH, SOUTH = "hemtjansten-norr", "hemtjansten-soder"
LEAF = {"measure": "episodes", "window": {"months": 12}, "op": "at_least", "value": 5}
EARLY = {"id": "early", "when": LEAF | {"value": 3}, "action": "notify"}
FIFTH = {"id": "fifth", "when": LEAF, "action": "refer", "service": "health_talk"}
DRAFT = {"id": "draft", "when": LEAF | {"value": 9}, "action": "notify"}
SHADOW = {"version": 1, "mode": "shadow", "shadow_until": "2026-12-31"}
BACKTEST = {"rules": [DRAFT], "from": "2025-01-01", "to": TODAY}
ABOVE_BEFORE = ("2025-08-04", "2025-09-08", "2025-10-20", "2025-12-08", "2026-02-02")
"""Five episodes, the last of them before the rules were activated: standing, without a flag."""


@dataclass(frozen=True)
class Route:
    """A route by its method and template, with the scopes its guards name."""

    method: str
    path: str
    guards: tuple[frozenset[str], ...]
    takes_body: bool

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def parameters(self) -> list[str]:
        return [part[1:-1] for part in self.path.split("/") if part.startswith("{")]

    @property
    def writes(self) -> bool:
        asks = ("/search", "/rules/check", "/preview")
        return self.method != "GET" and not self.path.endswith(asks)

    @property
    def nowhere(self) -> str:
        """The path to an object that nobody has."""
        return self.filled(dict.fromkeys(self.parameters, "x"))

    def filled(self, ids: dict[str, str]) -> str:
        return self.path.format(**(NAMED | ids))


@cache
def app_without_database() -> FastAPI:
    """The application, for looking at its routes and its document."""
    nowhere = Settings(database_url="sqlite:///:memory:", secret_keys=SECRET_KEYS)
    return create_app(nowhere, background=False)


def _dependencies(dependant: Any) -> Iterator[Any]:
    for inner in dependant.dependencies:
        yield inner.call
        yield from _dependencies(inner)


def every_route(app: FastAPI) -> list[Route]:
    """Every route of the application, the mounted static files left out."""
    found = []
    for context in iter_route_contexts(app.routes):
        path = context.path
        if path is None or path == STATIC:
            continue
        guards, body = (), False
        if isinstance(context.original_route, APIRoute):
            calls = _dependencies(context.dependant)
            guards = tuple(call.scopes for call in calls if hasattr(call, "scopes"))
            body = context.body_field is not None
        methods = sorted((context.methods or set()) - {"HEAD"})
        found += [Route(method, path, guards, body) for method in methods]
    return found


ROUTES = [
    route
    for route in every_route(app_without_database())
    if route.path not in (*PUBLIC, *BY_ADDRESS)
]
"""The guarded ones."""


@cache
def refusing() -> str:
    """An address of this machine where nobody listens, and nobody can begin to."""
    held = socket.socket()
    held.bind(("127.0.0.1", 0))
    _HELD.append(held)
    return f"http://127.0.0.1:{held.getsockname()[1]}"


_HELD: list[socket.socket] = []


@dataclass
class Furnished:
    """An employer with something of everything."""

    employer: Employer
    ids: dict[str, str] = field(default_factory=dict)
    flags: dict[tuple[str, str], str] = field(default_factory=dict)
    referrals: dict[str, str] = field(default_factory=dict)
    employees: dict[str, str] = field(default_factory=dict)
    providers: list[str] = field(default_factory=list)
    at_provider: list[Caller] = field(default_factory=list)
    with_scope: dict[str, Caller] = field(default_factory=dict)

    @property
    def tenant_id(self) -> str:
        return self.employer.tenant_id

    def may(self, route: Route) -> Caller:
        """Somebody of the employer's who may call the route."""
        return self.at_provider[0] if "provider" in route.guards[0] else self.employer

    def within(self, service: Service) -> "Furnished":
        """The same employer in a service on a copy of the database."""
        return replace(
            self,
            employer=Employer(service, self.tenant_id, self.employer.key),
            at_provider=[Caller(service.client, c.key) for c in self.at_provider],
            with_scope={s: Caller(service.client, c.key) for s, c in self.with_scope.items()},
        )


def furnish(service: Service) -> Furnished:
    """Make an employer and fill every table that HTTP reaches."""
    made = Furnished(service.employer(release="manual", preset=None))
    employer = made.employer
    for document in (EARLY, FIFTH):
        employer.rule(document)
    made.ids["rule_id"] = employer.ok("POST", "/v1/rules", DRAFT)["id"]
    beside = {"id": "beside", "when": LEAF | {"value": 4}, "action": "refer"}
    made.ids["shadowed"] = employer.ok("POST", "/v1/rules", beside)["id"]
    employer.ok("POST", f"/v1/rules/{made.ids['shadowed']}/activate", SHADOW)
    _add_providers(made)
    _add_people(made)
    for number in ("1004", "1005", "1006", "1009", "1010"):
        flag_id = made.flags[number, "fifth"]
        body = {"released_by": "HR 7", "employee_informed_on": TODAY}
        answer = employer.ok("POST", f"/v1/flags/{flag_id}/release", body)
        made.referrals[number] = answer["referral_id"]
    exempt = {"first_day": "2026-01-01", "last_day": "2026-12-31", "reason": "other"}
    exemptions = f"/v1/employees/{made.employees['1007']}/exemptions"
    employer.ok("PUT", exemptions, {"exemptions": [exempt]})
    for name in ("silence_id", "ended_silence"):
        made.ids[name] = employer.ok("POST", "/v1/silences", _silence(made))["id"]
    service.deliver()
    made.ids |= {
        "employee_id": made.employees["1001"],
        "flag_id": made.flags["1001", "fifth"],
        "referral_id": made.referrals["1004"],
        "delivery_id": employer.items("/v1/deliveries")[0]["id"],
        "key_id": employer.ok("POST", "/v1/api-keys", {"name": "old", "scopes": ["admin"]})["id"],
    }
    _add_employments(made)
    _add_grants_and_activities(made)
    _add_series(made)
    _add_imports(made)
    _add_backtests(made)
    furnish_what_follows(made, NORTH)
    return made


def _add_employments(made: Furnished) -> None:
    """Two employments to join, and two that are."""
    numbers = ("one-job", "another-job", "old-number", "new-number")
    listed = made.employer.ok("PUT", "/v1/employees", [{"employee": n} for n in numbers])
    for one in listed["items"]:
        made.ids[one["employee"]] = one["id"]
    path = f"/v1/employees/{made.ids['old-number']}/join"
    made.employer.ok("POST", path, {"with": made.ids["new-number"]})


def _add_grants_and_activities(made: Furnished) -> None:
    """A service bought, and one activity for each of what ends it, and one that goes on."""
    employer = made.employer
    made.ids["grant_id"] = employer.ok("POST", "/v1/grants", _grant(made))["id"]
    for name in ("activity_id", "held_activity", "cancelled_activity"):
        made.ids[name] = employer.ok("POST", "/v1/activities", ACTIVITY)["id"]


def _add_series(made: Furnished) -> None:
    """A series to go on with, and one for each of what ends one; a booking, a feed, a guide."""
    employer = made.employer
    for name in ("series_id", "changed_series", "ended_series"):
        made.ids[name] = employer.ok("POST", "/v1/meeting-series", SERIES)["id"]
    path = f"/v1/meeting-series/{made.ids['changed_series']}/book"
    someone = {"employee_id": made.employees["1002"], "occurrence": NAMED["day"]}
    made.ids["booked_meeting"] = employer.ok("POST", path, someone)["id"]
    feed = employer.ok("POST", "/v1/calendar-feeds", {"series_id": made.ids["series_id"]})
    made.ids["feed_id"] = feed["id"]
    points = [{"code": "welcome", "sv": "Välkomna", "en": "Welcome"}]
    employer.ok("PUT", f"/v1/guides/{NAMED['kind']}", {"points": points})


def _add_imports(made: Furnished) -> None:
    """A file that was taken in, with a bad row, and a mapping."""
    employer = made.employer
    made.ids["import_id"] = employer.ok("POST", "/v1/imports", **_file(b"{}"))["id"]
    employer.service.take_in_files()
    employer.ok("PUT", f"/v1/import-mappings/{NAMED['name']}", MAPPING)


def _add_backtests(made: Furnished) -> None:
    """A backtest that was answered, and one to forget."""
    for name in ("backtest_id", "old_backtest"):
        made.ids[name] = made.employer.ok("POST", "/v1/backtests", _backtest(made))["id"]
    work_on_backtests(made.employer.service.ctx)


def _backtest(_: Furnished) -> dict[str, Any]:
    """A question with a comparison, a sweep and whom it would flag."""
    sweep = {"values": [3, 4, 5], "windows": [{"months": 12}, {"days": 183}, {"weeks": 26}]}
    return BACKTEST | {"compare_to": 1, "sweep": sweep, "persons": True}


def _file(last: bytes) -> dict[str, Any]:
    """A file of one event and one line more."""
    content = json.dumps(event(FIVE[0], id="in-a-file", employee="1004")).encode() + b"\n" + last
    return {"content": content, "headers": {"Content-Type": "application/x-ndjson"}}


def _add_providers(made: Furnished) -> None:
    employer = made.employer
    for unit in (NORTH, SOUTH):
        provider_id = employer.provider(units=[unit])
        made.providers.append(provider_id)
        made.at_provider.append(employer.key_for("provider", provider=provider_id))
        employer.endpoint(f"{refusing()}/provider", provider_id=provider_id)
    own = employer.endpoint(f"{refusing()}/own")
    made.ids |= {"provider_id": made.providers[0], "endpoint_id": own["id"]}
    for scope in SCOPES:
        if scope != "provider":
            made.with_scope[scope] = employer.key_for(scope)
    made.with_scope["provider"] = made.at_provider[0]


def _add_people(made: Furnished) -> None:
    """Ten above both limits, of whom 1008 was so before; 1009 is of the south, 1010 of no unit."""
    employer = made.employer
    numbers = [str(1000 + n) for n in range(1, 11)]
    units = dict.fromkeys(numbers, NORTH) | {"1009": SOUTH, "1010": None}
    people: list[dict[str, Any]] = [
        {"employee": n, "unit": units[n], "employment": [{"first_day": "2020-01-01"}]}
        for n in numbers
    ]
    people[0] |= {"contact": CONTACT, "personal_number": "191212121212", "sex": "female"}
    employer.ok("PUT", "/v1/units", [{"unit": NORTH}, UNIT])
    answer = employer.ok("PUT", "/v1/employees", people)
    made.employees = {one["employee"]: one["id"] for one in answer["items"]}
    said = [
        event(day, id=f"{number}-{day}", employee=number)
        for number in numbers
        for day in (ABOVE_BEFORE if number == "1008" else FIVE)
    ]
    unheard_of = event(FIVE[0], id="odd", employee="1010", absence="odd", type="absence.ended")
    said.append({k: v for k, v in unheard_of.items() if k != "first_day"})
    employer.ok("POST", "/v1/events/batch", said)
    by_id = {employee_id: number for number, employee_id in made.employees.items()}
    for flag in employer.items("/v1/flags"):
        made.flags[by_id[flag["employee_id"]], flag["rule"]] = flag["id"]


@dataclass
class World:
    """A running service with two such employers."""

    service: Service
    one: Furnished
    other: Furnished

    @classmethod
    def on(cls, service: Service) -> "World":
        service.set_day(TODAY)
        world = cls(service, furnish(service), furnish(service))
        for made in (world.one, world.other):
            waiting = made.employer.ok("POST", "/v1/imports", **_file(b"{}\n"))
            made.ids["waiting_import"] = waiting["id"]
            asked = made.employer.ok("POST", "/v1/backtests", _backtest(made))
            made.ids["waiting_backtest"] = asked["id"]
        return world

    def within(self, service: Service) -> "World":
        """The same in a service on a copy of the database."""
        return World(service, self.one.within(service), self.other.within(service))


@dataclass(frozen=True)
class Call:
    """One request that succeeds: its body, whose object it names, and with whose key."""

    body: Callable[[Furnished], Any] | None = None
    ids: Callable[[Furnished], dict[str, str]] = lambda made: made.ids
    by_provider: bool = False
    raw: Callable[[], dict[str, Any]] = dict
    """Of one that sends no JSON: its content and headers."""

    def send(self, route: Route, made: Furnished, **more: Any) -> Any:
        caller: Caller = made.at_provider[0] if self.by_provider else made.employer
        body = self.body(made) if self.body else None
        return caller(route.method, route.filled(self.ids(made)), body, **self.raw(), **more)


def _flag(number: str, rule: str) -> Callable[[Furnished], dict[str, str]]:
    return lambda made: {"flag_id": made.flags[number, rule]}


def _referral(number: str) -> Callable[[Furnished], dict[str, str]]:
    return lambda made: {"referral_id": made.referrals[number]}


def _fixed(body: Any) -> Callable[[Furnished], Any]:
    return lambda _: body


REPORTED = event(
    "2026-02-23", id="full", employee="1001", absence="A-1", extent=50, kind="work_injury"
)
_ABSENCE = {k: REPORTED[k] for k in ("source", "employee", "absence")} | {
    "occurred_at": at(TODAY).isoformat()
}
CHANGED = _ABSENCE | {
    "id": "full-2",
    "type": "absence.changed",
    "first_day": "2026-02-23",
    "last_day": "2026-02-25",
    "extent": 25,
    "extent_from": "2026-02-24",
    "kind": "sickness",
}
ENDED = _ABSENCE | {"id": "full-3", "type": "absence.ended", "last_day": "2026-02-24"}
WELL = _ABSENCE | {"id": "full-4", "type": "absence.ended", "well_from": "2026-02-25"}
CANCELLED = _ABSENCE | {"id": "full-5", "type": "absence.cancelled"}
EVERY_EVENT = [REPORTED, CHANGED, ENDED, WELL, CANCELLED]

RULE = {
    "id": "full",
    "when": {
        "all": [
            {"any": [LEAF, LEAF | {"window": {"weeks": 20}}]},
            {"not": LEAF | {"window": {"days": 30}}},
            {
                "measure": "weekday_starts",
                "window": {"months": 3},
                "weekdays": [1, 5],
                "op": "more_than",
                "value": 2,
            },
        ]
    },
    "action": "refer",
    "service": "rehabilitation_investigation",
    "release": "manual",
    "rearm_days": 90,
    "max_age_days": 30,
}
PROVIDER = {
    "name": "FHV Exempel",
    "org_number": "212000-0142",
    "units": [NORTH],
    "services": ["health_talk"],
    "valid_from": "2026-01-01",
    "valid_to": "2026-12-31",
    "priority": 5,
    "grant_approved": True,
}
ACTIVITY = {
    "kind": "training",
    "topic": "insurance_medicine",
    "audience": "managers",
    "unit": NORTH,
    "planned_on": "2026-04-14",
    "yearly": True,
}

SERIES = {
    "kind": "alignment",
    "unit": NORTH,
    "first_day": "2026-03-05",
    "last_day": "2026-12-31",
    "at": "09:00",
    "interval_weeks": 2,
    "slots": 4,
    "slot_minutes": 30,
    "capacity": 20,
    "participants": ["employee", "manager", "agency"],
}
MAPPING = {
    "codes": {"10": "sickness"},
    "columns": {"employee": "Anstnr", "first_day": "Från", "last_day": "Till", "code": "Kod"},
    "types": {"F": "absence.reported"},
    "date_format": "YYYYMMDD",
    "decimal": ",",
    "extent_unit": "fraction",
    "hours_per_day": 8.0,
    "delimiter": ";",
    "encoding": "utf-8",
    "quote": "'",
    "header": True,
    "skip": 1,
}
GUIDE = {"points": [{"code": "next_step", "sv": "Nästa steg", "en": "The next step"}]}


def _booking(made: Furnished) -> dict[str, Any]:
    """Of somebody whose referral no other call here ends; anew each time."""
    return {
        "employee_id": made.employees["1010"],
        "referral_id": made.referrals["1010"],
        "not_before": TODAY,
        "consent": {"given_on": TODAY},
    }


def _wished(made: Furnished) -> dict[str, Any]:
    wish = {"occurrence": "2026-04-02", "slot": 2}
    return {"employee_id": made.employees["1003"]} | wish


def _manager(made: Furnished) -> dict[str, Any]:
    units = made.employer.items("/v1/units")
    return {"manager_id": next(m["id"] for unit in units for m in unit["managers"])}


def _mapping_by_day(_: Furnished) -> dict[str, Any]:
    rest = ("personal_number", "day", "extent", "hours", "occurred_at", "absence", "id", "type")
    return MAPPING | {"columns": {name: name.capitalize() for name in rest}}


REPORTED_AT = {"occurred_at": "2026-03-02T06:58:00+01:00", "absence": "a"}
LADDER = {
    "id": "draft",
    "rungs": [{"when": LEAF | {"value": 8}, "action": "notify"}],
    "scope": {"units": [NORTH], "employment_forms": ["permanent"]},
    "validity": {"from": "2026-01-01", "to": "2026-12-31"},
    "legal_basis": "KS 2026/17",
    "tests": [
        {
            "name": "once is not often",
            "policy": {
                "merge_gap_days": 1,
                "bridge_days_off": True,
                "holidays": ["2026-01-06"],
                "short_max_days": 10,
                "min_extent": 1,
                "counted_kinds": ["sickness"],
                "exclusion_windows": [{"first_day": "2026-01-01", "last_day": "2026-01-02"}],
            },
            "employment": [{"first_day": "2020-01-01", "form": "permanent"}],
            "events": [
                REPORTED_AT
                | {"id": "1", "source": "hr", "employee": "1", "type": "absence.reported"}
                | {"first_day": "2026-03-02", "last_day": None, "extent": 50, "kind": "sickness"},
                REPORTED_AT
                | {"type": "absence.changed", "extent": 75, "extent_from": "2026-03-03"},
                REPORTED_AT | {"type": "absence.ended", "well_from": "2026-03-05"},
            ],
            "as_of": "2026-03-31",
            "triggers": [{"on": TODAY, "kind": "crossing", "accepted": True, "rung": 1}],
        }
    ],
}
"""A document with all that may stand around a rule; its test does not pass."""

ALSO: dict[str, list[Callable[[Furnished], Any]]] = {
    "POST /v1/rules": [lambda _: LADDER | {"id": f"ladder-{next(_numbers)}"}],
    "POST /v1/rules/check": [_fixed(LADDER)],
    "POST /v1/rules/{rule_id}/versions": [_fixed(LADDER)],
    "POST /v1/rules/{rule_id}/activate": [_fixed(SHADOW)],
    "POST /v1/rules/{rule_id}/activate/preview": [_fixed(SHADOW | {"live_from": TODAY})],
    "POST /v1/backtests": [
        _backtest,
        lambda made: (
            BACKTEST | {"rules": [RULE, LADDER, {"rule_id": made.ids["rule_id"], "version": 1}]}
        ),
    ],
    "PUT /v1/import-mappings/{name}": [_mapping_by_day],
    "POST /v1/meeting-series/{series_id}/book": [_wished],
    "POST /v1/calendar-feeds": [_manager],
}
"""Other bodies of routes some of whose fields exclude each other."""


def _grant(made: Furnished) -> dict[str, Any]:
    return {
        "employee_id": made.employees["1004"],
        "referral_id": made.referrals["1004"],
        "provider_id": made.providers[0],
        "kind": "investigation",
        "performed_on": "2026-02-09",
        "paid_on": TODAY,
        "amount": "12500.00",
        "provider_report_on": "2026-02-20",
        "invoice_shows": ["date", "employee", "performer", "measure", "cost"],
    }


TENANT = {
    "time_zone": "Europe/Helsinki",
    "policy": {
        "merge_gap_days": 1,
        "bridge_days_off": False,
        "holidays": ["2026-12-28"],
        "short_max_days": 10,
        "min_extent": 25,
        "counted_kinds": ["sickness", "work_injury"],
        "exclusion_windows": [{"first_day": "2020-03-01", "last_day": "2020-06-30"}],
        "require_informed": False,
        "objection_days": 7,
        "four_eyes": True,
    },
    "release": "automatic",
    "decision_reference": "KS 2026/17",
    "deadlines": {
        "accept_days": 2,
        "talk_days": 12,
        "three_party_days": 20,
        "plan_days": 6,
        "follow_up_months": [2, 4],
    },
    "mail": {
        "language": "en",
        "digest": "daily",
        "hr_address": "hr@exempel.se",
        "remind_days": 4,
    },
    "alignment_from_day": 14,
}
SEARCH = {
    "employee": "1001",
    "unit": NORTH,
    "limit": 10,
    "cursor": next_cursor(f"emp_{'0' * 26}"),
}
CONTACT = {"name": "Kim Exempel", "phone": "070-174 06 05", "email": "kim@exempel.example"}
EMPLOYEE = {
    "employee": "1001",
    "unit": SOUTH,
    "employment": [{"first_day": "2019-01-01", "last_day": "2030-12-31", "form": "permanent"}],
    "contact": CONTACT,
    "personal_number": "191212121212",
    "protected": False,
    "sex": "female",
}
UNIT = {
    "unit": SOUTH,
    "parent": NORTH,
    "managers": [{"employee": "2001", "contact": CONTACT, "from": "2026-01-01"}],
    "hr_fallback": CONTACT,
    "closures": [{"first_day": "2026-07-06", "last_day": "2026-08-02"}],
    "alignment_from_day": 14,
}
EXEMPTIONS = {
    "exemptions": [
        {"first_day": "2026-01-01", "last_day": "2026-12-31", "reason": "high_risk_protection"}
    ]
}

_numbers: Iterator[int] = itertools.count(1)

CALLS: dict[str, Call] = {
    "POST /v1/events": Call(_fixed(REPORTED)),
    "POST /v1/events/batch": Call(_fixed([one | {"absence": "A-2"} for one in EVERY_EVENT[1:]])),
    "POST /v1/imports": Call(raw=lambda: _file(b"\n" * next(_numbers))),
    "GET /v1/imports": Call(),
    "GET /v1/imports/{import_id}": Call(),
    "GET /v1/imports/{import_id}/errors": Call(),
    "POST /v1/imports/{import_id}/cancel": Call(
        ids=lambda made: {"import_id": made.ids["waiting_import"]}
    ),
    "POST /v1/backtests": Call(_fixed(BACKTEST)),
    "GET /v1/backtests": Call(),
    "GET /v1/backtests/{backtest_id}": Call(),
    "GET /v1/backtests/{backtest_id}/heat-map": Call(),
    "GET /v1/backtests/{backtest_id}/persons": Call(),
    "POST /v1/backtests/{backtest_id}/cancel": Call(
        ids=lambda made: {"backtest_id": made.ids["waiting_backtest"]}
    ),
    "DELETE /v1/backtests/{backtest_id}": Call(
        ids=lambda made: {"backtest_id": made.ids["old_backtest"]}
    ),
    "GET /v1/import-mappings": Call(),
    "GET /v1/import-mappings/{name}": Call(),
    "PUT /v1/import-mappings/{name}": Call(
        lambda _: MAPPING | {"codes": {str(10 + next(_numbers)): "sickness"}}
    ),
    "PUT /v1/employees": Call(_fixed(EMPLOYEE)),
    "PUT /v1/units": Call(_fixed(UNIT)),
    "GET /v1/units": Call(),
    "POST /v1/employees/search": Call(_fixed(SEARCH)),
    "GET /v1/employees/{employee_id}": Call(),
    "GET /v1/employees/{employee_id}/absences": Call(),
    "GET /v1/employees/{employee_id}/episodes": Call(),
    "GET /v1/employees/{employee_id}/evaluation": Call(),
    "PUT /v1/employees/{employee_id}/exemptions": Call(_fixed(EXEMPTIONS)),
    "POST /v1/silences": Call(lambda made: _silence(made)),
    "GET /v1/silences": Call(),
    "GET /v1/silences/{silence_id}": Call(),
    "POST /v1/silences/{silence_id}/end": Call(
        _fixed({"ended_by": "HR 8", "last_day": "2026-03-10"}),
        ids=lambda made: {"silence_id": made.ids["ended_silence"]},
    ),
    "POST /v1/employees/{employee_id}/join": Call(
        lambda made: {"with": made.ids["another-job"]},
        ids=lambda made: {"employee_id": made.ids["one-job"]},
    ),
    "POST /v1/employees/{employee_id}/separate": Call(
        ids=lambda made: {"employee_id": made.ids["old-number"]}
    ),
    "GET /v1/rule-presets": Call(),
    "GET /v1/rules": Call(),
    "POST /v1/rules": Call(lambda _: RULE | {"id": f"full-{next(_numbers)}"}),
    "GET /v1/rules/schema": Call(),
    "POST /v1/rules/check": Call(_fixed(RULE)),
    "GET /v1/rules/{rule_id}": Call(),
    "POST /v1/rules/{rule_id}/versions": Call(
        lambda _: RULE | {"id": "draft", "rearm_days": 1 + next(_numbers)}
    ),
    "GET /v1/rules/{rule_id}/versions": Call(),
    "GET /v1/rules/{rule_id}/versions/{number}": Call(),
    "GET /v1/rules/{rule_id}/shadow": Call(ids=lambda made: {"rule_id": made.ids["shadowed"]}),
    "POST /v1/rules/{rule_id}/activate/preview": Call(_fixed({"version": 1})),
    "POST /v1/rules/{rule_id}/retire": Call(ids=lambda made: {"rule_id": made.ids["shadowed"]}),
    "POST /v1/rules/{rule_id}/activate": Call(
        _fixed({"version": 1, "mode": "live", "live_from": TODAY})
    ),
    "GET /v1/rules/{rule_id}/standing": Call(
        ids=lambda made: {"rule_id": _rule_named(made, "fifth")}
    ),
    "POST /v1/rules/{rule_id}/standing/flag": Call(
        lambda made: {"employee_ids": [made.employees["1008"]], "decided_by": "HR 7"},
        ids=lambda made: {"rule_id": _rule_named(made, "fifth")},
    ),
    "GET /v1/flags": Call(),
    "GET /v1/flags/{flag_id}": Call(),
    "POST /v1/flags/{flag_id}/release": Call(
        lambda made: {
            "released_by": "HR 7",
            "employee_informed_on": TODAY,
            "provider_id": made.providers[0],
        },
        ids=_flag("1002", "fifth"),
    ),
    "POST /v1/flags/{flag_id}/object": Call(
        _fixed({"decided_by": "HR 7"}), ids=_flag("1003", "fifth")
    ),
    "POST /v1/flags/{flag_id}/dismiss": Call(
        _fixed({"decided_by": "HR 7", "reason": "no_need"}), ids=_flag("1001", "fifth")
    ),
    "POST /v1/flags/{flag_id}/handle": Call(
        _fixed({"decided_by": "Manager 3", "handled_on": TODAY, "outcome": "talk_held"}),
        ids=_flag("1001", "early"),
    ),
    "GET /v1/flags/{flag_id}/letter": Call(ids=_flag("1009", "fifth")),
    "GET /v1/referrals/{referral_id}/print": Call(ids=_referral("1009")),
    "GET /v1/referrals/{referral_id}/fhir": Call(ids=_referral("1009")),
    "POST /v1/providers": Call(_fixed(PROVIDER)),
    "GET /v1/providers": Call(),
    "GET /v1/providers/{provider_id}": Call(),
    "PUT /v1/providers/{provider_id}": Call(_fixed(PROVIDER | {"name": "FHV Annan"})),
    "GET /v1/referrals": Call(),
    "GET /v1/referrals/{referral_id}": Call(),
    "POST /v1/referrals/{referral_id}/withdraw": Call(
        _fixed({"decided_by": "HR 7", "reason": "wrong_data"}), ids=_referral("1006")
    ),
    "POST /v1/grants": Call(_grant),
    "GET /v1/grants": Call(),
    "GET /v1/grants/{grant_id}": Call(),
    "PUT /v1/grants/{grant_id}": Call(_grant),
    "DELETE /v1/grants/{grant_id}": Call(),
    "GET /v1/reports/grants": Call(),
    "GET /v1/reports/attendance": Call(),
    "GET /v1/reports/outcomes": Call(),
    "GET /v1/reports/units": Call(),
    "GET /v1/data-quality": Call(),
    "GET /v1/data-quality/absences": Call(),
    "POST /v1/activities": Call(_fixed(ACTIVITY)),
    "GET /v1/activities": Call(),
    "GET /v1/activities/{activity_id}": Call(),
    "PUT /v1/activities/{activity_id}": Call(_fixed(ACTIVITY | {"planned_on": "2026-04-21"})),
    "POST /v1/activities/{activity_id}/hold": Call(
        _fixed({"held_on": TODAY, "attended": 14}),
        ids=lambda made: {"activity_id": made.ids["held_activity"]},
    ),
    "POST /v1/activities/{activity_id}/cancel": Call(
        _fixed({}), ids=lambda made: {"activity_id": made.ids["cancelled_activity"]}
    ),
    "POST /v1/meeting-series": Call(_fixed(SERIES)),
    "GET /v1/meeting-series": Call(),
    "GET /v1/meeting-series/{series_id}": Call(),
    "GET /v1/meeting-series/{series_id}/slots": Call(),
    "POST /v1/meeting-series/{series_id}/book": Call(_booking),
    "POST /v1/meeting-series/{series_id}/occurrences/{day}/move": Call(
        _fixed({"to": "2026-03-20", "at": "13:00"})
    ),
    "POST /v1/meeting-series/{series_id}/occurrences/{day}/cancel": Call(
        ids=lambda made: {"series_id": made.ids["changed_series"]}
    ),
    "POST /v1/meeting-series/{series_id}/end": Call(
        _fixed({"last_day": "2026-06-30"}),
        ids=lambda made: {"series_id": made.ids["ended_series"]},
    ),
    "GET /v1/meeting-series/{series_id}/calendar.ics": Call(),
    "GET /v1/meetings/{meeting_id}/calendar.ics": Call(
        ids=lambda made: {"meeting_id": made.ids["booked_meeting"]}
    ),
    "POST /v1/calendar-feeds": Call(lambda made: {"series_id": made.ids["series_id"]}),
    "GET /v1/calendar-feeds": Call(),
    "DELETE /v1/calendar-feeds/{feed_id}": Call(),
    "GET /v1/guides": Call(),
    "GET /v1/guides/{kind}": Call(),
    "PUT /v1/guides/{kind}": Call(_fixed(GUIDE)),
    "DELETE /v1/guides/{kind}": Call(),
    "POST /v1/webhook-endpoints": Call(
        lambda made: {
            "url": "https://fhv.example/in",
            "provider_id": made.providers[0],
            "types": ["referral.requested"],
            "detail": "thin",
            "signature": "v1",
        }
    ),
    "GET /v1/webhook-endpoints": Call(),
    "POST /v1/webhook-endpoints/{endpoint_id}/test": Call(),
    "DELETE /v1/webhook-endpoints/{endpoint_id}": Call(),
    "GET /v1/deliveries": Call(),
    "GET /v1/deliveries/{delivery_id}": Call(),
    "GET /v1/tenant": Call(),
    "PATCH /v1/tenant": Call(_fixed(TENANT)),
    "POST /v1/api-keys": Call(
        lambda made: {
            "name": "fhv",
            "scopes": ["provider"],
            "provider_id": made.providers[0],
            "expires_at": (at(TODAY) + timedelta(days=90)).isoformat(),
        }
    ),
    "GET /v1/api-keys": Call(),
    "DELETE /v1/api-keys/{key_id}": Call(),
    **{route: Call(**request) for route, request in REQUESTS.items()},
}


def _silence(made: Furnished) -> dict[str, Any]:
    """Of one rule, for the one who is exempt from all."""
    return {
        "employee_id": made.employees["1007"],
        "unit": NORTH,
        "rule_id": made.ids["rule_id"],
        "first_day": TODAY,
        "last_day": "2026-03-31",
        "reason": "rule_under_review",
        "decided_by": "HR 7",
    }


def _rule_named(made: Furnished, name: str) -> str:
    rules = {rule["rule"]: rule["id"] for rule in made.employer.items("/v1/rules")}
    return str(rules[name])


def in_working_order(routes: Iterable[Route]) -> list[Route]:
    """What ends an object's life after everything else that is done with it."""
    return sorted(routes, key=lambda r: (r.method == "DELETE", r.method == "PATCH"))


def rows_of(service: Service, tenant_id: str | None = None) -> dict[str, list[Any]]:
    """Every row of every table, or those of one tenant."""
    found = {}
    with service.ctx.database.read() as conn:
        for name, table in TABLES.items():
            rows = select(table).order_by(*table.primary_key)
            if tenant_id is not None:
                rows = rows.where(table.c.tenant_id == tenant_id)
            found[name] = [tuple(row) for row in conn.execute(rows)]
    return found


def ids_of(service: Service, tenant_id: str) -> set[str]:
    """Every id that stands in a tenant's rows, the tenant's own among them."""
    found = set()
    for rows in rows_of(service, tenant_id).values():
        for row in rows:
            found |= {value for value in row if isinstance(value, str) and value[3:4] == "_"}
    return found
