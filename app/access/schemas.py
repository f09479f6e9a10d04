"""Wire forms of the tenant and of API keys."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from app.access.principal import Scope
from app.access.settings import DeadlineSettings, MailSettings, PolicySettings
from app.core.wire import Instant, Name, ShownOnce, WireModel, what_is_named_only


class TenantPatch(WireModel):
    """What changes; whatever is not named, in the policy too, stays as it is."""

    model_config = ConfigDict(
        json_schema_extra=what_is_named_only({"policy": {"merge_gap_days": 1}})
    )

    time_zone: str = Field(default="Europe/Stockholm", max_length=60)
    policy: PolicySettings = PolicySettings()
    release: Literal["automatic", "manual"] = "manual"
    decision_reference: str | None = Field(default=None, min_length=1, max_length=100)
    deadlines: DeadlineSettings = DeadlineSettings()
    mail: MailSettings = MailSettings()
    alignment_from_day: int = Field(default=30, ge=1, le=365)


class TenantOut(BaseModel):
    """A tenant and its settings."""

    id: str
    name: str
    time_zone: str
    policy: PolicySettings
    release: Literal["automatic", "manual"]
    decision_reference: str | None
    deadlines: DeadlineSettings
    mail: MailSettings
    alignment_from_day: int


class ApiKeyIn(WireModel):
    """A new key. `provider_id` goes with the scope `provider`, and only with it."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "payroll", "scopes": ["events:write"]}]}
    )

    name: Name
    scopes: list[Scope] = Field(min_length=1, max_length=9)
    provider_id: str | None = Field(default=None, max_length=40)
    expires_at: Instant | None = None


class ApiKeyOut(BaseModel):
    """A key without its secret."""

    id: str
    name: str
    scopes: list[str]
    provider_id: str | None
    created_at: Instant
    expires_at: Instant | None


class NewApiKeyOut(ShownOnce, ApiKeyOut):
    """A key just made; `api_key` is shown this once."""

    shown_once = frozenset({"api_key"})

    api_key: str
