"""The guided tour, as somebody new to the service runs it: it tells its whole story, and ends."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_demo_goes_on_to_the_closed_plan() -> None:
    """Each step of it is checked by the demo itself, which otherwise does not end with 0."""
    done = subprocess.run(
        [sys.executable, "examples/demo.py", "--once"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert '"state": "closed", "outcome": "plan_completed"' in done.stdout
    assert "That is the whole story" in done.stdout
