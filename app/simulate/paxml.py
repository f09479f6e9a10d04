"""A month of sick leave as PAXml. Pure."""

from calendar import monthrange
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import NamedTuple

from app.intake.event import Kind
from app.simulate.statements import Stretch, iso

COMPANY = "5560000001"
"""An organisation number made up of zeros."""
_CODES: dict[Kind, str] = {"sickness": "SJK", "work_injury": "ASK", "infection_carrier": "SMB"}

Stretches = tuple[Stretch, ...]


class Month(NamedTuple):
    """A calendar month by its first and last day (ordinals)."""

    first: int
    last: int

    def part_of(self, standing: Iterable[Stretch], until: int) -> Stretches:
        """What of it falls into the month, up to that day; payroll cuts at the month's ends."""
        return tuple(sorted(self._cut(standing, min(self.last, until))))

    def _cut(self, standing: Iterable[Stretch], end: int) -> Iterator[Stretch]:
        for said in standing:
            first = max(said.first, self.first)
            last = end if said.last is None else min(said.last, end)
            if first <= last:
                yield said._replace(first=first, last=last)


def month_of(day: int) -> Month:
    """The month a day lies in."""
    first = date.fromordinal(day).replace(day=1)
    length = monthrange(first.year, first.month)[1]
    return Month(first.toordinal(), first.toordinal() + length - 1)


def paxml(rows: Stretches, made: datetime, again: Month | None) -> bytes:
    """A file made then; `again`: it stands in place of all that was said of that month."""
    repeats = ""
    if again is not None:
        span = f'datumfrom="{iso(again.first)}" datumtom="{iso(again.last)}"'
        repeats = f'<nyexport datum="{made.date().isoformat()}" {span}/>\n'
    said = "".join(_row(number, row) for number, row in enumerate(rows, 1))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<paxml>\n<header>\n<version>2.0</version>\n'
        f"<format>LÖNIN</format>\n<datum>{made.isoformat()}</datum>\n{repeats}"
        f"<foretagorgnr>{COMPANY}</foretagorgnr>\n</header>\n"
        f"<tidtransaktioner>\n{said}</tidtransaktioner>\n</paxml>\n"
    ).encode()


def _row(number: int, said: Stretch) -> str:
    last = said.first if said.last is None else said.last
    return (
        f'<tidtrans postid="{number}" anstid="{said.employee}"><tidkod>{_CODES[said.kind]}</tidkod>'
        f"<datumfrom>{iso(said.first)}</datumfrom><datumtom>{iso(last)}</datumtom>"
        f"<omfattning>{said.extent}</omfattning></tidtrans>\n"
    )
