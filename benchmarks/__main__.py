"""`python3 dev.py bench [NAME] [--json]`: run the benchmarks and print their ratios."""

import argparse
import json
import sys
from collections.abc import Callable, Sequence

from benchmarks import history
from benchmarks.measure import Result

BENCHMARKS: dict[str, Callable[[], list[Result]]] = {"history": history.run}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run those named, or all; a goal missed is shown, not judged."""
    parser = argparse.ArgumentParser(prog="dev.py bench", description=__doc__)
    parser.add_argument("name", nargs="?", choices=sorted(BENCHMARKS))
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(arguments)
    names = [given.name] if given.name else sorted(BENCHMARKS)
    results = [result for name in names for result in BENCHMARKS[name]()]
    if given.json:
        print(json.dumps({"benchmarks": [result.to_json() for result in results]}))
        return 0
    for result in results:
        print(result.line())
        for name, value in result.details.items():
            print(f"    {name}: {value}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
