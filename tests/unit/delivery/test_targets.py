"""Which URLs and addresses are refused, in every spelling, and that a lookup cannot hold us."""

import threading
import time
from ipaddress import IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.delivery import targets
from app.delivery.targets import ForbiddenTarget, ResolutionFailed, resolve
from tests.unit.delivery.vectors import VECTORS

ADDRESSES = VECTORS["ssrf_addresses"]
NOWHERE: tuple[targets.Network, ...] = ()
LOOPBACK = (ip_network("127.0.0.0/8"),)
INTRANET = (ip_network("10.20.0.0/16"), ip_network("fd00:1::/32"))

# What `ipaddress` would let through, on one Python version or another.
TREACHEROUS = [
    *("64:ff9b::a9fe:a9fe", "64:ff9b:1::a00:1", "2002:7f00:1::1", "2001:0:7f00:1::1"),
    *("::127.0.0.1", "::ffff:0:127.0.0.1", "::ffff:169.254.169.254", "fec0::1", "5f00::1"),
    *("3fff::1", "ff02::1", "ff0e::1", "fe80::1%eth0", "2001:2::1", "2001:10::1", "4000::1"),
    *("224.0.0.1", "192.88.99.1", "192.0.0.8", "192.0.0.192", "168.63.129.16", "100.100.100.200"),
]


def allowed_url(url, private=NOWHERE):
    try:
        targets.check_url(url, private)
    except ForbiddenTarget as refusal:
        return refusal.code
    return "ok"


def allowed_address(address, private=NOWHERE):
    try:
        targets.check_address(ip_address(address), private)
    except ForbiddenTarget:
        return False
    return True


