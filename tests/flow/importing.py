"""What tests about imports share: files, uploads, and the state that must come of them."""

import json
import random
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any
from xml.sax.saxutils import quoteattr

from tests.kit import Caller, Employer, event

NDJSON = {"Content-Type": "application/x-ndjson"}
PAXML = {"Content-Type": "application/xml"}
CSV = {"Content-Type": "text/csv"}
DAY = timedelta(days=1)


def lines(events: Iterable[Mapping[str, Any]]) -> bytes:
    """Events as an NDJSON file."""
    return b"".join(json.dumps(one).encode() + b"\n" for one in events)


def many(count: int, employees: int = 40, until: date = date(2026, 3, 2)) -> list[dict[str, Any]]:
    """Short absences, reported, changed, ended and cancelled; some employees are often ill."""
    dice = random.Random(count)
    said: list[dict[str, Any]] = []
    while len(said) < count:
        number = str(3000 + min(dice.randrange(employees), dice.randrange(employees)))
        first = until - dice.randint(0, 500) * DAY
        absence = {"employee": number, "absence": f"{number}/{first}", "occurred_on": str(first)}
        last = min(until, first + dice.choice([0, 0, 1, 3, 20]) * DAY)
        named = {"id": f"h{len(said)}", "last_day": str(last)}
        said.append(event(str(first), **absence, **named))
        if dice.random() < 0.2:
            more = {"type": "absence.cancelled", "first_day": ..., "last_day": ...}
            said.append(event(str(first), **{**absence, **more, "id": f"h{len(said)}"}))
    return said[:count]


def paxml(
    rows: Iterable[tuple[str, str, str]],
    *,
    made: str = "2026-03-02T06:00:00",
    again: tuple[str, str] | None = None,
    more: str = "",
) -> bytes:
    """A payroll file of sick leave (number, first and last day); `again`: it replaces those."""
    days = "".join(
        f"<tidtrans anstid={quoteattr(number)}><tidkod>SJK</tidkod>"
        f"<datumfrom>{first}</datumfrom><datumtom>{last}</datumtom></tidtrans>"
        for number, first, last in rows
    )
    first, last = again or ("", "")
    replaces = f'<nyexport datum="{made[:10]}" datumfrom="{first}" datumtom="{last}"/>'
    return (
        '<?xml version="1.0" encoding="UTF-8"?><paxml><header><version>2.0</version>'
        f"<datum>{made}</datum><foretagid>1</foretagid>{replaces if again else ''}</header>"
        f"<tidtransaktioner>{days}{more}</tidtransaktioner></paxml>"
    ).encode()


def upload(caller: Caller, content: Any, headers: Mapping[str, str] = NDJSON, **query: Any) -> Any:
    """The import of a file, queued."""
    answer = caller("POST", "/v1/imports", content=content, headers=dict(headers), params=query)
    assert answer.status_code in (200, 202), answer.text
    return answer.json()


def taken_in(
    employer: Employer, content: bytes, headers: Mapping[str, str] = NDJSON, **query: Any
) -> Any:
    """The import of a file, worked on to its end."""
    queued = upload(employer, content, headers, **query)
    employer.service.take_in_files()
    return employer.ok("GET", f"/v1/imports/{queued['id']}")


def exported(caller: Caller) -> dict[str, Any]:
    """All that is known of everybody, by employment number, and the flags there are."""
    numbers: dict[str, str] = {}
    cursor: str | None = None
    while True:
        asked = {"limit": 200} | ({"cursor": cursor} if cursor else {})
        page = caller.ok("POST", "/v1/employees/search", asked)
        numbers |= {one["id"]: one["employee"] for one in page["items"]}
        if (cursor := page["next_cursor"]) is None:
            break
    known = {
        number: json.dumps(
            [
                caller.items(f"/v1/employees/{employee_id}/absences"),
                caller.ok("GET", f"/v1/employees/{employee_id}/episodes"),
            ]
        ).replace(employee_id, "it")
        for employee_id, number in numbers.items()
    }
    flags = sorted(
        (numbers[flag["employee_id"]], flag["on"], flag["state"])
        for flag in caller.items("/v1/flags")
    )
    return {"known": dict(sorted(known.items())), "flags": flags}
