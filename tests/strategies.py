"""Random case documents in the forms of tests/cases/semantics.json and live.json, all made up.

Histories are clustered (many short absences, small limits) so that rules really fire. Live
sequences are built with the oracle running along, so that what people do is done to flags that
exist. HYPOTHESIS_PROFILE=long looks much further.
"""

from __future__ import annotations

import os
import random
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, NamedTuple

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from tests.oracle import Rehearsal
from tests.oracle.judgement import Policy, first_day_of, leaves, read_periods, value_of
from tests.oracle.rehearsal import Flag
from tests.oracle.triggers import History

Document = dict[str, Any]
Stretch = tuple[date, date]
"""First and last day."""

LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
_SLOW_IS_FINE = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]


def examples(quick: int) -> settings:
    """So many examples, always the same ones; in a long run twenty times as many, always new."""
    return settings(
        max_examples=quick * (20 if LONG else 1),
        derandomize=not LONG,
        database=None,
        deadline=None,
        print_blob=LONG,
        suppress_health_check=_SLOW_IS_FINE,
        phases=[Phase.generate],  # made small by tests.oracle.smaller, not by hypothesis
    )


COUNTABLE_KINDS = ["sickness", "work_injury", "infection_carrier", "rehabilitation"]
KINDS = [*COUNTABLE_KINDS, "other"]
ID_PREFIXES = ["e", "e", "E", "9-", "10-", "é"]
OFFSETS_MINUTES = [60, 120, 0, -300, 330]
EXTENTS = [100, 75, 50, 25, 1, 99]
OPEN_STATES = [
    *("accepted", "accepted", "booked", "booked", "booked"),
    *("talk_held", "three_party_held", "plan_adopted", "requested"),
]
ENDED_STATES = ["closed", "declined", "declined_by_employee", "withdrawn"]
EXEMPTION_REASONS = [
    "high_risk_protection",
    "individual_decision",
    "ongoing_rehabilitation",
    "other",
]


def plus(on: date, days: int) -> date:
    return on + timedelta(days=days)


def _chance(draw: st.DrawFn, percent: int) -> bool:
    """True in about so many of a hundred examples."""
    return draw(st.integers(0, 99)) < percent


def _one_of(draw: st.DrawFn, *choices: Any) -> Any:
    """One of the choices; one that is written several times is taken more often."""
    return draw(st.sampled_from(choices))


@st.composite
def anchors(draw: st.DrawFn) -> date:
    """A day in 1990 to 2100 for a history to begin; often by a leap day or the end of a month."""
    year = draw(st.integers(1990, 2100))
    match _one_of(draw, "any", "any", "leap day", "month end"):
        case "leap day":
            year -= year % 4
            return plus(
                date(year, 3, 1) if year > 1990 else date(1992, 3, 1), draw(st.integers(-2, 30))
            )
        case "month end":
            return plus(date(year, draw(st.integers(1, 12)), 1), -1 if year > 1990 else 0)
    return plus(date(year, 1, 1), draw(st.integers(0, 364)))


# Events


