"""Letters to hand over at work, and referrals to print. Everything is read, nothing is changed."""

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse
from sqlalchemy.engine import Connection, Row

from app.access.guards import GuardedRoute, Reads, ReadsReferrals
from app.access.principal import Principal
from app.access.store import tenant_row
from app.casebook import Case, Tenant, open_case, tenant_today
from app.core.clock import local_date
from app.core.context import Ctx
from app.core.crypt import KeyRing
from app.core.errors import Conflict, FieldError, InvalidInput
from app.core.wire import FURTHEST, Day
from app.evaluation import flag_trace
from app.flags.picture import ENDED, Flag
from app.flags.store import flag_row, flags_of_referrals
from app.letters.basis import Basis, basis_on, stretches_counted
from app.letters.offer import Letter, Sent, Waiting, Why, waiting
from app.letters.paper import Blank, Ended, Paper, Protected, Who, known
from app.letters.render import POLICY, letter_page, referral_page
from app.people.store import person_for_provider, person_rows
from app.referrals.store import provider_row, referral_row
from app.rules.language import Language
from app.rules.trace import decisive

router = APIRouter(route_class=GuardedRoute, tags=["letters"])
_SUPPORTING = ("released", "inhibited")
"""The flags that a referral rests on as things are: the one it carries, those attached to it."""


class NothingOffered(Conflict):
    """The flag has led to what it led to; there is nothing to write a letter about."""

    code = "nothing_offered"
    detail = "A letter is about an open flag, or about a released one whose referral is open."


@router.get("/v1/flags/{flag_id}/letter", response_class=HTMLResponse, responses={409: {}})
def get_letter(
    flag_id: str,
    who: Reads,
    ctx: Ctx,
    language: Language = "sv",
    handed_over_on: Annotated[
        Day | None, Query(description="when the employee gets it; default: written by hand")
    ] = None,
) -> HTMLResponse:
    """A page to print and hand over at work: the offer, why it comes, and how to say no.

    It has no name and no number: those are written by hand by the manager who hands it over.
    """
    with ctx.database.read() as conn:
        row = flag_row(conn, who.tenant_id, flag_id)
        tenant = tenant_today(conn, who.tenant_id, ctx.now())
        _check_day(tenant, row.raised_at, handed_over_on)
        case = open_case(conn, who.tenant_id, row.employee_id)
        flag = case.picture.flag(flag_id)
        informed_on = handed_over_on or row.employee_informed_on
        letter = Letter(
            employer=tenant_row(conn, who.tenant_id).name,
            reference=flag_id,
            printed_on=tenant.today,
            handed_over_on=handed_over_on,
            why=_why(conn, tenant, case, flag),
            handling=_handling(conn, tenant, case, flag, informed_on),
        )
    return _page(letter_page(letter, language), language)


@router.get("/v1/referrals/{referral_id}/print", response_class=HTMLResponse)
def print_referral(referral_id: str, who: ReadsReferrals, ctx: Ctx) -> HTMLResponse:
    """The referral on paper, in Swedish, for occupational health without an integration.

    The employer's has lines for name, number and phone, to be filled in by hand; the provider's
    has them filled in as long as the referral is open. It says nothing of how far it has come.
    """
    with ctx.database.read() as conn:
        row = referral_row(conn, who.tenant_id, referral_id, provider_id=who.provider_id)
        paper = _paper(conn, ctx.keys, who, row, tenant_today(conn, who.tenant_id, ctx.now()))
    return _page(referral_page(paper), "sv")


def _check_day(tenant: Tenant, raised_at: datetime, handed_over_on: date | None) -> None:
    if handed_over_on is None:
        return
    raised_on = local_date(raised_at, tenant.settings.time_zone)
    if not raised_on <= handed_over_on <= tenant.today + FURTHEST:
        detail = "From the day the flag was raised, at most two years from now."
        raise InvalidInput([FieldError("#/handed_over_on", "date_out_of_range", detail)])


def _page(page: str, language: Language) -> HTMLResponse:
    headers = {"Content-Security-Policy": POLICY, "Content-Language": language}
    return HTMLResponse(page, headers=headers)


