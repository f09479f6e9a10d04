"""NDJSON is taken as it comes: any size, in bounded memory, and nothing good is lost."""

import itertools
import json
import shutil
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event as listening
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from app.core.errors import Unavailable
from app.core.writer import Writer
from app.intake import forms, stream
from app.intake.ndjson import MAX_LINE_BYTES
from tests import postgres
from tests.kit import FIVE, Employer, Service, at, event, settings_for
from tests.process import Serving, Site, new_employer, wait_until
from tests.rawclient import Raw

PATH = "/v1/events/batch"
NDJSON = "application/x-ndjson"
HEADERS = {"Content-Type": NDJSON}
_numbers = itertools.count(1)


@pytest.fixture
def employer(service: Service) -> Employer:
    return service.employer()


def fresh(count: int) -> list[dict[str, Any]]:
    """Events that nobody has sent, of as many employees."""
    return [
        event("2026-03-02", id=f"line-{n}", employee=f"line-{n}")
        for n in itertools.islice(_numbers, count)
    ]


def lines(events: Iterable[Any]) -> bytes:
    return b"".join(json.dumps(one).encode() + b"\n" for one in events)


def results(body: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in body.splitlines()]


def sent(employer: Employer, body: bytes | Iterator[bytes]) -> list[dict[str, Any]]:
    answer = employer("POST", PATH, content=body, headers=HEADERS)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == NDJSON
    return results(answer.content)


def stored(url: str) -> int:
    """How many events there are, looked at from beside the service."""
    with Service(settings_for(url)) as beside:
        return count(beside)


def count(service: Service) -> int:
    with service.ctx.database.read() as conn:
        return int(conn.execute(text("SELECT count(*) FROM events")).scalar_one())


class TestLines:
    def test_are_answered_like_the_items_of_a_batch(self, employer: Employer):
        said = [event(day) for day in FIVE]
        taken: list[Any] = [
            *said,
            said[0],
            said[1] | {"extent": 50},
            said[0] | {"first_day": "2026-02-30"},
            [],
            said[2] | {"x": 1},
        ]
        answers = sent(employer, lines(taken))
        other = employer.service.employer()
        expected = other.batch(*taken)
        assert [a["status"] for a in answers] == [a["status"] for a in expected]
        assert [a.get("errors") for a in answers] == [a.get("errors") for a in expected]
        assert [a.keys() for a in answers] == [a.keys() for a in expected]
        [flag] = employer.items("/v1/flags")
        assert [a["flags"] for a in answers[:5]] == [[flag["id"]]] * 5

    def test_may_be_blank_and_end_as_they_like(self, employer: Employer):
        one, two = (lines([said]).strip() for said in fresh(2))
        body = b"\xef\xbb\xbf\n" + one + b"\r\n \t\n\r\n" + two
        assert [a["status"] for a in sent(employer, body)] == ["created", "created"]
        assert sent(employer, b"") == []
        assert sent(employer, b"\n\n") == []

    def test_that_are_wrong_fail_no_neighbour(self, employer: Employer):
        good = [lines([said]).strip() for said in fresh(3)]
        bad = [
            b'{"id": 1, "id": 1}',
            b"{",
            b"\xff",
            b'{"extent": NaN}',
            b'"\\u0000"',
            b"[" * 40,
            b" " * MAX_LINE_BYTES + b"{}",
        ]
        answers = sent(employer, b"\n".join([good[0], *bad, good[1], b"null", good[2]]))
        codes = [[error["code"] for error in a.get("errors", ())] for a in answers]
        malformed, too_long, no_object = ["malformed_json"], ["line_too_long"], ["invalid_object"]
        assert codes == [[], *[malformed] * 6, too_long, [], no_object, []]
        assert {e["pointer"] for a in answers for e in a.get("errors", ())} == {"#"}
        assert [a["status"] for a in answers].count("created") == 3

    def test_are_more_than_a_batch_may_hold(self, employer: Employer):
        said = fresh(1200)
        answers = sent(employer, (lines([one]) for one in said))
        assert [a["status"] for a in answers] == ["created"] * 1200
        again = sent(employer, lines(said))
        assert [a["employee_id"] for a in again] == [a["employee_id"] for a in answers]
        assert {a["status"] for a in again} == {"duplicate"}

    def test_are_taken_by_either_name(self, employer: Employer):
        for media in ("application/ndjson", "application/x-ndjson; charset=utf-8"):
            [said] = fresh(1)
            answer = employer("POST", PATH, content=lines([said]), headers={"Content-Type": media})
            assert answer.json()["status"] == "created"

    def test_are_not_taken_from_who_may_not(self, employer: Employer):
        reader = employer.key_for("cases:read")
        assert reader("POST", PATH, content=lines(fresh(1)), headers=HEADERS).status_code == 403
        encoded = HEADERS | {"Content-Encoding": "gzip"}
        assert employer("POST", PATH, content=b"x", headers=encoded).status_code == 415
        assert count(employer.service) == 0


