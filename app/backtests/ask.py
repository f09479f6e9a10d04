"""How a backtest is asked for: the question is checked, rules are looked up, and it is stored."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta

from sqlalchemy.engine import Connection

from app.backtests import store
from app.backtests.asked import AskedRule, Question, period_of
from app.backtests.schemas import BacktestIn, RuleAsked, StoredRule, SweepIn
from app.backtests.sweep import WINDOWS, limits_around, swept_leaf
from app.casebook import tenant_today
from app.core.context import Context
from app.core.errors import AppError, Conflict, FieldError, InvalidInput, NotFound
from app.rules.document import Window
from app.rules.store import rule_named, rule_version

MAX_UNFINISHED = 10
LONGEST = timedelta(days=3660)


class TooManyBacktests(Conflict):
    """They are asked for faster than they are answered."""

    code = "too_many_backtests"
    detail = "Too many backtests wait already; ask again when some are done, or cancel one."


class CountsOfFew(AppError):
    """A scope can be so narrow that a count is about somebody."""

    status = 403
    code = "counts_of_few"
    detail = (
        "Counts of a rule with a scope may be about few people: a key must read cases for them."
    )


def ask(ctx: Context, tenant_id: str, asked: BacktestIn, *, may_read_cases: bool) -> str:
    """Store a question; answers its id. Raises InvalidInput, CountsOfFew, TooManyBacktests."""
    now = ctx.now()
    with ctx.database.write() as conn:
        question = question_of(conn, tenant_id, asked, tenant_today(conn, tenant_id, now).today)
        if question.narrowed and not may_read_cases:
            raise CountsOfFew
        if store.unfinished(conn, tenant_id) >= MAX_UNFINISHED:
            raise TooManyBacktests
        document = question.to_json()
        return store.add_backtest(conn, tenant_id, document, now, with_persons=asked.persons)


def question_of(conn: Connection, tenant_id: str, asked: BacktestIn, today: date) -> Question:
    """The question with its rules looked up; raises InvalidInput."""
    if errors := [*_wrong_period(asked, today)]:
        raise InvalidInput(errors)
    rules = tuple(
        _rule(conn, tenant_id, rule, f"#/rules/{place}") for place, rule in enumerate(asked.rules)
    )
    _refuse_same_names(rules)
    before = _before(conn, tenant_id, rules, asked.compare_to)
    sweep = _sweep(rules[0], asked.sweep) if asked.sweep else None
    return Question(rules, period_of(asked.first, asked.last), before, sweep)


def _wrong_period(asked: BacktestIn, today: date) -> Iterator[FieldError]:
    if asked.last > today:
        yield FieldError("#/to", "in_the_future", "Only what has been can be tried: at most today.")
    if asked.last < asked.first:
        yield FieldError("#/to", "before_from", "The period ends before it begins.")
    elif asked.last - asked.first > LONGEST:
        yield FieldError("#/from", "period_too_long", "At most ten years at a time.")


def _rule(conn: Connection, tenant_id: str, asked: RuleAsked, pointer: str) -> AskedRule:
    if not isinstance(asked, StoredRule):
        return AskedRule(asked)
    try:
        found = rule_version(conn, tenant_id, asked.rule_id, asked.version)
    except NotFound:
        unknown = FieldError(pointer, "unknown_rule", "There is no such rule, or no such version.")
        raise InvalidInput([unknown]) from None
    return AskedRule(found.document, found.rule_id, found.number)


def _refuse_same_names(rules: tuple[AskedRule, ...]) -> None:
    """Answers are by name. Two versions of one rule are asked about with `compare_to`."""
    names = [{rule.document.id, *(rung.id for rung in rule.document.rungs)} for rule in rules]
    counts = Counter(name for own in names for name in own)
    detail = "Each rule once; a version is compared with another by `compare_to`."
    errors = [
        FieldError(f"#/rules/{place}", "duplicate_rule", detail)
        for place, own in enumerate(names)
        if any(counts[name] > 1 for name in own)
    ]
    if errors:
        raise InvalidInput(errors)


def _before(
    conn: Connection, tenant_id: str, rules: tuple[AskedRule, ...], version: int | None
) -> AskedRule | None:
    """The version that the one rule is compared with."""
    if version is None:
        return None
    if len(rules) > 1:
        detail = "A comparison is of one rule."
        raise InvalidInput([FieldError("#/compare_to", "one_rule_alone", detail)])
    rule_id = rules[0].rule_id or rule_named(conn, tenant_id, rules[0].document.id)
    try:
        found = rule_version(conn, tenant_id, rule_id or "", version)
    except NotFound:
        detail = "There is no such version of this rule."
        raise InvalidInput([FieldError("#/compare_to", "unknown_version", detail)]) from None
    return AskedRule(found.document, found.rule_id, found.number)


def _sweep(rule: AskedRule, asked: SweepIn) -> tuple[tuple[int, ...], tuple[Window, ...]]:
    """The limits and windows to try."""
    when = swept_leaf(rule.document)
    if when is None:
        detail = "Only a rule of one comparison over a window can be swept."
        raise InvalidInput([FieldError("#/sweep", "not_one_comparison", detail)])
    values = tuple(dict.fromkeys(asked.values)) if asked.values else limits_around(when.value)
    return values, tuple(dict.fromkeys(asked.windows)) if asked.windows else WINDOWS
