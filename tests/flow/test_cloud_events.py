"""CloudEvents: taken as a producer that is not ours makes them, refused where they are wrong."""

import json
from datetime import datetime
from typing import Any

import pytest
from cloudevents.core.bindings.http import HTTPMessage, to_binary, to_structured
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from tests.kit import Employer, Service, event

ONE, MANY = "/v1/events", "/v1/events/batch"
STRUCTURED = {"Content-Type": "application/cloudevents+json"}
BATCHED = {"Content-Type": "application/cloudevents-batch+json; charset=UTF-8"}
SAID = event("2026-03-02", id="hr-1", source="/hr/sjukanmälan 100%", employee="Åsa-1")
ENVELOPE = {"id": "id", "source": "source", "type": "type", "occurred_at": "time"}
BINARY = {
    "Content-Type": "application/json",
    "ce-specversion": "1.0",
    "ce-id": "hr-1",
    "ce-source": "hr",
    "ce-type": "absence.reported",
    "ce-time": "2026-03-02T06:58:00+01:00",
}
DATA = {k: v for k, v in event("2026-03-02").items() if k not in ENVELOPE}
ENVELOPED = {k.removeprefix("ce-"): v for k, v in BINARY.items() if k.startswith("ce-")}
STRUCTURE = ENVELOPED | {"data": DATA}

WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"specversion": "0.3"}, "#/specversion", "invalid_choice"),
    ({"specversion": 1.0}, "#/specversion", "invalid_choice"),
    ({"id": ""}, "#/id", "too_short"),
    ({"id": 5}, "#/id", "invalid_string"),
    ({"id": "a\x01"}, "#/id", "invalid_format"),
    ({"source": "x" * 201}, "#/source", "too_long"),
    ({"type": "se.example.sick"}, "#/type", "invalid_choice"),
    ({"time": "2026-03-02T06:58:00"}, "#/time", "invalid_instant"),
    ({"time": "2026-03-04T06:58:00Z"}, "#/time", "occurred_in_future"),
    ({"time": 5}, "#/time", "invalid_instant"),
    ({"datacontenttype": "text/xml"}, "#/datacontenttype", "data_not_json"),
    ({"datacontenttype": 5}, "#/datacontenttype", "data_not_json"),
    ({"data": None}, "#/data", "data_not_json"),
    ({"data": "{}"}, "#/data", "data_not_json"),
    ({"data": [DATA]}, "#/data", "data_not_json"),
    ({"data_base64": "e30="}, "#/data_base64", "data_not_json"),
    ({"Camel": "x"}, "#/Camel", "invalid_attribute_name"),
    ({"first_day": "x"}, "#/first_day", "invalid_attribute_name"),
    ({"191212121212-": "x"}, "#", "invalid_attribute_name"),
    ({"diagnosis": "x"}, "#/diagnosis", "forbidden_field"),
    ({"data": DATA | {"first_day": "2026-02-30"}}, "#/data/first_day", "invalid_date"),
    ({"data": DATA | {"first_day": "2029-02-01"}}, "#/data/first_day", "date_out_of_range"),
    ({"data": DATA | {"orsak": "x"}}, "#/data/orsak", "forbidden_field"),
]
CONTRADICTIONS: list[tuple[str, Any]] = [
    ("id", "hr-2"),
    ("source", "HR"),
    ("type", "absence.cancelled"),
    ("occurred_at", "2026-03-02T06:58:01+01:00"),
    ("occurred_at", "then"),
    ("id", 1),
    ("id", None),
]
OTHER_FORMS = [
    (ONE, "application/cloudevents-batch+json"),
    (MANY, "application/cloudevents+json"),
    (ONE, "application/cloudevents+avro"),
    (ONE, "application/cloudevents"),
    (MANY, "application/cloudevents-batch+xml"),
    (ONE, "application/x-ndjson"),
]
ENCODED: list[str | bytes] = [
    "%C3%85sa%20%22100%25%22",
    "%c3%85sa%20%22100%25%22",
    '"%C3%85sa \\"100%25\\""',
    "%C3%85%73%61%20%22100%25%22",
    "Åsa %22100%25%22".encode(),
]
WRONG_HEADERS = [
    ({"ce-specversion": "0.3"}, "#/ce-specversion", "invalid_choice"),
    ({"ce-id": ""}, "#/ce-id", "too_short"),
    ({"ce-id": "a%00"}, "#/ce-id", "invalid_format"),
    ({"ce-type": "sick"}, "#/ce-type", "invalid_choice"),
    ({"ce-time": "today"}, "#/ce-time", "invalid_instant"),
    (
        {"ce-datacontenttype": "application/json"},
        "#/ce-datacontenttype",
        "attribute_not_allowed",
    ),
    ({"ce-diagnosis": "x"}, "#/ce-diagnosis", "forbidden_field"),
    ({"ce-a-b": "x"}, "#", "invalid_attribute_name"),
]


