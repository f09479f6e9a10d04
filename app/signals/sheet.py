"""A month's signals as a file for a spreadsheet (CSV). Pure."""

from collections.abc import Mapping
from typing import Any

from app.reports.sheet import spreadsheet

_COUNTS = ("employed", "employed_days", "episodes")
_COMPARED = ("expected", "ratio", "low", "high", "p")
COLUMNS = (
    *("month", "unit", "state", "reason"),
    *_COUNTS,
    "own_years",
    *(f"own_{name}" for name in _COMPARED),
    "others_units",
    *(f"others_{name}" for name in _COMPARED),
    *("swing", "q", "suppressed", "dialogue", "dialogue_on"),
)


def units_csv(report: Mapping[str, Any], language: str) -> bytes:
    """A line for each unit."""
    return spreadsheet(COLUMNS, [_line(report, row) for row in report["units"]], language)


def _line(report: Mapping[str, Any], row: Mapping[str, Any]) -> dict[str, Any]:
    figures, dialogue = row["figures"] or {}, row["dialogue"] or {}
    compared = {
        f"{side}_{name}": value
        for side in ("own", "others")
        for name, value in figures.get(side, {}).items()
    }
    return {
        "month": report["month"],
        **{name: row[name] for name in ("unit", "state", "reason")},
        **{name: figures.get(name) for name in (*_COUNTS, "swing", "q", "suppressed")},
        **compared,
        "dialogue": dialogue.get("state"),
        "dialogue_on": dialogue.get("on") and dialogue["on"].isoformat(),
    }
