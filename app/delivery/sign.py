"""Sign webhook messages after Standard Webhooks 1.0.0, scheme v1 (HMAC-SHA256).

Signs the bytes it is given and nothing else: it makes no JSON, no randomness and no clock.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

PREFIX = "whsec_"
MIN_BYTES, MAX_BYTES = 24, 64

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# "." separates the signed parts, so an id with one could pass for another id and timestamp.
_MESSAGE_ID = re.compile(r"[A-Za-z0-9_-]{1,200}")


class InvalidSecret(ValueError):
    """Not a signing secret after the specification. The message never holds the secret."""


class InvalidMessageId(ValueError):
    """Not usable as `webhook-id`."""


def encode_secret(raw: bytes) -> str:
    """Return `raw`, 24 to 64 random bytes, as the text a receiver is given (`whsec_...`).

    Raises InvalidSecret for another length.
    """
    _check_length(raw)
    return PREFIX + base64.b64encode(raw).decode("ascii")


def decode_secret(text: str) -> bytes:
    """Return the key bytes of a `whsec_...` text: padded standard base64 of 24 to 64 bytes.

    Raises InvalidSecret for everything else, other kinds of key among it.
    """
    if not text.startswith(PREFIX):
        raise InvalidSecret(f"a signing secret begins with {PREFIX}")
    try:
        raw = base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        # Without "from": the cause may quote characters of the secret.
        raise InvalidSecret("a signing secret is padded standard base64") from None
    _check_length(raw)
    return raw


def signature_headers(
    secrets: Sequence[bytes], message_id: str, *, at: datetime, body: bytes
) -> dict[str, str]:
    """Return the three `webhook-*` headers of one attempt.

    `secrets` are the keys valid now, newest first; two or more while one is being rotated, and
    each gives a signature, so that a receiver that knows any of them accepts. `message_id` is the
    same in every attempt, `at` (aware) is the time of this one, `body` the exact bytes to be sent.
    Source: Standard Webhooks 1.0.0, "Webhook headers" and "Symmetric keys".

    Raises InvalidMessageId; ValueError without a secret or with a naive `at`.
    """
    if not secrets:
        raise ValueError("a message is signed with at least one secret")
    if not _MESSAGE_ID.fullmatch(message_id):
        raise InvalidMessageId("a message id is 1 to 200 of A-Z a-z 0-9 _ -")
    timestamp = str(_whole_seconds(at))
    content = b".".join((message_id.encode(), timestamp.encode(), body))
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(_v1(secret, content) for secret in secrets),
    }


def _v1(secret: bytes, content: bytes) -> str:
    digest = hmac.new(secret, content, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode("ascii")


def _whole_seconds(at: datetime) -> int:
    if at.tzinfo is None:
        raise ValueError("the time of an attempt is an aware instant")
    return (at - _EPOCH) // timedelta(seconds=1)


def _check_length(raw: bytes) -> None:
    if not MIN_BYTES <= len(raw) <= MAX_BYTES:
        raise InvalidSecret(f"a signing secret holds {MIN_BYTES} to {MAX_BYTES} bytes")
