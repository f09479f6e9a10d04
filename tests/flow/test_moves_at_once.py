"""Eight callers at the same moment, and callers who are not the referral's own."""

from collections.abc import Callable
from typing import Any

import pytest

from app.referrals.store import moves_of
from tests.flow.case import CALLS, TODAY, at_once, cases
from tests.flow.test_referral_moves import BY_PROVIDER, LEADS_TO, OPEN
from tests.kit import FIVE, Caller, Employer, Service, event
from tests.system.world import rows_of

CANCELLED = {"type": "absence.cancelled", "first_day": ..., "last_day": ...}


class TestAtOnce:
    """Eight callers at the same moment."""

    @pytest.mark.parametrize(
        ("state", "call"), [("requested", "accept"), ("accepted", "book"), ("booked", "close")]
    )
    def test_make_one_move_between_them(self, service: Service, state: str, call: str):
        [case] = cases(service)
        case.to(state)
        before = case.employer.messages()
        path, body = f"{case.path}/{call}", case.body(call)
        answers = at_once(*[lambda: case.fhv("POST", path, body)] * 8)
        assert {answer.status_code for answer in answers} == {200}
        assert case.known()["history"][-1]["target"] == LEADS_TO[call]
        assert [m["source"] for m in case.known()["history"]].count(state) == 1
        assert case.employer.messages()[len(before) :].count("referral.updated") == 1
        talks = [m["state"] for m in case.meetings()]
        assert talks == {"accept": [], "book": ["planned"], "close": ["cancelled"]}[call]

    def test_with_eight_times_leave_one_talk_at_the_last_of_them(self, service: Service):
        [case] = cases(service)
        case.to("accepted")
        times = [f"2026-03-{day:02}T09:00:00+01:00" for day in range(10, 18)]
        calls = [lambda t=t: case.move("book", starts_at=t) for t in times]
        at_once(*calls)
        [talk] = case.meetings()
        assert talk["starts_at"] == case.known()["talk"]["starts_at"]

    def test_with_different_moves_leave_one_unbroken_story(self, service: Service):
        [case] = cases(service)
        case.to("accepted")
        moves = ["book", "decline", "close", "decline-by-employee"]
        more = {"provider_id": case.employer.provider(name="Ny FHV")}
        gone = event(FIVE[0], occurred_on=TODAY, **CANCELLED)

        def moved(by: Caller, call: str, **said: Any) -> Callable[[], Any]:
            return lambda: by("POST", f"{case.path}/{call}", case.body(call, **said))

        answers = at_once(
            *[moved(case.fhv, call) for call in moves],
            moved(case.employer, "withdraw"),
            moved(case.employer, "close"),
            moved(case.employer, "reassign", **more),
            lambda: case.employer.post(gone),
        )
        codes = {a.status_code for a in answers if hasattr(a, "status_code")}
        assert codes <= {200, 404, 409}
        seen = case.seen()
        steps = all_steps(case.employer, case.id)
        assert [s for s, _ in steps[1:]] == [t for _, t in steps[:-1]]
        assert seen["allowed"] == [] or seen["state"] in OPEN | {"in_progress"}


def all_steps(employer: Employer, referral_id: str) -> list[tuple[str | None, str]]:
    """Every stored move of a referral, whoever may see it."""
    with employer.service.ctx.database.read() as conn:
        moves = moves_of(conn, employer.tenant_id, [referral_id])[referral_id]
    return [(made.source, made.target) for made in moves]


class TestNotOnes:
    """Another's referral, and one that is addressed to another provider, are as good as missing."""

    def test_own_moves_reach_no_other_employers_referral(self, service: Service):
        [case], [theirs] = cases(service), cases(service)
        before = rows_of(service, theirs.employer.tenant_id)
        for call in CALLS:
            by = case.fhv if call in BY_PROVIDER else case.employer
            body = case.body(call)
            assert by.refused(404, "POST", f"{theirs.path}/{call}", body)["code"] == "not_found"
            none = by.refused(404, "POST", f"/v1/referrals/ref_nobody/{call}", body)
            assert none["code"] == "not_found"
        assert rows_of(service, theirs.employer.tenant_id) == before
