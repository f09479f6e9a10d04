"""A request sent again under its Idempotency-Key is done once, and answered as it was."""

import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from app.access.once import MAX_LENGTH, PARAMETER
from app.access.store import keep_answer
from app.ops.jobs import drop_old_answers
from tests.kit import Caller, Employer, Service
from tests.process import Site, new_employer

PROVIDERS = "/v1/providers"
BODY = {"name": "FHV Exempel"}
KEY = "8e03978e-40d5-43dd-bc93-6894a57f9324"


def keyed(key: str = KEY) -> dict[str, Any]:
    return {"headers": {"Idempotency-Key": key}}


@pytest.fixture
def employer(service: Service) -> Employer:
    return service.employer()


def kept(service: Service) -> int:
    with service.ctx.database.read() as conn:
        return int(conn.execute(text("SELECT count(*) FROM idempotency_keys")).scalar_one())


class TestSentAgain:
    def test_gets_the_answer_of_the_first_time(self, employer: Employer):
        first = employer("POST", PROVIDERS, BODY, **keyed())
        again = employer("POST", PROVIDERS, BODY, **keyed())
        assert (again.status_code, again.content) == (201, first.content)
        assert "idempotent-replayed" not in first.headers
        assert again.headers["idempotent-replayed"] == "true"
        assert len(employer.items(PROVIDERS)) == 1

    def test_gets_the_version_it_was_given_too(self, employer: Employer):
        activity = {
            "kind": "training",
            "topic": "insurance_medicine",
            "audience": "managers",
            "planned_on": "2026-04-14",
        }
        first, again = (employer("POST", "/v1/activities", activity, **keyed()) for _ in range(2))
        assert first.headers["etag"] == again.headers["etag"]

    def test_says_the_same_however_it_is_written(self, employer: Employer):
        """The key with or without quotes; the members of the body in any order."""
        first = employer("POST", PROVIDERS, BODY | {"priority": 5}, **keyed())
        again = employer("POST", PROVIDERS, {"priority": 5} | BODY, **keyed(f'"{KEY}"'))
        assert again.headers["idempotent-replayed"] == "true"
        assert first.json() == again.json()

    def test_without_a_key_is_done_again(self, employer: Employer):
        for _ in range(2):
            employer.ok("POST", PROVIDERS, BODY)
        assert len(employer.items(PROVIDERS)) == 2

    def test_with_another_body_is_refused(self, employer: Employer):
        employer.ok("POST", PROVIDERS, BODY, **keyed())
        problem = employer.refused(422, "POST", PROVIDERS, {"name": "Annan"}, **keyed())
        assert problem["code"] == "idempotency_key_reused"
        assert [one["name"] for one in employer.items(PROVIDERS)] == ["FHV Exempel"]

    def test_to_another_address_is_refused(self, employer: Employer):
        employer.ok("POST", PROVIDERS, BODY, **keyed())
        key = {"name": "x", "scopes": ["admin"]}
        problem = employer.refused(422, "POST", "/v1/api-keys", key, **keyed())
        assert problem["code"] == "idempotency_key_reused"

    def test_by_another_credential_is_another_request(self, employer: Employer):
        other = employer.key_for("admin")
        first, second = (who("POST", PROVIDERS, BODY, **keyed()) for who in (employer, other))
        assert first.json()["id"] != second.json()["id"]
        stranger = employer.service.employer()
        assert "idempotent-replayed" not in stranger("POST", PROVIDERS, BODY, **keyed()).headers

    def test_after_a_day_is_another_request(self, employer: Employer):
        first = employer.ok("POST", PROVIDERS, BODY, **keyed())
        employer.service.pass_time(24 * 3600 - 1)
        assert employer.ok("POST", PROVIDERS, BODY, **keyed()) == first
        employer.service.pass_time(1)
        assert employer.ok("POST", PROVIDERS, BODY, **keyed()) != first

    def test_after_a_restart_gets_the_same_answer(self, database_url: str, tmp_path: Path):
        with Site(database_url, tmp_path) as site:
            serving = site.serve()
            key = new_employer(database_url)
            first = serving.caller(key).ok("POST", PROVIDERS, BODY, **keyed())
            serving.kill()
            serving = site.serve()
            again = serving.caller(key)("POST", PROVIDERS, BODY, **keyed())
            assert again.json() == first
            assert again.headers["idempotent-replayed"] == "true"

    def test_after_a_refusal_is_tried_anew(self, employer: Employer):
        """Only what was done is kept: here a unit that is not there, and then is."""
        missing = {"name": "x", "scopes": ["provider"], "provider_id": "prv_none"}
        for _ in range(2):
            employer.refused(404, "POST", "/v1/api-keys", missing, **keyed())
        assert kept(employer.service) == 0
        employer.ok("POST", PROVIDERS, BODY, **keyed())


