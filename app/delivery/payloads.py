"""What a webhook says: thin - ids, codes and a link - and never a cause, a name or a number.

One message may read differently to the employer and to the provider: what happens in a talk is
the provider's secret until the employee consents.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from app.flags.picture import Flag

SCHEMA_VERSION = 1
Audience = Literal["employer", "provider"]


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to tell.

    `data` is the whole of it, for the provider it is addressed to, if any; `employer` is what
    the employer may see of it, None when that is nothing.
    """

    type: str
    data: Mapping[str, Any]
    employer: Mapping[str, Any] | None
    provider_id: str | None = None

    def seen_by(self, audience: Audience) -> Mapping[str, Any]:
        """The data as that audience may see it; nothing for whom it is not told to."""
        return self.data if audience == "provider" else self.employer or {}

    def is_for(self, audience_id: str | None) -> bool:
        """Whether it is told to that provider, or to the employer itself (None)."""
        if audience_id is None:
            return self.employer is not None
        return audience_id == self.provider_id


def flag_data(flag: Flag, *, employee_id: str, action: str, proposes: str | None) -> dict[str, Any]:
    """A flag, thin."""
    return {
        "flag_id": flag.id,
        "employee_id": employee_id,
        "rule": flag.rule,
        "rule_version": flag.version,
        "action": action,
        "on": date.fromordinal(flag.on).isoformat(),
        "state": flag.state,
        "proposes": proposes,
        "link": f"/v1/flags/{flag.id}",
    }


def referral_data(row: Any) -> dict[str, Any]:
    """A stored referral, thin."""
    return {
        "referral_id": row.referral_id,
        "employee_id": row.employee_id,
        "provider_id": row.provider_id,
        "service": row.service,
        "state": row.state,
        "decision_reference": row.decision_reference,
        "link": f"/v1/referrals/{row.referral_id}",
    }


def meeting_data(row: Any) -> dict[str, Any]:
    """A stored meeting, thin."""
    return {
        "meeting_id": row.meeting_id,
        "employee_id": row.employee_id,
        "referral_id": row.referral_id,
        "series_id": row.series_id,
        "kind": row.kind,
        "state": row.state,
        "starts_at": row.starts_at.isoformat().replace("+00:00", "Z"),
        "minutes": row.minutes,
        "link": f"/v1/meetings/{row.meeting_id}",
    }


def body_of(
    message_id: str, message_type: str, occurred_at: datetime, data: Mapping[str, Any]
) -> bytes:
    """The exact bytes that are stored, signed and sent."""
    document = {
        "id": message_id,
        "type": message_type,
        "occurred_at": occurred_at.isoformat().replace("+00:00", "Z"),
        "schema_version": SCHEMA_VERSION,
        "data": dict(data),
    }
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()
