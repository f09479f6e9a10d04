"""Many values in one statement, whatever their number: as JSON in one parameter, or as rows.

A statement with a list of placeholders is another statement for every length: built, compiled and
planned anew. One that takes its values as a JSON array is made once and prepared by the driver.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, String, bindparam, literal_column, select, tuple_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

_ENCODER = json.JSONEncoder(separators=(",", ":"))


class _Each(FunctionElement[Any]):
    """The elements of a JSON array as rows with one column, `value`."""

    inherit_cache = True


class _Part(FunctionElement[str]):
    """The text of an element, or of what stands at a place of one that is itself an array."""

    inherit_cache = True
    type = String()


@compiles(_Each, "sqlite")
def _each_on_sqlite(element: Any, compiler: Any, **given: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **given)})"


@compiles(_Each, "postgresql")
def _each_on_postgresql(element: Any, compiler: Any, **given: Any) -> str:
    return f"jsonb_array_elements(CAST({compiler.process(element.clauses, **given)} AS JSONB))"


@compiles(_Part, "sqlite")
def _part_on_sqlite(element: Any, compiler: Any, **given: Any) -> str:
    value, *place = (compiler.process(clause, **given) for clause in element.clauses)
    return f"json_extract({value}, '$[{place[0]}]')" if place else str(value)


@compiles(_Part, "postgresql")
def _part_on_postgresql(element: Any, compiler: Any, **given: Any) -> str:
    value, *place = (compiler.process(clause, **given) for clause in element.clauses)
    return f"({value} ->> {place[0]})" if place else f"({value} #>> '{{}}')"


def among(name: str, *columns: Any) -> ColumnElement[bool]:
    """Whether columns are as one of the rows of text in that parameter (see `listed`).

    With one column the parameter holds strings, with several of them arrays.
    """
    elements = _Each(bindparam(name, type_=String())).table_valued("value", name=f"each_{name}")
    if len(columns) == 1:
        found: ColumnElement[bool] = columns[0].in_(select(_Part(elements.c.value)))
        return found
    places: list[ColumnElement[Any]] = [literal_column(str(place)) for place in range(len(columns))]
    # An IN, not a join: SQLite then always looks the rows up by their key.
    return tuple_(*columns).in_(select(*(_Part(elements.c.value, place) for place in places)))


def listed(values: Iterable[str] | Iterable[Sequence[Any]]) -> str:
    """Values as such a parameter: strings, or rows of strings."""
    return _ENCODER.encode(list(values))