class Feed:
    """What the sources say about one employee, kept so that it can be corrected and repeated."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.events: list[Document] = []
        self.absences: list[Document] = []
        """Source, name, days as last said, and the instant of the latest statement of each."""

    def say(self, absence: Document, kind_of_event: str, on: date, **fields: Any) -> Document:
        """One more statement about the absence, on that day or, rarely, at the instant before."""
        draw = self.draw
        if absence.get("said_at") is not None and _chance(draw, 12):
            at = absence["said_at"]
        else:
            at = datetime(on.year, on.month, on.day, draw(st.integers(5, 21)), tzinfo=UTC)
        absence["said_at"] = at
        event = {
            "id": self._new_id(absence["source"]),
            "source": absence["source"],
            "type": f"absence.{kind_of_event}",
            "occurred_at": _written(at, _one_of(draw, *OFFSETS_MINUTES)),
            "employee": "e-1",
            "absence": absence["absence"],
        }
        for name, value in fields.items():
            event[name] = value.isoformat() if isinstance(value, date) else value
        self.events.append(event)
        return event

    def _new_id(self, source: str) -> str:
        """Numbered per source, so that two sources may use the same id."""
        number = len([event for event in self.events if event["source"] == source]) + 1
        return f"{_one_of(self.draw, *ID_PREFIXES)}{number}"

    def report(self, absence: Document, on: date, *, ongoing: bool) -> Document:
        draw = self.draw
        fields: Document = {"first_day": absence["first_day"]}
        if not ongoing:
            fields["last_day"] = absence["last_day"]
        elif _chance(draw, 20):
            fields["last_day"] = None
        if absence["extent"] != 100 or _chance(draw, 10):
            fields["extent"] = absence["extent"]
        if absence["kind"] != "sickness" or _chance(draw, 10):
            fields["kind"] = absence["kind"]
        return self.say(absence, "reported", on, **fields)

    def absent(
        self, first_day: date, last_day: date, *, latest: bool, not_after: date | None = None
    ) -> list[Document]:
        """A new absence of those days, told in one of the ways such things are told.

        Mostly only the latest is left without an end: after an old one all is one long illness."""
        draw = self.draw
        absence: Document = {
            "source": _one_of(draw, "hr", "hr", "hr", "payroll"),
            "absence": f"a{len(self.absences)}",
            "first_day": first_day,
            "last_day": last_day,
            "extent": _one_of(draw, 100, 100, 100, 100, *EXTENTS),
            "kind": _one_of(draw, *["sickness"] * 20, *KINDS),
        }
        if self.absences and _chance(draw, 5):
            # The other source may use the same name for another absence.
            named = _one_of(draw, *self.absences)
            absence |= {
                "absence": named["absence"],
                "source": "payroll" if named["source"] == "hr" else "hr",
            }
        self.absences.append(absence)

        def told(on: date) -> date:
            return on if not_after is None else min(on, not_after)

        reported = told(plus(first_day, draw(st.integers(-2, 6))))
        ended = max(reported, told(plus(last_day, draw(st.integers(0, 9)))))
        rare = ["end first", "end alone", "ongoing", "empty"]
        match _one_of(draw, *["whole"] * 6, *["ended", "well_from"] * 2, *rare):
            case "whole":
                return [self.report(absence, reported, ongoing=False)]
            case "ended":
                return [self.report(absence, reported, ongoing=True), self._end(absence, ended)]
            case "well_from":
                said = [self.report(absence, reported, ongoing=True)]
                return [*said, self.say(absence, "ended", ended, well_from=plus(last_day, 1))]
            case "end first":
                # The end is the older statement: the report sets everything anew.
                said = [self._end(absence, told(plus(reported, -2)))]
                return [*said, self.report(absence, reported, ongoing=latest and _chance(draw, 25))]
            case "end alone":
                return [self._end(absence, ended)]
            case "ongoing":
                return [self.report(absence, reported, ongoing=latest or _chance(draw, 15))]
            case _:
                if _chance(draw, 50):
                    absence["last_day"] = plus(first_day, -draw(st.integers(1, 3)))
                    return [self.report(absence, reported, ongoing=False)]
                said = [self.report(absence, reported, ongoing=True)]
                return [*said, self.say(absence, "ended", ended, well_from=first_day)]

    def _end(self, absence: Document, on: date) -> Document:
        return self.say(absence, "ended", on, last_day=absence["last_day"])

    def correct(self, absence: Document, on: date) -> list[Document]:
        """A later statement about an absence (rarely an older one that comes late)."""
        draw = self.draw
        if _chance(draw, 10):
            on = plus(absence["first_day"], -3)
        match _one_of(
            draw, *["days"] * 5, "cancel", *["extent_from"] * 2, "extent", "kind", "back"
        ):
            case "cancel":
                return [self.say(absence, "cancelled", on)]
            case "extent":
                return [self.say(absence, "changed", on, extent=_one_of(draw, *EXTENTS))]
            case "extent_from":
                length = max(1, (absence["last_day"] - absence["first_day"]).days)
                start = plus(absence["first_day"], draw(st.integers(-1, min(15, length + 1))))
                extent = _one_of(draw, *EXTENTS)
                return [self.say(absence, "changed", on, extent=extent, extent_from=start)]
            case "kind":
                absence["kind"] = _one_of(draw, "other", "sickness", *KINDS)
                return [self.say(absence, "changed", on, kind=absence["kind"])]
            case "back":
                cancelled = self.say(absence, "cancelled", on)
                return [cancelled, self.report(absence, on, ongoing=False)]
        return self._correct_days(absence, on)

    def _correct_days(self, absence: Document, on: date) -> list[Document]:
        draw = self.draw
        first_day, last_day = absence["first_day"], absence["last_day"]
        match _one_of(draw, "first_day", "last_day", "reopen", "anew", "everything"):
            case "first_day":
                absence["first_day"] = plus(first_day, _one_of(draw, -1, -2, -3, -5, -10, 1, 2, 14))
                return [self.say(absence, "changed", on, first_day=absence["first_day"])]
            case "last_day":
                absence["last_day"] = plus(last_day, _one_of(draw, 1, 2, 5, 12, -1, -2, -4))
                if _chance(draw, 40):
                    return [self._end(absence, on)]
                return [self.say(absence, "changed", on, last_day=absence["last_day"])]
            case "reopen":
                reopened = self.say(absence, "changed", on, last_day=None)
                absence["last_day"] = plus(max(last_day, first_day), draw(st.integers(0, 6)))
                return [reopened] if _chance(draw, 10) else [reopened, self._end(absence, on)]
            case "anew":
                absence["first_day"] = plus(first_day, _one_of(draw, 0, -1, 1, 3))
                last_day = plus(last_day, _one_of(draw, 0, 1, -1))
                absence["last_day"] = max(last_day, absence["first_day"])
                return [self.report(absence, on, ongoing=False)]
        absence["first_day"], absence["last_day"] = plus(first_day, -1), plus(last_day, 1)
        days = {"first_day": absence["first_day"], "last_day": absence["last_day"]}
        extent = _one_of(draw, *EXTENTS)
        return [self.say(absence, "changed", on, kind="sickness", extent=extent, **days)]


def _again(draw: st.DrawFn, event: Document) -> Document:
    """The same event once more: the same content, perhaps written in another way."""
    copy = dict(event)
    if _chance(draw, 50):
        at = datetime.fromisoformat(event["occurred_at"])
        copy["occurred_at"] = _written(at, _one_of(draw, *OFFSETS_MINUTES))
    if event["type"] == "absence.reported" and _chance(draw, 50):
        copy = {"extent": 100, "kind": "sickness", "last_day": None} | copy
    return copy


@st.composite
def retold(draw: st.DrawFn, events: list[Document]) -> list[Document]:
    """The same events in another order, some of them more than once."""
    more = [_again(draw, event) for event in events if _chance(draw, 20)]
    return _shuffled(draw, events + more)


def _shuffled(draw: st.DrawFn, events: list[Document]) -> list[Document]:
    """By a seed, which is one draw and not one for each event; seed 0 changes nothing."""
    mixed = list(events)
    if seed := draw(st.integers(0, 2**16)):
        random.Random(seed).shuffle(mixed)
    return mixed


def _written(at: datetime, offset_minutes: int) -> str:
    text = at.astimezone(timezone(timedelta(minutes=offset_minutes))).isoformat()
    return text.replace("+00:00", "Z")


def _stretches(draw: st.DrawFn, begin: date, how_many: int) -> list[Stretch]:
    """First and last days of absences near enough to make a pattern; some overlap or contain."""
    found = []
    on = begin
    for _ in range(how_many):
        length = _one_of(draw, 1, 1, 1, 1, 2, 2, 3, 3, 4, 5, 8, 14, 15, draw(st.integers(1, 40)))
        found.append((on, plus(on, length - 1)))
        usual = [draw(st.integers(2, 12)), draw(st.integers(5, 40))]
        gap = _one_of(draw, *usual * 4, 1, 2, 3, 4, 5, 0, -1, -length, -length)
        on = plus(on, length + gap)
    return found


# Policy, employment, rules


@st.composite
def policies(draw: st.DrawFn, stretches: list[Stretch]) -> Document:
    """Any of the settings, or none; holidays and excluded days lie where they make a difference."""
    policy: Document = {}
    if _chance(draw, 40):
        policy["merge_gap_days"] = draw(st.integers(0, 6))
    if _chance(draw, 35):
        policy["bridge_days_off"] = draw(st.booleans())
    if _chance(draw, 40):
        policy["holidays"] = [holiday.isoformat() for holiday in _holidays(draw, stretches)]
    if _chance(draw, 40):
        policy["short_max_days"] = _one_of(draw, 14, 1, 2, 3, 5, 7, 20)
    if _chance(draw, 45):
        policy["min_extent"] = _one_of(draw, 100, 1, 25, 50, 51, 75)
    if _chance(draw, 25):
        others = draw(st.lists(st.sampled_from(COUNTABLE_KINDS[1:]), unique=True))
        policy["counted_kinds"] = others if others and _chance(draw, 15) else ["sickness", *others]
    if _chance(draw, 45):
        policy["exclusion_windows"] = [
            _excluded(draw, stretches) for _ in range(_one_of(draw, 1, 2, 3))
        ]
    return policy


def _holidays(draw: st.DrawFn, stretches: list[Stretch]) -> list[date]:
    """All days, or all but some, between absences near each other, or after one."""
    found: set[date] = set()
    ordered = sorted(stretches)
    for _ in range(_one_of(draw, 1, 2, 3, 4)):
        n = draw(st.integers(0, len(ordered) - 1))
        last_day = ordered[n][1]
        next_day = ordered[n + 1][0] if n + 1 < len(ordered) else plus(last_day, 8)
        days = [plus(last_day, k) for k in range(1, min(12, (next_day - last_day).days))]
        healthy = _one_of(draw, 0, 0, 1, 2)
        found |= set(days[healthy:])
    return sorted(found)


def _excluded(draw: st.DrawFn, stretches: list[Stretch]) -> Document:
    """Days within an absence, about its edge, or up to the next one."""
    n = draw(st.integers(0, len(stretches) - 1))
    first_day, last_day = stretches[n]
    if n + 1 < len(stretches) and stretches[n + 1][0] > plus(last_day, 1) and _chance(draw, 25):
        return _period(plus(last_day, 1), plus(stretches[n + 1][0], -_one_of(draw, 1, 1, 0, 2)))
    if (last_day - first_day).days >= 2 and _chance(draw, 60):
        begin = plus(first_day, _one_of(draw, 1, draw(st.integers(1, (last_day - first_day).days))))
        return _period(begin, min(plus(begin, _one_of(draw, 0, 2, 30)), plus(last_day, -1)))
    begin = plus(_one_of(draw, first_day, last_day), _one_of(draw, 0, -3, -1, 1, 2, 4))
    return _period(begin, plus(begin, _one_of(draw, 2, 0, 1, 6, 30)))


def _period(first_day: date, last_day: date | None = None) -> Document:
    period = {"first_day": first_day.isoformat()}
    return period if last_day is None else period | {"last_day": last_day.isoformat()}


@st.composite
def employments(draw: st.DrawFn, begin: date, end: date) -> list[Document]:
    """No, one or several periods, with gaps, the last one perhaps without an end."""
    span = (end - begin).days
    match _one_of(draw, "from before", "late", "gap", "over", "empty"):
        case "from before":
            return [_period(plus(begin, -400))]
        case "late":
            first = plus(begin, draw(st.integers(0, max(1, span // 2))))
            return [_period(first) | ({"last_day": None} if _chance(draw, 50) else {})]
        case "gap":
            left = plus(begin, draw(st.integers(0, max(1, span))))
            back = plus(left, draw(st.integers(1, 60)))
            periods = [_period(plus(begin, -10), left), _period(back)]
            return periods[::-1] if _chance(draw, 30) else periods
        case "over":
            left = plus(end, draw(st.integers(-max(1, span // 3), 30)))
            return [_period(plus(begin, -30), left)]
    return []


@st.composite
def windows(draw: st.DrawFn) -> Document:
    match _one_of(draw, "months", "days", "weeks"):
        case "months":
            return {"months": _one_of(draw, 12, 6, 3, 1, 2, draw(st.integers(1, 24)))}
        case "days":
            return {"days": _one_of(draw, 183, 90, 30, draw(st.integers(1, 400)))}
    return {"weeks": _one_of(draw, 52, 26, 8, draw(st.integers(1, 60)))}


LIMITS = {
    "episodes": (1, 5),
    "all_episodes": (1, 5),
    "short_days": (1, 12),
    "sick_days": (1, 20),
    "bradford": (1, 150),
    "weekday_starts": (1, 3),
    "episode_increase": (0, 3),
    "ongoing_days": (1, 16),
    "period_days": (1, 20),
}


@st.composite
def leaf_conditions(draw: st.DrawFn, measures: tuple[str, ...] = tuple(LIMITS)) -> Document:
    measure = _one_of(draw, *measures)
    low, high = LIMITS[measure]
    leaf: Document = {"measure": measure}
    if measure not in ("ongoing_days", "period_days"):
        leaf["window"] = draw(windows())
    if measure == "weekday_starts":
        leaf["weekdays"] = draw(st.lists(st.integers(1, 7), min_size=1, max_size=5, unique=True))
    leaf["op"] = _one_of(draw, *["at_least"] * 6, "more_than", "more_than", "at_most", "less_than")
    leaf["value"] = draw(st.integers(low, high))
    if _chance(draw, 4):
        leaf["value"] = 0
    return leaf


@st.composite
def conditions(draw: st.DrawFn, depth: int = 2) -> Document:
    form = _one_of(draw, *["leaf"] * 6, "any", "all", "not") if depth else "leaf"
    if form == "leaf":
        return draw(leaf_conditions())
    if form == "not":
        return {"not": draw(conditions(depth - 1))}
    return {form: [draw(conditions(depth - 1)) for _ in range(draw(st.integers(1, 3)))]}


SHORT_WINDOWS = [
    *({"days": 45}, {"days": 30}, {"days": 60}, {"days": 20}, {"weeks": 3}),
    *({"months": 1}, {"months": 2}, {"months": 3}, {"months": 12}),
]
REARM_DAYS = st.one_of(st.sampled_from([1, 7, 14, 30, 60, 183, 184]), st.integers(1, 400))


@st.composite
def rules(draw: st.DrawFn, rule_id: str) -> Document:
    rule: Document = {"id": rule_id, "when": draw(conditions())}
    if _chance(draw, 60):
        rule["rearm_days"] = draw(REARM_DAYS)
    return rule


# Whole cases


@st.composite
def cases(draw: st.DrawFn) -> Document:
    """A case of the form of semantics.json, without `expect`."""
    begin = draw(anchors())
    asked = [draw(rules(f"rule-{n}")) for n in range(1, _one_of(draw, 3, 4, 5, 6, 1) + 1)]
    feed = Feed(draw)
    stretches = _stretches(draw, begin, draw(st.integers(2, 16)))
    stretches += _on_window_edges(draw, asked, stretches)
    for n, (first_day, last_day) in enumerate(stretches, start=1):
        feed.absent(first_day, last_day, latest=n == len(stretches))
        absence = feed.absences[-1]
        said_on = plus(first_day, 3)
        while _chance(draw, 20):
            said_on = plus(said_on, draw(st.integers(0, 20)))
            feed.correct(absence, said_on)
    end = max(max(absence["first_day"], absence["last_day"]) for absence in feed.absences)
    repeated = [_again(draw, event) for event in feed.events if _chance(draw, 5)]
    events = _shuffled(draw, feed.events + repeated)
    before_end = draw(st.integers(0, max(1, (end - begin).days)))
    as_of = plus(end, _one_of(draw, 0, 1, draw(st.integers(0, 70)), -before_end))
    case: Document = {"id": "made-up", "as_of": as_of.isoformat(), "events": events}
    if _chance(draw, 85):
        case["policy"] = draw(policies(stretches))
    if _chance(draw, 30):
        case["employment"] = draw(employments(begin, end))
    case["rules"] = asked
    _aim(draw, case)
    return case


def _aim(draw: st.DrawFn, case: Document) -> None:
    """Moves most limits to what is measured on some sick day, so that a day more or less tells."""
    history = History(
        case["events"], Policy.read(case.get("policy")), read_periods(case.get("employment"))
    )
    at_last = history.on(date.fromisoformat(case["as_of"]))
    sick_days = sorted(at_last.sick_days)
    if not sick_days:
        return
    judged = [history.on(_one_of(draw, *sick_days)) for _ in range(3)]
    for leaf in [leaf for rule in case["rules"] for leaf in leaves(rule["when"])]:
        if _chance(draw, 70):
            leaf["value"] = max(0, value_of(leaf, _one_of(draw, *judged)))
    begun = [episode[0] for episode in at_last.episodes]
    for rule in case["rules"]:
        if len(begun) > 1 and _chance(draw, 50):
            n = draw(st.integers(1, len(begun) - 1))
            apart = (begun[n] - begun[draw(st.integers(0, n - 1))]).days
            rule["rearm_days"] = min(400, apart + _one_of(draw, 0, 0, 1))


def _on_window_edges(
    draw: st.DrawFn, asked: list[Document], stretches: list[Stretch]
) -> list[Stretch]:
    """Absences just inside or outside a rule's window, or the one before it, for a later day."""
    windows_of_rules = [
        leaf["window"] for rule in asked for leaf in leaves(rule["when"]) if "window" in leaf
    ]
    found = []
    for _ in range(_one_of(draw, 0, 1, 2, 3) if windows_of_rules else 0):
        window, on = _one_of(draw, *windows_of_rules), _one_of(draw, *stretches)[0]
        if _chance(draw, 40):
            on = plus(date(on.year, on.month, 1), -_one_of(draw, 1, 1, 2, 3))
            found.append((on, on))
        edge = first_day_of(window, on)
        if _chance(draw, 30):
            edge = first_day_of(window, plus(edge, -1))
        first_day = plus(edge, _one_of(draw, 0, -1, -2))
        found.append((first_day, plus(first_day, _one_of(draw, 0, 1, 2))))
    return found