ENDPOINT = {"url": "http://127.0.0.1:8009/x"}
SECRET: list[tuple[str, dict[str, Any], str]] = [
    ("/v1/webhook-endpoints", ENDPOINT, "secret"),
    ("/v1/api-keys", {"name": "x", "scopes": ["admin"]}, "api_key"),
]


class TestSecrets:
    @pytest.mark.parametrize(("path", "body", "name"), SECRET)
    def test_are_in_the_first_answer_alone_and_not_kept(
        self, employer: Employer, path: str, body: dict[str, Any], name: str
    ):
        first = employer.ok("POST", path, body, **keyed())
        again = employer.ok("POST", path, body, **keyed())
        assert first.pop(name)
        assert again == first

    def test_of_a_calendar_are_in_the_first_answer_alone(self, employer: Employer):
        series = {
            "kind": "alignment",
            "first_day": "2026-03-05",
            "at": "09:00",
            "interval_weeks": 2,
            "slots": 4,
            "slot_minutes": 30,
            "capacity": 20,
            "participants": ["employee", "manager"],
        }
        feed = {"series_id": employer.ok("POST", "/v1/meeting-series", series)["id"]}
        first = employer.ok("POST", "/v1/calendar-feeds", feed, **keyed())
        again = employer.ok("POST", "/v1/calendar-feeds", feed, **keyed())
        address = first.pop("address")
        assert again == first
        with employer.service.ctx.database.read() as conn:
            [body] = conn.execute(text("SELECT body FROM idempotency_keys")).scalars()
        assert address.removeprefix("/calendars/").removesuffix(".ics") not in body

    def test_of_the_key_itself_are_not_kept(self, employer: Employer):
        employer.ok("POST", PROVIDERS, BODY, **keyed("a-key-of-my-own"))
        with employer.service.ctx.database.read() as conn:
            [row] = conn.execute(text("SELECT * FROM idempotency_keys"))
        assert "a-key-of-my-own" not in " ".join(map(str, row))


