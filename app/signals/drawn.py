"""A month's signals as a drawing, and the words in it. Pure.

Units with a signal come first, with their rate as a multiple of their own earlier years. Nothing
is drawn of the rest: that one unit is somewhat above another says nothing, and invites to compare.
"""

from collections.abc import Mapping
from typing import Any

from app.reports.svg import Bar, Panel, drawing

Report = Mapping[str, Any]
_AS_FULL_AS_BAR = 4.0
"""The ratio that fills the width."""
WORDS: Mapping[str, tuple[str, str]] = {
    "title": ("Signaler för arbetsgrupper", "Signals of work groups"),
    "signal": (
        "Korta sjukfall: gånger så många som samma månader tidigare år",
        "Short episodes: times as many as in the same months of earlier years",
    ),
    "rest": ("Övriga enheter", "Other units"),
    "nobody": ("Ingen enhet har en signal.", "No unit has a signal."),
    "not_judged_yet": ("Månaden är inte bedömd.", "The month has not been judged."),
    "times": ("ggr egna år", "x own years"),
    "beside": ("ggr andra", "x others"),
    "none": ("ingen signal", "no signal"),
    "employment_not_known": (
        "inte bedömd: anställningstider saknas",
        "not judged: employment periods are missing",
    ),
    "fewer_than_ten": (
        "inte bedömd: färre än tio anställda",
        "not judged: fewer than ten employees",
    ),
    "told_before": (
        "inte bedömd: fick en signal nyss",
        "not judged: had a signal just before",
    ),
    "no_earlier_year": (
        "inte bedömd: inget tidigare år att jämföra med",
        "not judged: no earlier year to compare with",
    ),
    "no_other_unit": (
        "inte bedömd: ingen annan enhet att jämföra med",
        "not judged: no other unit to compare with",
    ),
    "note": (
        "En signal är en anledning att prata om arbetet tillsammans. Den säger inget om orsaker "
        "eller om någon person.",
        "A signal is a reason to talk about the work together. It says nothing of causes, or of "
        "any person.",
    ),
}


def draw_units(report: Report, language: str) -> str:
    """The units with a signal, and what is to be said of the others."""
    signals = [row for row in report["units"] if row["state"] == "signal"]
    rest = [row for row in report["units"] if row["state"] != "signal"]
    panels = [Panel(_word("signal", language), [_bar(row, language) for row in signals])]
    if not signals:
        said = "nobody" if report["judged_at"] else "not_judged_yet"
        panels = [Panel(_word("signal", language), [Bar("", None, _word(said, language))])]
    if rest:
        panels.append(Panel(_word("rest", language), [_plain(row, language) for row in rest]))
    title = f"{_word('title', language)} {report['month']}"
    subtitle = f"{report['from']} - {report['to']}"
    return drawing(title, subtitle, panels, _word("note", language))


def _bar(row: Report, language: str) -> Bar:
    own, others = row["figures"]["own"], row["figures"]["others"]
    told = [(own["ratio"], "times"), (others["ratio"], "beside")]
    text = ", ".join(
        f"{_number(ratio, language)} {_word(word, language)}" for ratio, word in told if ratio
    )
    return Bar(row["unit"], (own["ratio"] or _AS_FULL_AS_BAR) / _AS_FULL_AS_BAR, text)


def _plain(row: Report, language: str) -> Bar:
    return Bar(row["unit"], None, _word(row["reason"] or row["state"], language))


def _number(ratio: float, language: str) -> str:
    text = f"{ratio:.1f}"
    return text.replace(".", ",") if language == "sv" else text


def _word(code: str, language: str) -> str:
    swedish, english = WORDS[code]
    return swedish if language == "sv" else english
