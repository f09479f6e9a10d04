"""Backtests from the command line: in the foreground, by the same steps, and nothing is stored."""

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from app.access.store import tenant_ids, tenant_row
from app.backtests.ask import question_of
from app.backtests.drawn import heat_map
from app.backtests.run import begin_counting
from app.backtests.schemas import BacktestIn
from app.casebook import tenant_today
from app.core.context import Context
from app.core.errors import AppError
from app.core.strict_json import parse_json
from app.privacy.redact import validated

Shown = dict[str, Any]
WORDS = "What rules would have said of the stored history."


class WhichTenant(AppError):
    """There is not just one."""

    code = "which_tenant"
    detail = "Say which with --tenant: there is not just one."


@dataclass(frozen=True, slots=True)
class Answer:
    """The counts of a backtest, and its sweep as a drawing where there is one."""

    result: Shown
    drawing: str | None


def add_options(command: argparse.ArgumentParser) -> None:
    """What the command takes."""
    command.add_argument("--rules", required=True, metavar="FILE", help="a document, or a list")
    for name, at in (("from", "first"), ("to", "last")):
        day: Shown = {"type": date.fromisoformat, "metavar": "DATE", "dest": at}
        command.add_argument(f"--{name}", required=True, **day)
    command.add_argument("--tenant", help="default: the only one there is")
    compared = "tell who would be flagged anew against this version of the one rule, as stored"
    command.add_argument("--compare-to", type=int, metavar="VERSION", help=compared)
    command.add_argument("--sweep", action="store_true", help="try other limits and windows, too")
    command.add_argument("--svg", metavar="FILE", help="draw the sweep as a heat map")


def asked_for(given: argparse.Namespace) -> BacktestIn:
    """The question the command was given; raises InvalidInput, OSError."""
    rules = parse_json(Path(given.rules).read_bytes())
    asked: Shown = {"rules": rules if isinstance(rules, list) else [rules]}
    asked |= {"from": given.first, "to": given.last, "sweep": {} if given.sweep else None}
    asked |= {"compare_to": given.compare_to}
    return validated(BacktestIn, asked)


def backtest(
    ctx: Context, tenant_id: str | None, asked: BacktestIn, told: Callable[[float], None]
) -> Answer:
    """The answer; raises InvalidInput, NotFound, WhichTenant, and TooLarge."""
    with ctx.database.read() as conn:
        own = tenant_id or _only(tenant_ids(conn))
        tenant_row(conn, own)
        tenant = tenant_today(conn, own, ctx.now())
        question = question_of(conn, own, asked, tenant.today)
        _, prepared, counting = begin_counting(conn, tenant, question)
    for share, _ in counting.lines(prepared):
        told(share)
    result = counting.counts()
    first, last = question.days
    swept = result["sweep"]
    period = (first.isoformat(), last.isoformat())
    return Answer(result, heat_map(swept, period, "sv") if swept else None)


def _only(tenants: Sequence[str]) -> str:
    if len(tenants) != 1:
        raise WhichTenant
    return tenants[0]


def in_tables(result: Mapping[str, Any]) -> str:
    """The counts for people, as tables."""
    return "\n".join(_lines(result))


def _lines(result: Mapping[str, Any]) -> Iterator[str]:
    yield f"{result['persons_judged']} people judged."
    for rule in result["rules"]:
        yield f"\n{rule['rule']}: {rule['flags']} flags, {rule['persons']} people"
        yield from _table([(m["month"], m["flags"]) for m in rule["per_month"]])
        named = [(unit["unit"] or "(no unit)", unit["flags"]) for unit in rule["per_unit"]]
        yield from _table(named)
    for pair in result["overlap"]:
        yield f"{' and '.join(pair['rules'])}: both {pair['both']}, either {pair['either']} people"
    if changed := result["change"]:
        yield "Against the version compared with: " + ", ".join(
            f"{count} people {change.replace('_', ' ')}" for change, count in changed.items()
        )
    work = result["workload"]
    yield f"\nHealth talks a week: {work['mean']} on average, {work['most']} at most."
    if result["sweep"]:
        yield from _sweep(result["sweep"])


def _table(rows: Sequence[tuple[str, int]]) -> Iterator[str]:
    width = max((len(name) for name, _ in rows), default=0)
    yield from (f"  {name:<{width}} {count:>8}" for name, count in rows)


def _sweep(sweep: Mapping[str, Any]) -> Iterator[str]:
    yield f"\nPeople flagged by {sweep['rule']}, {sweep['measure']} {sweep['op']}:"
    yield f"  {'':<12}" + "".join(f"{value:>8}" for value in sweep["values"])
    for window, people in zip(sweep["windows"], sweep["persons"], strict=True):
        [(unit, length)] = window.items()
        yield f"  {f'{length} {unit}':<12}" + "".join(f"{count:>8}" for count in people)
