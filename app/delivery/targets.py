"""Which addresses webhooks may be sent to: public ones, and those the operator has listed.

Refuses everything else by range, never by spelling alone: names are resolved once, every answer is
checked, and the caller connects to a checked address (no second lookup, so no DNS rebinding).
"""

import queue
import re
import socket
import threading
import time
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

import httpx

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Lookup = Callable[[str, int], Sequence[str]]

MAX_URL_LENGTH = 2_000

# `ip_address(...).is_global` is not used: it lets multicast, NAT64, 6to4, site-local, SRv6 and
# more through, and differs between Python versions.
_CLOSED = (
    "0.0.0.0/8",  # this host
    "10.0.0.0/8",  # private
    "100.64.0.0/10",  # carrier-grade NAT; some clouds' metadata
    "127.0.0.0/8",  # loopback
    "168.63.129.16/32",  # a cloud's host agent, on a public address
    "169.254.0.0/16",  # link-local; most clouds' metadata
    "172.16.0.0/12",  # private
    "192.0.0.0/24",  # protocol assignments
    "192.0.2.0/24",  # documentation
    "192.31.196.0/24",  # AS112
    "192.52.193.0/24",  # AMT
    "192.88.99.0/24",  # 6to4 relays
    "192.168.0.0/16",  # private
    "192.175.48.0/24",  # AS112
    "198.18.0.0/15",  # benchmarks
    "198.51.100.0/24",  # documentation
    "203.0.113.0/24",  # documentation
    "224.0.0.0/4",  # multicast
    "240.0.0.0/4",  # reserved; broadcast
    # Below 2000::/3 and above it lie loopback, NAT64, unique local, link-local, site-local, SRv6,
    # discard-only and multicast; in it everything that is given out for public use, less the rest.
    "::/3",
    "4000::/2",
    "8000::/1",
    "2001::/23",  # protocol assignments: Teredo, ORCHID, benchmarks
    "2001:db8::/32",  # documentation
    "2002::/16",  # 6to4
    "2620:4f:8000::/48",  # AS112
    "3fff::/20",  # documentation
)
_CLOSED_NETWORKS = tuple(map(ip_network, _CLOSED))
# IPv6 addresses whose last 32 bits are an IPv4 address that a translator connects to.
_TRANSLATED = ("::/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48")
_TRANSLATED_NETWORKS = tuple(map(IPv6Network, _TRANSLATED))
_LOOPBACK: tuple[Address, ...] = (IPv4Address("127.0.0.1"), IPv6Address("::1"))

_AUTHORITY = re.compile(r"[A-Za-z]+://([^/?#]*)")
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"(?=.{{1,253}}$){_LABEL}(?:\.{_LABEL})*")
# "127.1", "2130706433" and "0x7f.1" are addresses to the resolver, though not to `ipaddress`.
_NUMERIC_END = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")

# A hanging resolver must not make threads without end; the next lookups time out instead.
_LOOKUPS = threading.BoundedSemaphore(64)


