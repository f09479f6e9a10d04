"""Wire forms of endpoints, deliveries and what a webhook carries."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from app.core.wire import Instant, ShownOnce, WireModel

MessageType = Literal[
    "flag.raised",
    "flag.updated",
    "flag.withdrawn",
    "referral.requested",
    "referral.withdrawn",
    "referral.basis_changed",
    "referral.updated",
    "referral.overdue",
    "meeting.planned",
    "meeting.cancelled",
    "unit.signal",
    "feed.silent",
    "ping",
]
DeliveryState = Literal["pending", "delivered", "failed", "cancelled"]


class EndpointIn(WireModel):
    """Where webhooks go: a provider's endpoint, or without one the employer's own."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"url": "https://fhv.example/omtanke", "types": ["referral.requested"]}]
        }
    )

    url: str = Field(min_length=8, max_length=2000)
    provider_id: str | None = Field(default=None, max_length=40)
    types: list[MessageType] | None = Field(
        default=None, min_length=1, max_length=20, description="default: all it may have"
    )
    detail: Literal["thin"] = "thin"
    signature: Literal["v1"] = "v1"


class EndpointOut(BaseModel):
    """An endpoint without its secret."""

    id: str
    url: str
    provider_id: str | None
    types: list[str] | None
    detail: Literal["thin"] = "thin"
    signature: Literal["v1"] = "v1"
    created_at: Instant


class NewEndpointOut(ShownOnce, EndpointOut):
    """An endpoint just made; `secret` is shown this once."""

    shown_once = frozenset({"secret"})

    secret: str


class TestOut(BaseModel):
    """The delivery of a `ping` that was put on its way."""

    __test__ = False

    delivery_id: str


class AttemptOut(BaseModel):
    """One attempt as it ended."""

    number: int
    at: Instant
    duration_ms: int
    status: int | None
    outcome: str
    next_at: Instant | None


class DeliveryOut(BaseModel):
    """A message on its way to an endpoint."""

    id: str
    message_id: str
    type: str
    endpoint_id: str
    state: DeliveryState
    attempts_made: int
    next_at: Instant | None
    created_at: Instant


class DeliveryDetailOut(DeliveryOut):
    """The same with every attempt."""

    attempts: list[AttemptOut]


class FlagData(BaseModel):
    """A flag, thin."""

    flag_id: str
    employee_id: str
    rule: str
    rule_version: int
    action: Literal["notify", "refer"]
    on: str
    state: str
    proposes: Literal["alignment"] | None
    link: str


class ReferralData(BaseModel):
    """A referral, thin; `state` as the receiver may see it."""

    referral_id: str
    employee_id: str
    provider_id: str | None
    service: str
    state: str
    decision_reference: str | None
    link: str


class OverdueData(ReferralData):
    """A referral whose deadline has passed; `step` where the receiver may know it."""

    step: Literal["accept", "talk", "three_party", "plan", "follow_up"] | None
    due_on: str | None


class MeetingData(BaseModel):
    """A meeting, thin."""

    meeting_id: str
    employee_id: str
    referral_id: str | None
    series_id: str | None
    kind: str
    state: str
    starts_at: str
    minutes: int
    link: str


class FeedData(BaseModel):
    """A source that is usually heard from: fallen silent, or back.

    `last_heard_at` is true to the quarter of an hour; the usual interval is in working days.
    """

    source: str
    state: Literal["silent", "back"]
    last_heard_at: Instant
    usual_interval_workdays: int | None
    link: str


class PingData(BaseModel):
    """Nothing but the endpoint that is tried."""

    endpoint_id: str


class Webhook(BaseModel):
    """The body of every webhook. `id` is that of the header, the same at every attempt."""

    id: str
    type: MessageType
    occurred_at: Instant
    schema_version: Literal[1]


class FlagWebhook(Webhook):
    """Told about a flag."""

    data: FlagData


class ReferralWebhook(Webhook):
    """Told about a referral."""

    data: ReferralData


class OverdueWebhook(Webhook):
    """Told once for each step that takes too long."""

    data: OverdueData


class MeetingWebhook(Webhook):
    """Told about a meeting: planned (or planned anew for another time), or cancelled."""

    data: MeetingData


class FeedWebhook(Webhook):
    """Told to the employer once when a source falls silent, and once when it is back."""

    data: FeedData


class PingWebhook(Webhook):
    """Told to try an endpoint."""

    data: PingData
