"""What of a backtest's counts a caller sees. Pure.

Counts of rules with a scope, which may be about a few people, are for whoever may read cases.
Whoever may not read cases sees units of ten people or more alone, and as many fewer as it takes
for those left out to be ten together (ADR 0012): the total less what is shown tells nothing then.
"""

from collections.abc import Mapping
from typing import Any

from app.reports.disclosure import hidden_rows

Shown = dict[str, Any]


def shown_counts(
    result: Mapping[str, Any], *, narrowed: bool, may_read_cases: bool
) -> Shown | None:
    """The counts as the caller may see them; `narrowed`: of a rule with a scope."""
    if narrowed and not may_read_cases:
        return None
    hidden = set() if may_read_cases else _small_units(result)
    rules = [
        {**rule, "per_unit": [row for row in rule["per_unit"] if row["unit"] not in hidden]}
        for rule in result["rules"]
    ]
    return {**result, "rules": rules, "hidden_units": len(hidden)}


def _small_units(result: Mapping[str, Any]) -> set[str | None]:
    rows = result["rules"][0]["per_unit"]
    return hidden_rows({row["unit"]: {"people": row["employees"]} for row in rows})
