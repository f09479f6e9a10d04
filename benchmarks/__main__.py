"""`python3 dev.py bench [NAME] [--json] [--full] [--part PART]`: run them and print ratios."""

import argparse
import json
import sys
from collections.abc import Callable, Sequence

from benchmarks import history, ingest, resent, rules
from benchmarks.measure import Result

BENCHMARKS: dict[str, Callable[[argparse.Namespace], list[Result]]] = {
    "history": lambda _: history.run(),
    "ingest": lambda given: ingest.run(given.full, given.part),
    "resent": lambda given: resent.run(given.full),
    "rules": lambda given: rules.run(given.full, given.part),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run those named, or all; a goal missed is shown, not judged."""
    parser = argparse.ArgumentParser(prog="dev.py bench", description=__doc__)
    parser.add_argument("name", nargs="?", choices=sorted(BENCHMARKS))
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--full", action="store_true", help="at the sizes of the goals; slow")
    parser.add_argument("--part", help="one part of ingest or rules")
    given = parser.parse_args(arguments)
    parts = {"ingest": ingest.PARTS, "rules": rules.PARTS}.get(given.name, {})
    if given.part and given.part not in parts:
        parser.error(f"--part: one of {', '.join(sorted(parts)) or 'none'}")
    names = [given.name] if given.name else sorted(BENCHMARKS)
    results = [result for name in names for result in BENCHMARKS[name](given)]
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
