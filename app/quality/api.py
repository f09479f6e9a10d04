"""What is odd in what the sources say, and which of them have fallen silent."""

from collections import Counter
from typing import Annotated, Any

from fastapi import APIRouter, Query
from sqlalchemy.engine import Row

from app.access.guards import GuardedRoute, Reads
from app.casebook import Tenant, tenant_today
from app.core.context import Ctx
from app.core.wire import Page
from app.decisions.feeds import sending_days
from app.feeds.rhythm import Feed, SendingDays, rhythm_of, state_of
from app.feeds.store import feeds_of
from app.quality import store
from app.quality.schemas import (
    FINDINGS,
    DataQualityOut,
    FeedOut,
    Finding,
    FindingCounts,
    OddAbsenceOut,
    SourceOut,
)

router = APIRouter(route_class=GuardedRoute, tags=["data-quality"])


@router.get("/v1/data-quality")
def get_data_quality(who: Reads, ctx: Ctx) -> DataQualityOut:
    """Per source: how many absences are incomplete, empty, overlapping or implausible, and
    whether it is heard from as usual."""
    with ctx.database.read() as conn:
        tenant = tenant_today(conn, who.tenant_id, ctx.now())
        counts = store.count_findings(conn, _asked(tenant))
        feeds = {feed.source: feed for feed in feeds_of(conn, who.tenant_id)}
        sending = sending_days(tenant)
    today = tenant.today.toordinal()
    shown = {source: _feed(feed, today, sending) for source, feed in feeds.items()}
    return DataQualityOut(
        as_of=tenant.today,
        sources=[
            _source(source, counts.get(source, Counter()), shown.get(source))
            for source in sorted(counts.keys() | feeds.keys())
        ],
    )


@router.get("/v1/data-quality/absences")
def list_odd_absences(
    who: Reads,
    ctx: Ctx,
    source: Annotated[str | None, Query(min_length=1, max_length=200)] = None,
    finding: Finding | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> Page[OddAbsenceOut]:
    """The absences concerned, by employee."""
    place = store.place_from(cursor or None)
    with ctx.database.read() as conn:
        asked = _asked(tenant_today(conn, who.tenant_id, ctx.now()))
        rows, following = store.odd_absences(
            conn, asked, place, limit=limit, source=source, finding=finding
        )
    items = [_odd(row) for row in rows]
    return Page(items=items, next_cursor=following.to_cursor() if following else None)


def _asked(tenant: Tenant) -> store.Asked:
    return store.Asked(tenant.tenant_id, tenant.today, tenant.policy.counted_kinds)


def _source(source: str, counts: Counter[str], feed: FeedOut | None) -> SourceOut:
    odd = FindingCounts.model_validate({name: counts[name] for name in FINDINGS})
    return SourceOut(source=source, absences=counts["absences"], odd=odd, feed=feed)


def _feed(feed: Feed, today: int, sending: SendingDays) -> FeedOut:
    rhythm = rhythm_of(feed.days, sending)
    shown: dict[str, Any] = {
        "state": state_of(feed, today, sending),
        "first_heard_at": feed.first_heard_at,
        "last_heard_at": feed.last_heard_at,
        "usual_interval_workdays": rhythm.usual if rhythm else None,
        "silent_since": feed.silent_on,
    }
    return FeedOut.model_validate(shown)


def _odd(row: Row[Any]) -> OddAbsenceOut:
    names = ("employee_id", "source", "absence", "first_day", "last_day", "kind")
    return OddAbsenceOut(
        **{name: getattr(row, name) for name in names},
        odd=[name for name in FINDINGS if getattr(row, name)],
    )
