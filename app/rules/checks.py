"""What is wrong with a rule although it has the right form: it can never hold, or says nothing.

Pure. Each finding has a pointer, a stable code and a sentence. Errors refuse the document;
warnings come back with it.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from app.rules.condition import All, AnyOf, Condition, Leaf, Not
from app.rules.document import LadderDocument, RuleDocument
from app.rules.ranges import (
    Box,
    always,
    asked,
    beside,
    box_for,
    never,
    possible,
    window_days,
)
from app.rules.scope import Scope, Validity

_WEEK = 7
_DETAILS = {
    "limit_out_of_range": "With this limit the comparison {}: the measure is {} to {} here.",
    "never_holds": "This can never hold: no day can be like that.",
    "always_holds": "This always holds, whatever happens.",
    "never_on_sick_day": "A rule asks on sick days alone, and this can hold on none.",
    "has_no_effect": "This changes nothing: what stands beside it decides already.",
    "window_too_short": "A window shorter than a week has not every weekday in it.",
    "same_condition": "Another rung asks for the same; both would flag the same day.",
    "same_as_active": "A rule in force asks for the same of the same people.",
    "unknown_unit": "There is no unit of this name; whoever is in none under it is out of scope.",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """What is odd, and where. `level`: an error refuses the document, a warning does not."""

    pointer: str
    code: str
    detail: str
    level: Literal["error", "warning"] = "error"


def _found(
    pointer: str,
    code: str,
    *values: object,
    level: Literal["error", "warning"] = "error",
) -> Finding:
    return Finding(pointer, code, _DETAILS[code].format(*values), level)


def check(document: RuleDocument | LadderDocument) -> list[Finding]:
    """Everything that can be told from the document alone, in reading order."""
    places = (
        ["#/when"]
        if isinstance(document, RuleDocument)
        else [f"#/rungs/{place}/when" for place in range(len(document.rungs))]
    )
    found = []
    for rung, pointer in zip(document.rungs, places, strict=True):
        found += _of_condition(rung.when, pointer)
    meanings = [meaning(rung.when) for rung in document.rungs]
    found += [
        _found(pointer, "same_condition")
        for place, pointer in enumerate(places)
        if meanings[place] in meanings[:place]
    ]
    return found


def _of_condition(condition: Condition, pointer: str) -> list[Finding]:
    found = list(_walk(condition, pointer, box_for([condition])))
    if not any(one.level == "error" for one in found):
        # A rule that only asks for what is not so of anybody who is ill.
        on_sick_days = box_for([condition], sick=True)
        if never(condition, on_sick_days):
            found.append(_found(pointer, "never_on_sick_day"))
    return found


def _walk(condition: Condition, pointer: str, box: Box) -> Iterator[Finding]:
    """What is odd of a condition on the days that the box leaves, and within it of its parts."""
    held_never = never(condition, box)
    if held_never or always(condition, box):
        yield _settled(condition, pointer, never_holds=held_never)
        return
    match condition:
        case Leaf():
            yield from _of_window(condition, pointer)
        case Not(not_=part):
            yield from _walk(part, f"{pointer}/not", box)
        case All(all=inner):
            yield from _of_parts(inner, f"{pointer}/all", box, together=True)
        case AnyOf(any=inner):
            yield from _of_parts(inner, f"{pointer}/any", box, together=False)


def _settled(condition: Condition, pointer: str, *, never_holds: bool) -> Finding:
    if isinstance(condition, Leaf) and _out_of_range(condition):
        low, high = possible(condition.looks_at, sick=False)
        what = "can never hold" if never_holds else "always holds"
        return _found(pointer, "limit_out_of_range", what, low, high)
    return _found(pointer, "never_holds" if never_holds else "always_holds")


def _out_of_range(leaf: Leaf) -> bool:
    """Whether the limit alone says how the comparison comes out."""
    can_be = possible(leaf.looks_at, sick=False)
    return can_be.both(asked(leaf)).empty or can_be.within(asked(leaf))


def _of_parts(
    inner: Sequence[Condition], pointer: str, box: Box, *, together: bool
) -> Iterator[Finding]:
    """The parts of an `all` (`together`) or an `any`, each first by itself and then beside others.

    A part of an `all` that holds wherever the others do changes nothing, nor does one of an `any`
    that holds only where another does. Of two that say the same the second one is named.
    """
    idle: set[int] = set()
    for place, part in reversed(list(enumerate(inner))):
        others = [one for at, one in enumerate(inner) if at != place and at not in idle]
        if others and _is_idle(part, others, box, together=together):
            idle.add(place)
    for place, part in enumerate(inner):
        found = list(_walk(part, f"{pointer}/{place}", box))
        yield from found
        if place in idle and not found:
            yield _found(f"{pointer}/{place}", "has_no_effect", level="warning")


def _is_idle(part: Condition, others: Sequence[Condition], box: Box, *, together: bool) -> bool:
    """Where the others of an `all` hold, so does it; where no other of an `any` holds, nor it."""
    # The whole can be so or not, or it would have been reported: so can what is left of it.
    where = beside(box, [(other, together) for other in others])
    return always(part, where) if together else never(part, where)


def _of_window(leaf: Leaf, pointer: str) -> Iterator[Finding]:
    if leaf.measure == "weekday_starts" and leaf.window:
        unit, length = leaf.window.form
        if window_days(unit, length) < _WEEK:
            yield _found(f"{pointer}/window", "window_too_short", level="warning")


def unknown_units(document: RuleDocument | LadderDocument, known: Iterable[str]) -> list[Finding]:
    """Units of the scope that are not among those known."""
    named = document.scope.units if document.scope else None
    there = set(known)
    return [
        _found(f"#/scope/units/{place}", "unknown_unit", level="warning")
        for place, unit in enumerate(named or ())
        if unit not in there
    ]


def like(
    document: RuleDocument | LadderDocument,
    others: Mapping[str, RuleDocument | LadderDocument],
    level: Literal["error", "warning"],
) -> list[tuple[str, Finding]]:
    """Rungs that ask for what one of the others does of the same people, each with its name."""
    is_ladder = isinstance(document, LadderDocument)
    asked = {name: [_asking(one) for one in other.rungs] for name, other in others.items()}
    found = []
    for place, rung in enumerate(document.rungs):
        pointer = f"#/rungs/{place}/when" if is_ladder else "#/when"
        asks = _asking(rung)
        found += [
            (name, _found(pointer, "same_as_active", level=level))
            for name, rungs in asked.items()
            if any(_ask_the_same(asks, one) for one in rungs)
        ]
    return found


Asking = tuple[str, tuple[frozenset[str], frozenset[str]] | None, Validity | None]
"""What a rule asks for, of whom, and when."""


def _asking(rule: RuleDocument) -> Asking:
    return meaning(rule.when), _people(rule.scope), rule.validity


def _ask_the_same(one: Asking, other: Asking) -> bool:
    return one[:2] == other[:2] and _days_meet(one[2], other[2])


def _days_meet(one: Validity | None, other: Validity | None) -> bool:
    return one is None or one.meets(other)


def _people(scope: Scope | None) -> tuple[frozenset[str], frozenset[str]] | None:
    if scope is None:
        return None
    return frozenset(scope.units or ()), frozenset(scope.employment_forms or ())


def meaning(condition: Condition) -> str:
    """The condition in one form for everything that is said differently and means the same.

    The order of parts, repeated ones, `more_than 4` for `at_least 5`, an `all` in an `all`, weeks
    as days.
    """
    return json.dumps(_meaning(condition, true=True), sort_keys=True)


def _meaning(condition: Condition, *, true: bool) -> Any:
    match condition:
        case Leaf():
            return _comparison(condition, true=true)
        case Not(not_=part):
            return _meaning(part, true=not true)
        case All(all=inner) | AnyOf(any=inner):
            word = "all" if isinstance(condition, All) == true else "any"
            parts: dict[str, Any] = {}
            for part in inner:
                said = _meaning(part, true=true)
                same = said[1] if said[0] == word else [said]
                parts |= {json.dumps(one, sort_keys=True): one for one in same}
            listed = [parts[text] for text in sorted(parts)]
            return listed[0] if len(listed) == 1 else [word, listed]


def _comparison(leaf: Leaf, *, true: bool) -> list[Any]:
    measure, unit, length, weekdays = leaf.looks_at
    if unit == "weeks":
        unit, length = "days", window_days(unit, length)
    held = asked(leaf)
    floor = held.low if leaf.op in ("at_least", "more_than") else held.high + 1
    at_least = (leaf.op in ("at_least", "more_than")) == true
    return ["leaf", measure, unit, length, sorted(weekdays), at_least, floor]
