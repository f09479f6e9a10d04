"""Rule documents that no person wrote, each with the status and the code that it is refused with.

Apart from its test, so that `benchmarks.rules_hostile` measures the same ones. Whatever they
repeat, they are written as text: to make them costs next to nothing.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from tests.system.world import LEAF

PATHS = ("/v1/rules", "/v1/rules/check", "/v1/rules/{rule_id}/versions")
"""Where they are sent."""
ONE = json.dumps(LEAF)
HUGE = str(10**18)


@dataclass(frozen=True)
class Hostile:
    """A document, and how it is refused. `valid_form`: to be looked over it is not refused."""

    text: str
    status: int
    code: str
    valid_form: bool = False

    @property
    def paths(self) -> tuple[str, ...]:
        """Where it is refused: looking a document over says what is wrong with a 200."""
        return tuple(path for path in PATHS if not (self.valid_form and path.endswith("check")))


def rule(when: str, more: str = "") -> str:
    """A rule with that condition."""
    return f'{{"id": "hostile", "action": "notify", "when": {when}{more}}}'


def many(item: str, count: int) -> str:
    """A list of the same again and again."""
    return f"[{', '.join([item] * count)}]"


def _listed(items: Iterable[str]) -> str:
    return "[" + ", ".join(items) + "]"


def _any(parts: str) -> str:
    return '{"any": ' + parts + "}"


def _all(parts: str) -> str:
    return '{"all": ' + parts + "}"


def _trial(events: str = "[]", triggers: str = "[]") -> str:
    return f'{{"as_of": "2026-03-31", "triggers": {triggers}, "events": {events}}}'


def _tests(trial: str, count: int = 1, when: str = ONE) -> str:
    return rule(when, f', "tests": {many(trial, count)}')


def _unknown(count: int) -> str:
    return "{" + ", ".join(f'"k{n}": 1' for n in range(count)) + "}"


def _choices(rung: int) -> str:
    """Ninety-six conditions that hang together, and say nothing odd."""
    limits = [[10 * (20 - n) + 3 * m + rung for m in range(4)] for n in range(19)]
    days = [300, 301, 302, 303]
    leaf = '{{"measure": "sick_days", "window": {{"days": {}}}, "op": "at_least", "value": {}}}'
    return _all(_listed(_any(_listed(map(leaf.format, days, some))) for some in limits))


def _ladder(*conditions: str) -> str:
    rungs = _listed(f'{{"action": "notify", "when": {when}}}' for when in conditions)
    return f'{{"id": "hostile", "rungs": {rungs}}}'


_ILL = '{"type": "absence.reported", "absence": "a", "first_day": "2026-03-02"}'
_YEARS = (
    '{"type": "absence.reported", "absence": "a", "first_day": "2016-04-01", '
    '"last_day": "2026-03-31"}'
)
_NEVER = ONE.replace("5", "400")
_TWENTY = _any(_listed(ONE.replace("5", str(limit)) for limit in range(3, 23)))

HOSTILE = {
    "1,000 levels": Hostile(rule('{"not": ' * 1000 + ONE + "}" * 1000), 400, "malformed_json"),
    "9 levels": Hostile(rule('{"not": ' * 9 + ONE + "}" * 9), 422, "condition_too_deep"),
    "a million conditions": Hostile(rule(_any(many("{}", 1_000_000))), 413, "body_too_large"),
    "a million lists in a list": Hostile(rule(many("[]", 1_000_000)), 413, "body_too_large"),
    "30,000 conditions": Hostile(rule(_any(many("{}", 30_000))), 422, "document_too_large"),
    "2,000 towers of 30 lists": Hostile(
        rule(many("[" * 30 + "]" * 30, 2_000)), 422, "document_too_large"
    ),
    "13,000 objects": Hostile(rule(many('{"": 1}', 13_000)), 422, "document_too_large"),
    "40,000 weekdays": Hostile(
        rule(f'{{"weekdays": {many("9", 40_000)}}}'), 422, "document_too_large"
    ),
    "10,000 keys": Hostile(rule(ONE, f', "tests": [{_unknown(8000)}]'), 422, "document_too_large"),
    "20,000 escaped letters": Hostile(
        rule(ONE, ', "x": "' + "\\u0041" * 20_000 + '"'), 422, "unknown_field"
    ),
    "101 conditions": Hostile(rule(_any(many(_all(many(ONE, 19)), 6))), 422, "condition_too_large"),
    "8,000 conditions that are none": Hostile(
        rule(_any(many(_any(many(_any(many("{}", 20)), 20)), 20))),
        422,
        "condition_too_large",
    ),
    "21 in one": Hostile(rule(_any(many(ONE, 21))), 422, "too_long"),
    "a limit of 10^18": Hostile(rule(ONE.replace("5", HUGE)), 422, "out_of_range"),
    "a limit of -10^18": Hostile(rule(ONE.replace("5", f"-{HUGE}")), 422, "out_of_range"),
    "a limit of 10^30": Hostile(rule(ONE.replace("5", str(10**30))), 400, "malformed_json"),
    "a window of 10^18 months": Hostile(rule(ONE.replace("12", HUGE)), 422, "out_of_range"),
    "its id twice": Hostile(rule(ONE, ', "id": "other"'), 400, "malformed_json"),
    "its condition twice": Hostile(rule(ONE, f', "when": {ONE}'), 400, "malformed_json"),
    "an unknown key": Hostile(rule(ONE, ', "then": "eval"'), 422, "unknown_field"),
    "an unknown key within": Hostile(rule(ONE[:-1] + ', "script": 1}'), 422, "unknown_field"),
    "9,000 unknown keys within": Hostile(
        _tests(_trial(triggers=many(_unknown(60), 30)), 5), 422, "unknown_field"
    ),
    "a cause": Hostile(rule(ONE, ', "diagnosis": "x"'), 422, "forbidden_field"),
    "10 rungs": Hostile(_ladder(*[ONE] * 10), 422, "too_long"),
    "51 tests": Hostile(_tests(_trial(), 51), 422, "too_long"),
    "101 events": Hostile(_tests(_trial(many(_ILL, 101))), 422, "too_long"),
    "1,001 events": Hostile(_tests(_trial(many(_ILL, 91)), 11), 422, "tests_too_large"),
    "3,200 events that say nothing": Hostile(
        _tests(_trial(many('{"type": "absence.reported"}', 64)), 50), 422, "required"
    ),
    "9,000 holidays that are no days": Hostile(
        _tests(f'{{"policy": {{"holidays": {many("1", 390)}}}}}', 24), 422, "invalid_date"
    ),
    "50 tests of ten years": Hostile(
        _tests(_trial(f"[{_YEARS}]"), 50, _TWENTY), 422, "tests_too_large"
    ),
    "50 tests of ten years said 20 times": Hostile(
        _tests(_trial(many(_YEARS, 20)), 50), 422, "tests_too_large"
    ),
    "800 conditions and one that never holds": Hostile(
        _ladder(*map(_choices, range(8)), _NEVER), 422, "limit_out_of_range", valid_form=True
    ),
}
