"""A sweep as a heat map (SVG 1.1): the more people a limit and window would flag, the darker. Pure.

Every cell has its figure in it, so nothing is told by colour alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from app.reports.svg import escaped

CELL_WIDTH, CELL_HEIGHT, LEFT, TOP, MARGIN = 72, 36, 150, 110, 24
_TITLE = {"sv": "Personer som regeln skulle ha signalerat", "en": "People the rule would flag"}
_LIMIT = {
    "sv": {
        "at_least": "Gräns: minst",
        "more_than": "Gräns: fler än",
        "at_most": "Gräns: högst",
        "less_than": "Gräns: färre än",
    },
    "en": {
        "at_least": "Limit: at least",
        "more_than": "Limit: more than",
        "at_most": "Limit: at most",
        "less_than": "Limit: fewer than",
    },
}
_UNITS = {
    "sv": {"days": "dagar", "weeks": "veckor", "months": "månader"},
    "en": {"days": "days", "weeks": "weeks", "months": "months"},
}


def heat_map(sweep: Mapping[str, Any], period: tuple[str, str], language: str) -> str:
    """The drawing of a sweep: limits across, windows down."""
    rows, columns = len(sweep["windows"]), len(sweep["values"])
    width = LEFT + columns * CELL_WIDTH + MARGIN
    height = TOP + rows * CELL_HEIGHT + MARGIN
    title = f"{_TITLE[language]}: {sweep['rule']}, {period[0]} - {period[1]}"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{width}" '
            f'height="{height}" viewBox="0 0 {width} {height}" '
            'font-family="Helvetica, Arial, sans-serif" font-size="14" fill="#111">',
            f"<title>{escaped(title)}</title>",
            f'<rect width="{width}" height="{height}" fill="#fff"/>',
            _text(MARGIN, 40, title, size=18),
            _text(LEFT, TOP - 36, _LIMIT[language][sweep["op"]]),
            *_head(sweep["values"]),
            *_rows(sweep, language),
            "</svg>\n",
        ]
    )


def _head(values: Sequence[int]) -> Iterator[str]:
    for column, value in enumerate(values):
        yield _text(LEFT + column * CELL_WIDTH + CELL_WIDTH // 2, TOP - 10, str(value), middle=True)


def _rows(sweep: Mapping[str, Any], language: str) -> Iterator[str]:
    most = max((max(row, default=0) for row in sweep["persons"]), default=0) or 1
    for place, (window, people) in enumerate(zip(sweep["windows"], sweep["persons"], strict=True)):
        top = TOP + place * CELL_HEIGHT
        [(unit, length)] = window.items()
        yield _text(MARGIN, top + 23, f"{length} {_UNITS[language][unit]}")
        for column, count in enumerate(people):
            yield from _cell(LEFT + column * CELL_WIDTH, top, count, count / most)


def _cell(left: int, top: int, count: int, share: float) -> Iterator[str]:
    """White without anybody, the reports' blue with the most; the figure readable on either."""
    shade = "#{:02x}{:02x}{:02x}".format(
        *(round(255 - (255 - full) * share) for full in (0x1F, 0x5F, 0x99))
    )
    yield (
        f'<rect x="{left}" y="{top}" width="{CELL_WIDTH}" height="{CELL_HEIGHT}" '
        f'fill="{shade}" stroke="#fff"/>'
    )
    ink = "#fff" if share > 0.5 else "#111"
    yield _text(left + CELL_WIDTH // 2, top + 23, str(count), middle=True, fill=ink)


def _text(
    x: int, y: int, text: str, *, size: int = 14, middle: bool = False, fill: str = "#111"
) -> str:
    anchor = ' text-anchor="middle"' if middle else ""
    return f'<text x="{x}" y="{y}" font-size="{size}" fill="{fill}"{anchor}>{escaped(text)}</text>'
