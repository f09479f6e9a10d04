"""Ids: opaque, prefixed, in the order they were made, and never the same twice."""

import re
import threading
import time

from app.core.ids import new_id, new_ids

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def made_at_ms(made: str) -> int:
    number = 0
    for letter in made.partition("_")[2][:10]:
        number = number * 32 + ALPHABET.index(letter)
    return number


class TestNewId:
    def test_has_its_prefix_and_26_letters_that_nobody_mistakes(self):
        assert re.fullmatch(rf"emp_[{ALPHABET}]{{26}}", new_id("emp"))
        assert not set("ilou") & set(ALPHABET)

    def test_sorts_in_the_order_made(self):
        made = [new_id("evt") for _ in range(20_000)]
        assert made == sorted(made)
        assert len(set(made)) == len(made)

    def test_is_unique_and_in_order_whoever_makes_it(self):
        made: list[list[str]] = [[] for _ in range(8)]
        start = threading.Barrier(8)

        def make(mine: list[str]) -> None:
            start.wait()
            mine += [new_id("evt") for _ in range(2_000)]

        threads = [threading.Thread(target=make, args=(mine,)) for mine in made]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert all(mine == sorted(mine) for mine in made)
        assert len({one for mine in made for one in mine}) == 16_000

    def test_begins_with_the_time_it_was_made_at(self):
        before = time.time_ns() // 1_000_000
        made = made_at_ms(new_id("evt"))
        assert before - 1 <= made <= time.time_ns() // 1_000_000 + 1_000

    def test_cannot_be_guessed_from_the_one_before(self):
        steps = set()
        for _ in range(200):
            one, next_one = new_id("x"), new_id("x")
            steps.add(
                sum(ALPHABET.index(c) * 32**n for n, c in enumerate(reversed(next_one[2:])))
                - sum(ALPHABET.index(c) * 32**n for n, c in enumerate(reversed(one[2:])))
            )
        assert len(steps) == 200


class TestNewIds:
    def test_are_as_if_made_one_after_the_other(self):
        made = [new_id("emp"), *new_ids("emp", 5_000), *new_ids("emp", 1), new_id("emp")]
        assert made == sorted(made)
        assert len(set(made)) == 5_003
        assert all(re.fullmatch(rf"emp_[{ALPHABET}]{{26}}", one) for one in made)

    def test_may_be_none(self):
        assert new_ids("emp", 0) == []
