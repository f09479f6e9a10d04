"""The quick way of a single event answers as the ordinary route does, to the byte."""

import json
from typing import Any

import pytest

from app.ops.hot import PATH, HotPath
from tests.kit import Employer, Service, event

DAY = "2026-03-02"


@pytest.fixture
def employer(service: Service) -> Employer:
    """An employer whose key has opened the route before."""
    employer = service.employer()
    employer.post(event(DAY, employee="first"))
    return employer


@pytest.fixture
def plain(employer: Employer, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Counts what the quick way answered by itself."""
    answered = []

    async def counting(receipt: Any, send: Any) -> None:
        answered.append(receipt.status)
        await original(receipt, send)

    from app.ops import hot  # noqa: PLC0415 - the module, whose function is replaced

    original = hot._answer
    monkeypatch.setattr(hot, "_answer", counting)
    return answered


def asked(employer: Employer, content: bytes, **headers: str) -> Any:
    given = {"Authorization": f"Bearer {employer.key}", "Content-Type": "application/json"}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    given = {name: value for name, value in given.items() if value}
    return employer.service.client.post(PATH, content=content, headers=given)


def on_the_ordinary_way(
    employer: Employer, content: bytes, monkeypatch: pytest.MonkeyPatch, **headers: str
) -> Any:
    with monkeypatch.context() as patched:
        patched.setattr(HotPath, "_serve", lambda self, _, *rest: self._app(*rest))
        return asked(employer, content, **headers)


def alike(one: Any, other: Any) -> bool:
    return (one.status_code, one.content, list(one.headers.raw)) == (
        other.status_code,
        other.content,
        list(other.headers.raw),
    )


def test_what_is_new_and_what_is_said_again_is_answered_alike(
    employer: Employer, plain: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    said = [json.dumps(event(DAY, employee=f"e{n}")).encode() for n in range(4)]
    quick = [asked(employer, body) for body in said[:2]]
    assert plain == ["created"] * 2
    slow = [on_the_ordinary_way(employer, body, monkeypatch) for body in said[2:]]
    for one, other in zip(quick, slow, strict=True):
        hidden = one.json() | {"employee_id": other.json()["employee_id"]}
        assert (one.status_code, hidden) == (201, other.json())
        assert list(one.headers.raw) == list(other.headers.raw)
        assert len(one.content) == len(other.content)
    assert alike(asked(employer, said[0]), on_the_ordinary_way(employer, said[0], monkeypatch))
    assert plain == ["created", "created", "duplicate"]


def test_flags_are_named(employer: Employer, plain: list[str]) -> None:
    days = ("2025-09-01", "2025-10-06", "2025-11-17", "2026-01-12", "2026-03-02")
    answers = [asked(employer, json.dumps(event(day)).encode()).json() for day in days]
    [flag] = employer.items("/v1/flags")
    assert [answer["flags"] for answer in answers] == [[]] * 4 + [[flag["id"]]]
    assert plain == ["created"] * 5


REPORT = event(DAY, id="said")
ODD: dict[str, bytes] = {
    "nothing": b"",
    "no json": b"{",
    "a list": b"[]",
    "said twice": json.dumps(REPORT).replace('"id"', '"id": "1", "id"', 1).encode(),
    "a conflict": json.dumps(REPORT | {"extent": 50}).encode(),
    "an escape": json.dumps(REPORT | {"id": "å"}).encode(),
    "a surrogate": json.dumps(REPORT | {"id": "\ud800"}).encode(),
    "a NUL": json.dumps(REPORT | {"id": "a\0"}).encode(),
    "not UTF-8": json.dumps(REPORT).encode().replace(b"said", b"\xff\xfe"),
    "a mark of byte order": b"\xef\xbb\xbf" + json.dumps(REPORT).encode(),
    "a whole number with a point": json.dumps(REPORT | {"extent": 50.0}).encode(),
    "true": json.dumps(REPORT | {"extent": True}).encode(),
    "unknown": json.dumps(REPORT | {"colour": "blue"}).encode(),
    "a cause": json.dumps(REPORT | {"diagnosis": "J06"}).encode(),
    "in the future": json.dumps(REPORT | {"occurred_at": "2027-03-02T07:00:00Z"}).encode(),
    "years from now": json.dumps(REPORT | {"first_day": "2031-01-01"}).encode(),
    "long": json.dumps(REPORT | {"id": "x" * 20_000}).encode(),
    "very long": b" " * (1024 * 1024 + 1),
    "as it should be": json.dumps(REPORT).encode(),
}
HEADERS: dict[str, dict[str, str]] = {
    "no key": {"Authorization": ""},
    "nobody's key": {"Authorization": f"Bearer omt_{'0' * 26}_{'A' * 43}"},
    "another scheme": {"Authorization": "Basic b210"},
    "in other letters": {"Content_Type": "APPLICATION/JSON; charset=utf-8"},
    "text": {"Content_Type": "text/plain"},
    "none": {"Content_Type": ""},
    "encoded": {"Content_Encoding": "gzip"},
    "an envelope": {"ce_specversion": "1.0", "ce_id": "x"},
    "an envelope of itself": {"Content_Type": "application/cloudevents+json"},
}


@pytest.mark.parametrize("what", ODD)
def test_whatever_is_sent_is_answered_alike(
    employer: Employer, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    for body in (json.dumps(REPORT).encode(), ODD[what]):
        asked(employer, body)
    one = asked(employer, ODD[what])
    assert alike(one, on_the_ordinary_way(employer, ODD[what], monkeypatch))


@pytest.mark.parametrize("what", HEADERS)
def test_whoever_sends_and_however_is_answered_alike(
    employer: Employer, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    for body in (json.dumps(REPORT).encode(), b"{"):
        asked(employer, body, **HEADERS[what])
        one = asked(employer, body, **HEADERS[what])
        assert alike(one, on_the_ordinary_way(employer, body, monkeypatch, **HEADERS[what]))


def test_a_revoked_key_is_shut_out_on_the_next_request(employer: Employer) -> None:
    caller = employer.key_for("events:write")
    body = json.dumps(event(DAY)).encode()
    admin, employer.key = employer.key, caller.key
    assert [asked(employer, body).status_code for _ in range(3)] == [201, 200, 200]
    employer.key = admin
    keys = {key["name"]: key["id"] for key in employer.items("/v1/api-keys")}
    employer.ok("DELETE", f"/v1/api-keys/{keys['test']}")
    employer.key = caller.key
    refused = asked(employer, json.dumps(event(DAY)).encode())
    assert (refused.status_code, refused.json()["code"]) == (401, "unauthenticated")
    assert refused.headers["www-authenticate"] == "Bearer"


def test_a_key_without_the_scope_never_gets_there(employer: Employer, plain: list[str]) -> None:
    employer.key = employer.key_for("cases:read").key
    body = json.dumps(event(DAY)).encode()
    assert [asked(employer, body).status_code for _ in range(2)] == [403, 403]
    assert plain == []


def test_a_full_queue_is_told_of_as_ever(
    employer: Employer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(employer.service.ctx.ingest, "_capacity", 0)
    refused = asked(employer, json.dumps(event(DAY)).encode())
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
