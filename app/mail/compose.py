"""The mail as it goes over the wire: plain text, few headers, nothing that follows the reader.

Pure: the same mail is the same bytes at every attempt of the same moment.
"""

import hashlib
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr


def sender_of(stated: str) -> Address:
    """The sender from the settings: an address, or a name and an address.

    Raises ValueError, IndexError or MessageError for what is none.
    """
    name, address = parseaddr(stated)
    return Address(display_name=name, addr_spec=_on_the_wire(address))


def reference(tenant_id: str, mail_id: str) -> str:
    """What a mail is known by outside: the same at every attempt, and no id of ours."""
    return hashlib.sha256(f"{tenant_id}/{mail_id}".encode()).hexdigest()[:32]


def compose(
    *,
    sender: Address,
    to: str,
    subject: str,
    text: str,
    language: str,
    at: datetime,
    reference: str,
) -> EmailMessage:
    """The message. Raises ValueError, IndexError or MessageError for an impossible address."""
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = Address(addr_spec=_on_the_wire(to))
    message["Subject"] = subject
    message["Date"] = format_datetime(at)
    # The same at every attempt, so that mail systems know a mail they have got already.
    message["Message-ID"] = f"<{reference}@{sender.domain}>"
    # RFC 3834: nobody's absence notice need answer it.
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text, cte="quoted-printable")
    message["Content-Language"] = language
    return message


def _on_the_wire(address: str) -> str:
    """The address with its domain as the name servers know it (`ängelholm.se` is one, too)."""
    local, _, domain = address.rpartition("@")
    return f"{local}@{domain.encode('idna').decode('ascii')}"
