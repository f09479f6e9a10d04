"""What an import learns on the way: when to ask, and whom it has noted."""

from app.imports import learnt as module
from app.imports.learnt import Learnt

NEW = ["created", "created"]


def chunk(learnt: Learnt, became: list[str] = NEW, noted: list[str] | None = None) -> bool:
    """One that is committed; whether it was taken for new."""
    learnt.attempt()
    unasked = learnt.take_for_new()
    learnt.stored(became, noted or [])
    learnt.committed()
    return unasked


def undone(learnt: Learnt) -> bool:
    learnt.attempt()
    return learnt.take_for_new()


class TestWhatComes:
    def test_is_asked_about_first(self):
        assert not chunk(Learnt())

    def test_is_taken_for_new_after_a_chunk_that_was(self):
        learnt = Learnt()
        chunk(learnt)
        assert chunk(learnt)
        assert chunk(learnt)

    def test_is_asked_about_where_some_was_known(self):
        learnt = Learnt()
        chunk(learnt, ["created", "duplicate"])
        assert not chunk(learnt, ["created", "conflict"])
        assert not chunk(learnt)
        assert chunk(learnt)

    def test_is_asked_about_again_when_the_guess_was_wrong_and_ever_longer(self):
        learnt = Learnt()
        chunk(learnt)
        waited = []
        for _ in range(9):
            assert undone(learnt)
            asked = 0
            while not undone(learnt):
                learnt.stored(NEW, [])
                learnt.committed()
                asked += 1
            waited.append(asked)
            learnt.stored(NEW, [])
            learnt.committed()
        assert waited == [1, 2, 4, 8, 16, 32, 64, 64, 64]


class TestEmployees:
    def test_are_noted_once_they_are_committed(self):
        learnt = Learnt()
        learnt.attempt()
        learnt.stored(NEW, ["a", "b"])
        assert learnt.unnoted(["b", "a", "c"]) == ["a", "b", "c"]
        learnt.committed()
        assert learnt.unnoted(["b", "a", "c"]) == ["c"]

    def test_of_a_transaction_that_was_undone_are_not(self):
        learnt = Learnt()
        learnt.attempt()
        learnt.stored(NEW, ["a"])
        learnt.attempt()
        learnt.committed()
        assert learnt.unnoted(["a"]) == ["a"]

    def test_are_forgotten_before_they_are_too_many(self, monkeypatch):
        monkeypatch.setattr(module, "MAX_KNOWN", 3)
        learnt = Learnt()
        chunk(learnt, noted=["a", "b"])
        chunk(learnt, noted=["c", "d"])
        assert learnt.unnoted(["a", "b", "c", "d"]) == ["a", "b"]
