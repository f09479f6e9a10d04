"""Reports as files for a spreadsheet (CSV). Pure.

In Swedish with semicolons, decimal commas and a byte order mark, which is what a Swedish Excel
opens rightly; in English with commas and points. Column names and codes are the same in both. What
is suppressed is an empty field, with the code in a column of its own.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

Report = Mapping[str, Any]
Line = Mapping[str, Any]

_MONTH = ("employed", "employed_days", "episodes", "sick_days", "rate")
_SHARES = ("full_time_share", "part_time_share")
ATTENDANCE = ("month", "of", "unit", "sex", *_MONTH, *_SHARES, "suppressed")
OUTCOMES = ("part", "group", "sex", "figure", "value", "suppressed")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet takes for the beginning of a formula; texts alone are looked at."""


def attendance_csv(report: Report, language: str) -> bytes:
    """A line for all and for each unit, and after each one for each sex where shown."""
    hidden = {(one["of"], one["unit"]): " ".join(one["parts"]) for one in report["suppressed"]}
    rows = [("total", None, report["total"])]
    rows += [("unit", row["unit"], row) for row in report["units"]]
    lines: list[Line] = []
    for of, unit, row in rows:
        named = {"month": report["month"], "of": of, "unit": unit}
        lines.append({**row, **named, "suppressed": hidden.get((of, unit))})
        lines += [{**named, **one} for one in row["by_sex"] or ()]
    return spreadsheet(ATTENDANCE, lines, language)


def outcomes_csv(report: Report, language: str) -> bytes:
    """A line for each figure."""
    return spreadsheet(OUTCOMES, [*_figures(report)], language)


def _figures(report: Report) -> Iterator[Line]:
    period = report["period"]
    yield {"part": "period", "figure": "from", "value": str(period["from"])}
    yield {"part": "period", "figure": "to", "value": str(period["to"])}
    yield {"part": "period", "figure": "as_of", "value": str(report["as_of"])}
    if report["unit"]:
        yield {"part": "period", "figure": "unit", "value": report["unit"]}
    yield _people("participants", report["participants"])
    yield from _side_by_side(report)
    for one in report["by_sex"] or ():
        yield _people("participants", one["participants"], sex=one["sex"])
        yield from _side_by_side(one, one["sex"])
    for step in report["funnel"]:
        yield _people("funnel", step["people"], group=step["step"])
    yield from _groups("alignment_held", [report["alignment_held"]])
    for pair in report["days_between"]:
        group = f"{pair['first']}_to_{pair['then']}"
        for name in ("median", "p90"):
            yield {"part": "days_between", "group": group, "figure": name, "value": pair[name]}
    yield from _absence(report["absence"] or {})
    for one in report["suppressed"]:
        yield {"part": one["part"], "suppressed": f"{one['code']} {one['shown']}"}


def _people(part: str, people: int | None, *, group: str = "", sex: str = "") -> Line:
    return {"part": part, "group": group, "sex": sex, "figure": "people", "value": people}


def _side_by_side(parts: Report, sex: str = "") -> Iterator[Line]:
    for part in ("sick_leave_at_start", "sick_leave_now", "work_status"):
        yield from _groups(part, parts[part] or (), sex)
    yield from _groups("fully_back", [parts["fully_back"]], sex)


def _groups(part: str, groups: Sequence[Report | None], sex: str = "") -> Iterator[Line]:
    for one in filter(None, groups):
        yield _people(part, one["people"], group=one["group"], sex=sex)
        share = {"figure": "share", "value": one["share"]}
        yield {"part": part, "group": one["group"], "sex": sex, **share}


def _absence(absence: Report) -> Iterator[Line]:
    compared = absence.get("compared") or {}
    for part, years in (("absence", absence), ("absence_compared", compared)):
        if years.get("people") is not None:
            yield _people(part, years["people"])
        for when in ("before", "after", "expected_after"):
            for name, mean in (years.get(when) or {}).items():
                yield {"part": part, "group": when, "figure": name, "value": mean}


def spreadsheet(columns: Sequence[str], lines: Iterable[Line], language: str) -> bytes:
    """The file: a header and the lines; what a line does not say is an empty field."""
    swedish = language == "sv"
    text = io.StringIO()
    writer = csv.DictWriter(
        text, columns, restval="", extrasaction="ignore", delimiter=";" if swedish else ","
    )
    writer.writeheader()
    writer.writerows(
        {name: _field(value, swedish=swedish) for name, value in line.items()} for line in lines
    )
    return (b"\xef\xbb\xbf" if swedish else b"") + text.getvalue().encode("utf-8")


def _field(value: Any, *, swedish: bool) -> str:
    """A field as a spreadsheet takes it; a unit is whatever the source calls it."""
    if value is None:
        return ""
    if isinstance(value, int | float):
        return str(value).replace(".", ",") if swedish else str(value)
    return f"'{value}" if str(value).startswith(_FORMULA) else str(value)
