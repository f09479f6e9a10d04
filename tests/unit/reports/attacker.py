"""Somebody who reads every report there is and adds and subtracts: what do they learn of few?

Independent of the code under attack: unknown numbers, sums that were shown, and linear algebra. A
set of unknowns is found out when its sum follows from the sums shown; besides, bounds are drawn
together, since no number of people is negative.
"""

from collections.abc import Collection, Hashable

from hypothesis import strategies as st

PRIME = (1 << 61) - 1
"""Arithmetic modulo a large prime: exact enough to find what follows, and quick."""

Row = list[int]
POOLS = st.sampled_from(
    [(0, 10, 30), (0, 0, 0, 10, 12, 1), (10, 11, 40, 9), (0, 0, 5, 10, 25), (10, 10, 10, 0, 3)]
)


def sizes(data: st.DataObject, count: int) -> list[int]:
    """How many of each kind there are: mostly none or enough, with few of some among them."""
    pool = data.draw(POOLS)
    return data.draw(st.lists(st.sampled_from(pool), min_size=count, max_size=count))


class Attacker:
    """Knows which unknowns there may be, and learns the sums of some."""

    def __init__(self, unknowns: Collection[Hashable]) -> None:
        self._place = {unknown: n for n, unknown in enumerate(unknowns)}
        self._rows: dict[int, Row] = {}
        self._sums: list[tuple[frozenset[Hashable], int]] = []

    def learn(self, of: Collection[Hashable], value: int) -> None:
        """That those unknowns have that sum."""
        self._sums.append((frozenset(of), value))
        row = self._reduced(self._vector(of, value))
        lead = next((n for n, x in enumerate(row[:-1]) if x), None)
        if lead is not None:
            inverse = pow(row[lead], -1, PRIME)
            self._rows[lead] = [x * inverse % PRIME for x in row]

    def works_out(self, of: Collection[Hashable]) -> int | None:
        """The sum of those unknowns, if it follows."""
        row = self._reduced(self._vector(of, 0))
        return None if any(row[:-1]) else -row[-1] % PRIME

    def bounds(self) -> dict[Hashable, tuple[int, int]]:
        """Between what each unknown must lie, as far as one sum at a time tells."""
        low = dict.fromkeys(self._place, 0)
        high = dict.fromkeys(self._place, 10**6)
        changed = True
        while changed:
            changed = False
            for of, value in self._sums:
                lows, highs = sum(low[u] for u in of), sum(high[u] for u in of)
                for u in of:
                    least, most = value - (highs - high[u]), value - (lows - low[u])
                    if least > low[u] or most < high[u]:
                        low[u], high[u] = max(low[u], least), min(high[u], most)
                        lows, highs = sum(low[u] for u in of), sum(high[u] for u in of)
                        changed = True
        return {u: (low[u], high[u]) for u in self._place}

    def _vector(self, of: Collection[Hashable], value: int) -> Row:
        row = [0] * (len(self._place) + 1)
        for unknown in of:
            row[self._place[unknown]] = 1
        row[-1] = value
        return row

    def _reduced(self, row: Row) -> Row:
        for lead in range(len(row) - 1):
            if row[lead] and lead in self._rows:
                factor, known = row[lead], self._rows[lead]
                row = [(x - factor * y) % PRIME for x, y in zip(row, known, strict=True)]
        return row
