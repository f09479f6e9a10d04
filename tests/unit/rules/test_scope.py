"""Whom a rule is about: units with what is under them, forms of employment, days."""

from datetime import date

import pytest

from app.absences.policy import EmploymentForm, Period
from app.rules.scope import Member, Scope, Validity, in_scope


def day(text: str) -> int:
    return date.fromisoformat(text).toordinal()


def member(
    *units: str,
    first: str = "2020-01-01",
    last: str | None = None,
    form: EmploymentForm | None = None,
) -> Member:
    period: Period = (day(first), day(last) if last else None)
    return Member(units, ((period, form),))


TODAY = day("2026-03-02")
CARE = Scope(units=["care"])
HOURLY = Scope(employment_forms=["hourly"])


class TestScope:
    @pytest.mark.parametrize(
        ("scope", "members", "expected"),
        [
            (None, [], True),
            (CARE, [member("north", "care")], True),
            (CARE, [member("care")], True),
            (CARE, [member("school")], False),
            (CARE, [member()], False),
            (CARE, [], False),
            (CARE, [member("school"), member("care")], True),
            (HOURLY, [member(form="hourly")], True),
            (HOURLY, [member(form="permanent")], False),
            (HOURLY, [member(form=None)], False),
            (HOURLY, [Member(("care",), ())], False),
            (HOURLY, [member(form="hourly", last="2026-03-01")], False),
            (HOURLY, [member(form="hourly", last="2026-03-02")], True),
            (HOURLY, [member(form="hourly", first="2026-03-03")], False),
        ],
    )
    def test_covers_whom_it_names(self, scope: Scope | None, members: list[Member], expected: bool):
        assert in_scope(scope, members, TODAY) is expected

    def test_holds_together_for_one_employment(self):
        both = Scope(units=["care"], employment_forms=["hourly"])
        split = [member("care", form="permanent"), member("school", form="hourly")]
        assert not in_scope(both, split, TODAY)
        assert in_scope(both, [*split, member("care", form="hourly")], TODAY)


class TestValidity:
    @pytest.mark.parametrize(
        ("said", "covered"),
        [
            ({"from": "2026-03-02"}, True),
            ({"from": "2026-03-03"}, False),
            ({"to": "2026-03-02"}, True),
            ({"to": "2026-03-01"}, False),
            ({"from": "2026-01-01", "to": "2026-12-31"}, True),
        ],
    )
    def test_covers_both_ends(self, said: dict[str, str], covered: bool):
        assert Validity.model_validate(said).covers(TODAY) is covered

    def test_meets_another_on_a_day_of_both(self):
        spring = Validity.model_validate({"from": "2026-03-01", "to": "2026-05-31"})
        june = Validity.model_validate({"from": "2026-06-01"})
        may = Validity.model_validate({"from": "2026-05-31"})
        assert not spring.meets(june)
        assert not june.meets(spring)
        assert spring.meets(may)
        assert may.meets(spring)
        assert june.meets(may)
        assert spring.meets(None)
