"""A roster of employees as delimited text (CSV), as spreadsheets and payroll systems write it.

Columns are known by name, in English or Swedish; others are passed over. An employee may have
several rows: each with another period of employment, the rest the same or left empty. An empty
cell says nothing. What is wrong with a row costs the rows of the same employee alone.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import Any, BinaryIO

from pydantic import ValidationError

from app.absences.policy import EmploymentForm
from app.core.delimited import DETAILS, Table, UnreadableFile, read_delimited
from app.core.errors import FieldError, InvalidInput
from app.core.wire import FIRST_DAY, LAST_DAY
from app.people.identity import NOT_A_NUMBER, InvalidPersonalNumber, normalised
from app.people.schemas import EmployeeIn
from app.privacy.redact import field_errors

MAX_ROWS = 50_000
COLUMNS: dict[str, tuple[str, ...]] = {
    "employee": ("anställningsnummer", "anställningsnr", "anstnr", "anst.nr", "employee number"),
    "unit": ("enhet", "avdelning", "organisationsenhet"),
    "first_day": ("från", "from", "från datum", "anställd från", "startdatum"),
    "last_day": ("till", "to", "t.o.m.", "till datum", "anställd till", "slutdatum"),
    "personal_number": ("personnummer", "personnr", "persnr", "pnr"),
    "name": ("namn",),
    "phone": ("telefon", "telefonnummer", "mobil", "mobiltelefon"),
    "email": ("e-post", "e-postadress", "mejl"),
    "protected": ("skyddade", "skyddad", "skyddade personuppgifter"),
    "sex": ("kön",),
    "form": ("anställningsform", "anst.form", "employment form"),
}
"""The columns of a roster by the names of the fields, with what else each may be called.

