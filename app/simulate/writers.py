"""Writes what was simulated in the formats that an import takes: one class each.

All three make the same sick days of everybody. NDJSON tells every event as it arrived; a CSV file
lists the absences as they stand on the last day; PAXml comes month by month, and again where a
month has changed since.
"""

import json
from collections import deque
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import BinaryIO, Literal, Protocol
from zoneinfo import ZoneInfo

from app.intake.event import Event, Kind, said_text
from app.simulate.paxml import Month, Stretches, month_of, paxml
from app.simulate.profiles import SETTLED_AFTER
from app.simulate.statements import Records, Stretch, iso

Format = Literal["ndjson", "csv", "paxml"]

_STOCKHOLM = ZoneInfo("Europe/Stockholm")
_CSV_CODES: dict[Kind, str] = {
    "sickness": "Sjuk",
    "work_injury": "Arbetsskada",
    "infection_carrier": "Smittbärare",
}
_CSV_COLUMNS = {
    "employee": "Anställningsnr",
    "first_day": "Från",
    "last_day": "Till",
    "extent": "Omfattning",
    "code": "Frånvarokod",
}
MAPPING = {"columns": _CSV_COLUMNS, "codes": {code: kind for kind, code in _CSV_CODES.items()}}
"""How the CSV file is to be read: a mapping document for `import --mapping`."""


class Writer(Protocol):
    """Takes each day's events, and then the end."""

    def write(self, day: int, events: Iterable[Event]) -> None:
        """What arrived on a day; days come in order."""
        ...

    def close(self, last_day: int) -> list[Path]:
        """Write what is left; answers the files."""
        ...


def writer(form: Format, out: Path) -> Writer:
    """The writer of a format; `out` is a file, for PAXml a folder."""
    writers: dict[Format, type[Writer]] = {"ndjson": _Lines, "csv": _Table, "paxml": _Months}
    return writers[form](out)  # type: ignore[call-arg]


class _Lines:
    """NDJSON: the events of the contract, one a line."""

    def __init__(self, out: Path) -> None:
        self._out = out
        self._file: BinaryIO = out.open("wb")

    def write(self, day: int, events: Iterable[Event]) -> None:
        del day
        self._file.write("".join(map(line, events)).encode())

    def close(self, last_day: int) -> list[Path]:
        del last_day
        self._file.close()
        return [self._out]


def line(event: Event) -> str:
    """An event as a line of NDJSON."""
    said = said_text(event.said)[1:]
    said_at = event.occurred_at.astimezone(_STOCKHOLM).isoformat()
    return (
        f'{{"id":"{event.id}","source":"{event.source}","type":"{event.type}",'
        f'"occurred_at":"{said_at}","employee":"{event.employee}","absence":"{event.absence}"'
        f"{',' if event.said else ''}{said}\n"
    )


class _Table:
    """CSV: a row for each stretch of an absence, with an empty end where it goes on."""

    def __init__(self, out: Path) -> None:
        self._out = out
        self._file: BinaryIO = out.open("wb")
        self._records = Records()
        self._put(";".join(_CSV_COLUMNS.values()))

    def write(self, day: int, events: Iterable[Event]) -> None:
        self._records.hear(day, events)
        for stretch in self._records.forget(before=day - SETTLED_AFTER, as_of=day):
            self._row(stretch)

    def close(self, last_day: int) -> list[Path]:
        for stretch in self._records.standing(as_of=last_day):
            self._row(stretch)
        self._file.close()
        mapping = self._out.with_suffix(".mapping.json")
        mapping.write_text(json.dumps(MAPPING, ensure_ascii=False, indent=1) + "\n", "utf-8")
        return [self._out, mapping]

    def _row(self, said: Stretch) -> None:
        last = "" if said.last is None else iso(said.last)
        cells = (said.employee, iso(said.first), last, str(said.extent), _CSV_CODES[said.kind])
        self._put(";".join(cells))

    def _put(self, row: str) -> None:
        self._file.write(f"{row}\r\n".encode())


class _Months:
    """PAXml: each month as payroll knows it on the fifth of the next, in a file of its own.

    A month of which something else is known later is exported again as a whole (`nyexport`).
    The last files are made on the last day. Names are in the order in which to import.
    """

    _KEPT_MONTHS = 3

    def __init__(self, out: Path) -> None:
        out.mkdir(parents=True, exist_ok=True)
        self._out = out
        self._records = Records()
        self._exported: dict[Month, Stretches] = {}
        self._begun: int | None = None
        self._files: list[Path] = []

    def write(self, day: int, events: Iterable[Event]) -> None:
        self._begun = self._begun or day
        if date.fromordinal(day).day == 5:
            self._export(day, until=month_of(day).first - 1)
        self._records.hear(day, events)

    def close(self, last_day: int) -> list[Path]:
        # Everything of the last day is in these, so they are made at its end.
        self._export(last_day, until=last_day, hour=23)
        return self._files

    def _export(self, day: int, *, until: int, hour: int = 5) -> None:
        """Write the months up to `until` that are new or have changed."""
        month, due = month_of(until), []
        for _ in range(self._KEPT_MONTHS + 1):
            due.append(month)
            month = month_of(month.first - 1)
        standing = list(self._records.standing(as_of=until))
        for month in reversed(due):
            if self._begun is not None and month.last >= self._begun:
                rows = month.part_of(standing, until)
                if month not in self._exported or self._exported[month] != rows:
                    self._file(day, hour, month, rows)
        for old in [month for month in self._exported if month.last < due[-1].first]:
            del self._exported[old]
        # What is settled stands in the files already.
        deque(self._records.forget(before=due[-2].first, as_of=day), maxlen=0)

    def _file(self, day: int, hour: int, month: Month, rows: Stretches) -> None:
        made = datetime.combine(date.fromordinal(day), datetime.min.time(), _STOCKHOLM)
        again = month in self._exported
        path = self._out / f"{iso(day)}-of-{iso(month.first)[:7]}.xml"
        path.write_bytes(paxml(rows, made + timedelta(hours=hour), month if again else None))
        self._exported[month] = rows
        if path not in self._files:
            self._files.append(path)
