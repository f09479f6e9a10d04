"""Looking at employees one by one, where looking at many at once has failed."""

import logging
from collections.abc import Sequence
from datetime import timedelta

from app.absences.store import set_due
from app.casebook import tenant_today
from app.core.context import Context
from app.core.errors import Unavailable
from app.pipeline import look_again

log = logging.getLogger("app.looking")


def look_one_by_one(ctx: Context, tenant_id: str, ids: Sequence[str]) -> None:
    """One that cannot be judged must not keep the others from it: it waits until tomorrow."""
    for employee_id in ids:
        try:
            with ctx.database.write() as conn:
                look_again(conn, tenant_id, [employee_id], ctx.now())
        except Unavailable:
            raise
        except Exception:
            log.exception("look_failed", extra={"ids": {"employee": employee_id}})
            with ctx.database.write() as conn:
                today = tenant_today(conn, tenant_id, ctx.now()).today
                set_due(conn, tenant_id, {employee_id: today + timedelta(days=1)})
