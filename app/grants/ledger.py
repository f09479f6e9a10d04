"""The grant ledger: what the services of a year give by förordning (2014:67), exact to the öre.

Half of what the employer paid, at most so much an employee and calendar year, and at most so much
an employer and calendar year (7 §, SFS 2018:95). Pure; all amounts are integers in öre.

- A service belongs to the year it was performed in, whenever it was paid, and is judged by the
  terms in force on that day. Before the first terms nothing is given.
- Half an öre rounds down, service by service: never more than half.
- Costs use up the caps in the order performed_on, paid_on, id (the order they were entered in).
  The sum of a year does not depend on the order, only which service it is reckoned to does.
- Only what is paid uses up caps. What an unpaid service would give is reckoned afterwards, in the
  same order, from what the paid ones leave: all of it together is what the year would give.
- The application proves what has been paid, and has to have arrived by 1 February of the year
  after. What is paid later, or not paid when that day has passed, gives nothing.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Literal

Status = Literal["counted", "unpaid", "too_late", "provider_not_approved", "before_scheme"]
"""Whether a service counts, or why it gives nothing: `unpaid` gives nothing yet."""
Limit = Literal["employee_cap", "employer_cap"]
ORDER = ("performed_on", "paid_on", "id")


@dataclass(frozen=True, slots=True)
class Terms:
    """What is given for services performed from `valid_from` on; caps by calendar year, in öre."""

    valid_from: date
    rate: Fraction
    per_employee: int
    per_employer: int
    source: str


TERMS: tuple[Terms, ...] = (
    Terms(
        date(2018, 7, 1),
        Fraction(1, 2),
        1_000_000,
        20_000_000,
        "Förordning (2014:67) 7 §, SFS 2018:95",
    ),
)
"""In the order of their first days."""


@dataclass(frozen=True, slots=True)
class Service:
    """A service bought for one employee. `approved`: its provider by Försäkringskassan."""

    id: str
    employee_id: str
    performed_on: date
    paid_on: date | None
    ore: int
    approved: bool | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """What one service gives. `full`: without caps; `limited_by`: the cap that took from it."""

    service: Service
    status: Status
    full: int
    grant: int
    would_give: int
    limited_by: Limit | None


@dataclass(frozen=True, slots=True)
class Share:
    """A year's figures of one employee, or of the employer: all costs, and what is left to give."""

    cost: int
    grant: int
    would_give: int
    cap: int

    @property
    def left(self) -> int:
        """What may still be given after what is paid for."""
        return max(0, self.cap - self.grant)


@dataclass(frozen=True, slots=True)
class Ledger:
    """A year: its services in the order in which they use up the caps, and the sums."""

    year: int
    terms: Terms | None
    lines: tuple[Line, ...]
    employees: dict[str, Share]
    employer: Share


@dataclass(frozen=True, slots=True)
class Deadline:
    """When an application has to have arrived; 0 days left is that day, or `passed`."""

    last_day: date
    days_left: int
    passed: bool


@dataclass(slots=True)
class _Given:
    """What has been given so far."""

    to: Counter[str] = field(default_factory=Counter)
    total: int = 0

    def give(self, service: Service, terms: Terms, full: int) -> tuple[int, Limit | None]:
        """As much of `full` as the caps leave, and the cap that took the rest."""
        employee_left = max(0, terms.per_employee - self.to[service.employee_id])
        employer_left = max(0, terms.per_employer - self.total)
        given = min(full, employee_left, employer_left)
        self.to[service.employee_id] += given
        self.total += given
        if given == full:
            return given, None
        return given, "employee_cap" if employee_left <= employer_left else "employer_cap"


def settle(
    services: Iterable[Service], year: int, *, today: date, terms: Sequence[Terms] = TERMS
) -> Ledger:
    """What the services performed in that year give; those of other years are left out."""
    own = sorted((s for s in services if s.performed_on.year == year), key=_in_order)
    last_day = deadline(year, today=today).last_day
    statuses = {s.id: _status(s, last_day, today, terms) for s in own}
    given, lines = _Given(), dict[str, Line]()
    for wanted in ("counted", "unpaid"):
        for service in own:
            if statuses[service.id] == wanted:
                lines[service.id] = _line(service, wanted == "counted", given, terms)
    for service in own:
        if service.id not in lines:
            lines[service.id] = Line(service, statuses[service.id], 0, 0, 0, None)
    in_force = terms_on(date(year, 12, 31), terms)
    return _summed(year, in_force, tuple(lines[service.id] for service in own))


def terms_on(day: date, terms: Sequence[Terms] = TERMS) -> Terms | None:
    """The terms in force on a day; None before the first."""
    return next((t for t in reversed(terms) if t.valid_from <= day), None)


def deadline(year: int, *, today: date) -> Deadline:
    """Until when a year's services may be applied for, counted from today."""
    last_day = date(year + 1, 2, 1)
    return Deadline(last_day, max(0, (last_day - today).days), today > last_day)


def _in_order(service: Service) -> tuple[date, date, str]:
    return service.performed_on, service.paid_on or date.max, service.id


def _status(service: Service, last_day: date, today: date, terms: Sequence[Terms]) -> Status:
    if terms_on(service.performed_on, terms) is None:
        return "before_scheme"
    if service.approved is False:
        return "provider_not_approved"
    if (service.paid_on or today) > last_day:
        return "too_late"
    return "counted" if service.paid_on else "unpaid"


def _line(service: Service, paid: bool, given: _Given, terms: Sequence[Terms]) -> Line:
    in_force = terms_on(service.performed_on, terms)
    assert in_force is not None  # noqa: S101 - by its status
    full = int(service.ore * in_force.rate)
    amount, limited_by = given.give(service, in_force, full)
    if paid:
        return Line(service, "counted", full, amount, 0, limited_by)
    return Line(service, "unpaid", full, 0, amount, limited_by)


def _summed(year: int, terms: Terms | None, lines: tuple[Line, ...]) -> Ledger:
    own: defaultdict[str, list[Line]] = defaultdict(list)
    for line in lines:
        own[line.service.employee_id].append(line)
    per_employee = terms.per_employee if terms else 0
    return Ledger(
        year,
        terms,
        lines,
        {employee_id: _share(own[employee_id], per_employee) for employee_id in sorted(own)},
        _share(lines, terms.per_employer if terms else 0),
    )


def _share(lines: Sequence[Line], cap: int) -> Share:
    return Share(
        sum(line.service.ore for line in lines),
        sum(line.grant for line in lines),
        sum(line.would_give for line in lines),
        cap,
    )
