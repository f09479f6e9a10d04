"""What tests of the simulation share."""

from collections.abc import Iterable
from typing import Any

from app.intake.event import Event
from app.rules.cases import event_from_json


def events_of(said: Iterable[dict[str, Any]]) -> list[Event]:
    """Events from their wire form."""
    return [event_from_json(one) for one in said]
