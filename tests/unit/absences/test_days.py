"""Sick days from absences: named regressions; the oracle's property tests do the rest."""

from datetime import date

from app.absences.days import days_of, sick_runs
from app.absences.fold import Absence
from app.absences.policy import Policy


def test_an_extent_that_changes_after_the_last_day_takes_no_day_away():
    """Regression: an absence of three days vanished when its extent changed two days later."""
    absence = Absence(
        first_day=date(2024, 1, 30),
        last_day=date(2024, 2, 1),
        extents=((date(2024, 2, 3), 1),),
    )
    runs = sick_runs([absence], Policy(), (), as_of=date(2024, 7, 1).toordinal())
    assert len(days_of(runs)) == 3
    assert {run.extent for run in runs} == {100}
