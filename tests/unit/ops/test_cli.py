"""The command line as a part of a longer one."""

import os
import subprocess
import sys


def test_whoever_reads_may_stop_reading(sqlite_url: str):
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", "migrate"],
        env=os.environ | {"OMTANKE_DATABASE_URL": sqlite_url},
        stdout=writing,
        stderr=subprocess.PIPE,
        check=False,
        timeout=120,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")
