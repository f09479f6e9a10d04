"""What a caller may do: what its scopes say; `admin` has all of the tenant's, not a provider's."""

import pytest

from app.access.principal import SCOPES, Principal


def holder(*scopes: str) -> Principal:
    return Principal("ten_1", "key_1", frozenset(scopes))


class TestMay:
    @pytest.mark.parametrize("held", SCOPES)
    @pytest.mark.parametrize("wanted", SCOPES)
    def test_holds_for_the_scope_itself_and_for_admin(self, held: str, wanted: str):
        expected = held == wanted or (held == "admin" and wanted != "provider")
        assert holder(held).may(frozenset({wanted})) == expected

    def test_needs_only_one_of_several(self):
        either = frozenset({"cases:read", "provider"})
        assert holder("provider").may(either)
        assert holder("cases:read", "events:write").may(either)
        assert holder("admin").may(either)
        assert not holder("cases:write", "events:write").may(either)

    def test_holds_for_nothing_without_scopes_or_without_a_wish(self):
        assert not holder().may(frozenset(SCOPES))
        assert not holder("admin").may(frozenset())
        assert not holder("unheard-of").may(frozenset(SCOPES))
