"""Pages: every row once and in order, whatever comes and goes between them."""

import base64
from collections.abc import Iterator

import pytest
from sqlalchemy import delete, insert, select

from app.access.tables import Tenant
from app.core.db import Database
from app.core.errors import InvalidInput
from app.core.pages import Cut, cut, cut_page, next_cursor
from tests.kit import at, settings_for


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(settings_for(database_url))
    yield opened
    opened.close()


def made(letter: str) -> str:
    """An id that sorts by its last letter."""
    return f"ten_{'0' * 25}{letter}"


def add(database: Database, *ids: str) -> None:
    same = {"name": "n", "settings": {}, "version": 1, "created_at": at("2026-03-02")}
    with database.write() as conn:
        conn.execute(insert(Tenant), [same | {"tenant_id": tenant_id} for tenant_id in ids])


def page(database: Database, limit: int, cursor: str | None) -> tuple[list[str], str | None]:
    with database.read() as conn:
        rows, following = cut_page(
            conn, select(Tenant.__table__), Tenant.tenant_id, cut(limit, cursor)
        )
    return [row.tenant_id for row in rows], following


def walk(database: Database, limit: int) -> list[list[str]]:
    pages: list[list[str]] = []
    cursor: str | None = None
    while not pages or cursor:
        ids, cursor = page(database, limit, cursor)
        pages.append(ids)
    return pages


class TestCutPage:
    def test_gives_every_row_once_and_in_order(self, database: Database):
        ids = [made(n) for n in "0123456"]
        add(database, *reversed(ids))
        for limit, sizes in {1: [1] * 7, 2: [2, 2, 2, 1], 6: [6, 1], 7: [7], 8: [7]}.items():
            pages = walk(database, limit)
            assert [one for ids_of_page in pages for one in ids_of_page] == ids
            assert [len(ids_of_page) for ids_of_page in pages] == sizes

    def test_of_nothing_is_one_empty_page(self, database: Database):
        assert walk(database, 5) == [[]]

    def test_goes_on_where_it_was_when_rows_come_and_go(self, database: Database):
        add(database, *map(made, "bdfh"))
        first, cursor = page(database, 2, None)
        assert first == [made("b"), made("d")]
        add(database, *map(made, "ae"))
        with database.write() as conn:
            conn.execute(delete(Tenant).where(Tenant.tenant_id == made("d")))
        assert page(database, 9, cursor) == ([made("e"), made("f"), made("h")], None)


class TestCursor:
    def test_is_opened_again(self):
        assert cut(50, next_cursor(made("x"))) == Cut(50, made("x"))
        assert cut(50, None) == Cut(50, None)
        assert cut(50, "") == Cut(50, None)

    def test_says_nothing_but_where(self):
        assert base64.urlsafe_b64decode(next_cursor(made("x"))) == made("x").encode()

    @pytest.mark.parametrize("cursor", ["a", "å", "abc", "____", "=", "AA==", "ZmxnXwA=", "e30="])
    def test_that_is_not_ours_is_refused_without_being_repeated(self, cursor: str):
        with pytest.raises(InvalidInput) as refused:
            cut(50, cursor)
        [error] = refused.value.errors
        assert (error.pointer, error.code) == ("#/cursor", "invalid_cursor")
        assert cursor not in error.detail.split()
