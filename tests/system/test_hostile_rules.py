"""Rules that no person wrote: each is refused, with a code, and leaves nothing behind.

How soon is measured by `python3 dev.py bench rules --part hostile`.
"""

import io
from typing import Any

import pytest

from tests.system.hostile_rules import HOSTILE, PATHS
from tests.system.problems import assert_problem
from tests.system.world import World, rows_of

JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize("path", PATHS)
def test_is_refused_and_leaves_nothing(world: World, path: str, log: io.StringIO):
    before = rows_of(world.service)
    for what, hostile in HOSTILE.items():
        if path not in hostile.paths:
            continue
        answer = world.one.employer(
            "POST", path.format(**world.one.ids), content=hostile.text.encode(), headers=JSON
        )
        assert answer.status_code == hostile.status, (what, answer.text[:300])
        problem = assert_problem(answer, hostile.status)
        codes = (problem["code"], *(one["code"] for one in problem.get("errors", ())))
        assert hostile.code in codes, (what, codes)
        assert len(answer.content) < 20_000, what
    assert rows_of(world.service) == before


def test_an_activation_of_what_is_not_there_is_refused(world: World):
    path = f"/v1/rules/{world.one.ids['rule_id']}/activate"
    for number in (2, 1_000_000):
        assert_problem(world.one.employer("POST", path, {"version": number}), 404)
    bad: list[Any] = [0, 10**18, "1", None, 1.5]
    for number in bad:
        assert_problem(world.one.employer("POST", path, {"version": number}), 422)
