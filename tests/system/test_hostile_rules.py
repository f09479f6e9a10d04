"""Rules that no person wrote: each is refused at once, with a code, and leaves nothing behind."""

import io
import json
import time
from typing import Any

import pytest

from tests.system.problems import assert_problem
from tests.system.world import LEAF, World, rows_of

JSON = {"Content-Type": "application/json"}
ONE = json.dumps(LEAF)
HUGE = str(10**18)


def rule(when: str, more: str = "") -> str:
    return f'{{"id": "hostile", "action": "notify", "when": {when}{more}}}'


def many(item: str, count: int) -> str:
    return f"[{', '.join([item] * count)}]"


def trial_of(events: str) -> str:
    return f'{{"as_of": "2026-03-31", "triggers": [], "events": {events}}}'


ILL = '{"type": "absence.reported", "absence": "a", "first_day": "2026-03-02"}'
HOSTILE: dict[str, tuple[str, int, str]] = {
    "1,000 levels": (rule('{"not": ' * 1000 + ONE + "}" * 1000), 400, "malformed_json"),
    "9 levels": (rule('{"not": ' * 9 + ONE + "}" * 9), 422, "condition_too_deep"),
    "a million conditions": (rule(f'{{"any": {many("{}", 1_000_000)}}}'), 413, "body_too_large"),
    "a million lists in a list": (rule(many("[]", 1_000_000)), 413, "body_too_large"),
    "30,000 conditions": (rule(f'{{"any": {many("{}", 30_000)}}}'), 422, "document_too_large"),
    "40,000 weekdays": (rule(f'{{"weekdays": {many("9", 40_000)}}}'), 422, "document_too_large"),
    "10,000 keys": (
        rule(ONE, "".join(f', "k{n}": 1' for n in range(8000))),
        422,
        "document_too_large",
    ),
    "101 conditions": (
        rule(f'{{"any": {many(json.dumps({"all": [LEAF] * 19}), 6)}}}'),
        422,
        "condition_too_large",
    ),
    "21 in one": (rule(f'{{"any": {many(ONE, 21)}}}'), 422, "too_long"),
    "a limit of 10^18": (rule(json.dumps(LEAF).replace("5", HUGE)), 422, "out_of_range"),
    "a limit of -10^18": (rule(json.dumps(LEAF).replace("5", f"-{HUGE}")), 422, "out_of_range"),
    "a limit of 10^30": (rule(json.dumps(LEAF).replace("5", str(10**30))), 400, "malformed_json"),
    "a window of 10^18 months": (rule(ONE.replace("12", HUGE)), 422, "out_of_range"),
    "380 empty conditions": (
        rule(json.dumps({"any": [{"all": [{}] * 19}] * 20})),
        422,
        "required",
    ),
    "its id twice": (rule(ONE, ', "id": "other"'), 400, "malformed_json"),
    "its condition twice": (rule(ONE, f', "when": {ONE}'), 400, "malformed_json"),
    "an unknown key": (rule(ONE, ', "then": "eval"'), 422, "unknown_field"),
    "an unknown key within": (rule(ONE[:-1] + ', "script": 1}'), 422, "unknown_field"),
    "a cause": (rule(ONE, ', "diagnosis": "x"'), 422, "forbidden_field"),
    "10 rungs": (
        f'{{"id": "hostile", "rungs": {many(json.dumps({"when": LEAF, "action": "notify"}), 10)}}}',
        422,
        "too_long",
    ),
    "51 tests": (rule(ONE, f', "tests": {many(trial_of("[]"), 51)}'), 422, "too_long"),
    "101 events": (rule(ONE, f', "tests": [{trial_of(many(ILL, 101))}]'), 422, "too_long"),
    "1,001 events": (
        rule(ONE, f', "tests": {many(trial_of(many(ILL, 91)), 11)}'),
        422,
        "tests_too_large",
    ),
}


@pytest.mark.parametrize("path", ["/v1/rules", "/v1/rules/check", "/v1/rules/{rule_id}/versions"])
def test_is_refused_and_leaves_nothing(world: World, path: str, log: io.StringIO):
    before = rows_of(world.service)
    took: dict[str, float] = {}
    for what, (body, status, code) in HOSTILE.items():
        begun = time.perf_counter()
        answer = world.one.employer(
            "POST", path.format(**world.one.ids), content=body.encode(), headers=JSON
        )
        took[what] = 1000 * (time.perf_counter() - begun)
        assert answer.status_code == status, (what, answer.text[:300])
        problem = assert_problem(answer, status)
        assert code in (problem["code"], *(one["code"] for one in problem.get("errors", ()))), what
        assert len(answer.content) < 20_000, what
    assert rows_of(world.service) == before
    for what, milliseconds in sorted(took.items(), key=lambda pair: -pair[1])[:5]:
        print(f"{milliseconds:7.1f} ms  {path}  {what}")


def test_an_activation_of_what_is_not_there_is_refused(world: World):
    path = f"/v1/rules/{world.one.ids['rule_id']}/activate"
    for number in (2, 1_000_000):
        assert_problem(world.one.employer("POST", path, {"version": number}), 404)
    bad: list[Any] = [0, 10**18, "1", None, 1.5]
    for number in bad:
        assert_problem(world.one.employer("POST", path, {"version": number}), 422)
