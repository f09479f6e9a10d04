"""One employee's history: what it costs to judge 1,000 absences, against 100 of the same kind.

Linear cost would be ten times as much. The judgement is the live one: fold, groups, all triggers
of three rules with their evidence.
"""

import random
from datetime import date, timedelta

from app.absences.fold import Absence
from app.absences.history import History
from app.absences.policy import Policy
from app.rules.presets import PRESETS
from app.rules.triggers import triggers
from benchmarks.measure import Result, side_by_side

SMALL, LARGE = 100, 1000
NAMES = ("orust", "early-3-183", "bradford-200")
RULES = [rule for name in NAMES for rule in PRESETS[name].rules]
LIMIT_MS = 50


def run() -> list[Result]:
    """The ratio of the two, per absence, and the milliseconds of the larger."""
    small, large = _absences(SMALL), _absences(LARGE)
    few, many = side_by_side(lambda: judge(small), lambda: judge(large))
    growth = (many.cpu / LARGE) / (few.cpu / SMALL)
    details = {
        "absences": LARGE,
        "cpu_ms": round(many.cpu * 1000, 2),
        "wall_ms": round(many.wall * 1000, 2),
        "cpu_ms_of_100": round(few.cpu * 1000, 2),
    }
    return [
        Result("history growth per absence, 1000 against 100", growth, 1.5, "lower", details),
        Result(
            "history of 1000 absences, share of 50 ms", many.cpu * 1000 / LIMIT_MS, 1.0, "lower"
        ),
    ]


def judge(absences: list[Absence]) -> int:
    """Everything a live look computes; answers how many triggers there are."""
    last = max(a.last_day for a in absences if a.last_day)
    history = History(absences, Policy(), (), as_of=last.toordinal())
    return sum(len(triggers(history, rule.when)) for rule in RULES)


def _absences(count: int) -> list[Absence]:
    """Short spells one to two weeks apart: more than anybody has, so that rules always hold."""
    dice = random.Random(1)
    found, day = [], date(2000, 1, 3)
    for _ in range(count):
        day += timedelta(days=dice.randint(5, 14))
        length = dice.choice((1, 1, 1, 2, 3, 5))
        found.append(Absence(first_day=day, last_day=day + timedelta(days=length - 1)))
        day += timedelta(days=length)
    return found