class TestLimit:
    @pytest.mark.parametrize("chunked", [True, False])
    def test_is_one_of_real_bytes(
        self, employer: Employer, monkeypatch: pytest.MonkeyPatch, chunked: bool
    ):
        """Of a gibibyte, made smaller here."""
        assert forms.MAX_STREAM == 2**30
        monkeypatch.setattr(forms, "MAX_STREAM", 200_000)
        monkeypatch.setattr(stream, "CHUNK", 10)
        body = lines(fresh(1000))
        assert len(body) > 200_000
        content: Any = (body[n : n + 5000] for n in range(0, len(body), 5000)) if chunked else body
        problem = employer.refused(413, "POST", PATH, content=content, headers=HEADERS)
        assert problem["code"] == "body_too_large"
        smaller = body[:200_000].rpartition(b"\n")[0]
        assert {a["status"] for a in sent(employer, smaller)} <= {"created", "duplicate"}


class TestOutage:
    def test_claims_nothing_and_all_may_be_sent_again(self, employer: Employer):
        said = fresh(1100)
        commits = itertools.count()

        def goes_away(_: Any) -> None:
            if next(commits) > 0:
                raise OperationalError("COMMIT", {}, Exception())

        engine = employer.service.ctx.database.engine
        listening.listen(engine, "commit", goes_away)
        try:
            answer = employer("POST", PATH, content=lines(said), headers=HEADERS)
        finally:
            listening.remove(engine, "commit", goes_away)
        assert answer.status_code == 503
        assert answer.json()["code"] == "unavailable"
        assert int(answer.headers["retry-after"]) > 0
        before = count(employer.service)
        assert 0 < before < len(said)
        statuses = [a["status"] for a in sent(employer, lines(said))]
        assert statuses.count("duplicate") == before
        assert statuses.count("created") == len(said) - before


