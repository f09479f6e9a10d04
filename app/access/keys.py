"""API keys: 256 random bits with the tenant in front, of which only a digest is kept.

A digest without a salt is enough for a secret nobody can guess; a slow hash has no use here.
"""

import hashlib
import hmac
import re
import secrets

_FORM = re.compile(r"omt_([0-9a-z]{26})_([A-Za-z0-9_-]{43})", re.ASCII)
_TENANT = "ten_"


def make_key(tenant_id: str) -> str:
    """A new key of a tenant: `omt_`, the tenant's part, 43 characters of secret."""
    return f"omt_{tenant_id.removeprefix(_TENANT)}_{secrets.token_urlsafe(32)}"


def tenant_of(key: str) -> str | None:
    """The tenant a key claims to be of; None when it has not a key's form."""
    match = _FORM.fullmatch(key)
    return _TENANT + match[1] if match else None


def digest(key: str) -> str:
    """What is stored of a key: SHA-256, hex."""
    return hashlib.sha256(key.encode()).hexdigest()


def same(stored: str, key: str) -> bool:
    """Whether the digest is that of the key, in constant time."""
    return hmac.compare_digest(stored.encode(), digest(key).encode())
