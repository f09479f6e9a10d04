"""CloudEvents 1.0: the envelope off, and an event as this service knows it left.

`id`, `source`, `type` and `time` of the envelope are the event's `id`, `source`, `type` and
`occurred_at`; `data` has the rest. Sources: CloudEvents 1.0.2, its JSON event format and its HTTP
protocol binding (3.1.3.2 for the decoding of headers).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote_to_bytes

from pydantic import TypeAdapter, ValidationError

from app.core.errors import FieldError, InvalidInput
from app.core.wire import Instant
from app.privacy.fields import WHY, is_forbidden

STRUCTURED = "application/cloudevents+json"
BATCHED = "application/cloudevents-batch+json"
REQUIRED = ("id", "source", "specversion", "type")
OURS = {"id": "id", "source": "source", "type": "type", "time": "occurred_at"}
"""What an attribute is called in the event."""

_NAME = re.compile(r"[a-z0-9]+", re.ASCII)
_PLAIN = re.compile(r"[A-Za-z_]{1,40}", re.ASCII)
_JSON = re.compile(r"[^/]+/(json|[^/]+\+json)", re.ASCII)
_QUOTED = re.compile(rb'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_PREFIX = b"ce-"
_INSTANT: TypeAdapter[Any] = TypeAdapter(Instant)

_MISSING = ("required", "CloudEvents needs this attribute.")
_CONTRADICTS = ("envelope_contradicts", "The envelope and the data say different things.")
_NOT_JSON = ("data_not_json", "The data of an event is a JSON object, in `data`.")
_BAD_NAME = ("invalid_attribute_name", "Attributes have names of lower-case letters and digits.")
_BAD_CODING = ("invalid_encoding", "Headers of CloudEvents are percent-encoded UTF-8.")
_TWICE = ("repeated_attribute", "The attribute is given more than once.")
_BY_CONTENT_TYPE = ("attribute_not_allowed", "In binary mode Content-Type says what the data is.")


@dataclass(frozen=True, slots=True)
class Mode:
    """Where things stand: what leads to an attribute and to the data, as JSON pointers."""

    attribute: str
    data: str


IN_BODY = Mode("#/", "#/data")
IN_HEADERS = Mode("#/ce-", "#")


@dataclass(frozen=True, slots=True)
class Unwrapped:
    """An event in its wire form, and where each of its fields stood."""

    event: dict[str, Any]
    places: Mapping[str, str]
    mode: Mode

    def placed(self, errors: Iterable[FieldError]) -> list[FieldError]:
        """What is wrong with the event, pointing at what was sent."""
        return [replace(error, pointer=self._place(error.pointer)) for error in errors]

    def _place(self, pointer: str) -> str:
        return self.places.get(pointer) or self.mode.data + pointer.removeprefix("#")


def is_binary(headers: Sequence[tuple[bytes, bytes]]) -> bool:
    """Whether the headers carry an envelope, whole or not."""
    return any(name.startswith(_PREFIX) for name, _ in headers)


def unwrap(envelope: Any) -> Unwrapped:
    """The event of an envelope that came as JSON; raises InvalidInput."""
    if not isinstance(envelope, dict):
        raise InvalidInput([FieldError("#", "invalid_object", "An object is needed.")])
    # An attribute without a value may be written as null.
    attributes = {
        name: value
        for name, value in envelope.items()
        if name not in ("data", "data_base64") and value is not None
    }
    errors = _of_type(attributes.get("datacontenttype"))
    data = envelope.get("data")
    if envelope.get("data_base64") is not None:
        errors.append(FieldError("#/data_base64", *_NOT_JSON))
    elif not isinstance(data, dict):
        errors.append(FieldError("#/data", *_NOT_JSON))
    return _event(attributes, data, IN_BODY, errors)


def unwrap_binary(headers: Sequence[tuple[bytes, bytes]], data: Any) -> Unwrapped:
    """The event of an envelope that came in headers `ce-*`, around a body; raises InvalidInput."""
    attributes: dict[str, Any] = {}
    errors = []
    for raw_name, raw in headers:
        if not raw_name.startswith(_PREFIX):
            continue
        name = raw_name.removeprefix(_PREFIX).decode("latin-1")
        value = _decoded(raw)
        if name in attributes:
            errors.append(FieldError(_pointer(IN_HEADERS, name), *_TWICE))
        if value is None:
            errors.append(FieldError(_pointer(IN_HEADERS, name), *_BAD_CODING))
        attributes[name] = value
    if "datacontenttype" in attributes:
        errors.append(FieldError("#/ce-datacontenttype", *_BY_CONTENT_TYPE))
    if not isinstance(data, dict):
        errors.append(FieldError("#", *_NOT_JSON))
    return _event(attributes, data, IN_HEADERS, errors)


def _event(
    attributes: Mapping[str, Any], data: Any, mode: Mode, errors: list[FieldError]
) -> Unwrapped:
    said = data if isinstance(data, dict) else {}
    errors += _wrong_attributes(attributes, mode)
    errors += [
        FieldError(f"{mode.data}/{ours}", *_CONTRADICTS)
        for theirs, ours in OURS.items()
        if theirs in attributes and ours in said and not _agree(attributes[theirs], said[ours])
    ]
    if errors:
        raise InvalidInput(errors)
    # Without a time in the envelope the data says when it was; both may not be silent.
    known = {theirs: ours for theirs, ours in OURS.items() if theirs in attributes}
    event = said | {ours: attributes[theirs] for theirs, ours in known.items()}
    if "occurred_at" not in event:
        known["time"] = "occurred_at"
    places = {f"#/{ours}": f"{mode.attribute}{theirs}" for theirs, ours in known.items()}
    return Unwrapped(event, places, mode)


def _wrong_attributes(attributes: Mapping[str, Any], mode: Mode) -> list[FieldError]:
    errors = [
        FieldError(f"{mode.attribute}{name}", *_MISSING)
        for name in REQUIRED
        if name not in attributes
    ]
    if attributes.get("specversion", "1.0") != "1.0":
        detail = "Version 1.0 of CloudEvents is taken."
        errors.append(FieldError(f"{mode.attribute}specversion", "invalid_choice", detail))
    for name in attributes:
        if is_forbidden(name):
            errors.append(FieldError(_pointer(mode, name), "forbidden_field", WHY))
        elif not _NAME.fullmatch(name):
            errors.append(FieldError(_pointer(mode, name), *_BAD_NAME))
    return errors


def _of_type(content_type: Any) -> list[FieldError]:
    """What is wrong with what the envelope says its data is."""
    media = content_type.partition(";")[0].strip().lower() if _is_text(content_type) else ""
    if content_type is None or _JSON.fullmatch(media):
        return []
    return [FieldError("#/datacontenttype", *_NOT_JSON)]


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _agree(one: Any, other: Any) -> bool:
    """Whether two values are the same; of instants whether they are the same moment."""
    if type(one) is type(other) and one == other:
        return True
    try:
        moments = [_INSTANT.validate_python(value) for value in (one, other)]
    except ValidationError:
        return False
    return bool(moments[0] == moments[1])


def _pointer(mode: Mode, name: str) -> str:
    """To an attribute; one whose name is not plain may be a value gone astray."""
    return f"{mode.attribute}{name}" if _PLAIN.fullmatch(name) else "#"


def _decoded(raw: bytes) -> str | None:
    """The value of a header: quotes off, percent-decoded once; None when that is not UTF-8."""
    quoted = _QUOTED.fullmatch(raw)
    plain = re.sub(rb"\\(.)", rb"\1", quoted[1], flags=re.DOTALL) if quoted else raw
    try:
        return unquote_to_bytes(plain).decode("utf-8")
    except UnicodeDecodeError:
        return None
