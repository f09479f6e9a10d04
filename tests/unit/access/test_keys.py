"""API keys: unguessable, of a tenant, and known by their digest alone."""

import re

import pytest

from app.access.keys import digest, make_key, same, tenant_of
from app.core.ids import new_id

TENANT = "ten_01k0000000000000000000000x"


class TestMakeKey:
    def test_names_its_tenant_and_has_256_bits_of_secret(self):
        key = make_key(TENANT)
        assert re.fullmatch(r"omt_01k0000000000000000000000x_[A-Za-z0-9_-]{43}", key)
        assert tenant_of(key) == TENANT

    def test_makes_another_each_time(self):
        assert len({make_key(TENANT) for _ in range(1000)}) == 1000

    def test_fits_the_ids_that_are_given_out(self):
        tenant_id = new_id("ten")
        assert tenant_of(make_key(tenant_id)) == tenant_id


class TestTenantOf:
    @pytest.mark.parametrize(
        "spoil",
        [
            lambda key: "",
            lambda key: key[:-1],
            lambda key: key + "a",
            lambda key: key + "\n",
            lambda key: " " + key,
            lambda key: key.upper(),
            lambda key: key.replace("omt_", "omt-"),
            lambda key: key.replace("omt_", "", 1),
            lambda key: key[:-1] + "å",
            lambda key: key[:-1] + "=",
            lambda key: key[:5] + "\u0660" + key[6:],
            lambda key: key[:31] + key[32:],
        ],
    )
    def test_knows_nobody_by_another_form(self, spoil):
        assert tenant_of(spoil(make_key(TENANT))) is None


class TestSame:
    def test_holds_for_the_key_and_no_other(self):
        key = make_key(TENANT)
        assert same(digest(key), key)
        assert not same(digest(key), make_key(TENANT))
        assert not same(digest(key), digest(key))
        assert not same(key, key)

    def test_takes_any_text_without_a_fault(self):
        assert not same(digest("x"), "å" * 43)
        assert not same("å", "x")


class TestDigest:
    def test_is_sha_256_and_shows_nothing_of_the_key(self):
        assert digest("abc").startswith("ba7816bf8f01cfea")
        key = make_key(TENANT)
        assert re.fullmatch(r"[0-9a-f]{64}", digest(key))
        assert key[-10:] not in digest(key)
