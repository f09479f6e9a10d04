"""ETags (RFC 9110, 8.8.3): whoever edits what others edit too says which version was read."""

import hashlib
from typing import Annotated, Any

from fastapi import Header

from app.core.errors import StaleWrite

IfMatch = Annotated[str | None, Header()]
"""The version that the caller read; without it whatever is there is overwritten."""


def of_version(version: int) -> str:
    """The ETag of a counted version."""
    return f'"{version}"'


def of_content(content: Any) -> str:
    """The ETag of what something says: the same content is the same version, whoever wrote it."""
    return f'"{hashlib.sha256(repr(content).encode()).hexdigest()[:32]}"'


def refuse_stale(if_match: str | None, present: str) -> None:
    """Raise StaleWrite when the caller read another version than the present one."""
    if if_match is not None and if_match.strip() not in ("*", present):
        raise StaleWrite
