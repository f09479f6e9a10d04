"""Mapping documents as they are kept: under a name, and with imports that were begun by them."""

from typing import Annotated, Any

from fastapi import Path
from sqlalchemy.engine import Connection

from app.core.errors import FieldError, InvalidInput, NotFound
from app.imports import store
from app.intake.mappings import Mapping

MappingName = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_-]{0,63}$")]


def mapping_from(document: Any) -> Mapping | None:
    """A mapping as it was stored, if any."""
    return Mapping.model_validate(document) if document is not None else None


def mapping_named(conn: Connection, tenant_id: str, name: str | None) -> Mapping | None:
    """The mapping of that name, if any is asked for; raises InvalidInput for an unknown one."""
    if name is None:
        return None
    try:
        return mapping_from(store.mapping_row(conn, tenant_id, name).document)
    except NotFound:
        unknown = FieldError("#/mapping", "unknown_mapping", "There is no mapping of that name.")
        raise InvalidInput([unknown]) from None
