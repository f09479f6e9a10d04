"""What is stored comes back as the same columns, on either engine."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import insert

from app.absences.tables import Absence, Employee
from app.access.settings import TenantSettings
from app.core.db import Database
from app.intake.event import KINDS
from app.ops.admin import create_tenant
from app.ops.start import make_context
from app.population import store
from app.population.population import OPEN
from tests.kit import settings_for

NOW = datetime(2026, 6, 30, tzinfo=UTC)
WIDE = {"employee_id": "emp_1", "kind": "sickness", "extent": 100, "extents": []}
STORED: list[dict[str, Any]] = [
    WIDE | {"first_day": date(2026, 3, 2), "last_day": date(2026, 3, 4)},
    WIDE | {"first_day": date(2026, 5, 4), "last_day": None, "employee_id": "emp_2"},
    WIDE | {"first_day": date(1900, 1, 1), "last_day": date(9999, 12, 31), "extent": 1},
    WIDE | {"first_day": date(2024, 2, 29), "last_day": date(2024, 2, 28), "kind": "other"},
    WIDE
    | {
        "first_day": date(2026, 4, 1),
        "last_day": date(2026, 4, 6),
        "extents": [["2026-04-03", 50]],
    },
    WIDE | {"first_day": date(2026, 1, 1), "last_day": date(2026, 1, 2), "cancelled": True},
    WIDE | {"first_day": None, "last_day": date(2026, 1, 2)},
]


@pytest.fixture
def tenant(database_url: str) -> Iterator[tuple[Database, str]]:
    ctx = make_context(settings_for(database_url))
    settings = TenantSettings(release="manual")
    tenant_id, _ = create_tenant(ctx, name="A", settings=settings, preset=None, live_from=None)
    with ctx.database.write() as conn:
        for number in ("1", "2", "3"):
            employment = [{"first_day": "2026-01-01", "last_day": None}] if number == "2" else []
            named = {"tenant_id": tenant_id, "employee_id": f"emp_{number}", "number": number}
            row = named | {"employment": employment, "created_at": NOW}
            conn.execute(insert(Employee).values(row))
        for place, said in enumerate(STORED):
            row = {"tenant_id": tenant_id, "source": "hr", "absence": f"{place}"} | said
            folded = {"cancelled": False, "folded_at": NOW, "folded_id": f"{place}"}
            conn.execute(insert(Absence).values(folded | row))
    yield ctx.database, tenant_id
    ctx.database.close()


def ordinal(day: str) -> int:
    return date.fromisoformat(day).toordinal()


@pytest.mark.parametrize("chunk", [1, 2, 5_000])
def test_no_row_is_lost_and_no_day_moved(
    tenant: tuple[Database, str], monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    monkeypatch.setattr(store, "CHUNK", chunk)
    database, tenant_id = tenant
    with database.read() as conn:
        found = store.read_population(conn, tenant_id)
        some = store.read_population(conn, tenant_id, ["emp_2"])
    columns = (found.employment, found.first, found.last, found.extent, found.kind)
    rows = sorted(zip(*(column.tolist() for column in columns), strict=True))
    sick, other = KINDS.index("sickness"), KINDS.index("other")
    assert rows == sorted(
        [
            (0, ordinal("2026-03-02"), ordinal("2026-03-04"), 100, sick),
            (1, ordinal("2026-05-04"), OPEN, 100, sick),
            (0, ordinal("1900-01-01"), OPEN, 1, sick),
            (0, ordinal("2024-02-29"), ordinal("2024-02-28"), 100, other),
            (0, ordinal("2026-04-01"), ordinal("2026-04-02"), 100, sick),
            (0, ordinal("2026-04-03"), ordinal("2026-04-06"), 50, sick),
        ]
    )
    assert (list(found.persons), found.periods.employment.tolist()) == (
        ["emp_1", "emp_2", "emp_3"],
        [1],
    )
    assert (list(some.persons), some.first.tolist()) == (["emp_2"], [ordinal("2026-05-04")])