def _why(conn: Connection, tenant: Tenant, case: Case, flag: Flag) -> Why:
    trace = flag_trace(conn, tenant, case, flag)
    rule, short = case.rule_of(flag).document, tenant.policy.short_max_days
    turned = trace["otherwise"]
    return Why(
        rule=rule,
        judged_on=date.fromordinal(flag.on),
        stretches=stretches_counted(decisive(rule.when, trace["comparisons"])),
        short_max_days=short,
        otherwise=turned["words"] if turned else {},
    )


def _handling(
    conn: Connection, tenant: Tenant, case: Case, flag: Flag, informed_on: date | None
) -> Waiting | Sent | None:
    """What becomes of the referral; None for a talk at work. Raises NothingOffered."""
    if flag.state == "open":
        policy = tenant.settings.policy
        return (
            waiting(
                objection_days=policy.objection_days,
                require_informed=policy.require_informed,
                informed_on=informed_on,
            )
            if case.action_of(flag) == "refer"
            else None
        )
    carried = case.picture.referral(flag.referral) if flag.state == "released" else None
    if carried is None or carried.ended:
        raise NothingOffered
    row = referral_row(conn, tenant.tenant_id, carried.id)
    return Sent(
        on=local_date(row.requested_at, tenant.settings.time_zone),
        provider=_provider_name(conn, row),
        decision=None if row.released_by else row.decision_reference,
    )


def _provider_name(conn: Connection, referral: Row[Any]) -> str | None:
    if referral.provider_id is None:
        return None
    name: str = provider_row(conn, referral.tenant_id, referral.provider_id).name
    return name


def _paper(conn: Connection, keys: KeyRing, who: Principal, row: Row[Any], tenant: Tenant) -> Paper:
    case = open_case(conn, tenant.tenant_id, row.employee_id)
    person = _person(conn, keys, who, row)
    # What has ended is nobody's to hand on: somebody may have said no.
    flags = [] if isinstance(person, Ended) else _supporting(conn, case, row)
    traces = [flag_trace(conn, tenant, case, flag) for flag in flags]
    hidden = isinstance(person, Ended | Protected) or person == Blank(protected=True)
    return Paper(
        reference=row.referral_id,
        employer=tenant_row(conn, tenant.tenant_id).name,
        unit=None if hidden else case.employment(row.employee_id).unit,
        provider=_provider_name(conn, row),
        service=row.service,
        requested_on=local_date(row.requested_at, tenant.settings.time_zone),
        decision_reference=row.decision_reference,
        released_by=row.released_by,
        employee_informed_on=row.employee_informed_on,
        wish_of=row.wish_of,
        who=person,
        sentences=[trace["words"]["sv"] for trace in traces],
        basis=_basis(tenant, case, flags),
        short_max_days=tenant.policy.short_max_days,
    )


def _person(conn: Connection, keys: KeyRing, who: Principal, row: Row[Any]) -> Who:
    """Who it is, for the provider of an open referral alone.

    That it has ended both parties may know; that it is under way is nothing a paper says.
    """
    if row.state in ENDED:
        return Ended()
    if who.provider_id is None:
        kept = person_rows(conn, row.tenant_id, [row.employee_id]).get(row.employee_id)
        return Blank(protected=kept is not None and kept.protected)
    return known(person_for_provider(conn, keys, row.tenant_id, row.employee_id))


def _supporting(conn: Connection, case: Case, row: Row[Any]) -> list[Flag]:
    ids = flags_of_referrals(conn, row.tenant_id, [row.referral_id])[row.referral_id]
    flags = [case.picture.flag(flag_id) for flag_id in ids]
    return [flag for flag in flags if flag.state in _SUPPORTING]


def _basis(tenant: Tenant, case: Case, flags: list[Flag]) -> Basis | None:
    """The figures as of the day of the latest flag, so that they and its sentence agree."""
    if not flags:
        return None
    day = max(flag.on for flag in flags)
    return basis_on(case.history(tenant.policy, day), date.fromordinal(day))
