"""What may be odd about an absence, as SQL on either engine.

Work follows the number of absences: one sort of each employee's own by their first day tells all
overlaps, so nothing is compared pair by pair.
"""

from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Date,
    Select,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    not_,
    or_,
    select,
)
from sqlalchemy.sql.selectable import Subquery

from app.absences.tables import Absence, Employee

LONGEST_DAYS = 366
"""The days of a year and, where it is a leap year, its one more."""
_NEVER = date(9999, 12, 31)


def judged_absences(
    tenant_id: str,
    employees: ColumnElement[bool],
    *,
    today: date,
    counted_kinds: Collection[str],
    sqlite: bool,
) -> Subquery:
    """The absences of those employees that are not cancelled, with a column for each finding.

    An absence counts as in semantics 2.3; an ongoing one reaches to today, and for overlaps on.
    """
    said = _said(tenant_id, employees, today, counted_kinds).subquery("said")
    counted = said.c.counted
    own = (said.c.employee_id, counted)
    order = (said.c.first_day, said.c.source, said.c.absence)
    before = func.max(said.c.open_until).over(partition_by=own, order_by=order, rows=(None, -1))
    following = func.lead(said.c.first_day).over(partition_by=own, order_by=order)
    overlaps = or_(before >= said.c.first_day, following <= said.c.open_until)
    inside = and_(
        _employed(said.c.employment, said.c.first_day, sqlite=sqlite),
        _employed(said.c.employment, said.c.until, sqlite=sqlite),
    )
    length = _days_between(said.c.first_day, said.c.until, sqlite=sqlite) + 1
    return select(
        *(said.c[name] for name in ("employee_id", "source", "absence")),
        *(said.c[name] for name in ("first_day", "last_day", "kind")),
        said.c.first_day.is_(None).label("incomplete"),
        _sure(said.c.last_day < said.c.first_day).label("empty"),
        _sure(and_(counted, overlaps)).label("overlapping"),
        _sure(and_(counted, length > LONGEST_DAYS)).label("over_a_year"),
        _sure(and_(counted, said.c.first_day > today)).label("in_future"),
        case(
            (and_(counted, _known(said.c.employment, sqlite=sqlite)), not_(inside)),
            else_=literal(False),
        ).label("outside_employment"),
    ).subquery("judged")


def _said(
    tenant_id: str, employees: ColumnElement[bool], today: date, counted_kinds: Collection[str]
) -> Select[Any]:
    begun = case((Absence.first_day > today, Absence.first_day), else_=literal(today, Date))
    counted = and_(
        Absence.first_day.is_not(None),
        Absence.kind.in_(sorted(set(counted_kinds) - {"other"})),
        or_(Absence.last_day.is_(None), Absence.last_day >= Absence.first_day),
    )
    return (
        select(
            Absence.employee_id,
            Absence.source,
            Absence.absence,
            Absence.first_day,
            Absence.last_day,
            Absence.kind,
            Employee.employment,
            counted.label("counted"),
            func.coalesce(Absence.last_day, begun).label("until"),
            func.coalesce(Absence.last_day, literal(_NEVER, Date)).label("open_until"),
        )
        .join(
            Employee,
            and_(
                Employee.tenant_id == Absence.tenant_id,
                Employee.employee_id == Absence.employee_id,
            ),
        )
        .where(Absence.tenant_id == tenant_id, not_(Absence.cancelled), employees)
    )


def _sure(maybe: ColumnElement[Any]) -> ColumnElement[bool]:
    """False where a missing day leaves it open."""
    return func.coalesce(maybe, literal(False), type_=Boolean)


def _days_between(first: ColumnElement[Any], last: ColumnElement[Any], *, sqlite: bool) -> Any:
    if sqlite:
        return func.julianday(last) - func.julianday(first)
    return last - first


def _known(employment: ColumnElement[Any], *, sqlite: bool) -> ColumnElement[bool]:
    length = func.json_array_length if sqlite else func.jsonb_array_length
    return length(employment) > 0


def _employed(
    employment: ColumnElement[Any], day: ColumnElement[Any], *, sqlite: bool
) -> ColumnElement[bool]:
    """Whether a day lies in one of the periods of a JSON list."""
    first: ColumnElement[Any]
    last: ColumnElement[Any]
    if sqlite:
        each = func.json_each(employment).table_valued("value", name="period")
        first = func.json_extract(each.c.value, "$.first_day")
        last = func.json_extract(each.c.value, "$.last_day")
    else:
        each = func.jsonb_array_elements(employment).table_valued("value", name="period")
        first = cast(each.c.value.op("->>")("first_day"), Date)
        last = cast(each.c.value.op("->>")("last_day"), Date)
    lies_in = and_(first <= day, or_(last.is_(None), last >= day))
    return exists(select(literal(1)).select_from(each).where(lies_in).correlate_except(each))
