"""Contacts and personal numbers as they are stored: encrypted, each value bound to its place.

A value moved to another tenant, table, column or row does not open (`app.core.crypt`).
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping

from app.core.crypt import KeyRing

Contact = dict[str, str]
"""Of `name`, `phone` and `email` what is known."""

MEMBERS = ("name", "phone", "email")


def contact_place(tenant_id: str, employee_id: str) -> str:
    """Where an employee's contact stands."""
    return f"{tenant_id}/persons/contact/{employee_id}"


def number_place(tenant_id: str, employee_id: str) -> str:
    """Where an employee's personal number stands."""
    return f"{tenant_id}/persons/personal_number/{employee_id}"


def hr_place(tenant_id: str, unit_id: str) -> str:
    """Where a unit's HR contact stands."""
    return f"{tenant_id}/units/hr_contact/{unit_id}"


def manager_place(tenant_id: str, manager_id: str) -> str:
    """Where a manager's contact stands."""
    return f"{tenant_id}/unit_managers/contact/{manager_id}"


def secret_place(tenant_id: str, key_id: str) -> str:
    """Where a secret for keyed hashes stands."""
    return f"{tenant_id}/match_keys/secret/{key_id}"


def seal_text(keys: KeyRing, text: str | None, where: str) -> str | None:
    """A text as it is stored."""
    return keys.encrypt(text.encode(), where) if text is not None else None


def open_text(keys: KeyRing, stored: str | None, where: str) -> str | None:
    """The reverse; raises CannotDecrypt."""
    return keys.decrypt(stored, where).decode() if stored is not None else None


def open_contact(keys: KeyRing, stored: str | None, where: str) -> Contact:
    """A stored contact; empty where there is none. Raises CannotDecrypt."""
    text = open_text(keys, stored, where)
    found: Contact = json.loads(text) if text is not None else {}
    return found


def seal_contact(keys: KeyRing, contact: Contact, where: str) -> str | None:
    """A contact as it is stored; an empty one is none."""
    text = json.dumps(contact, ensure_ascii=False) if contact else None
    return seal_text(keys, text, where)


def changed_contact(
    keys: KeyRing, stored: str | None, named: Mapping[str, str | None] | None, where: str
) -> Contact:
    """A stored contact with what is named overwritten; null clears a member, or all of it.

    What is stored is opened only where something of it stays. Raises CannotDecrypt.
    """
    if named is None:
        return {}
    whole = all(member in named for member in MEMBERS)
    known = {} if whole else open_contact(keys, stored, where)
    return {m: value for m, value in ({**known, **named}).items() if value is not None}


SECRET_BYTES = 32


def new_match_secret() -> bytes:
    """A tenant's own random secret for keyed hashes of personal numbers."""
    return secrets.token_bytes(SECRET_BYTES)


def match_hash(key_id: str, secret: bytes, personal_number: str) -> str:
    """`keyid:hex`: HMAC-SHA256 of a number of twelve digits, with the id of the secret used."""
    digest = hmac.new(secret, personal_number.encode(), hashlib.sha256).hexdigest()
    return f"{key_id}:{digest}"
