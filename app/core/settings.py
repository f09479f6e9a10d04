"""Every setting of the service, from the environment, validated once at start.

`.env.example` lists them all with default and meaning; a test holds the two together.
"""

import ipaddress
import re
from email.utils import parseaddr
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Settings(BaseSettings):
    """Frozen; read in the entry points alone and handed on."""

    model_config = SettingsConfigDict(env_prefix="OMTANKE_", frozen=True, extra="ignore")

    database_url: str = Field(
        default="sqlite:///data/omtanke.db",
        description="SQLite for one process, or postgresql+psycopg://... for several.",
    )
    secret_keys: str = Field(
        default="",
        repr=False,
        description="Key ring for stored secrets, newest first: id:base64 of 32 bytes, comma "
        "between. Unset on SQLite: a key file beside the database; on PostgreSQL: no start.",
    )
    private_targets: Annotated[tuple[Network, ...], NoDecode] = Field(
        default=(),
        description="Private networks (CIDR, comma between) that webhooks may reach.",
    )
    retry_schedule: Annotated[tuple[int, ...], NoDecode] = Field(
        default=(5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400),
        description="Seconds between delivery attempts, comma between; jitter of a fifth.",
    )
    delivery_deadline_s: float = Field(
        default=20.0, gt=0, le=120, description="Wall-clock limit of one delivery attempt."
    )
    delivery_threads: int = Field(
        default=4, ge=1, le=64, description="Delivery attempts under way at once."
    )
    queue_capacity: int = Field(
        default=20_000, ge=1, description="Events that may wait for the writer before a 503."
    )
    body_timeout_s: float = Field(
        default=20.0,
        gt=0,
        le=600,
        description="Seconds a request may stop coming before it is cut off.",
    )
    body_rate: int = Field(
        default=1000, ge=1, le=1_000_000, description="Bytes a second a body must come at least."
    )
    tick_s: float = Field(
        default=2.0, gt=0, le=60, description="Seconds between looks for work that is due."
    )
    case_url: str = Field(
        default="http://localhost:8000/docs",
        max_length=500,
        description="Where managers and HR see what waits for them; the link in every e-mail.",
    )
    smtp_host: str = Field(default="", description="Mail server; unset: no e-mail is sent.")
    smtp_port: int = Field(default=587, ge=1, le=65535, description="Its port.")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="starttls, tls from the first byte, or none (this machine)."
    )
    smtp_user: str = Field(default="", description="Login at the mail server; unset: none.")
    smtp_password: str = Field(default="", repr=False, description="Its password.")
    mail_from: str = Field(
        default="omtanke@localhost",
        max_length=254,
        description="Sender of e-mails and invitations.",
    )
    docs: bool = Field(default=True, description="Serve /docs and /openapi.json.")

    @field_validator("database_url")
    @classmethod
    def _known_engine(cls, value: str) -> str:
        if re.fullmatch(r"sqlite:///.+|postgresql\+psycopg://.+", value):
            return value
        raise ValueError("sqlite:///PATH or postgresql+psycopg://...")

    @field_validator("mail_from")
    @classmethod
    def _an_address(cls, value: str) -> str:
        if re.fullmatch(r"[^@\s<>,;]+@[^@\s<>,;]+", parseaddr(value)[1]):
            return value
        raise ValueError("an address, or a name with one in angle brackets")

    @field_validator("case_url")
    @classmethod
    def _a_link(cls, value: str) -> str:
        if re.fullmatch(r"https?://[^\s<>]+", value):
            return value
        raise ValueError("http:// or https://")

    @field_validator("private_targets", mode="before")
    @classmethod
    def _networks(cls, value: Any) -> Any:
        return [ipaddress.ip_network(n) for n in _listed(value)] if _is_text(value) else value

    @field_validator("private_targets")
    @classmethod
    def _not_everything(cls, value: tuple[Network, ...]) -> tuple[Network, ...]:
        if any(network.prefixlen == 0 for network in value):
            raise ValueError("a network of all addresses would switch the guard off")
        return value

    @field_validator("retry_schedule", mode="before")
    @classmethod
    def _seconds(cls, value: Any) -> Any:
        return [int(n) for n in _listed(value)] if _is_text(value) else value

    @field_validator("retry_schedule")
    @classmethod
    def _sensible(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if any(not 0 < seconds <= 604_800 for seconds in value):
            raise ValueError("between one second and a week each")
        return value

    @property
    def on_sqlite(self) -> bool:
        """Whether the embedded engine is used."""
        return self.database_url.startswith("sqlite")


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _listed(value: str) -> list[str]:
    return [part.strip() for part in value.split(",") if part.strip()]
