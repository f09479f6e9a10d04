"""Reports as drawings: which bars each has, and what they say. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.reports.svg import Bar, Panel, drawing
from app.reports.words import word

Report = Mapping[str, Any]


def draw_attendance(report: Report, language: str) -> str:
    """The rate of each unit and of all, the month's worst filling the width."""
    rows = [(word("total", language), report["total"])]
    rows += [(row["unit"] or word("no_unit", language), row) for row in report["units"]]
    highest = max((row["rate"] or 0 for _, row in rows), default=0) or 1
    bars = [_rate(label, row["rate"], highest, language) for label, row in rows]
    panels = [Panel(word("attendance_axis", language), bars)]
    title = f"{word('attendance', language)} {report['month']}"
    return drawing(title, "", panels, word("note", language))


def _rate(label: str, rate: float | None, highest: float, language: str) -> Bar:
    if rate is None:
        return Bar(label, None, word("hidden", language))
    return Bar(label, rate / highest, _percent(rate, language))


def draw_outcomes(report: Report, language: str) -> str:
    """Sick leave at start and now, work, and the funnel."""
    panels = [
        _groups(part, report[part], language)
        for part in ("sick_leave_at_start", "sick_leave_now", "work_status")
    ]
    panels[-1] = _with_fully_back(panels[-1], report["fully_back"], language)
    if report["funnel"]:
        panels.append(_funnel(report, language))
    period = report["period"]
    title = f"{word('outcomes', language)} {period['from']} - {period['to']}"
    unit = f"{word('unit', language)}: {report['unit']}. " if report["unit"] else ""
    people = report["participants"]
    told = word("hidden", language) if people is None else people
    subtitle = (
        f"{unit}{word('participants', language)}: {told}. "
        f"{word('as_of', language)} {report['as_of']}."
    )
    return drawing(title, subtitle, panels, word("note", language))


def _groups(part: str, groups: Sequence[Report] | None, language: str) -> Panel:
    if not groups:
        return Panel(word(part, language), [Bar("", None, word("hidden", language))])
    return Panel(word(part, language), [_figure(one, language) for one in groups])


def _figure(figure: Report, language: str) -> Bar:
    return _people(word(figure["group"], language), figure["people"], figure["share"], language)


def _people(label: str, people: int, share: float | None, language: str) -> Bar:
    told = f"{people} ({_percent(share, language)})" if share is not None else str(people)
    return Bar(label, share or 0.0, told)


def _with_fully_back(panel: Panel, figure: Report | None, language: str) -> Panel:
    return Panel(panel.heading, [*panel.bars, _figure(figure, language)]) if figure else panel


def _funnel(report: Report, language: str) -> Panel:
    """Bars as long as the share of the widest step."""
    steps = [(word(one["step"], language), one["people"]) for one in report["funnel"]]
    widest = max((people or 0 for _, people in steps), default=0) or 1
    bars = [
        Bar(label, None, word("hidden", language))
        if people is None
        else Bar(label, people / widest, str(people))
        for label, people in steps
    ]
    return Panel(word("funnel", language), bars)


def _percent(share: float, language: str) -> str:
    """A share in percent, with one decimal where it has one."""
    text = f"{share * 100:.1f}".removesuffix(".0")
    return f"{text.replace('.', ',')} %" if language == "sv" else f"{text}%"
