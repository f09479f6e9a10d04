"""Makes a case on which two implementations differ small enough to read: takes away what may go.

Hypothesis shrinks what it drew; these documents are drawn with so many choices that this is slow.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

Path = list[Any]

MAY_GO = {
    *(
        "policy",
        "employment",
        "exemptions",
        "silences",
        "do",
        "history_through",
        "rearm_days",
        "max_age_days",
    ),
    *("holidays", "exclusion_windows", "merge_gap_days", "bridge_days_off"),
    *("short_max_days", "min_extent", "counted_kinds"),
}
NEVER_EMPTY = {"all", "any", "weekdays", "rules", "counted_kinds"}


def smallest(case: dict[str, Any], differ: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """A case on which they still differ and on which they would not with one thing less."""
    while True:
        for candidate in _with_less(case):
            if _still(differ, candidate):
                case = candidate
                break
        else:
            return case


def _still(differ: Callable[[dict[str, Any]], bool], candidate: dict[str, Any]) -> bool:
    try:
        return differ(candidate)
    except Exception:  # no case any more: it does something to a flag that is not there
        return False


def _with_less(case: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path, key in _removable(case, []):
        smaller = copy.deepcopy(case)
        del _at(smaller, path)[key]
        yield smaller
    for path, part in _parts_of_conditions(case, []):
        smaller = copy.deepcopy(case)
        _at(smaller, path[:-1])[path[-1]] = copy.deepcopy(part)
        yield smaller


def _at(document: Any, path: Path) -> Any:
    for key in path:
        document = document[key]
    return document


def _items(node: Any) -> list[tuple[Any, Any]]:
    if isinstance(node, dict):
        return list(node.items())
    return list(enumerate(node)) if isinstance(node, list) else []


def _removable(node: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    last_one = bool(path) and path[-1] in NEVER_EMPTY and len(node) == 1
    for key, _ in _items(node):
        if key in MAY_GO or (isinstance(node, list) and not last_one):
            yield path, key
    for key, part in _items(node):
        yield from _removable(part, [*path, key])


def _parts_of_conditions(node: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    if isinstance(node, dict):
        parts = [
            *node.get("all", []),
            *node.get("any", []),
            *([node["not"]] if "not" in node else []),
        ]
        for part in parts:
            yield path, part
    for key, part in _items(node):
        yield from _parts_of_conditions(part, [*path, key])
