"""What the edges are given: settings, database, clock, key ring and the writer's queue."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Request

from app.core.clock import Clock
from app.core.crypt import KeyRing
from app.core.db import Database
from app.core.settings import Settings
from app.core.writer import Writer


@dataclass(frozen=True, slots=True)
class Context:
    """Made once by an entry point. `ingest` takes events (its types are intake's)."""

    settings: Settings
    database: Database
    clock: Clock
    keys: KeyRing
    ingest: Writer[Any, Any]

    def now(self) -> datetime:
        """The present instant, read once an action."""
        return self.clock.now()


def context_of(request: Request) -> Context:
    """The context of the application that serves the request."""
    found: Context = request.app.state.context
    return found


Ctx = Annotated[Context, Depends(context_of)]
