"""Anticipated errors and their one shape outside: problem+json (RFC 9457).

An `AppError` carries a stable code and words safe for outsiders. Subclasses stand in the module
that raises them. Nothing here ever repeats what was sent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, ClassVar

from starlette.responses import JSONResponse, Response

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field: where (a JSON pointer as a URI fragment) and why."""

    pointer: str
    code: str
    detail: str


class AppError(Exception):
    """The root. `errors` are for invalid input; `more` are further members of the problem."""

    status: ClassVar[int] = 400
    code: ClassVar[str] = "bad_request"
    detail: ClassVar[str] = "The request cannot be carried out."

    def __init__(
        self,
        errors: Sequence[FieldError] = (),
        *,
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(self.code)
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        self.more = more


class NotFound(AppError):
    """Absent, or not the caller's: the same answer."""

    status = 404
    code = "not_found"
    detail = "There is no such object."


class InvalidInput(AppError):
    """The body or a parameter does not have the form the contract gives it."""

    status = 422
    code = "invalid_input"
    detail = "The input is not valid; see errors."


class Conflict(AppError):
    """The object is in a state that does not allow this."""

    status = 409
    code = "conflict"
    detail = "The object is in a state that does not allow this."


class StaleWrite(AppError):
    """If-Match names another version than the present one."""

    status = 412
    code = "stale_write"
    detail = "The object has changed since it was read; read it again."


class Unavailable(AppError):
    """The database is away or the queue full. What was under way may or may not be stored."""

    status = 503
    code = "unavailable"
    detail = (
        "The service cannot take this now. Events may safely be sent again; "
        "of anything else, look first whether it was stored."
    )

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": "5"})


class Contended(Unavailable):
    """Another transaction was in the way for too long; this one was undone."""


def problem(error: AppError) -> Response:
    """The answer for an anticipated error."""
    errors = [{"pointer": e.pointer, "code": e.code, "detail": e.detail} for e in error.errors]
    more = {"errors": errors, **error.more} if errors else error.more
    return render(error.status, error.code, error.detail, headers=error.headers, more=more)


def render(
    status: int,
    code: str,
    detail: str,
    *,
    headers: Mapping[str, str] | None = None,
    more: Mapping[str, Any] | None = None,
) -> Response:
    """A problem document. `type` names the code; `title` is the status in words."""
    body = {
        "type": f"urn:omtanke:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
        **(more or {}),
    }
    return JSONResponse(body, status, dict(headers or {}), media_type=MEDIA_TYPE)
