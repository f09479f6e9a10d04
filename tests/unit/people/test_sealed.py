"""Contacts and numbers at rest: opened where they stand alone, and changed member by member."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.crypt import KEY_BYTES, CannotDecrypt, KeyRing
from app.people.sealed import (
    MEMBERS,
    SECRET_BYTES,
    changed_contact,
    contact_place,
    hr_place,
    manager_place,
    match_hash,
    new_match_secret,
    number_place,
    open_contact,
    open_text,
    seal_contact,
    seal_text,
    secret_place,
)

OLD, NEW = b"o" * KEY_BYTES, b"n" * KEY_BYTES
KEYS = KeyRing({"new": NEW, "old": OLD})
KIM = {"name": "Kim Exempel", "phone": "070-174 06 05", "email": "kim@example.se"}
HERE = contact_place("ten_1", "emp_1")
PLACES = [
    make(tenant, row)
    for make in (contact_place, number_place, hr_place, manager_place, secret_place)
    for tenant in ("ten_1", "ten_2")
    for row in ("emp_1", "emp_2")
]
texts = st.text(min_size=1, max_size=20)


class TestSealed:
    def test_opens_in_its_place_and_in_no_other(self):
        assert len(set(PLACES)) == len(PLACES)
        for here, there in itertools.permutations(PLACES, 2):
            sealed = seal_text(KEYS, "191212121212", here)
            assert open_text(KEYS, sealed, here) == "191212121212"
            with pytest.raises(CannotDecrypt):
                open_text(KEYS, sealed, there)

    def test_of_an_older_key_opens_and_of_one_that_is_gone_does_not(self):
        sealed = seal_contact(KeyRing({"old": OLD}), KIM, HERE)
        assert open_contact(KEYS, sealed, HERE) == KIM
        with pytest.raises(CannotDecrypt):
            open_contact(KeyRing({"new": NEW}), sealed, HERE)

    def test_shows_nothing_of_what_is_in_it(self):
        sealed = seal_contact(KEYS, KIM, HERE)
        assert sealed is not None
        # Two letters or digits stand in any long text by chance.
        parts = {part for value in KIM.values() for part in value.split() if len(part) > 5}
        assert len(parts) == 3
        assert not any(part in sealed for part in parts)

    def test_nothing_is_nothing(self):
        assert seal_contact(KEYS, {}, HERE) is None
        assert seal_text(KEYS, None, HERE) is None
        assert open_contact(KEYS, None, HERE) == {}
        assert open_text(KEYS, None, HERE) is None


class TestChangedContact:
    @given(
        st.dictionaries(st.sampled_from(MEMBERS), texts),
        st.none() | st.dictionaries(st.sampled_from(MEMBERS), st.none() | texts),
    )
    def test_keeps_what_is_not_named(
        self, before: dict[str, str], named: dict[str, str | None] | None
    ):
        after = changed_contact(KEYS, seal_contact(KEYS, before, HERE), named, HERE)
        for member in MEMBERS:
            stays = named is not None and member not in named
            said = named.get(member) if named else None
            assert after.get(member) == (before.get(member) if stays else said)

    def test_opens_what_it_overwrites_only_where_something_stays(self):
        lost = seal_contact(KeyRing({"gone": OLD}), KIM, HERE)
        assert changed_contact(KEYS, lost, None, HERE) == {}
        assert changed_contact(KEYS, lost, dict.fromkeys(MEMBERS), HERE) == {}
        with pytest.raises(CannotDecrypt):
            changed_contact(KEYS, lost, {"phone": None}, HERE)


class TestMatchHash:
    def test_is_the_same_for_the_same_number_and_secret_alone(self):
        one, other = new_match_secret(), new_match_secret()
        assert len(one) == SECRET_BYTES
        found = {
            match_hash(key_id, secret, number)
            for key_id, secret in (("mky_1", one), ("mky_2", other), ("mky_1", one))
            for number in ("191212121212", "196101182803")
        }
        assert len(found) == 4
        assert {one.partition(":")[0] for one in found} == {"mky_1", "mky_2"}

    def test_is_hmac_sha256(self):
        """Test case 2 of RFC 4231: key "Jefe", data "what do ya want for nothing?"."""
        expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        assert match_hash("k", b"Jefe", "what do ya want for nothing?") == f"k:{expected}"