@st.composite
def live_rules(draw: st.DrawFn, rule_id: str) -> Document:
    """A rule that fires often and rests on few days, or a random tree now and then."""
    if _chance(draw, 10):
        when = draw(conditions())
    else:
        when = {
            "measure": _one_of(draw, *["episodes"] * 8, *LIMITS),
            "window": draw(st.sampled_from(SHORT_WINDOWS)),
            "op": "at_least",
            "value": _one_of(draw, 2, 2, 2, 1, 3),
        }
        if when["measure"] in ("period_days", "ongoing_days"):
            del when["window"]
        if when["measure"] == "weekday_starts":
            when["weekdays"] = [1, 2, 3, 4, 5]
    action = _one_of(draw, "refer", "refer", "refer", "notify")
    rule: Document = {"id": rule_id, "when": when, "action": action}
    if _chance(draw, 90):
        rule["rearm_days"] = _one_of(draw, 14, 30, 20, 7, 1, 10, 5, 60, draw(st.integers(1, 400)))
    if _chance(draw, 70):
        rule["max_age_days"] = _one_of(draw, *[365] * 5, 120, 90, 60, 30, 10, 0)
    return rule


@st.composite
def live_cases(draw: st.DrawFn) -> Document:
    """A sequence of the form of live.json, without `expect`, with one rule or (`rules`) two."""
    return draw(rehearsed()).case