class TestCheckAddress:
    @pytest.mark.parametrize(
        "address", [*ADDRESSES["blocked"], *ADDRESSES["blocked_extra"], *TREACHEROUS]
    )
    def test_refuses_what_is_not_public(self, address):
        assert not allowed_address(address)

    @pytest.mark.parametrize(
        "address", [*ADDRESSES["allowed"], "100.63.255.255", "100.128.0.0", "2a00:1450::1"]
    )
    def test_lets_public_addresses_pass(self, address):
        assert allowed_address(address)

    @given(st.ip_addresses())
    def test_is_at_least_as_strict_as_the_standard_library(self, address):
        plain = (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address
        assert plain.is_global or not allowed_address(str(address))

    @given(st.ip_addresses(v=4))
    def test_judges_a_mapped_address_as_the_address_itself(self, address):
        assert allowed_address(f"::ffff:{address}") == allowed_address(str(address))

    @pytest.mark.parametrize(
        ("address", "passes"),
        [
            ("10.20.0.1", True),
            ("::ffff:10.20.0.1", True),
            ("10.21.0.1", False),
            ("fd00:1::5", True),
            ("fd00:2::5", False),
            ("127.0.0.1", False),
            ("64:ff9b::a14:1", False),
        ],
    )
    def test_lets_listed_addresses_pass_and_only_those(self, address, passes):
        assert allowed_address(address, INTRANET) == passes

    @pytest.mark.parametrize(
        ("network", "address", "passes"),
        [
            ("64:ff9b::/96", "64:ff9b::808:808", True),
            ("64:ff9b::/96", "64:ff9b::a00:1", False),
            ("2002::/16", "2002:7f00:1::1", False),
            ("2001::/32", "2001:0:808:808::f7f7:f7f7", True),
            ("2001::/32", "2001:0:808:808::80ff:fffe", False),
            ("::1/128", "::1", True),
        ],
    )
    def test_looks_behind_a_listed_translator(self, network, address, passes):
        assert allowed_address(address, [ip_network(network)]) == passes


class TestCheckUrl:
    @pytest.mark.parametrize(
        "url",
        [
            "https://fhv.example",
            "https://fhv.example/hooks/@omtanke?token=a%20b",
            "https://FHV.example:443/",
            "https://fhv.example:8443/hook",
            "https://företagshälsa.example/krok",
            "https://xn--fretagshlsa-p8a4q.example/",
            "https://fhv/hook",
            "https://1177.example/hook",
            "https://fhv.example/" + "a" * 1_980,
        ],
    )
    def test_accepts_https_to_a_name(self, url):
        assert allowed_url(url) == "ok"

    @pytest.mark.parametrize(
        ("url", "code"),
        [
            ("", "url_malformed"),
            ("fhv.example/hook", "url_malformed"),
            ("//fhv.example/hook", "url_malformed"),
            ("https:fhv.example", "url_malformed"),
            (" https://fhv.example", "url_malformed"),
            ("https://fhv.example/a b", "url_malformed"),
            ("https://fhv.example/\n", "url_malformed"),
            ("https://fhv.example\\@127.0.0.1/", "url_malformed"),
            ("https://fhv.example:80:90/", "url_malformed"),
            ("https://999.1.1.1/", "url_malformed"),
            ("https://[1.2.3.4]/", "url_malformed"),
            ("https://fhv.example/" + "a" * 1_981, "url_too_long"),
            ("http://fhv.example/", "https_required"),
            ("ftp://fhv.example/", "https_required"),
            ("file:///etc/passwd", "https_required"),
            ("https://user:word@fhv.example/", "userinfo_not_allowed"),
            ("https://@fhv.example/", "userinfo_not_allowed"),
            ("https://fhv.example/#part", "fragment_not_allowed"),
            ("https://fhv.example/#", "fragment_not_allowed"),
            ("https://fhv.example:0/", "port_not_allowed"),
            ("https://fhv.example:25/", "port_not_allowed"),
            ("https://fhv.example:80/", "port_not_allowed"),
            ("https://fhv.example:65536/", "port_not_allowed"),
            ("https:///hook", "host_malformed"),
            ("https://fhv..example/", "host_malformed"),
            ("https://fhv.example./", "host_malformed"),
            ("https://-fhv.example/", "host_malformed"),
            ("https://%31%32%37.0.0.1/", "host_malformed"),
            ("https://" + "a" * 64 + ".example/", "host_malformed"),
            ("https://127.1/", "host_malformed"),
            ("https://0177.0.0.1/", "url_malformed"),
            ("https://2130706433/", "host_malformed"),
            ("https://0x7f000001/", "host_malformed"),
            ("https://0x7f.1/", "host_malformed"),
            ("https://fhv.0x/", "host_malformed"),
            ("https://127。0。0。1/", "address_not_allowed"),
            ("https://8.8.8.8/", "address_not_allowed"),
            ("https://127.0.0.1/", "address_not_allowed"),
            ("https://[::1]/", "address_not_allowed"),
            ("https://[::ffff:127.0.0.1]/", "address_not_allowed"),
            ("http://localhost:8080/", "address_not_allowed"),
            ("https://LOCALHOST/", "address_not_allowed"),
        ],
    )
    def test_refuses(self, url, code):
        assert allowed_url(url) == code

    @pytest.mark.parametrize(
        ("url", "private", "code"),
        [
            ("http://127.0.0.1:9000/hook", LOOPBACK, "ok"),
            ("http://[::ffff:127.0.0.1]:9000/hook", LOOPBACK, "ok"),
            ("http://localhost:9000/hook", LOOPBACK, "ok"),
            ("http://localhost:9000/hook", (ip_network("::1/128"),), "ok"),
            ("http://10.20.0.7/hook", INTRANET, "ok"),
            ("https://[fd00:1::7]/hook", INTRANET, "ok"),
            ("http://10.21.0.7/hook", INTRANET, "address_not_allowed"),
            ("http://localhost/hook", INTRANET, "address_not_allowed"),
            ("http://10.20.0.7:22/", INTRANET, "port_not_allowed"),
            ("http://fhv.example/", INTRANET, "https_required"),
        ],
    )
    def test_allows_addresses_and_plain_http_only_where_listed(self, url, private, code):
        assert allowed_url(url, private) == code

    @given(st.text(max_size=60) | st.text(max_size=40).map("https://".__add__))
    def test_never_fails_otherwise(self, url):
        assert allowed_url(url)


class TestResolve:
    def answer(self, *addresses, host="fhv.example", private=NOWHERE):
        return resolve(host, 443, private=private, timeout_s=5, lookup=lambda *_: list(addresses))

    def test_gives_each_address_once_in_order(self):
        found = self.answer("8.8.8.8", "2a00:1450::1", "8.8.8.8")
        assert [str(address) for address in found] == ["8.8.8.8", "2a00:1450::1"]

    def test_refuses_all_if_any_answer_is_forbidden(self):
        with pytest.raises(ForbiddenTarget):
            self.answer("8.8.8.8", "10.0.0.1")

    def test_gives_listed_addresses_of_a_name(self):
        assert self.answer("10.20.0.7", private=INTRANET) == (ip_address("10.20.0.7"),)

    def test_fails_without_an_answer(self):
        with pytest.raises(ResolutionFailed):
            self.answer()

    @pytest.mark.parametrize("error", [OSError("fhv.example"), UnicodeError("fhv.example")])
    def test_fails_without_naming_the_host(self, error):
        def lookup(*_):
            raise error

        with pytest.raises(ResolutionFailed) as caught:
            resolve("fhv.example", 443, private=NOWHERE, timeout_s=5, lookup=lookup)
        assert str(caught.value) == ""

    @pytest.mark.parametrize("host", ["127.1", "0177.0.0.1", "2130706433", "0x7f.1", "127.0.0.1"])
    def test_refuses_every_spelling_that_the_system_takes_for_loopback(self, host):
        with pytest.raises((ForbiddenTarget, ResolutionFailed)):
            resolve(host, 443, private=NOWHERE, timeout_s=5)

    def test_never_asks_for_localhost_or_for_addresses(self):
        def lookup(*_):
            raise AssertionError("asked")

        def found(host, private):
            return resolve(host, 80, private=private, timeout_s=5, lookup=lookup)

        assert found("localhost", LOOPBACK) == (ip_address("127.0.0.1"),)
        assert found("10.20.0.7", INTRANET) == (ip_address("10.20.0.7"),)
        with pytest.raises(ForbiddenTarget):
            found("localhost", NOWHERE)

    def test_leaves_a_hanging_lookup_behind(self, monkeypatch):
        monkeypatch.setattr(targets, "_LOOKUPS", threading.BoundedSemaphore(1))
        release = threading.Event()

        def hang(*_):
            release.wait(10)
            return ["8.8.8.8"]

        started = time.monotonic()
        for _ in range(2):  # the second finds no free slot, and makes no thread
            with pytest.raises(TimeoutError):
                resolve("fhv.example", 443, private=NOWHERE, timeout_s=0.1, lookup=hang)
        assert time.monotonic() - started < 1
        release.set()
        assert resolve("fhv.example", 443, private=NOWHERE, timeout_s=5, lookup=hang)

    def test_takes_no_time_that_is_not_there(self):
        with pytest.raises(TimeoutError):
            resolve("fhv.example", 443, private=NOWHERE, timeout_s=0, lookup=lambda *_: [])
