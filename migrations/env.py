"""Alembic's entry: runs revisions on the connection it is handed, one transaction each.

On PostgreSQL with limits on locks and statements, so that a migration never stops the service.
"""

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import JSON, text

import app.schema  # noqa: F401 - declares every table
from app.core.db import Base, Instant

connection = context.config.attributes["connection"]
if connection.dialect.name == "postgresql":
    connection.execute(text("SET lock_timeout = '4s'"))
    connection.execute(text("SET statement_timeout = '60s'"))


def render_item(kind: str, item: object, autogen_context: AutogenContext) -> str | Literal[False]:
    """Our own types by name, so that a revision reads as the tables do."""
    if kind == "type" and isinstance(item, Instant | JSON):
        autogen_context.imports.add("from app.core.db import Instant, Json")
        return "Instant()" if isinstance(item, Instant) else "Json"
    return False


context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=True,
    compare_type=True,
    render_item=render_item,
)
with context.begin_transaction():
    context.run_migrations()