@pytest.fixture
def employer(service: Service) -> Employer:
    return service.employer()


def made(said: dict[str, Any], **more: Any) -> CloudEvent:
    """The event as another library puts it into an envelope."""
    attributes = {theirs: said[ours] for ours, theirs in ENVELOPE.items()}
    attributes["time"] = datetime.fromisoformat(attributes["time"])
    attributes |= {"datacontenttype": "application/json"} | more
    return CloudEvent(attributes, {k: v for k, v in said.items() if k not in ENVELOPE})


def sent(employer: Employer, message: HTTPMessage) -> Any:
    return employer("POST", ONE, content=message.body, headers=message.headers)


def refused(employer: Employer, body: Any, headers: dict[str, Any]) -> list[tuple[str, str]]:
    """Where and why; nothing is stored."""
    problem = employer.refused(422, "POST", ONE, body, headers=headers)
    assert employer.ok("POST", "/v1/employees/search", {})["items"] == []
    return [(error["pointer"], error["code"]) for error in problem["errors"]]


class TestAnotherProducer:
    @pytest.mark.parametrize("form", [to_structured, to_binary])
    def test_is_understood_and_says_what_plain_json_says(self, employer: Employer, form: Any):
        answer = sent(employer, form(made(SAID, dataclassification="restricted"), JSONFormat()))
        assert answer.status_code == 201, answer.text
        # Were one field another, this would be a conflict.
        assert employer.ok("POST", ONE, SAID)["status"] == "duplicate"

    def test_sends_many_at_once(self, employer: Employer):
        events = [event("2026-02-02"), event("2026-03-02", type="nonsense"), SAID]
        batch = [json.loads(to_structured(made(one), JSONFormat()).body) for one in events]
        results = employer.ok("POST", MANY, batch, headers=BATCHED)
        assert [one["status"] for one in results] == ["created", "invalid", "created"]
        assert results[1]["errors"][0]["pointer"] == "#/type"
        assert [one["status"] for one in employer.batch(events[0], SAID)] == ["duplicate"] * 2

    def test_that_contradicts_itself_later_is_told(self, employer: Employer):
        employer.ok("POST", ONE, SAID)
        other = made(SAID | {"extent": 50})
        assert sent(employer, to_structured(other, JSONFormat())).status_code == 409


class TestEnvelope:
    def test_may_be_repeated_in_the_data_when_it_agrees(self, employer: Employer):
        """The same moment in another zone is the same time."""
        again = {"id": "hr-1", "source": "hr", "occurred_at": "2026-03-02T05:58:00Z"}
        body = STRUCTURE | {"data": DATA | again | {"type": "absence.reported"}}
        assert employer("POST", ONE, body, headers=STRUCTURED).status_code == 201

    def test_that_contradicts_the_data_is_refused(self, employer: Employer):
        for name, value in CONTRADICTIONS:
            said = DATA | {name: value}
            where = [(f"#/data/{name}", "envelope_contradicts")]
            assert refused(employer, STRUCTURE | {"data": said}, STRUCTURED) == where
            assert refused(employer, said, BINARY) == [(f"#/{name}", "envelope_contradicts")]

    def test_without_a_time_leaves_it_to_the_data(self, employer: Employer):
        said = {k: v for k, v in STRUCTURE.items() if k != "time"}
        assert refused(employer, said, STRUCTURED) == [("#/time", "required")]
        late = said | {"data": DATA | {"occurred_at": "2026-03-04T06:58:00+01:00"}}
        assert refused(employer, late, STRUCTURED) == [("#/data/occurred_at", "occurred_in_future")]
        in_time = said | {"data": DATA | {"occurred_at": "2026-03-02T06:58:00+01:00"}}
        assert employer("POST", ONE, in_time, headers=STRUCTURED).status_code == 201

    def test_needs_its_attributes(self, employer: Employer):
        for name in ("id", "source", "type", "specversion"):
            self._needs(employer, name)

    def _needs(self, employer: Employer, name: str) -> None:
        for nothing in (
            {k: v for k, v in STRUCTURE.items() if k != name},
            STRUCTURE | {name: None},
        ):
            body = nothing | {"data": DATA | {"id": "a", "source": "b"}}
            assert (f"#/{name}", "required") in refused(employer, body, STRUCTURED)
        headers = {k: v for k, v in BINARY.items() if k != f"ce-{name}"}
        assert refused(employer, DATA, headers) == [(f"#/ce-{name}", "required")]

    def test_that_is_wrong_is_pointed_at(self, employer: Employer):
        for change, where, code in WRONG:
            assert refused(employer, STRUCTURE | change, STRUCTURED) == [(where, code)]
            [result] = employer.ok("POST", MANY, [STRUCTURE | change], headers=BATCHED)
            found = [(error["pointer"], error["code"]) for error in result["errors"]]
            assert found == [(where, code)]

    @pytest.mark.parametrize(
        "media", ["application/json", "application/vnd.hr+json; charset=utf-8"]
    )
    def test_says_that_its_data_is_json(self, employer: Employer, media: str):
        body = STRUCTURE | {"datacontenttype": media, "subject": "x", "partitionkey": "x"}
        assert employer("POST", ONE, body, headers=STRUCTURED).status_code == 201

    def test_is_an_object(self, employer: Employer):
        for body in ([STRUCTURE], None, "x", 1):
            self._is_refused(employer, body)

    def _is_refused(self, employer: Employer, body: Any) -> None:
        content = json.dumps(body)
        answer = employer("POST", ONE, content=content, headers=STRUCTURED)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == "#"

    def test_goes_through_the_strict_parser(self, employer: Employer):
        for path, headers in ((ONE, STRUCTURED), (MANY, BATCHED), (ONE, BINARY)):
            for body in (b'{"id": 1, "id": 2}', b"", b'{"a": NaN}', b'{"a": "\\u0000"}'):
                problem = employer.refused(400, "POST", path, content=body, headers=headers)
                assert problem["code"] == "malformed_json"