class Rehearsed(NamedTuple):
    case: Document
    expect: list[Document]
    """The oracle's answer, found on the way."""
    met: set[str]


@st.composite
def rehearsed(draw: st.DrawFn) -> Rehearsed:
    """A live case, what must come out, and what happened in it."""
    dense = draw(st.booleans())
    begin = draw(anchors())
    today = plus(begin, draw(st.integers(20, 90)))
    case: Document = {"id": "made-up"}
    live_from = plus(today, -_one_of(draw, 90, 90, 90, 60, 30, 0)).isoformat()
    release = _one_of(draw, "automatic", "automatic", "manual")
    if _chance(draw, 50):
        case |= {"rule": draw(live_rules("rule-1")), "release": release, "live_from": live_from}
    else:
        release_and_day = {"release": release, "live_from": live_from}
        two = [draw(live_rules(f"rule-{n}")) | release_and_day for n in (1, 2)]
        if _chance(draw, 30):
            later = plus(today, -draw(st.integers(0, 60))).isoformat()
            two[1] |= {"release": "manual", "live_from": later}
        case["rules"] = two[::-1] if _chance(draw, 30) else two
    if _chance(draw, 25):
        case["policy"] = draw(
            policies([(plus(begin, 6 * n), plus(begin, 6 * n)) for n in range(30)])
        )
    case["steps"] = []

    rehearsal = Rehearsal(case)
    feed = Feed(draw)
    expect: list[Document] = []
    met: set[str] = set()
    before = begin
    for n in range(draw(st.integers(4, 10))):
        if n == 0:
            step = _first_step(draw, feed, begin, today, dense=dense)
        else:
            step = _later_step(draw, feed, rehearsal, before, today)
        case["steps"].append(step)
        expect.append(rehearsal.step(step))
        met |= {*rehearsal.notes, *rehearsal.messages}
        before = today
        apart = [7, 3, 1, 14] if dense else [14, 7, 20, 35, 1, draw(st.integers(0, 80))]
        today = plus(today, _one_of(draw, 0, *apart))
    return Rehearsed(case, expect, met)


