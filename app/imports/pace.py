"""The pace of an import: short transactions, and those who wait for single events go first.

On SQLite one writer writes at a time, and a lock that is given back is taken again by whoever
asks first: an import that asked at once would keep everybody out. Where nobody else writes,
transactions are long: each writes most pages of the indexes once more.
"""

import threading
import time

from app.core.writer import Writer

CHUNK = 20_000
"""At most so many rows in a transaction."""
LEAST = 20
ALONE_S = 1.5
AMONG_S = 0.25
BESIDE_S = 0.08
YIELDING_S = 0.012
"""How long a transaction may take: with nobody else, where other processes write, in a process
that serves, and while it does."""
_LATELY_S = 1.0
_AMONG_LATELY_S = 10.0
_PATIENCE_S = 0.25
_LOOK_S = 0.001


class Pace:
    """How much to do in a transaction, by how long the last one took.

    `ingest`: the writer of single events of this process; None where nobody else is served.
    """

    def __init__(self, ingest: Writer[object, object] | None, most: int = CHUNK) -> None:
        self._ingest = ingest if ingest is not None and ingest.running else None
        self._most = most
        self._each_s = 0.0
        self._others_at = float("-inf")
        self._seen = self._ingest.taken if self._ingest else 0
        self._seen_at = float("-inf")
        self._pause = threading.Event()

    @property
    def size(self) -> int:
        """How much to do next."""
        if not self._each_s:
            return min(self._most, 4 * LEAST)
        return max(min(LEAST, self._most), min(self._most, int(self._longest_s / self._each_s)))

    @property
    def _longest_s(self) -> float:
        if self._ingest is None:
            others = time.monotonic() - self._others_at < _AMONG_LATELY_S
            return AMONG_S if others else ALONE_S
        return YIELDING_S if self._is_asked else BESIDE_S

    @property
    def _is_asked(self) -> bool:
        """Whether single events have come lately."""
        return time.monotonic() - self._seen_at < _LATELY_S

    def took(self, done: int, seconds: float, *, others: bool) -> None:
        """So much was done in that time: the next chunk is measured by it, half as much as by
        those before. `others`: another process wrote meanwhile, or waited."""
        if others:
            self._others_at = time.monotonic()
        each = seconds / max(done, 1)
        self._each_s = each if not self._each_s else (self._each_s + each) / 2

    def give_way(self) -> None:
        """Wait as long as single events wait or are being stored, within bounds."""
        if self._ingest is None:
            return
        until = time.monotonic() + _PATIENCE_S
        while True:
            if self._ingest.taken != self._seen:
                self._seen, self._seen_at = self._ingest.taken, time.monotonic()
            if not self._ingest.busy or time.monotonic() >= until:
                return
            self._pause.wait(_LOOK_S)
