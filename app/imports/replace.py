"""What a file that replaces others takes back: the statements it no longer makes. Pure."""

import hashlib
import json
from datetime import date, datetime

from app.intake.event import Event, make_event


def cancellation(replaced: tuple[str, date, date, datetime], employee: str, absence: str) -> Event:
    """The event by which a file takes an absence back: said when the file was made.

    Its id is a hash of all it says, so that taking it back twice is no news.
    """
    source, _, _, said_at = replaced
    said = {
        "source": source,
        "type": "absence.cancelled",
        "occurred_at": said_at.isoformat(),
        "employee": employee,
        "absence": absence,
    }
    text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    digest = hashlib.sha256(text.encode()).hexdigest()[:40]
    return make_event({**said, "id": digest, "occurred_at": said_at})