def _first_step(draw: st.DrawFn, feed: Feed, begin: date, today: date, *, dense: bool) -> Document:
    step: Document = {"today": today.isoformat()}
    said = []
    if dense:  # single days near each other: a trigger on each, most of them within the re-arm time
        on = begin
        while on <= today and len(feed.absences) < 14:
            said += feed.absent(on, on, not_after=today, latest=False)
            on = plus(on, _one_of(draw, 4, 2, 3, 5, 7, 12))
    else:
        for first_day, last_day in _stretches(draw, begin, draw(st.integers(2, 7))):
            if first_day <= today or _chance(draw, 20):
                said += feed.absent(first_day, last_day, not_after=today, latest=last_day >= today)
    if said:
        step["events"] = said
        if _chance(draw, 10):
            step["history_through"] = plus(today, -_one_of(draw, 1, 30, 60)).isoformat()
    return step


def _later_step(
    draw: st.DrawFn, feed: Feed, rehearsal: Rehearsal, before: date, today: date
) -> Document:
    step: Document = {"today": today.isoformat()}
    if _chance(draw, 50) and (moves := _moves(draw, rehearsal)):
        step["do"] = moves
    if _chance(draw, 30 if rehearsal.exemptions else 20):
        lifted = rehearsal.exemptions and _chance(draw, 60)
        step["exemptions"] = [] if lifted else _exemptions(draw, rehearsal, today)
    if _chance(draw, 25 if rehearsal.silences else 15):
        over = rehearsal.silences and _chance(draw, 50)
        step["silences"] = [] if over else _silences(draw, rehearsal, today)
    if _chance(draw, 6):
        step["employment"] = [_period(plus(today, -400), plus(today, _one_of(draw, 0, -1, 10)))]
        if _chance(draw, 60):
            step["employment"] = draw(employments(plus(before, -100), plus(today, 60)))
    if said := _news(draw, feed, rehearsal, before, today):
        step["events"] = _shuffled(draw, said) if _chance(draw, 30) else said
        if _chance(draw, 15):
            edge = plus(_one_of(draw, *feed.absences[-3:])["first_day"], _one_of(draw, 0, -1))
            through = _one_of(draw, edge, edge, edge, plus(today, -1), plus(today, -40))
            step["history_through"] = min(through, today).isoformat()
    return step