class ForbiddenTarget(Exception):
    """A URL or address that webhooks may not be sent to.

    `code` says which rule: url_too_long, url_malformed, https_required, userinfo_not_allowed,
    fragment_not_allowed, port_not_allowed, host_malformed, address_not_allowed.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class ResolutionFailed(Exception):
    """The name has no address now; it may have one later."""


def check_url(url: str, private: Sequence[Network]) -> None:
    """Check the form of an endpoint's URL; nothing is resolved or called.

    https with a name; https or http with an address of `private` (the operator's allow-list) or
    with `localhost` where that holds a loopback address. Ports: the scheme's own, or 1024 and up.

    Raises ForbiddenTarget.
    """
    parsed = _parse(url)
    if parsed.scheme not in ("https", "http"):
        raise ForbiddenTarget("https_required")
    by_address = _check_host(parsed.raw_host.decode("ascii"), private)
    if parsed.scheme == "http" and not by_address:
        raise ForbiddenTarget("https_required")
    own = 443 if parsed.scheme == "https" else 80
    if not (parsed.port in (None, own) or 1024 <= parsed.port <= 65_535):
        raise ForbiddenTarget("port_not_allowed")


def check_address(address: Address, private: Sequence[Network]) -> None:
    """Check one address that is about to be connected to.

    An IPv6 address that stands for an IPv4 one is judged by that too, so that listing a
    translator's prefix opens no private network behind it.

    Raises ForbiddenTarget with code address_not_allowed.
    """
    plain = _unmapped(address)
    if not _is_listed(plain, private) and any(plain in closed for closed in _CLOSED_NETWORKS):
        raise ForbiddenTarget("address_not_allowed")
    for inner in _embedded(plain):
        check_address(inner, private)


def system_lookup(host: str, port: int) -> Sequence[str]:
    """Ask the operating system's resolver; blocks for as long as that pleases."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(info[4][0]) for info in found]


def resolve(
    host: str,
    port: int,
    *,
    private: Sequence[Network],
    timeout_s: float,
    lookup: Lookup = system_lookup,
) -> tuple[Address, ...]:
    """Return the addresses of `host`, in the resolver's order, each once, all of them checked.

    One lookup, at most `timeout_s` seconds; a lookup that hangs is left behind. `localhost` is
    never asked for (RFC 6761): it is those loopback addresses that `private` holds.

    Raises ForbiddenTarget if any answer is forbidden, ResolutionFailed without an answer,
    TimeoutError.
    """
    addresses = _without_lookup(host, private)
    if not addresses:
        answers = _ask(host, port, timeout_s=timeout_s, lookup=lookup)
        addresses = tuple(dict.fromkeys(ip_address(text) for text in answers))
    if not addresses:
        raise ResolutionFailed
    for address in addresses:
        check_address(address, private)
    return addresses


def _parse(url: str) -> httpx.URL:
    """Return the URL as the client will read it, so that there are no two opinions about it."""
    if len(url) > MAX_URL_LENGTH:
        raise ForbiddenTarget("url_too_long")
    authority = _AUTHORITY.match(url)
    # Backslashes and blanks are where URL parsers disagree about the host.
    if authority is None or "\\" in url or not url.isprintable() or " " in url:
        raise ForbiddenTarget("url_malformed")
    if "@" in authority.group(1):
        raise ForbiddenTarget("userinfo_not_allowed")
    if "#" in url:
        raise ForbiddenTarget("fragment_not_allowed")
    try:
        return httpx.URL(url)
    except (httpx.InvalidURL, ValueError):
        raise ForbiddenTarget("url_malformed") from None


def _check_host(host: str, private: Sequence[Network]) -> bool:
    """Tell whether the host is given by address (a listed one), not by name."""
    addresses = _without_lookup(host, private)
    if addresses:
        if not all(_is_listed(address, private) for address in addresses):
            raise ForbiddenTarget("address_not_allowed")
        return True
    if not _NAME.fullmatch(host) or _NUMERIC_END.fullmatch(host):
        raise ForbiddenTarget("host_malformed")
    return False


def _without_lookup(host: str, private: Sequence[Network]) -> tuple[Address, ...]:
    """Return the addresses of a literal or of `localhost`, and none for a name."""
    if host == "localhost":
        listed = tuple(address for address in _LOOPBACK if _is_listed(address, private))
        return listed or _LOOPBACK
    try:
        return (ip_address(host),)
    except ValueError:
        return ()


def _is_listed(address: Address, private: Sequence[Network]) -> bool:
    plain = _unmapped(address)
    return any(plain in network for network in private)


def _unmapped(address: Address) -> Address:
    """Return the IPv4 address where the system would connect over IPv4 (::ffff:a.b.c.d)."""
    if isinstance(address, IPv6Address):
        return address.ipv4_mapped or address
    return address


def _embedded(address: Address) -> tuple[IPv4Address, ...]:
    if isinstance(address, IPv4Address) or address in _LOOPBACK:
        return ()
    if address.sixtofour:
        return (address.sixtofour,)
    if address.teredo:
        return address.teredo
    if any(address in network for network in _TRANSLATED_NETWORKS):
        return (IPv4Address(int(address) & 0xFFFF_FFFF),)
    return ()


def _ask(host: str, port: int, *, timeout_s: float, lookup: Lookup) -> Sequence[str]:
    """Run `lookup` in a thread of its own, because a lookup cannot be interrupted."""
    give_up_at = time.monotonic() + timeout_s
    if timeout_s <= 0 or not _LOOKUPS.acquire(timeout=timeout_s):
        raise TimeoutError
    answers: queue.SimpleQueue[Sequence[str] | Exception] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put(lookup(host, port))
        except (OSError, UnicodeError) as error:
            answers.put(error)
        finally:
            _LOOKUPS.release()

    threading.Thread(target=ask, name="webhook-lookup", daemon=True).start()
    try:
        answer = answers.get(timeout=max(0.0, give_up_at - time.monotonic()))
    except queue.Empty:
        raise TimeoutError from None
    if isinstance(answer, Exception):
        # The resolver's message names the host; the caller knows it already.
        raise ResolutionFailed
    return answer
