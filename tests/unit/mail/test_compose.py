"""The mail as other programs read it: few headers, plain text, nothing that follows the reader."""

import email
import email.policy
import smtplib
from datetime import UTC, datetime
from email.errors import MessageError
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from app.mail.compose import compose, reference, sender_of

NOW = datetime(2026, 3, 2, 11, 0, 7, tzinfo=UTC)
TEXT = "Hej!\n\nNågot väntar på dig i Omtanke.\n\nhttps://omtanke.example.se/" + "x" * 470 + "\n"
HEADERS = [
    "auto-submitted",
    "content-language",
    "content-transfer-encoding",
    "content-type",
    "date",
    "from",
    "message-id",
    "mime-version",
    "subject",
    "to",
]


IMPOSSIBLE = [
    *("", "@x.se", "a@", "a@b@c.se", "a..b@c.se", "a@x..se", "a@x y.se", "a\n@x.se"),
    *("a@x.se\nBcc: b@x.se", "åsa@x.se", f"a@{'å' * 70}.se", "a@x.se, b@x.se"),
]


def made(**more: Any) -> EmailMessage:
    given: dict[str, Any] = {
        "sender": sender_of("Omtanke <omtanke@kommun.example.se>"),
        "to": "chef@kommun.example.se",
        "subject": "Något väntar på dig i Omtanke",
        "text": TEXT,
        "language": "sv",
        "at": NOW,
        "reference": reference("ten_1", "eml_1"),
    }
    return compose(**(given | more))


def read(message: EmailMessage) -> EmailMessage:
    lines = bytes(message).replace(b"\r\n", b"\n")
    return email.message_from_bytes(lines, policy=email.policy.default)


class TestCompose:
    def test_says_what_it_was_given_in_plain_text(self):
        seen = read(made())
        assert seen.get_content_type() == "text/plain"
        assert str(seen.get_content()) == TEXT
        assert seen["Subject"] == "Något väntar på dig i Omtanke"
        assert (seen["From"].addresses[0].addr_spec, seen["To"]) == (
            "omtanke@kommun.example.se",
            "chef@kommun.example.se",
        )

    def test_has_these_headers_and_no_others(self):
        seen = read(made())
        assert sorted(name.lower() for name in seen) == HEADERS
        assert seen["Auto-Submitted"] == "auto-generated"
        assert seen["Content-Language"] == "sv"
        assert parsedate_to_datetime(seen["Date"]) == NOW

    def test_is_seven_bit_with_short_lines(self):
        raw = bytes(made())
        assert raw.isascii()
        assert max(map(len, raw.split(b"\r\n"))) <= 78
        assert b"\n" not in raw.replace(b"\r\n", b"")

    def test_writes_a_swedish_domain_as_name_servers_know_it(self):
        assert read(made(to="hr@ängelholm.se"))["To"] == "hr@xn--ngelholm-zza.se"

    @pytest.mark.parametrize(
        "address",
        IMPOSSIBLE,
    )
    def test_refuses_what_is_not_one_address(self, address: str):
        with pytest.raises((ValueError, IndexError, MessageError)):
            made(to=address)

    def test_takes_no_header_from_the_settings(self):
        try:
            sender = sender_of("a@x.se\nBcc: b@x.se")
        except (ValueError, IndexError, MessageError):
            return  # some versions of the library refuse it, which is as good
        seen = read(made(sender=sender))
        assert sorted(name.lower() for name in seen) == HEADERS
        assert "b@x.se" not in seen["From"]


class TestReference:
    def test_is_the_same_every_time_and_another_for_another_mail(self):
        assert reference("ten_1", "eml_1") == reference("ten_1", "eml_1")
        assert len({reference(t, m) for t in ("ten_1", "ten_2") for m in ("eml_1", "eml_2")}) == 4

    def test_is_the_message_id_and_shows_no_id(self):
        seen = read(made())
        assert seen["Message-ID"] == f"<{reference('ten_1', 'eml_1')}@kommun.example.se>"
        assert not any(part in bytes(made()).decode() for part in ("ten_", "eml_"))


class TestSenderOf:
    @pytest.mark.parametrize(
        ("stated", "name", "address"),
        [
            ("omtanke@localhost", "", "omtanke@localhost"),
            ("Omtanke <a@b.example>", "Omtanke", "a@b.example"),
            ("Omtanke, Ängelholm <a@ängelholm.se>", "", ""),
            (
                '"Omtanke, Ängelholm" <a@ängelholm.se>',
                "Omtanke, Ängelholm",
                "a@xn--ngelholm-zza.se",
            ),
        ],
    )
    def test_reads_an_address_with_or_without_a_name(self, stated: str, name: str, address: str):
        if not address:
            with pytest.raises((ValueError, IndexError, MessageError)):
                sender_of(stated)
            return
        sender = sender_of(stated)
        assert (sender.display_name, sender.addr_spec) == (name, address)
        assert read(made(sender=sender))["From"].addresses == (sender,)

    @pytest.mark.parametrize("stated", ["", "nobody", "Omtanke <>", "a@"])
    def test_refuses_what_is_none(self, stated: str):
        with pytest.raises((ValueError, IndexError, MessageError)):
            sender_of(stated)


def test_another_program_finds_one_recipient(monkeypatch: pytest.MonkeyPatch):
    """What smtplib will name to the server: never more than the one address."""
    named: list[Any] = []
    session = smtplib.SMTP(local_hostname="localhost")
    monkeypatch.setattr(session, "ehlo_or_helo_if_needed", lambda: None)
    monkeypatch.setattr(session, "sendmail", lambda sender, to, *_: named.append((sender, to)))
    session.send_message(made())
    assert named == [("omtanke@kommun.example.se", ["chef@kommun.example.se"])]