def _news(
    draw: st.DrawFn, feed: Feed, rehearsal: Rehearsal, before: date, today: date
) -> list[Document]:
    """Corrections, new absences, and some of the old events once more."""
    said: list[Document] = []
    if feed.absences and _chance(draw, 55):
        for _ in range(_one_of(draw, 1, 1, 2, 3)):
            said += _correction(draw, feed, rehearsal, today)
    if _chance(draw, 65):
        begin = plus(today, -draw(st.integers(0, min(45, (today - before).days + 20))))
        if rehearsal.flags and _chance(draw, 25):
            begin = min(today, _rearm_edge(draw, rehearsal))
        for first_day, last_day in _stretches(draw, begin, draw(st.integers(1, 3))):
            said += feed.absent(first_day, last_day, not_after=today, latest=last_day >= today)
    if feed.events and _chance(draw, 15):
        resent = draw(st.lists(st.sampled_from(feed.events), min_size=1, max_size=4))
        said += [_again(draw, event) for event in resent]
    return said


def _rearm_edge(draw: st.DrawFn, rehearsal: Rehearsal) -> date:
    """The first day on which a rule with a flag is armed again, or the last on which it is not."""
    flag = _one_of(draw, *rehearsal.flags)
    rule = next(rule for rule in rehearsal.rules if rule.id == flag.rule)
    return plus(flag.on, _one_of(draw, 1, 1, -1) * (rule.rearm_days - _one_of(draw, 0, 1)))