class TestTransaction:
    def test_is_one_for_the_effect_and_the_answer(
        self, employer: Employer, monkeypatch: pytest.MonkeyPatch
    ):
        """An answer that cannot be kept undoes what it answers for."""

        def fails(*_: Any) -> None:
            raise RuntimeError

        with monkeypatch.context() as broken:
            broken.setattr("app.access.once.keep_answer", fails)
            employer.refused(500, "POST", PROVIDERS, BODY, **keyed())
        assert employer.items(PROVIDERS) == []
        assert kept(employer.service) == 0
        employer.ok("POST", PROVIDERS, BODY, **keyed())

    def test_tells_the_sender_once_and_after_the_commit(self, employer: Employer):
        endpoint = employer.endpoint("http://127.0.0.1:8009/x")
        database = employer.service.ctx.database
        told: list[int] = []

        def look() -> None:
            with database.read() as conn:
                found = conn.execute(text("SELECT count(*) FROM idempotency_keys"))
                told.append(int(found.scalar_one()))

        database.after_write = look
        path = f"/v1/webhook-endpoints/{endpoint['id']}/test"
        answers = [employer("POST", path, **keyed()) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [202, 202]
        assert answers[0].json() == answers[1].json()
        assert told[0] == 1

    def test_undoes_an_inner_part_that_failed_and_keeps_the_rest(self, service: Service):
        database = service.ctx.database
        counted = text("SELECT count(*) FROM tenants")
        add = text(
            "INSERT INTO tenants (tenant_id, name, settings, version, created_at)"
            " VALUES (:id, 'x', '{}', 1, '2026-03-02 12:00:00')"
        )
        with database.joined():
            with database.write() as conn:
                conn.execute(add, {"id": "ten_kept"})
            with suppress(ValueError), database.write() as conn:
                conn.execute(add, {"id": "ten_undone"})
                raise ValueError
            with database.read() as conn:
                assert conn.execute(counted).scalar_one() == 1
        with database.read() as conn:
            assert conn.execute(counted).scalar_one() == 1


def at_once(*sends: Callable[[], Any]) -> list[Any]:
    """Their answers, in order; they are sent at the same time."""
    answers: list[Any] = [None] * len(sends)
    ready = threading.Barrier(len(sends))

    def send(place: int) -> None:
        ready.wait()
        answers[place] = sends[place]()

    threads = [threading.Thread(target=send, args=[place]) for place in range(len(sends))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


class TestAtOnce:
    def test_one_is_done_and_the_others_replayed_or_told_to_wait(self, employer: Employer):
        answers = at_once(*[lambda: employer("POST", PROVIDERS, BODY, **keyed())] * 6)
        made = employer.items(PROVIDERS)
        assert len(made) == 1
        assert {answer.status_code for answer in answers} <= {201, 409}
        ids = {answer.json()["id"] for answer in answers if answer.status_code == 201}
        assert ids == {made[0]["id"]}
        for answer in answers:
            if answer.status_code == 409:
                assert answer.json()["code"] == "idempotency_key_in_use"
                assert int(answer.headers["retry-after"]) > 0

    def test_one_under_way_makes_the_other_wait(
        self, employer: Employer, monkeypatch: pytest.MonkeyPatch
    ):
        under_way, go_on = threading.Event(), threading.Event()

        def held_up(*given: Any) -> None:
            under_way.set()
            assert go_on.wait(10)
            keep_answer(*given)

        monkeypatch.setattr("app.access.once.keep_answer", held_up)
        first: list[Any] = []
        thread = threading.Thread(
            target=lambda: first.append(employer("POST", PROVIDERS, BODY, **keyed()))
        )
        thread.start()
        assert under_way.wait(10)
        second = employer.refused(409, "POST", PROVIDERS, BODY, **keyed())
        go_on.set()
        thread.join()
        assert second["code"] == "idempotency_key_in_use"
        assert first[0].status_code == 201

    def test_two_processes_do_it_once(self, postgres_url: str, tmp_path: Path):
        with Site(postgres_url, tmp_path) as site:
            key = new_employer(postgres_url)
            callers = [site.serve().caller(key) for _ in range(2)]
            send = [lambda one=one: one("POST", PROVIDERS, BODY, **keyed()) for one in callers * 3]
            answers = at_once(*send)
            assert len(callers[0].items(PROVIDERS)) == 1
            assert {answer.status_code for answer in answers} <= {201, 409}


class TestKey:
    @pytest.mark.parametrize("key", ["a", '"a b"', "a b", "x" * MAX_LENGTH, r'"a\"b\\"', "{}"])
    def test_is_taken(self, employer: Employer, key: str):
        for replayed in (None, "true"):
            answer = employer("POST", PROVIDERS, BODY, **keyed(key))
            assert answer.status_code == 201
            assert answer.headers.get("idempotent-replayed") == replayed

    @pytest.mark.parametrize(
        "key", ["", '""', '"', '"a', 'a"', 'a"b', r'"a\b"', "x" * (MAX_LENGTH + 1), "å", "a\x01b"]
    )
    def test_is_no_key(self, employer: Employer, key: str):
        headers = {"Idempotency-Key": key.encode()}
        problem = employer.refused(422, "POST", PROVIDERS, BODY, headers=headers)
        [error] = problem["errors"]
        assert error["pointer"] == "#/Idempotency-Key"
        assert error["code"] == "invalid_idempotency_key"
        assert employer.items(PROVIDERS) == []

    def test_is_one(self, employer: Employer):
        answer = employer._client.request(
            "POST",
            PROVIDERS,
            json=BODY,
            headers=[
                ("Authorization", f"Bearer {employer.key}"),
                ("Idempotency-Key", "a"),
                ("Idempotency-Key", "b"),
            ],
        )
        assert answer.status_code == 422

    def test_is_passed_over_where_nothing_is_made(self, employer: Employer):
        unit = [{"unit": "norr"}]
        for _ in range(2):
            answer = employer("PUT", "/v1/units", unit, **keyed())
            assert "idempotent-replayed" not in answer.headers
        assert employer("GET", PROVIDERS, **keyed()).status_code == 200
        assert kept(employer.service) == 0

    def test_opens_nothing_for_who_may_not(self, employer: Employer):
        employer.ok("POST", PROVIDERS, BODY, **keyed())
        revoked: Caller = employer.key_for("cases:read")
        assert revoked("POST", PROVIDERS, BODY, **keyed()).status_code == 403


class TestKept:
    def test_is_dropped_when_its_day_is_over_some_at_a_time(self, employer: Employer):
        for number in range(3):
            employer.ok("POST", PROVIDERS, BODY, **keyed(f"old-{number}"))
        employer.service.pass_time(3600)
        employer.ok("POST", PROVIDERS, BODY, **keyed("young"))
        employer.service.pass_time(23 * 3600)
        assert drop_old_answers(employer.service.ctx) == 3
        assert kept(employer.service) == 1
        assert drop_old_answers(employer.service.ctx) == 0

    def test_is_documented_where_it_is_taken(self, service: Service):
        paths = service.app.openapi()["paths"]
        taking = {
            path
            for path, methods in paths.items()
            if any(
                p["name"] == PARAMETER["name"]
                for p in methods.get("post", {}).get("parameters", ())
            )
        }
        creating = {
            path
            for path, methods in paths.items()
            if {"201", "202"} & methods.get("post", {"responses": {}})["responses"].keys()
        }
        assert taking == creating - {"/v1/events"}
        assert len(taking) > 10
