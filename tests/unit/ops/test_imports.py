"""What the command line says of an import in words."""

from collections import Counter
from typing import Any

from app.ops.imports import Report


def said(errors: list[dict[str, Any]], **shown: Any) -> list[str]:
    """The lines about a payroll file with one row about sickness."""
    known = {"rows_total": 25, "rows_failed": 0, "warnings": [], "preview": None}
    counts = Counter(rows=1, created=1, ignored=24)
    return Report("imp_1", counts, errors, shown=known | shown).in_words().splitlines()


class TestWords:
    def test_count_every_row_of_the_file(self):
        assert said([]) == ["import imp_1: rows 25, created 1, ignored 24"]

    def test_say_what_the_whole_file_lacks(self):
        _, replaced, hours = said([], warnings=["nothing_replaced", "hours_without_schedule"])
        assert replaced.startswith("nothing_replaced: The file is to replace")
        assert hours.startswith("hours_without_schedule: Hours without the schedule")

    def test_say_that_not_every_bad_row_is_named(self):
        named = [{"row": 3, "codes": ["date_missing"]}]
        assert said(named, rows_failed=1)[1:] == ["row 3: date_missing"]
        assert said(named, rows_failed=7)[2:] == ["and 6 more; --errors FILE.csv lists them"]
