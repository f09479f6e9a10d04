"""Rules over a whole population, and over one employee whose event comes in.

Parts: `columns` (three rules, numpy against DuckDB, with the memory it takes), `rows` (from the
rows of a database against reading these out), `sweep` (a backtest of many limits and windows),
`live` (one employee's rules against storing the event), `look` (whom to look at again), `hostile`
(how soon documents that no person wrote are refused).
"""

from collections.abc import Callable

from benchmarks import rules_columns, rules_hostile, rules_live, rules_rows, rules_sweep
from benchmarks.measure import Result

PARTS: dict[str, Callable[[bool], list[Result]]] = {
    "columns": rules_columns.run,
    "rows": rules_rows.run,
    "sweep": rules_sweep.run,
    "live": rules_live.run,
    "look": rules_live.quiet,
    "hostile": rules_hostile.run,
}


def run(full: bool, part: str | None = None) -> list[Result]:
    """The results of one part, or of all."""
    return [result for name in ([part] if part else PARTS) for result in PARTS[name](full)]
