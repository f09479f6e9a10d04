"""Pages to print: templates filled with facts, each value escaped, in a document without scripts.

A page stands alone, so that it can be kept, opened and printed anywhere: its style is inside, and
nothing is loaded. The policy sent with it allows that one style, by its hash, and nothing else.
"""

import base64
import hashlib
import re
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from app.letters.basis import Stretch
from app.letters.offer import Letter
from app.letters.paper import Paper
from app.letters.words import (
    DECLINE_REASONS,
    SERVICES,
    WEEKDAYS,
    WISHES,
)
from app.rules.language import Language, day_in_words, days_in_words
from app.rules.words import in_words

_FOLDER = Path(__file__).parent / "templates"
STYLE = (_FOLDER / "print.css").read_text("utf-8")
_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = (
    f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
"""The Content-Security-Policy of a page."""

# Controls, marks that turn the direction of text, and halves of characters: none is printable,
# and some would make the page no document or let one value rearrange its neighbours.
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff"
    "\ufffe\uffff]"
)


def letter_page(letter: Letter, language: Language) -> str:
    """The letter to an employee, as an HTML document."""
    rule = in_words(letter.why.rule.when, language)
    sentence = f"{rule[0].upper()}{rule[1:]}."
    return _page(f"letter.{language}.html.j2", letter=letter, rule=sentence)


def referral_page(paper: Paper) -> str:
    """The referral on paper, in Swedish, as an HTML document."""
    return _page(
        "referral.html.j2",
        paper=paper,
        services=SERVICES,
        weekdays=WEEKDAYS,
        decline_reasons=DECLINE_REASONS,
        wishes=WISHES,
    )


def _page(template: str, **facts: Any) -> str:
    return _TEMPLATES.get_template(template).render(**facts)


def _printable(value: Any) -> Any:
    if isinstance(value, str) and not isinstance(value, Markup):
        return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", value)
    return value


def _days(stretch: Stretch, language: Language) -> str:
    first, last = stretch
    return days_in_words(first, last, language)


def _environment() -> Environment:
    made = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        loader=FileSystemLoader(_FOLDER),
        finalize=_printable,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters["day"] = day_in_words
    made.filters["days"] = _days
    made.globals["style"] = Markup(STYLE)  # noqa: S704 - a file of ours
    return made


_TEMPLATES = _environment()
