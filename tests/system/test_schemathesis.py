"""The running service, called in every way its own API document allows, and in many it does not.

Schemathesis makes the requests: from the examples, from each bound and wrong kind of every field,
at random, and in chains in which one answer gives the next request its ids. Nothing may be a fault
of ours, and every answer must be one that the document announces.

    pytest tests/system/test_schemathesis.py --schemathesis-examples 500

calls each operation that many times at random, differently each time. Without it, to be quick, what
the document does not allow is sent to each operation on one of the two engines, by turns; and of
the thousands of forms of a rule document a part is sent (sampled.py).
schemathesis.toml says what is left out and why.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.process import Serving, Site
from tests.system.conftest import Original
from tests.system.world import ROUTES, Furnished

SETTINGS = Path(__file__).with_name("schemathesis.toml")
SAMPLED = Path(__file__).with_name("sampled.py")
FEW = 2
SEED = "4"
AT_MOST_S = 3600


ENGINES = ("sqlite", "postgres")


@dataclass(frozen=True)
class Target:
    """A process that serves an employer with something of everything, and how to call it."""

    serving: Serving
    one: Furnished
    settings: Path
    sample: dict[str, str]
    many: int | None


@pytest.fixture(scope="module", params=ENGINES)
def target(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Target]:
    """On both engines."""
    original: Original = request.getfixturevalue(f"{request.param}_original")
    many = request.config.getoption("--schemathesis-examples")
    folder = tmp_path_factory.mktemp("schemathesis")
    settings = folder / SETTINGS.name
    settings.write_text(SETTINGS.read_text() + ("" if many else allowed_alone(request.param)))
    with original.copied() as url, Site(url, folder) as site:
        sample = {} if many else sample_for(request.param)
        yield Target(site.serve(), original.world.one, settings, sample, many)


def allowed_alone(engine: str) -> str:
    """Settings by which half of the operations get what the document allows and nothing else."""
    names = sorted(map(str, ROUTES))[ENGINES.index(engine) :: 2]
    return f"""
[[operations]]
include-name = {json.dumps(names)}
phases.coverage.generation.mode = "positive"
"""


def sample_for(engine: str) -> dict[str, str]:
    """Environment in which only some of the forms of large documents are sent."""
    return {"SCHEMATHESIS_HOOKS": str(SAMPLED), "SAMPLED_FROM": str(ENGINES.index(engine))}


def call(target: Target, key: str, *more: str) -> str:
    """Let Schemathesis call the service with that key; what it says of it."""
    command = [sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()"]
    command += ["--no-color", "--config-file", str(target.settings)]
    command += ["run", f"http://127.0.0.1:{target.serving.port}/openapi.json"]
    command += ["--header", f"Authorization: Bearer {key}", "--continue-on-failure"]
    command += ["--max-examples", str(target.many or FEW), *more]
    command += [] if target.many else ["--seed", SEED, "--no-shrink"]
    done = subprocess.run(
        command,
        cwd=target.settings.parent,
        env=os.environ | {"NO_PROXY": "*", "PYTHONWARNINGS": "ignore"} | target.sample,
        capture_output=True,
        check=False,
        timeout=AT_MOST_S,
        text=True,
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    return said


def made(said: str) -> int:
    """How many requests were made."""
    found = re.search(r"(\d+) generated", said)
    assert found, said
    return int(found[1])


def test_an_employer_finds_no_fault_and_nothing_undocumented(target: Target):
    """All phases, with a key of scope admin."""
    said = call(target, target.one.employer.key)
    for phase in ("Examples", "Coverage", "Fuzzing", "Stateful"):
        assert re.search(rf"✅ +{phase} \(in", said), said
    assert made(said) > 3000
    assert_well(target.serving)


def test_a_provider_finds_no_fault_and_nothing_undocumented(target: Target):
    """Most of what it asks for is not its own, which must be announced as well."""
    said = call(target, target.one.at_provider[0].key, "--phases", "examples,fuzzing")
    assert made(said) > 200
    assert_well(target.serving)


def assert_well(serving: Serving) -> None:
    """Still ready, and nothing in the log was unforeseen."""
    assert serving.client.get("/readyz").status_code == 200
    assert "unforeseen_error" not in serving.errors
    assert "job_failed" not in serving.errors
