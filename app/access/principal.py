"""Who is calling: a tenant's system or one of its providers, and what it may do."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal, get_args

Scope = Literal[
    "events:write",
    "cases:read",
    "cases:write",
    "provider",
    "rules:write",
    "webhooks:write",
    "privacy:write",
    "audit:read",
    "admin",
]
SCOPES: tuple[Scope, ...] = get_args(Scope)


def fits_provider(scopes: Collection[str], provider_id: str | None) -> bool:
    """Whether scopes and provider go together: `provider` stands alone, with whom it is for.

    A provider sees what is addressed to it and nothing else.
    """
    return list(scopes) == ["provider"] if provider_id else "provider" not in scopes


@dataclass(frozen=True, slots=True)
class Principal:
    """A caller. The tenant follows from its credential and from nothing else."""

    tenant_id: str
    key_id: str
    scopes: frozenset[str]
    provider_id: str | None = None

    def may(self, wanted: frozenset[str]) -> bool:
        """Whether any wanted scope is held; `admin` has all but a provider's."""
        held = self.scopes | (frozenset(SCOPES) - {"provider"} if "admin" in self.scopes else set())
        return bool(held & wanted)
