"""The ledger against an oracle of its own: fractions, and sums instead of one cost after another.

What a set of paid services gives is the smaller of the employer's cap and the sum over employees
of the smaller of their cap and their halves. What one service gives is by how much that grows.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.grants.ledger import TERMS, Ledger, Line, Service, Terms, deadline, settle, terms_on

quickly = settings(max_examples=600, deadline=None, derandomize=True, database=None)
TODAY = date(2026, 11, 2)
YEAR = 2026
EMPLOYEE_CAP, EMPLOYER_CAP = 1_000_000, 20_000_000


def kronor(amount: float | str) -> int:
    return int(Fraction(str(amount)) * 100)


def service(
    number: int,
    amount: float | str = 10_000,
    *,
    of: str = "anna",
    on: str = "2026-03-02",
    paid: str | None = "2026-04-01",
    approved: bool | None = True,
) -> Service:
    return Service(
        f"grt_{number:03}",
        of,
        date.fromisoformat(on),
        date.fromisoformat(paid) if paid else None,
        kronor(amount),
        approved,
    )


def ledger(*services: Service, today: date = TODAY, year: int = YEAR) -> Ledger:
    return settle(services, year, today=today)


def line(found: Ledger, number: int) -> Line:
    return next(one for one in found.lines if one.service.id == f"grt_{number:03}")


def given_to(found: Ledger) -> list[int]:
    return [one.grant for one in found.lines]


class TestHalf:
    @pytest.mark.parametrize(
        ("amount", "half"),
        [(10_000, "5000"), ("0.01", 0), ("0.02", "0.01"), ("0.03", "0.01"), ("99.99", "49.99")],
    )
    def test_is_exact_and_half_an_ore_rounds_down(self, amount: str, half: str):
        assert given_to(ledger(service(1, amount))) == [kronor(half)]

    def test_rounds_each_service_by_itself(self):
        found = ledger(service(1, "0.01"), service(2, "0.01"))
        assert found.employer.grant == 0


class TestCaps:
    def test_of_an_employee_is_reached_at_twenty_thousand_kronor(self):
        found = ledger(service(1, 20_000), service(2, 100))
        assert given_to(found) == [EMPLOYEE_CAP, 0]
        assert [one.limited_by for one in found.lines] == [None, "employee_cap"]
        assert found.employees["anna"].left == 0
        assert found.employer.left == EMPLOYER_CAP - EMPLOYEE_CAP

    def test_of_the_employer_is_reached_by_twenty_employees(self):
        many = [service(n, 30_000, of=f"e{n:02}") for n in range(21)]
        found = ledger(*many)
        assert given_to(found) == [EMPLOYEE_CAP] * 20 + [0]
        assert [one.limited_by for one in found.lines] == ["employee_cap"] * 20 + ["employer_cap"]
        assert found.employer.left == 0
        assert found.employees["e20"].left == EMPLOYEE_CAP

    def test_leave_the_last_ore(self):
        found = ledger(service(1, "19999.98"), service(2, 10))
        assert given_to(found) == [999_999, 1]

    def test_begin_anew_with_the_calendar_year_of_the_service(self):
        december = service(1, 30_000, on="2026-12-31", paid="2027-01-15")
        january = service(2, 30_000, on="2027-01-01", paid="2027-01-15")
        for year in (2026, 2027):
            found = settle([december, january], year, today=date(2027, 2, 1))
            assert given_to(found) == [EMPLOYEE_CAP]

    def test_are_used_up_by_day_of_service_then_of_payment_then_of_entry(self):
        entered = [
            service(3, 12_000, on="2026-05-01", paid="2026-05-02"),
            service(2, 12_000, on="2026-05-01", paid="2026-05-03"),
            service(1, 12_000, on="2026-05-01", paid="2026-05-03"),
            service(4, 4_000, on="2026-04-30", paid="2026-06-30"),
        ]
        for order in permutations(entered):
            found = ledger(*order)
            assert [one.service.id[-1] for one in found.lines] == ["4", "3", "1", "2"]
            assert given_to(found) == [kronor(2_000), kronor(6_000), kronor(2_000), 0]


class TestUnpaid:
    def test_gives_nothing_yet_and_says_what_it_would(self):
        found = ledger(service(1, 15_000), service(2, 15_000, on="2026-01-05", paid=None))
        assert line(found, 1).grant == kronor(7_500)
        unpaid = line(found, 2)
        assert (unpaid.status, unpaid.grant) == ("unpaid", 0)
        assert (unpaid.full, unpaid.would_give) == (kronor(7_500), kronor(2_500))
        assert unpaid.limited_by == "employee_cap"
        assert found.employer.would_give == kronor(2_500)

    def test_gives_nothing_any_more_when_the_deadline_has_passed(self):
        unpaid = service(1, paid=None)
        on_the_day = ledger(unpaid, today=date(2027, 2, 1))
        assert (line(on_the_day, 1).status, line(on_the_day, 1).would_give) == ("unpaid", 500_000)
        after = ledger(unpaid, today=date(2027, 2, 2))
        assert (line(after, 1).status, line(after, 1).would_give) == ("too_late", 0)

    def test_paid_after_the_deadline_gives_nothing(self):
        late = service(1, 30_000, paid="2027-02-02")
        found = ledger(late, service(2, paid="2027-02-01"), today=date(2027, 3, 1))
        assert [(one.status, one.grant) for one in found.lines] == [
            ("counted", 500_000),
            ("too_late", 0),
        ]


class TestTerms:
    @pytest.mark.parametrize(
        ("day", "status", "grant"),
        [("2018-06-30", "before_scheme", 0), ("2018-07-01", "counted", 500_000)],
    )
    def test_begin_on_1_july_2018(self, day: str, status: str, grant: int):
        found = ledger(service(1, on=day, paid="2018-09-01"), year=2018)
        assert [(one.status, one.grant) for one in found.lines] == [(status, grant)]

    def test_before_them_there_is_no_cap_and_nothing_left(self):
        found = ledger(service(1, on="2017-05-05", paid="2017-06-01"), year=2017)
        assert found.terms is None
        assert (found.employer.cap, found.employer.left, found.employer.grant) == (0, 0, 0)

    def test_that_change_within_a_year_are_those_of_the_day_of_the_service(self):
        terms = (
            *TERMS,
            Terms(date(2026, 7, 1), Fraction(3, 4), 2_000_000, 50_000_000, "made up"),
        )
        before = service(1, 30_000, on="2026-06-30")
        after = service(2, 30_000, on="2026-07-01")
        found = settle([before, after], 2026, today=TODAY, terms=terms)
        assert given_to(found) == [1_000_000, 1_000_000]
        assert found.employees["anna"].cap == 2_000_000
        assert terms_on(date(2026, 6, 30), terms) == TERMS[0]

    def test_known_today_are_those_of_the_regulation(self):
        [terms] = TERMS
        assert (terms.rate, terms.per_employee, terms.per_employer) == (
            Fraction(1, 2),
            kronor(10_000),
            kronor(200_000),
        )
        assert "2018:95" in terms.source

    def test_pay_for_no_provider_known_not_to_be_approved(self):
        found = ledger(service(1, approved=False), service(2, approved=None))
        assert [(one.status, one.grant) for one in found.lines] == [
            ("provider_not_approved", 0),
            ("counted", 500_000),
        ]


class TestDeadline:
    @pytest.mark.parametrize(
        ("today", "left", "passed"),
        [
            ("2026-01-01", 396, False),
            ("2027-01-31", 1, False),
            ("2027-02-01", 0, False),
            ("2027-02-02", 0, True),
            ("2030-01-01", 0, True),
        ],
    )
    def test_is_the_first_of_february_after(self, today: str, left: int, passed: bool):
        found = deadline(2026, today=date.fromisoformat(today))
        assert (found.last_day, found.days_left, found.passed) == (date(2027, 2, 1), left, passed)


days = st.integers(0, 364).map(lambda n: date(2026, 1, 1) + timedelta(days=n))
amounts = st.integers(1, 3_500_000) | st.integers(1, 9) | st.just(1_999_999)
services = st.builds(
    Service,
    st.just(""),
    st.sampled_from(["anna", "bo", "cim", "dag"]),
    days,
    st.none() | st.integers(0, 40).map(lambda n: date(2026, 12, 20) + timedelta(days=n)),
    amounts,
    st.sampled_from([True, True, None, False]),
)
LOW = (Terms(date(2026, 2, 1), Fraction(1, 2), EMPLOYEE_CAP, 2_500_000, "low enough to be met"),)
both = st.sampled_from([TERMS, LOW])


@st.composite
def years(draw: st.DrawFn) -> list[Service]:
    drawn = draw(st.lists(services, max_size=9))
    return [replace(one, id=f"grt_{n:03}") for n, one in enumerate(drawn)]


def counts(one: Service, terms: Sequence[Terms], *, paid: bool) -> bool:
    in_time = one.paid_on is not None and one.paid_on <= date(2027, 2, 1)
    fits = one.performed_on >= terms[0].valid_from and one.approved is not False
    return fits and (in_time if paid else one.paid_on is None)


def rank(chosen: Iterable[Service], terms: Sequence[Terms]) -> Fraction:
    """What those services give together, in öre."""
    halves: defaultdict[str, Fraction] = defaultdict(Fraction)
    for one in chosen:
        halves[one.employee_id] += Fraction(one.ore, 2) // 1
    per_employee, per_employer = Fraction(terms[0].per_employee), Fraction(terms[0].per_employer)
    return min(per_employer, sum((min(h, per_employee) for h in halves.values()), Fraction()))


class TestAgainstOracle:
    @quickly
    @given(years(), both)
    def test_gives_each_service_what_it_adds_in_its_turn(
        self, entered: list[Service], terms: Sequence[Terms]
    ):
        found = settle(entered, YEAR, today=TODAY, terms=terms)
        turn = sorted(entered, key=lambda s: f"{s.performed_on} {s.paid_on or 'z'} {s.id}")
        paid = [one for one in turn if counts(one, terms, paid=True)]
        unpaid = [one for one in turn if counts(one, terms, paid=False)]
        given = {one.id: 0 for one in turn}
        for n, one in enumerate([*paid, *unpaid]):
            before, after = [*paid, *unpaid][:n], [*paid, *unpaid][: n + 1]
            given[one.id] = int(rank(after, terms) - rank(before, terms))
        assert [one.service for one in found.lines] == turn
        assert {one.service.id: one.grant + one.would_give for one in found.lines} == given
        assert found.employer.grant == rank(paid, terms)
        assert found.employer.grant + found.employer.would_give == rank([*paid, *unpaid], terms)

    @quickly
    @given(years(), both)
    def test_never_gives_more_than_half_nor_more_than_a_cap(
        self, entered: list[Service], terms: Sequence[Terms]
    ):
        found = settle(entered, YEAR, today=TODAY, terms=terms)
        assert found.employer.grant + found.employer.would_give <= terms[0].per_employer
        for share in found.employees.values():
            assert share.grant + share.would_give <= terms[0].per_employee
            assert 2 * share.grant <= share.cost
            assert share.left == terms[0].per_employee - share.grant
        for one in found.lines:
            assert 0 <= 2 * (one.grant + one.would_give) <= one.service.ore
            assert one.grant == 0 or one.would_give == 0
            assert (one.limited_by is None) == (one.grant + one.would_give == one.full)
        assert found.employer.grant == sum(share.grant for share in found.employees.values())
        assert found.employer.cost == sum(one.ore for one in entered)

    @quickly
    @given(years(), st.randoms(use_true_random=False), both)
    def test_is_the_same_in_whatever_order_it_was_read(
        self, entered: list[Service], random: object, terms: Sequence[Terms]
    ):
        mixed = list(entered)
        random.shuffle(mixed)  # type: ignore[attr-defined]  # a random.Random
        assert settle(mixed, YEAR, today=TODAY, terms=terms) == settle(
            entered, YEAR, today=TODAY, terms=terms
        )

    @quickly
    @given(years(), services, both)
    def test_changes_nothing_paid_for_something_unpaid(
        self, entered: list[Service], one_more: Service, terms: Sequence[Terms]
    ):
        unpaid = replace(one_more, id="grt_999", paid_on=None)
        before = settle(entered, YEAR, today=TODAY, terms=terms)
        after = settle([*entered, unpaid], YEAR, today=TODAY, terms=terms)
        grants = {one.service.id: one.grant for one in after.lines}
        assert grants == {one.service.id: one.grant for one in before.lines} | {"grt_999": 0}
        assert after.employer.grant == before.employer.grant

    @quickly
    @given(years(), services, both)
    def test_changes_nothing_for_a_service_of_another_year(
        self, entered: list[Service], one_more: Service, terms: Sequence[Terms]
    ):
        other = replace(one_more, id="grt_999", performed_on=date(2025, 12, 31))
        assert settle([*entered, other], YEAR, today=TODAY, terms=terms) == settle(
            entered, YEAR, today=TODAY, terms=terms
        )

    @quickly
    @given(years(), services, both)
    def test_never_gives_less_in_all_for_one_more_paid(
        self, entered: list[Service], one_more: Service, terms: Sequence[Terms]
    ):
        paid = replace(one_more, id="grt_999", paid_on=date(2026, 12, 31))
        before = settle(entered, YEAR, today=TODAY, terms=terms).employer.grant
        after = settle([*entered, paid], YEAR, today=TODAY, terms=terms).employer.grant
        assert before <= after <= before + paid.ore // 2

    @settings(max_examples=40, deadline=None, derandomize=True, database=None)
    @given(st.lists(amounts, min_size=1, max_size=5), both)
    def test_gives_the_same_sum_whichever_day_each_was_performed(
        self, costs: list[int], terms: Sequence[Terms]
    ):
        sums: set[int] = set()
        for order in permutations(range(len(costs))):
            entered = [
                Service(
                    f"grt_{n}", "ab"[n % 2], date(2026, 3, 1 + turn), date(2026, 5, 1), costs[n]
                )
                for turn, n in enumerate(order)
            ]
            sums.add(settle(entered, YEAR, today=TODAY, terms=terms).employer.grant)
        assert len(sums) == 1