Letter case, spaces, marks and dots over letters are nothing that tells names apart.
"""
_PERIOD = ("first_day", "last_day", "form")
_CONTACT = ("name", "phone", "email")
_YES, _NO = (
    ("ja", "j", "yes", "y", "true", "sant", "1", "x"),
    ("nej", "n", "no", "false", "falskt", "0"),
)
_FORMS: dict[EmploymentForm, tuple[str, ...]] = {
    "permanent": ("permanent", "tillsvidare", "tillsvidareanställning", "tv", "fast"),
    "fixed_term": (
        "fixed_term",
        "fixed term",
        "visstid",
        "visstidsanställning",
        "säva",
        "vikariat",
    ),
    "hourly": ("hourly", "timanställning", "timanställd", "timavlönad", "timlön"),
    "probation": ("probation", "provanställning", "provanställd", "prov"),
    "other": ("other", "annan", "övrigt"),
}
"""What forms of employment are called; SÄVA: särskild visstidsanställning."""
_SEX = {"kvinna": "female", "k": "female", "f": "female", "man": "male", "m": "male"}
_DIGITS = re.compile(r"(\d{4})(\d\d)(\d\d)", re.ASCII)
_MIDNIGHT = re.compile(r"[ T]00:00(:00)?", re.ASCII)
_WHOLE_FILE = {
    "header_missing": "There is no row with the names of the columns.",
    "header_unreadable": "The row with the names of the columns cannot be read.",
    "column_missing": "There is no column of employment numbers (employee, anställningsnummer).",
    "column_repeated": "Two columns are of the same name or mean the same.",
}
_OTHER_ROW = FieldError("#", "other_row_wrong", "Another row of the same employee is wrong.")
_CONTRADICTS = "The rows of the same employee say different things; say one."


@dataclass(frozen=True, slots=True)
class Row:
    """A row: its line in the file, whose it is, and what is wrong with it (pointers: columns)."""

    number: int
    employee: str | None
    errors: tuple[FieldError, ...] = ()


@dataclass(frozen=True, slots=True)
class Roster:
    """A roster as read. `employees`: what is said of each whose rows are all right, by number.

    `passed_over`: the places, from 1, of the columns that have a name and are not known.
    """

    rows: tuple[Row, ...]
    employees: dict[str, dict[str, Any]]
    columns: tuple[str, ...]
    passed_over: tuple[int, ...]
    encoding: str
    delimiter: str


@dataclass
class _Said:
    """A row while it is read."""

    number: int
    values: dict[str, Any]
    errors: list[FieldError] = field(default_factory=list)

    def refuse(self, column: str, code: str, detail: str) -> None:
        self.errors.append(FieldError(f"#/{column}", code, detail))


def read_roster(stream: BinaryIO, today: date) -> Roster:
    """What a roster says; `today` tells whose century a short personal number is of.

    Raises InvalidInput where it cannot be read as a whole or has more than 50,000 rows.
    """
    try:
        table = read_delimited(stream)
        read = list(islice(table, MAX_ROWS + 1))
        columns = _columns(table.names)
    except UnreadableFile as error:
        raise InvalidInput([FieldError("#", error.code, _WHOLE_FILE[error.code])]) from None
    if len(read) > MAX_ROWS:
        raise InvalidInput([FieldError("#", "too_long", "At most 50,000 rows at a time.")])
    return _roster(read, columns, table, today)


def _columns(names: Iterable[str]) -> dict[str, str]:
    """The name in the file of each known column; raises UnreadableFile."""
    known = {_plain(name): of for of, others in COLUMNS.items() for name in (of, *others)}
    found: dict[str, str] = {}
    for name in names:
        if (of := known.get(_plain(name))) is not None:
            if of in found:
                raise UnreadableFile("column_repeated")
            found[of] = name
    if "employee" not in found:
        raise UnreadableFile("column_missing")
    return found


def _plain(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in letters if letter.isalnum())


def _roster(
    read: Iterable[tuple[int, dict[str, str] | str]],
    columns: Mapping[str, str],
    table: Table,
    today: date,
) -> Roster:
    rows: list[Row | _Said] = []
    by_employee: defaultdict[str, list[_Said]] = defaultdict(list)
    for number, cells in read:
        if isinstance(cells, str):
            rows.append(Row(number, None, (FieldError("#", cells, DETAILS[cells]),)))
            continue
        said = _said(number, {of: cells[name] for of, name in columns.items() if cells[name]})
        rows.append(said)
        by_employee[said.values.get("employee", "")].append(said)
    employees = {}
    for employee, own in by_employee.items():
        if (document := _document(own, today)) is not None:
            employees[employee] = document
        elif employee:
            for said in own:
                said.errors = said.errors or [_OTHER_ROW]
    return Roster(
        tuple(row if isinstance(row, Row) else _row(row) for row in rows),
        employees,
        tuple(name for name in COLUMNS if name in columns),
        tuple(place for place, name in table.places if name not in columns.values()),
        table.encoding,
        table.delimiter,
    )


def _row(said: _Said) -> Row:
    return Row(said.number, said.values.get("employee"), tuple(said.errors))


def _said(number: int, cells: Mapping[str, str]) -> _Said:
    """A row in our own terms, as far as it can be understood by itself."""
    said = _Said(number, dict(cells))
    if "employee" not in cells:
        said.refuse("employee", "required", "This field is required.")
    if {"last_day", "form"} & cells.keys() and "first_day" not in cells:
        said.refuse("first_day", "required", "A last day or a form needs a first day.")
    for name in ("first_day", "last_day"):
        if name in cells:
            said.values[name] = _iso(cells[name])
    if (text := cells.get("protected", "").casefold()) in (*_YES, *_NO):
        said.values["protected"] = text in _YES
    if (text := cells.get("sex", "").casefold()) in _SEX:
        said.values["sex"] = _SEX[text]
    if "form" in cells:
        text = cells["form"].strip().casefold()
        said.values["form"] = next((f for f, names in _FORMS.items() if text in names), text)
    _keep_to_the_calendar(said.values)
    return said


def _iso(text: str) -> str:
    """A day as it is written: 2026-03-02, 20260302, 2026/03/02, or with a midnight behind it."""
    day = _MIDNIGHT.sub("", text).replace("/", "-").replace(".", "-")
    return _DIGITS.sub(r"\1-\2-\3", day)


def _keep_to_the_calendar(values: dict[str, Any]) -> None:
    """A period as far as any sick day can lie in it; programs write an open one to 9999-12-31."""
    first, last = (_day(values.get(name, "")) for name in ("first_day", "last_day"))
    if last is not None and last > LAST_DAY:
        del values["last_day"]
    if first is None or first >= FIRST_DAY:
        return
    if last is not None and first <= last < FIRST_DAY:
        for name in _PERIOD:
            values.pop(name, None)
    else:
        values["first_day"] = FIRST_DAY.isoformat()


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _document(own: Sequence[_Said], today: date) -> dict[str, Any] | None:
    """What the rows of one employee say together, in stored form; None when one is wrong.

    What is wrong is written into the rows.
    """
    if any(said.errors for said in own):
        return None
    _refuse_contradictions(own)
    one: dict[str, Any] = {}
    for said in own:
        one.update({k: v for k, v in said.values.items() if k not in _PERIOD})
    periods = {p: said for said in reversed(own) if (p := _period(said)) is not None}
    listed = sorted(periods)
    contact = {name: one.pop(name) for name in _CONTACT if name in one}
    document = one | ({"contact": contact} if contact else {})
    if listed:
        document["employment"] = [
            {name: value for name, value in zip(_PERIOD, period, strict=True) if value}
            for period in listed
        ]
    try:
        checked = EmployeeIn.model_validate(document)
    except ValidationError as error:
        for found in field_errors(error.errors()):
            _blame(found, own, [periods[period] for period in listed])
        return None
    _normalise(own, checked, document, today)
    if any(said.errors for said in own):
        return None
    stored = checked.model_dump(mode="json", exclude_unset=True)
    if checked.personal_number is not None:
        stored["personal_number"] = document["personal_number"]
    del stored["employee"]
    return stored


def _period(said: _Said) -> tuple[str, ...] | None:
    """A row's period, with nothing for what is not given; comparable."""
    given = tuple(said.values.get(name, "") for name in _PERIOD)
    return given if given[0] else None


