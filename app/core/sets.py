"""Many values in one statement, whatever their number: as JSON in one parameter, or as rows.

A statement with a list of placeholders is another statement for every length: built, compiled and
planned anew. One that takes its values as a JSON array is made once and prepared by the driver.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any, Self

from sqlalchemy import Boolean, ColumnElement, String, bindparam, literal_column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

_ENCODER = json.JSONEncoder(separators=(",", ":"))


class _Among(FunctionElement[bool]):
    """A parameter with a JSON array, and the columns that are to be as one of its elements.

    Between the two: how many of the columns an index leads with.
    """

    inherit_cache = True
    type = Boolean()

    def self_group(self, against: Any = None) -> Self:  # noqa: ARG002 - as it is called
        """As it stands: a truth compared with 1, as SQLite is given others, no index can find."""
        return self


@compiles(_Among, "sqlite")
def _among_on_sqlite(element: Any, compiler: Any, **given: Any) -> str:
    """An IN, not a join: SQLite then always looks the rows up by their key."""
    values, _, *columns = (compiler.process(clause, **given) for clause in element.clauses)
    parts = [f"json_extract(value, '$[{place}]')" for place in range(len(columns))]
    each = _selected(parts if len(columns) > 1 else ["value"], f"json_each({values})")
    return f"({', '.join(columns)}) IN {each}"


@compiles(_Among, "postgresql")
def _among_on_postgresql(element: Any, compiler: Any, **given: Any) -> str:
    """Looked up in an index as arrays: a join may be planned to read a tenant's whole table."""
    values, led, *columns = (compiler.process(clause, **given) for clause in element.clauses)
    each = f"jsonb_array_elements(CAST({values} AS JSONB)) AS each_one (value)"
    if len(columns) == 1:
        return _is_any(columns[0], _selected(["value #>> '{}'"], each))
    parts = [f"(value ->> {place})" for place in range(len(columns))]
    found = [
        _is_any(column, _selected([f"DISTINCT {part}"], each))
        for column, part in list(zip(columns, parts, strict=True))[: int(led)]
    ]
    together = f"({', '.join(columns)}) IN {_selected(parts, each)}"
    return f"({' AND '.join([*found, together])})"


def _selected(parts: Sequence[str], rows: str) -> str:
    return f"(SELECT {', '.join(parts)} FROM {rows})"  # noqa: S608 - of our own names alone


def _is_any(column: str, elements: str) -> str:
    return f"{column} = ANY (ARRAY{elements})"


def among(name: str, *columns: Any, led_by: int = 1) -> ColumnElement[bool]:
    """Whether columns are as one of the rows of text in that parameter (see `listed`).

    With one column the parameter holds strings, with several of them arrays. `led_by`: by how
    many of these the rows are to be found in an index.
    """
    return _Among(bindparam(name, type_=String()), literal_column(str(led_by)), *columns)


def listed(values: Iterable[str] | Iterable[Sequence[Any]]) -> str:
    """Values as such a parameter: strings, or rows of strings."""
    return _ENCODER.encode(list(values))
