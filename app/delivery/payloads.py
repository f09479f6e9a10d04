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
from app.referrals.moves import employer_view

SCHEMA_VERSION = 1
Audience = Literal["employer", "provider"]


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to tell. `provider_id`: the provider it is addressed to, besides the employer."""

    type: str
    data: Mapping[str, Any]
    provider_id: str | None = None
    consented: bool = False

    def seen_by(self, audience: Audience) -> dict[str, Any]:
        """The data as that audience may see it."""
        data = dict(self.data)
        if audience == "employer" and self.type.startswith("referral."):
            data["state"] = employer_view(data["state"], consented=self.consented)
        return data


def flag_data(flag: Flag, *, employee_id: str, action: str) -> dict[str, Any]:
    """A flag, thin."""
    return {
        "flag_id": flag.id,
        "employee_id": employee_id,
        "rule": flag.rule,
        "rule_version": flag.version,
        "action": action,
        "on": date.fromordinal(flag.on).isoformat(),
        "state": flag.state,
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