def _refuse_contradictions(own: Sequence[_Said]) -> None:
    for name in COLUMNS.keys() - {*_PERIOD}:
        if len({said.values[name] for said in own if name in said.values}) > 1:
            for said in own:
                said.refuse(name, "rows_contradict", _CONTRADICTS)


def _blame(error: FieldError, own: Sequence[_Said], periods: Sequence[_Said]) -> None:
    """Write what is wrong into the row it stands in."""
    steps = error.pointer.split("/")[1:]
    if steps[:1] == ["employment"] and len(steps) > 1:
        column = steps[2] if len(steps) > 2 else "last_day"
        periods[int(steps[1])].refuse(column, error.code, error.detail)
        return
    column = steps[-1] if steps else ""
    said = next((said for said in own if column in said.values), own[0])
    said.refuse(column, error.code, error.detail)


def _normalise(
    own: Sequence[_Said], checked: EmployeeIn, document: dict[str, Any], today: date
) -> None:
    if checked.personal_number is None:
        return
    try:
        document["personal_number"] = normalised(checked.personal_number, today=today)
    except InvalidPersonalNumber:
        said = next(said for said in own if "personal_number" in said.values)
        said.refuse("personal_number", "invalid_personal_number", NOT_A_NUMBER)


def chunks(
    employees: Mapping[str, dict[str, Any]], size: int
) -> Iterable[dict[str, dict[str, Any]]]:
    """The employees, some at a time."""
    every = iter(employees.items())
    while chunk := dict(islice(every, size)):
        yield chunk
