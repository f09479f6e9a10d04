"""Wire forms of calendar feeds, and the answer that is a calendar."""

from typing import Any, Self

from fastapi import Response
from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from app.core.wire import Instant, ShownOnce, WireModel


class CalendarAnswer(Response):
    """iCalendar text; Starlette adds the charset."""

    media_type = "text/calendar"


CALENDAR: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "An iCalendar file (RFC 5545). Titles are neutral; nobody is named.",
        "content": {"text/calendar": {"schema": {"type": "string"}}},
    }
}


class FeedIn(WireModel):
    """Whose calendar: that of a series, or of the meetings of whom a manager leads."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"series_id": "ser_01k0000000000000000000000000"}]}
    )

    series_id: str | None = Field(default=None, max_length=40)
    manager_id: str | None = Field(default=None, max_length=40)

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.series_id is None) == (self.manager_id is None):
            raise PydanticCustomError("one_of_two", "either a series or a manager")
        return self


class FeedOut(BaseModel):
    """A feed without its address."""

    id: str
    series_id: str | None
    manager_id: str | None
    created_at: Instant


class NewFeedOut(ShownOnce, FeedOut):
    """A feed just made; `address` is shown this once."""

    shown_once = frozenset({"address"})

    address: str = Field(description="a path on this server; whoever has it reads the calendar")
