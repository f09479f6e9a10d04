"""Until the employee consents, whatever the employer can obtain is the same whatever has happened.

What is compared: every GET route with every filter and page, the answers to moves in and out of
turn, stored messages, webhooks as they come in, deliveries with their attempts, mails, log lines.
"""

import re
from typing import Any

import pytest

from app.access.principal import SCOPES
from app.schema import TABLES
from tests.kit import Service
from tests.receiver import Receiver
from tests.secrecy.compared import assert_same, everything, lived, lived_briefly
from tests.secrecy.conftest import Lines
from tests.secrecy.looking import OF_PARAMETER, REFERRAL_STATES
from tests.secrecy.names import ID, Names, first_difference
from tests.secrecy.stories import (
    ACCEPTED,
    BOOKED,
    IN_PROGRESS,
    RECOMMENDED,
    STORIES,
    THREE_PARTY,
    random_cases,
)
from tests.secrecy.twins import PERSONAL, Case, Side, Twins, every_day
from tests.system.world import ROUTES, Route, rows_of


@pytest.mark.parametrize("story", STORIES)
def test_it_is_the_same_whatever_has_happened(
    on_sqlite: Service, receiver: Receiver, story: str
) -> None:
    twins = lived(on_sqlite, receiver, STORIES[story])
    assert_same(twins)
    assert [word for word in PERSONAL if word in everything(twins.sides[0])] == []


def test_it_is_the_same_on_postgresql(on_postgres: Service, receiver: Receiver) -> None:
    assert_same(lived(on_postgres, receiver, [IN_PROGRESS[-1], THREE_PARTY[0]]))


@pytest.mark.parametrize("seed", [2, 3])
def test_it_is_the_same_in_stories_drawn_by_lot(
    on_sqlite: Service, receiver: Receiver, seed: int
) -> None:
    assert_same(lived(on_sqlite, receiver, random_cases(seed)))


def test_no_scope_opens_more(on_sqlite: Service, receiver: Receiver) -> None:
    """With each of the employer's credentials: refused, or the same in both worlds."""
    cases = [Case("x", [ACCEPTED], [], RECOMMENDED), THREE_PARTY[0]]
    twins = lived_briefly(on_sqlite, receiver, cases, "2026-04-23")
    opened: set[str] = set()
    for scope in [scope for scope in SCOPES if scope != "provider"]:
        seen = []
        for side in twins.sides:
            looker = side.looking_with(side.employer.key_for(scope))
            looker.look("/v1")
            seen.append(looker.seen)
        assert first_difference(*seen) is None
        opened |= {line.partition(" {")[0] for line in seen[0] if "-> 200" in line}
    assert {"GET /v1/referrals", "GET /v1/deliveries", "GET /v1/tenant"} <= opened


BODIES: dict[str, Any] = {
    "POST /v1/meetings/{meeting_id}/move": {"starts_at": "2026-03-30T10:00:00+02:00"},
    "PATCH /v1/meetings/{meeting_id}": {"asked_about_violence": "yes"},
}


class TestWhatIsHidden:
    """What the employer has not been shown is to it as if it were not there."""

    @pytest.fixture
    def side(self, on_sqlite: Service, receiver: Receiver) -> Side:
        cases = [Case("booked", [ACCEPTED], BOOKED), Case("held", [ACCEPTED], RECOMMENDED)]
        return lived_briefly(on_sqlite, receiver, cases, "2026-03-12").sides[0]

    def test_has_the_answers_of_what_is_missing(self, side: Side) -> None:
        hidden = hidden_ids(side)
        assert {"mtg", "msg", "dlv"} <= {found[:3] for found in hidden}
        asked = 0
        for real in hidden:
            none = f"{real[:4]}{'0' * 26}"
            for route in ROUTES:
                if [OF_PARAMETER.get(name) for name in route.parameters] == [real[:3]]:
                    assert self._answer(side, route, real) == self._answer(side, route, none)
                    asked += 1
        assert asked >= 10

    def test_is_found_by_no_filter(self, side: Side) -> None:
        hidden = hidden_ids(side)
        text = everything(side)
        assert [found for found in hidden if found in text] == []

    def _answer(self, side: Side, route: Route, real: str) -> tuple[int, str]:
        path = route.filled({route.parameters[0]: real})
        answer = side.employer(route.method, path, BODIES.get(str(route)))
        assert answer.status_code in (404, 422)
        return answer.status_code, answer.text


def hidden_ids(side: Side) -> list[str]:
    """The ids in a tenant's rows that its employer has not come across."""
    rows = rows_of(side.service, side.employer.tenant_id)
    of_kinds = {column.name for table in TABLES.values() for column in table.primary_key}
    assert "meeting_id" in of_kinds
    stored = {found[0] for own in rows.values() for row in own for found in ID.finditer(str(row))}
    return sorted(real for real in stored if real[:3] in KINDS and real not in side.names)


KINDS = {"mtg", "msg", "dlv"}
"""Kinds of which some are hidden; inner ones (moves, leases) have no address at all."""


class TestLog:
    """Whoever reads the log is the operator, who may be the employer."""

    def test_is_the_same_whatever_has_happened(
        self, on_sqlite: Service, receiver: Receiver, log: Lines
    ) -> None:
        twins = Twins(on_sqlite, receiver, [Case("x", [ACCEPTED], [], RECOMMENDED)])
        for day in every_day("2026-03-03", "2026-03-25"):
            on_sqlite.set_day(day)
            written = []
            for side in twins.sides:
                log.taken()
                twins.live(side, day)
                written.append([Names().plain(str(line)) for line in log.taken()])
            assert written[0] == written[1]
            on_sqlite.tick()

    def test_says_of_a_delivery_nothing_but_its_ids(
        self, on_sqlite: Service, receiver: Receiver, log: Lines
    ) -> None:
        twins = lived_briefly(on_sqlite, receiver, [Case("x", [ACCEPTED], [], RECOMMENDED)])
        lines = log.taken()
        delivered = [line for line in lines if line["event"] == "delivery_attempted"]
        assert len(delivered) > 10
        allowed = {"level", "event", "delivery", "message", "outcome", "status"}
        assert {key for line in delivered for key in line} == allowed
        text = str(lines)
        words = [w for w in (*REFERRAL_STATES, "health_talk", *PERSONAL) if w in text]
        assert words == []
        people = {person.referral_id for side in twins.sides for person in side.people}
        assert [found for found in people if found in text] == []
        assert re.search(r"(ref|emp|mtg|flg)_", text) is None
