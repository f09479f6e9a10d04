"""The options of `cli simulate`, and what they ask for."""

import argparse
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, get_args

from app.simulate.profiles import PROFILES
from app.simulate.run import Files
from app.simulate.simulation import Simulation
from app.simulate.writers import Format

WORDS = "Write the absences of made-up employees, and say how they measure."
_MOST_EMPLOYEES, _MOST_YEARS = 10_000_000, 20


def add_options(parser: Any) -> None:
    """What can be asked for."""
    parser.add_argument("--employees", type=_up_to(_MOST_EMPLOYEES), required=True, metavar="N")
    parser.add_argument("--years", type=_up_to(_MOST_YEARS), required=True, metavar="Y")
    parser.add_argument("--seed", type=_up_to(2**63, least=0), required=True, metavar="S")
    parser.add_argument("--format", required=True, choices=get_args(Format))
    parser.add_argument("--out", required=True, type=Path, metavar="PATH", help="paxml: a folder")
    parser.add_argument("--kind", choices=sorted(PROFILES), default="municipality")
    day = date.fromisoformat
    parser.add_argument("--last-day", type=day, metavar="DATE", help="default: today")
    truth = "write who got worse, and from when (NDJSON)"
    parser.add_argument("--truth", type=Path, metavar="PATH", help=truth)
    roster = "write units and employments (CSV)"
    parser.add_argument("--roster", type=Path, metavar="PATH", help=roster)


def asked_for(given: argparse.Namespace, today: date) -> tuple[Simulation, Files]:
    """What is to be simulated, and where to write it."""
    last_day = given.last_day or today
    simulation = Simulation(given.employees, given.years, given.seed, last_day, given.kind)
    return simulation, Files(given.format, given.out, given.truth, given.roster)


def _up_to(most: int, *, least: int = 1) -> Callable[[str], int]:
    """A whole number in that range."""

    def number(text: str) -> int:
        found = int(text)
        if not least <= found <= most:
            raise argparse.ArgumentTypeError(f"from {least} to {most}")
        return found

    return number