def _correction(draw: st.DrawFn, feed: Feed, rehearsal: Rehearsal, today: date) -> list[Document]:
    """Mostly of an absence that a standing flag rests on, best one that no other rests on."""
    standing = [f for f in rehearsal.flags if f.state != "withdrawn"]
    if not _chance(draw, 40):
        standing = [f for f in standing if not f.frozen]
    if not standing or _chance(draw, 15):
        return feed.correct(_one_of(draw, *feed.absences), today)
    supported = [
        f for f in standing if f.carries in [o.attached_to for o in standing] and f.carries
    ]
    flag = _one_of(draw, *(supported if supported and _chance(draw, 60) else standing))
    others = frozenset().union(*[other.evidence for other in standing if other is not flag])
    own = flag.evidence - others
    days = _one_of(draw, own, own, {flag.on}, {flag.on}, flag.evidence)
    under = [a for a in feed.absences if any(a["first_day"] <= on <= a["last_day"] for on in days)]
    if not under:
        return feed.correct(_one_of(draw, *feed.absences), today)
    if _chance(draw, 50):
        return [feed.say(absence, "cancelled", today) for absence in under[:2]]
    return feed.correct(_one_of(draw, *under), today)


def _exemptions(draw: st.DrawFn, rehearsal: Rehearsal, today: date) -> list[Document]:
    """Periods about today, often with an edge where a flag is."""
    found = []
    for _ in range(draw(st.integers(1, 2))):
        first = plus(today, -draw(st.integers(0, 60)))
        if rehearsal.flags and _chance(draw, 50):
            first = plus(_one_of(draw, *rehearsal.flags[-3:]).on, _one_of(draw, 0, -1, 1, -10))
        period = _period(first, plus(first, _one_of(draw, 0, 10, draw(st.integers(0, 120)))))
        found.append(period | {"reason": _one_of(draw, *EXEMPTION_REASONS)})
    return found


