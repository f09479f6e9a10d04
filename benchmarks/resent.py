"""The same events once, once more, and shuffled into a hundred files: the same state, to the byte.

A file imported again must change nothing and cost less; arrival order must have no meaning. What
is compared is every employee's episodes, spells and sick-pay periods, exported in order.
"""

import hashlib
import json
import random
from datetime import UTC, datetime
from pathlib import Path

from app.absences.store import employees_page
from app.casebook import open_case, tenant_today
from app.core.pages import Cut, cut
from benchmarks.ingest_bulk import Ran, import_by_command
from benchmarks.measure import Result
from benchmarks.places import Place, places
from benchmarks.population import lines

FILES = 100
VIEWS = ("spells", "sick_pay_periods", "episodes")


def run(full: bool) -> list[Result]:
    """On the SQLite default: a million events, or fewer in a quick run."""
    count = 1_000_000 if full else 20_000
    with places("sqlite", 2) as (once, shuffled):
        events = list(lines(count, datetime.now(UTC)))
        first = _imported(once, events)
        state, exported = export(once)
        again = _imported(once, events)
        if export(once) != (state, exported):
            raise AssertionError("the same file again has changed something")
        random.Random(1).shuffle(events)
        parts = [events[place::FILES] for place in range(FILES)]
        walls = [_imported(shuffled, part).wall for part in parts]
        if export(shuffled) != (state, exported):
            raise AssertionError("the same events in another order gave another state")
    details = {
        "events": count,
        "employees_exported": exported,
        "sha256_of_all_three": state,
        "first_s": round(first.wall, 1),
        "again_s": round(again.wall, 1),
        "shuffled_into_100_files_s": round(sum(walls), 1),
    }
    return [
        Result(
            "the same file again, against the first time",
            again.wall / first.wall,
            1.0,
            "lower",
            details,
        )
    ]


def _imported(place: Place, events: list[bytes]) -> Ran:
    path: Path = place.folder / f"{place.tenant_id}.ndjson"
    with path.open("wb") as file:
        file.writelines(events)
    try:
        return import_by_command(place, path)
    finally:
        path.unlink()


def export(place: Place) -> tuple[str, int]:
    """A digest of what is made of everybody's absences, by employment number, and how many."""
    digest = hashlib.sha256()
    names: dict[str, str] = {}
    with place.ctx.database.read() as conn:
        tenant = tenant_today(conn, place.tenant_id, place.ctx.now())
        wanted: Cut = cut(200, None)
        while True:
            rows, following = employees_page(conn, place.tenant_id, wanted, number=None, unit=None)
            names |= {row.number: row.employee_id for row in rows}
            if following is None:
                break
            wanted = cut(200, following)
        for number in sorted(names):
            history = open_case(conn, place.tenant_id, names[number]).history(
                tenant.policy, tenant.today.toordinal()
            )
            shown = {view: history.view(view) for view in VIEWS}
            digest.update(json.dumps([number, shown], default=str, sort_keys=True).encode())
    return digest.hexdigest(), len(names)
