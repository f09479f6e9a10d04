"""Secret addresses of calendars, for programs that can send no header.

As an API key: the tenant in front, so that it is found from the address alone, then 256 random
bits, and only a digest is kept. Whoever has the address reads times without names, until it is
revoked.
"""

import re
import secrets

from app.access.keys import digest, same

__all__ = ["digest", "make_secret", "path_of", "same", "tenant_of"]

_FORM = re.compile(r"([0-9a-z]{26})_[A-Za-z0-9_-]{43}", re.ASCII)
_TENANT = "ten_"


def make_secret(tenant_id: str) -> str:
    """A new secret of a tenant: the tenant's part and 43 characters that nobody can guess."""
    return f"{tenant_id.removeprefix(_TENANT)}_{secrets.token_urlsafe(32)}"


def tenant_of(secret: str) -> str | None:
    """The tenant a secret claims to be of; None when it has not a secret's form."""
    match = _FORM.fullmatch(secret)
    return _TENANT + match[1] if match else None


def path_of(secret: str) -> str:
    """Where the calendar is read."""
    return f"/calendars/{secret}.ics"