def _silences(draw: st.DrawFn, rehearsal: Rehearsal, today: date) -> list[Document]:
    """The same with an end, some for one rule alone."""
    found = []
    for period in _exemptions(draw, rehearsal, today):
        last = period.get("last_day") or plus(date.fromisoformat(period["first_day"]), 30)
        said = period | {"last_day": str(last), "reason": "rule_under_review"}
        if _chance(draw, 60):
            said["rule"] = _one_of(draw, *rehearsal.rules).id
        found.append(said)
    return found


def _moves(draw: st.DrawFn, rehearsal: Rehearsal) -> list[Document]:
    """What people do with one or two of the flags that await somebody."""
    possible = [f for f in rehearsal.flags if f.state == "open" or _carries_open(rehearsal, f)]
    if not possible:
        return []
    chosen = draw(st.lists(st.sampled_from(possible), min_size=1, max_size=2, unique_by=id))
    return [_move(draw, rehearsal, flag) for flag in chosen]


def _carries_open(rehearsal: Rehearsal, flag: Flag) -> bool:
    """Its referral is open, and is without doubt the one meant by the flag's day."""
    that_day = [f for f in rehearsal.flags if (f.rule, f.on) == (flag.rule, flag.on)]
    meant = that_day == [flag] or flag.state != "withdrawn"
    return meant and flag.carries is not None and flag.carries.open


def _move(draw: st.DrawFn, rehearsal: Rehearsal, flag: Flag) -> Document:
    rule = next(rule for rule in rehearsal.rules if rule.id == flag.rule)
    entry: Document = {"rule": rule.id} if rehearsal.says_rule else {}
    if flag.state == "open":
        usual = "release" if rule.action == "refer" else "handle"
        return entry | {_one_of(draw, usual, usual, usual, "dismiss"): flag.on.isoformat()}
    states = OPEN_STATES if _chance(draw, 70) else ENDED_STATES
    return entry | {"referral": flag.on.isoformat(), "to": _one_of(draw, *states)}
