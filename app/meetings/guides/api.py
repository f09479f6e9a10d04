"""Conversation guides: what to take up at each kind of meeting, built in or the employer's own."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response

from app.access.guards import Administers, GuardedRoute, ReadsReferrals
from app.access.store import tenant_row
from app.core.context import Ctx
from app.core.errors import NotFound
from app.core.etags import IfMatch, of_content, refuse_stale
from app.core.pages import Cut, cut, cut_list
from app.core.wire import Page
from app.meetings.guides.builtin import Point
from app.meetings.guides.schemas import GuideIn, GuideOut, PointOut
from app.meetings.guides.store import Guide, drop_guide, guides_in_use, save_guide
from app.meetings.kinds import KINDS, MeetingKind

router = APIRouter(route_class=GuardedRoute, tags=["meetings"])


def _known(kind: Annotated[str, Path(json_schema_extra={"enum": list(KINDS)})]) -> MeetingKind:
    """A kind of meeting in a path; of another there is no guide."""
    found = next((one for one in KINDS if one == kind), None)
    if found is None:
        raise NotFound
    return found


Kind = Annotated[MeetingKind, Depends(_known)]


@router.get("/v1/guides")
def list_guides(
    who: ReadsReferrals, ctx: Ctx, asked: Annotated[Cut, Depends(cut)]
) -> Page[GuideOut]:
    """The guide of each kind of meeting."""
    with ctx.database.read() as conn:
        found = guides_in_use(conn, who.tenant_id)
    items, following = cut_list([_shown(guide) for guide in found.values()], asked)
    return Page(items=items, next_cursor=following)


@router.get("/v1/guides/{kind}")
def get_guide(kind: Kind, who: ReadsReferrals, ctx: Ctx, response: Response) -> GuideOut:
    """One guide, to print or to tick. `ETag` names its version."""
    with ctx.database.read() as conn:
        guide = guides_in_use(conn, who.tenant_id)[kind]
    response.headers["ETag"] = _etag(guide)
    return _shown(guide)


@router.put("/v1/guides/{kind}")
def replace_guide(
    kind: Kind,
    body: GuideIn,
    who: Administers,
    ctx: Ctx,
    response: Response,
    if_match: IfMatch = None,
) -> GuideOut:
    """Use the employer's own guide for that kind of meeting from now on.

    Meetings held before keep the points that were taken up then.
    """
    points = [Point(**point.model_dump()) for point in body.points]
    with ctx.database.write() as conn:
        tenant_row(conn, who.tenant_id, lock=True)  # one change at a time, for If-Match
        present = guides_in_use(conn, who.tenant_id)[kind]
        refuse_stale(if_match, _etag(present))
        if present.changed_at is None or list(present.points) != points:
            save_guide(conn, who.tenant_id, kind, points, ctx.now())
        guide = guides_in_use(conn, who.tenant_id)[kind]
    response.headers["ETag"] = _etag(guide)
    return _shown(guide)


@router.delete("/v1/guides/{kind}", status_code=204)
def drop_own_guide(kind: Kind, who: Administers, ctx: Ctx) -> None:
    """Go back to the guide that comes with the service."""
    with ctx.database.write() as conn:
        drop_guide(conn, who.tenant_id, kind)


def _shown(guide: Guide) -> GuideOut:
    return GuideOut(
        kind=guide.kind,
        built_in=guide.changed_at is None,
        points=[PointOut(**asdict(point)) for point in guide.points],
        changed_at=guide.changed_at,
    )


def _etag(guide: Guide) -> str:
    return of_content([asdict(point) for point in guide.points])