class TestFullQueue:
    @pytest.fixture
    def narrow(self, database_url: str) -> Iterator[Employer]:
        with Service(settings_for(database_url, queue_capacity=7)) as service:
            yield service.employer()

    def test_makes_the_caller_wait_and_loses_nothing(self, narrow: Employer):
        bodies = [lines(fresh(40)) for _ in range(4)]
        answers: list[list[dict[str, Any]]] = []
        threads = [
            threading.Thread(target=lambda body=body: answers.append(sent(narrow, body)))
            for body in bodies
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [a["status"] for one in answers for a in one] == ["created"] * 160

    def test_is_waited_for_with_an_end(self, employer: Employer, monkeypatch: pytest.MonkeyPatch):
        tries = itertools.count()

        def full(*_: Any) -> None:
            next(tries)
            raise Unavailable

        monkeypatch.setattr(stream, "PATIENCE_S", 0.2)
        monkeypatch.setattr(Writer, "submit", full)
        employer.refused(503, "POST", PATH, content=lines(fresh(5)), headers=HEADERS)
        assert next(tries) > 2
        assert count(employer.service) == 0


def now_said(count: int) -> list[dict[str, Any]]:
    """The same for a service that goes by the real clock: long past, so that nothing follows."""
    return [one | {"occurred_at": at("2026-03-02", 7).isoformat()} for one in fresh(count)]


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def shared_url(request: pytest.FixtureRequest, tmp_path_factory: Any) -> Iterator[str]:
    """A database for all that goes over real sockets: processes take seconds to start."""
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("served") / "omtanke.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
    else:
        server = request.getfixturevalue("postgres_server")
        with postgres.clone(server, request.getfixturevalue("postgres_template")) as url:
            yield url


@pytest.fixture(scope="module")
def serving(shared_url: str, tmp_path_factory: Any) -> Iterator[Serving]:
    with Site(shared_url, tmp_path_factory.mktemp("serving")) as site:
        yield site.serve()


@pytest.fixture(scope="module")
def key(serving: Serving, shared_url: str) -> str:
    return new_employer(shared_url)


class TestServer:
    """Over real sockets."""

    @pytest.mark.parametrize("chunked", [True, False])
    def test_refuses_what_is_too_large_however_it_is_sent(
        self, serving: Serving, key: str, chunked: bool
    ):
        with Raw(serving.port, key) as raw:
            size = 1024 * 1024 + 1
            raw.begin("/v1/events", "application/json", None if chunked else size)
            if chunked:
                raw.chunk(b" " * size)
            else:
                raw.socket.sendall(b" " * size)
            status, _, body = raw.answer()
        assert status == 413
        assert json.loads(body)["code"] == "body_too_large"

    def test_does_not_wait_for_a_client_that_sends_all_before_it_reads(
        self, serving: Serving, key: str
    ):
        """20,000 lines; the results are larger than all buffers on the way."""
        said = now_said(300)
        body = lines(said) + b'{"type": "none"}\n' * 19_700
        with Raw(serving.port, key) as raw:
            raw.begin(PATH, NDJSON, len(body))
            raw.socket.sendall(body)
            status, headers, answer = raw.answer()
        assert status == 200
        assert int(headers["content-length"]) == len(answer) > 2_000_000
        statuses = [one["status"] for one in results(answer)]
        assert statuses == ["created"] * 300 + ["invalid"] * 19_700

    def test_keeps_what_came_of_a_client_that_hangs_up(
        self, serving: Serving, key: str, shared_url: str
    ):
        before = stored(shared_url)
        said = now_said(700)
        with Raw(serving.port, key) as raw:
            raw.begin(PATH, NDJSON)
            for start in range(0, 700, 50):
                raw.chunk(lines(said[start : start + 50]))
            raw.chunk(lines(now_said(1))[:40])
            wait_until(lambda: stored(shared_url) == before + stream.CHUNK)
        caller = serving.caller(key)
        again = results(caller("POST", PATH, content=lines(said), headers=HEADERS).content)
        statuses = [one["status"] for one in again]
        assert statuses == ["duplicate"] * stream.CHUNK + ["created"] * 200
        assert stored(shared_url) == before + 700
        assert "error" not in serving.errors

    def test_holds_little_of_a_large_body(self, serving: Serving, key: str):
        """48 MiB of long lines, each of them an answer."""
        line = b'{"id": "' + b"x" * 32_000 + b'"}\n'
        caller = serving.caller(key)
        caller("POST", PATH, content=line * 50, headers=HEADERS)
        before = peak_kib(serving)
        answer = caller("POST", PATH, content=(line * 10 for _ in range(150)), headers=HEADERS)
        assert len(results(answer.content)) == 1500
        assert peak_kib(serving) - before < 24 * 1024


def peak_kib(serving: Serving) -> int:
    """The most memory that the process has ever held."""
    status = Path(f"/proc/{serving._popen.pid}/status").read_text("ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
