"""Encryption of stored secrets: AES-256-GCM with a key id, bound to where the value stands.

A ciphertext moved to another tenant, table, column or row does not open. The newest key writes,
any key of the ring reads.
"""

import base64
import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.core.settings import Settings

KEY_BYTES = 32
_NONCE_BYTES = 12


class BadKeyRing(Exception):
    """The key ring is missing where it must not be, or cannot be read."""


class CannotDecrypt(Exception):
    """No key of the ring opens the value, or it does not belong where it stands."""


class KeyRing:
    """Keys by id, the newest first."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        if not keys or any(len(key) != KEY_BYTES or not i for i, key in keys.items()):
            raise BadKeyRing("keys have an id and 32 bytes each")
        self._ciphers = {key_id: AESGCM(key) for key_id, key in keys.items()}
        self._newest = next(iter(keys))

    def encrypt(self, plain: bytes, place: str) -> str:
        """`keyid:base64` of nonce and ciphertext. `place` names tenant, table, column and row."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = nonce + self._ciphers[self._newest].encrypt(nonce, plain, place.encode())
        return f"{self._newest}:{base64.b64encode(sealed).decode()}"

    def decrypt(self, stored: str, place: str) -> bytes:
        """The reverse; raises CannotDecrypt."""
        key_id, _, text = stored.partition(":")
        try:
            sealed = base64.b64decode(text, validate=True)
            cipher = self._ciphers[key_id]
            return cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], place.encode())
        except (KeyError, ValueError, InvalidTag) as error:
            raise CannotDecrypt from error


def load_key_ring(settings: Settings) -> KeyRing:
    """The ring from the settings, else - on SQLite alone - from a key file beside the database."""
    if settings.secret_keys:
        return KeyRing(_parse(settings.secret_keys))
    if not settings.on_sqlite:
        raise BadKeyRing("OMTANKE_SECRET_KEYS must be set on PostgreSQL")
    return KeyRing(_parse(_key_file(Path(settings.database_url.removeprefix("sqlite:///")))))


def _parse(text: str) -> dict[str, bytes]:
    try:
        pairs = [part.strip().split(":", 1) for part in text.split(",")]
        return {key_id: base64.b64decode(key, validate=True) for key_id, key in pairs}
    except ValueError as error:
        raise BadKeyRing("expected id:base64 of 32 bytes, comma between") from error


def _key_file(database: Path) -> str:
    """The key beside the database, made on first use and readable by its owner alone."""
    path = database.with_name(database.name + ".key")
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = f"file1:{base64.b64encode(os.urandom(KEY_BYTES)).decode()}"
    if path.exists():
        return path.read_text().strip()
    # Written whole beside it and then put in place, unless another process was first.
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    with os.fdopen(handle, "w") as file:
        file.write(fresh)
        file.flush()
        os.fsync(file.fileno())
    with suppress(FileExistsError):
        os.link(draft, path)
    os.unlink(draft)
    return path.read_text().strip()
