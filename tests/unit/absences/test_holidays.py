"""Swedish public holidays with the eves, whatever language the machine speaks."""

import json
import os
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest

from app.absences.holidays import swedish_holidays
from app.core.wire import FIRST_DAY, LAST_DAY

ROOT = Path(__file__).parents[3]
IN_2026 = {
    "2026-01-01": "nyårsdagen",
    "2026-01-06": "trettondedag jul",
    "2026-04-03": "långfredagen",
    "2026-04-05": "påskdagen",
    "2026-04-06": "annandag påsk",
    "2026-05-01": "första maj",
    "2026-05-14": "Kristi himmelsfärdsdag",
    "2026-05-24": "pingstdagen",
    "2026-06-06": "nationaldagen",
    "2026-06-19": "midsommarafton",
    "2026-06-20": "midsommardagen",
    "2026-10-31": "alla helgons dag",
    "2026-12-24": "julafton",
    "2026-12-25": "juldagen",
    "2026-12-26": "annandag jul",
    "2026-12-31": "nyårsafton",
}


def of(year: int) -> list[date]:
    found = sorted(map(date.fromordinal, swedish_holidays()))
    return [day for day in found if day.year == year]


class TestSwedishHolidays:
    def test_are_sixteen_in_2026_with_the_eves(self):
        assert [day.isoformat() for day in of(2026)] == list(IN_2026)

    @pytest.mark.parametrize("year", [1990, 2000, 2024, 2050, 2100])
    def test_are_there_in_every_year_this_service_knows(self, year: int):
        fixed = {(1, 1), (1, 6), (5, 1), (12, 24), (12, 25), (12, 26), (12, 31)}
        days = of(year)
        assert fixed <= {(day.month, day.day) for day in days}
        [midsummer_eve] = [
            d for d in days if d.month == 6 and 19 <= d.day <= 25 and d.weekday() == 4
        ]
        assert midsummer_eve + timedelta(days=1) in days

    def test_reach_from_before_the_first_to_the_last_day_that_can_be_named(self):
        days = swedish_holidays()
        assert min(days) < FIRST_DAY.toordinal()
        assert max(days) == LAST_DAY.toordinal()  # the last is a New Year's Eve

    def test_follow_the_law_as_it_was_at_the_time(self):
        """The national day took the place of Whit Monday in 2005."""
        assert date(2004, 5, 31) in of(2004)
        assert date(2004, 6, 6) not in of(2004)
        assert date(2006, 6, 6) in of(2006)
        assert date(2006, 6, 5) not in of(2006)

    @pytest.mark.parametrize("language", ["C", "en_US.UTF-8", "th_TH.UTF-8"])
    def test_do_not_depend_on_the_language_of_the_machine(self, language: str):
        program = (
            "import json; from app.absences.holidays import swedish_holidays;"
            "print(json.dumps(sorted(swedish_holidays())))"
        )
        speaking = dict.fromkeys(("LANG", "LANGUAGE", "LC_ALL"), language)
        done = subprocess.run(
            [sys.executable, "-c", program],
            cwd=ROOT,
            env={**os.environ, **speaking},
            capture_output=True,
            check=True,
        )
        assert frozenset(json.loads(done.stdout)) == swedish_holidays()
