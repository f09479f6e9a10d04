"""A file that begins as a first load does, and goes on with what is known already.

What is taken for new without asking must be found out, and be as if each had been asked about.
"""

from typing import Any

import pytest

from app.imports.pace import Pace
from tests.flow.importing import exported, lines, many, taken_in
from tests.kit import Service

ALONE = 80
"""Rows of the first chunk, of which all is new; what follows is taken for new."""


def contradicted(said: dict[str, Any]) -> dict[str, Any]:
    return said | {"occurred_at": "2025-01-01T00:00:00+00:00"}


def renamed(said: dict[str, Any], by: int) -> dict[str, Any]:
    """Another word on the same absence."""
    return said | {"id": f"again-{by}"}


class TestWhatIsKnownAlready:
    def test_is_told_from_what_is_new_whatever_it_was_taken_for(self, service: Service):
        by_file, by_batch = service.employer(), service.employer()
        begin, rest = many(400)[:ALONE], many(400)[ALONE:]
        known = begin[:5], [contradicted(one) for one in begin[5:10]]
        events = [*begin, *rest[:100], *known[0], *rest[100:200], *known[1], *rest[200:]]
        shown = taken_in(by_file, lines(events))
        counts = shown["counts"]
        assert (counts["created"], counts["duplicate"], counts["conflict"]) == (400, 5, 5)
        for start in range(0, len(events), 100):
            by_batch.ok("POST", "/v1/events/batch", events[start : start + 100])
        assert exported(by_file) == exported(by_batch)

    def test_is_folded_with_what_was_said_before(self, service: Service):
        by_file, by_batch = service.employer(), service.employer()
        said = many(300)
        later = [
            renamed(one, n) | {"last_day": None}
            for n, one in enumerate(said[:40])
            if one["type"] == "absence.reported"
        ]
        events = [*said, *later]
        assert taken_in(by_file, lines(events))["counts"]["created"] == len(events)
        for start in range(0, len(events), 100):
            by_batch.ok("POST", "/v1/events/batch", events[start : start + 100])
        assert exported(by_file) == exported(by_batch)

    def test_is_folded_with_what_was_said_before_in_however_small_chunks(
        self, service: Service, monkeypatch: pytest.MonkeyPatch
    ):
        by_file, by_batch = service.employer(), service.employer()
        events = many(300, employees=4)
        monkeypatch.setattr(Pace, "size", 20)
        assert taken_in(by_file, lines(events))["counts"]["created"] == len(events)
        by_batch.ok("POST", "/v1/events/batch", events)
        assert exported(by_file) == exported(by_batch)

    def test_twice_in_the_same_chunk_is_a_repeat(self, service: Service):
        employer = service.employer()
        begin, rest = many(300)[:ALONE], many(300)[ALONE:]
        other = contradicted(rest[1]) | {"employee": "nobody-else-is"}
        counts = taken_in(employer, lines([*begin, *rest, rest[0], other]))["counts"]
        assert (counts["created"], counts["duplicate"], counts["conflict"]) == (300, 1, 1)
        assert "nobody-else-is" not in exported(employer)["known"]
