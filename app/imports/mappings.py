"""Mapping documents: how the files of one system are to be read, kept under a name."""

from typing import Annotated, Any

from fastapi import Body, Path
from sqlalchemy.engine import Connection

from app.core.errors import FieldError, InvalidInput, NotFound
from app.imports import store

MappingName = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_-]{0,63}$")]
MappingDocument = Annotated[dict[str, Any], Body()]
"""What may be stored under a name."""


def mapping_named(conn: Connection, tenant_id: str, name: str | None) -> dict[str, Any] | None:
    """The mapping of that name, if any is asked for; raises InvalidInput for an unknown one."""
    if name is None:
        return None
    try:
        document: dict[str, Any] = store.mapping_row(conn, tenant_id, name).document
    except NotFound:
        unknown = FieldError("#/mapping", "unknown_mapping", "There is no mapping of that name.")
        raise InvalidInput([unknown]) from None
    return document