class TestHeaders:
    def test_are_decoded_once(self, employer: Employer):
        for number, written in enumerate(ENCODED):
            answer = employer(
                "POST", ONE, DATA, headers=BINARY | {"ce-source": written, "ce-id": f"{number}"}
            )
            assert answer.status_code == 201, answer.text
            said = DATA | {"id": f"{number}", "source": 'Åsa "100%"', "type": "absence.reported"}
            said |= {"occurred_at": BINARY["ce-time"]}
            assert employer.ok("POST", ONE, said)["status"] == "duplicate"

    def test_that_are_not_utf_8_are_refused(self, employer: Employer):
        for written in ("%C3", "%E5", "%ED%A0%80", "%C0%AF", "%FF"):
            for name in ("ce-source", "ce-subject"):
                found = refused(employer, DATA, BINARY | {name: written})
                assert found == [(f"#/{name}", "invalid_encoding")]

    def test_that_are_wrong_are_pointed_at(self, employer: Employer):
        for change, where, code in WRONG_HEADERS:
            assert refused(employer, DATA, BINARY | change) == [(where, code)]

    def test_that_are_given_twice_are_refused(self, employer: Employer):
        headers = [*BINARY.items(), ("ce-id", "hr-2"), ("Authorization", f"Bearer {employer.key}")]
        answer = employer._client.request("POST", ONE, json=DATA, headers=headers)
        found = [(error["pointer"], error["code"]) for error in answer.json()["errors"]]
        assert found == [("#/ce-id", "repeated_attribute")]

    def test_point_into_the_body_for_what_stands_there(self, employer: Employer):
        found = refused(employer, DATA | {"extent": 0}, BINARY)
        assert found == [("#/extent", "out_of_range")]
        assert refused(employer, [DATA], BINARY) == [("#", "data_not_json")]


class TestMedia:
    def test_of_another_form_is_unsupported(self, employer: Employer):
        for path, media in OTHER_FORMS:
            answer = employer("POST", path, content=b"{}", headers={"Content-Type": media})
            assert answer.status_code == 415

    def test_of_a_binary_event_is_json(self, employer: Employer):
        headers = BINARY | {"Content-Type": "text/xml"}
        assert employer("POST", ONE, content=b"<a/>", headers=headers).status_code == 415

    def test_that_is_encoded_is_unsupported(self, employer: Employer):
        for path, headers in ((ONE, STRUCTURED), (MANY, BATCHED), (ONE, BINARY)):
            answer = employer(
                "POST", path, content=b"x", headers=headers | {"Content-Encoding": "gzip"}
            )
            assert answer.status_code == 415

    def test_has_the_limits_of_json(self, employer: Employer):
        large = b" " * (1024 * 1024 + 1)
        for headers in (STRUCTURED, BINARY):
            employer.refused(413, "POST", ONE, content=large, headers=headers)
        employer.refused(413, "POST", MANY, content=large * 16, headers=BATCHED)
        employer.refused(422, "POST", MANY, [1] * 1001, headers=BATCHED)
