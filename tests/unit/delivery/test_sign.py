"""Signatures against the shared vectors, and against the official library as second opinion."""

import base64
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from app.delivery.sign import (
    InvalidMessageId,
    InvalidSecret,
    decode_secret,
    encode_secret,
    signature_headers,
)
from tests.unit.delivery.vectors import VECTORS

V1 = [row for row in VECTORS["sign"] if row["expected"].startswith("v1,")]
AT = datetime(2026, 3, 2, 6, 58, tzinfo=UTC)
KEYS = st.binary(min_size=24, max_size=64)
IDS = st.from_regex(r"[A-Za-z0-9_-]{1,200}", fullmatch=True)


def key_of(secret: str) -> bytes:
    """Decode as leniently as receivers do: the vectors hold unpadded and short keys too."""
    return base64.b64decode(secret.removeprefix("whsec_") + "==")


class TestSignatureHeaders:
    @pytest.mark.parametrize("row", V1, ids=lambda row: row["name"])
    def test_equal_the_vectors(self, row):
        at = datetime.fromtimestamp(row["timestamp"], UTC)
        headers = signature_headers(
            [key_of(row["secret"])], row["id"], at=at, body=row["body"].encode()
        )
        assert headers == {
            "webhook-id": row["id"],
            "webhook-timestamp": str(row["timestamp"]),
            "webhook-signature": row["expected"],
        }

    @given(st.lists(KEYS, min_size=1, max_size=4), IDS, st.text())
    def test_are_accepted_by_the_official_library_with_any_valid_secret(
        self, keys, message_id, text
    ):
        body = text.encode("utf-8", "replace")
        headers = signature_headers(keys, message_id, at=datetime.now(UTC), body=body)
        assert len(headers["webhook-signature"].split(" ")) == len(keys)
        for key in keys:
            Webhook(encode_secret(key)).verify(body, headers, json_parse=False)

    def test_are_refused_by_the_official_library_with_another_secret(self):
        headers = signature_headers([b"a" * 24], "msg_1", at=datetime.now(UTC), body=b"{}")
        with pytest.raises(WebhookVerificationError):
            Webhook(b"b" * 24).verify(b"{}", headers)

    def test_sign_bytes_that_are_no_text(self):
        assert signature_headers([b"a" * 24], "msg_1", at=AT, body=b"\xff\x00")

    @pytest.mark.parametrize(
        ("at", "seconds"),
        [
            (datetime(1970, 1, 1, tzinfo=UTC), "0"),
            (AT + timedelta(microseconds=999_999), "1772434680"),
            (datetime(2026, 3, 2, 7, 58, tzinfo=timezone(timedelta(hours=1))), "1772434680"),
        ],
    )
    def test_have_whole_seconds_never_rounded_up(self, at, seconds):
        headers = signature_headers([b"a" * 24], "msg_1", at=at, body=b"")
        assert headers["webhook-timestamp"] == seconds

    @pytest.mark.parametrize("message_id", ["", "msg.1", "msg 1", "msg\n1", "å", "m" * 201])
    def test_refuse_an_id_that_breaks_the_signed_text_or_the_header(self, message_id):
        with pytest.raises(InvalidMessageId):
            signature_headers([b"a" * 24], message_id, at=AT, body=b"")

    def test_refuse_no_secret_and_a_naive_time(self):
        with pytest.raises(ValueError, match="at least one secret"):
            signature_headers([], "msg_1", at=AT, body=b"")
        with pytest.raises(ValueError, match="aware"):
            signature_headers([b"a" * 24], "msg_1", at=AT.replace(tzinfo=None), body=b"")


class TestSecrets:
    @given(KEYS)
    def test_come_back_as_they_went(self, raw):
        assert decode_secret(encode_secret(raw)) == raw

    @pytest.mark.parametrize(
        "text", [text for text in VECTORS["secrets"]["valid"] if text.startswith("whsec_")]
    )
    def test_accept_the_valid_vectors(self, text):
        assert encode_secret(decode_secret(text)) == text

    @pytest.mark.parametrize("row", VECTORS["secrets"]["invalid"], ids=lambda row: row["why"])
    def test_refuse_the_invalid_vectors_without_repeating_them(self, row):
        with pytest.raises(InvalidSecret) as caught:
            decode_secret(row["value"])
        assert len(row["value"]) <= len("whsec_") or row["value"] not in str(caught.value)

    @pytest.mark.parametrize("text", ["whsk_" + "A" * 88, "whsec_" + "å" * 32, "WHSEC_" + "A" * 32])
    def test_refuse_other_kinds_of_text(self, text):
        with pytest.raises(InvalidSecret):
            decode_secret(text)

    @pytest.mark.parametrize("length", [0, 23, 65])
    def test_refuse_other_lengths(self, length):
        with pytest.raises(InvalidSecret):
            encode_secret(bytes(length))
