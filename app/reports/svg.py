"""Drawn reports: horizontal bars in black and one blue, for the screen and for paper (SVG 1.1).

Pure. Every bar has its figure in words beside it, so nothing is told by colour alone. There is no
script, no style sheet and nothing fetched; all texts are escaped.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, MARGIN, LABEL, BAR = 800, 24, 250, 360
LINE = 24
_ALLOWED = frozenset("\t\n")


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: what it is of, its length as a share of one, and the figure in words.

    Without a share there is no bar, and the text says why.
    """

    label: str
    share: float | None
    text: str


@dataclass(frozen=True, slots=True)
class Panel:
    """Some bars under a heading."""

    heading: str
    bars: Sequence[Bar]


def drawing(title: str, subtitle: str, panels: Sequence[Panel], note: str) -> str:
    """The drawing, as tall as it needs to be."""
    lines = 4 + sum(len(panel.bars) + 2 for panel in panels)
    height = 2 * MARGIN + lines * LINE
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{WIDTH}" '
            f'height="{height}" viewBox="0 0 {WIDTH} {height}" '
            'font-family="Helvetica, Arial, sans-serif" font-size="14" fill="#111">',
            f"<title>{escaped(title)}</title>",
            f"<desc>{escaped(subtitle)} {escaped(note)}</desc>",
            f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
            _line(MARGIN, 1, title, size=20),
            _line(MARGIN, 2, subtitle),
            *_panels(panels),
            _line(MARGIN, lines, note, size=12),
            "</svg>\n",
        ]
    )


def _panels(panels: Sequence[Panel]) -> Iterator[str]:
    at = 3
    for panel in panels:
        at += 1
        yield _line(MARGIN, at, panel.heading, weight="bold")
        for bar in panel.bars:
            at += 1
            yield from _bar(bar, at)
        at += 1


def _bar(bar: Bar, line: int) -> Iterator[str]:
    yield _line(MARGIN, line, _short(bar.label), title=bar.label)
    left = MARGIN + LABEL
    if bar.share is None:
        yield _line(left, line, bar.text, size=12)
        return
    top = MARGIN + line * LINE - 13
    length = round(BAR * min(max(bar.share, 0.0), 1.0), 1)
    yield f'<rect x="{left}" y="{top}" width="{BAR}" height="16" fill="#eee"/>'
    yield f'<rect x="{left}" y="{top}" width="{length}" height="16" fill="#1f5f99"/>'
    yield _line(left + BAR + 10, line, bar.text)


def _line(
    x: int, line: int, text: str, *, size: int = 14, weight: str = "normal", title: str = ""
) -> str:
    whole = f"<title>{escaped(title)}</title>" if title and title != text else ""
    return (
        f'<text x="{x}" y="{MARGIN + line * LINE}" font-size="{size}" font-weight="{weight}">'
        f"{whole}{escaped(text)}</text>"
    )


def _short(label: str) -> str:
    """What fits beside the bar."""
    return label if len(label) <= 32 else f"{label[:31]}…"


def escaped(text: str) -> str:
    """Escaped, and without what XML has no characters for."""
    return escape(
        "".join(c for c in text if c in _ALLOWED or (c >= " " and c not in "\ufffe\uffff"))
    )
