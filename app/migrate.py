"""Brings a database to the newest schema, and says whether it is there.

Revisions are numbered files in `migrations/versions`; they run on SQLite and PostgreSQL alike.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection

from app.core.db import Database

FOLDER = Path(__file__).parent.parent / "migrations"


def config_for(connection: Connection) -> Config:
    """Alembic's configuration for one open connection."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["connection"] = connection
    return config


def migrate(database: Database) -> None:
    """Run every revision the database lacks."""
    with database.write() as connection:
        command.upgrade(config_for(connection), "head")


def is_current(connection: Connection) -> bool:
    """Whether the database has the newest revision."""
    head = ScriptDirectory.from_config(config_for(connection)).get_current_head()
    return MigrationContext.configure(connection).get_current_revision() == head
