"""What a run at an import learns on the way, so as to ask the database less.

It is no more than a guess or a saving: what is stored never depends on it.
"""

from collections.abc import Collection, Sequence

MAX_KNOWN = 200_000
"""So many employees are remembered; then it is begun anew, and memory stays bounded."""
_LONGEST_DOUBT = 64


class Learnt:
    """Whether what comes is likely to be new, and whose employees are noted already.

    A chunk taken for new is stored without asking for what is there; if it was not, a key of a
    table says so and the transaction is made anew. So that this is rare, a chunk asked about goes
    before, of which all was new, and after each error twice as many as after the last.
    """

    def __init__(self) -> None:
        self._all_new = False
        self._doubt = 1
        self._ask = 0
        self._tried = False
        self._noted: set[str] = set()
        self._pending: Collection[str] = ()

    def attempt(self) -> None:
        """A transaction begins; one before that was not committed was undone."""
        if self._tried:
            self._ask, self._doubt = self._doubt, min(2 * self._doubt, _LONGEST_DOUBT)
        self._tried, self._pending = False, ()

    def take_for_new(self) -> bool:
        """Whether to take what comes for new."""
        self._tried = self._all_new and not self._ask
        return self._tried

    def unnoted(self, ids: Collection[str]) -> list[str]:
        """Those of the employees that are not known to be noted, in order."""
        return sorted(employee_id for employee_id in ids if employee_id not in self._noted)

    def stored(self, became: Sequence[str], noted: Collection[str]) -> None:
        """So the chunk went, and those employees were noted with it, once it is committed."""
        self._pending = noted
        self._all_new = became.count("created") == len(became)

    def committed(self) -> None:
        """It is."""
        if not self._tried:
            self._ask = max(0, self._ask - 1)
        self._tried = False
        if len(self._noted) + len(self._pending) > MAX_KNOWN:
            self._noted.clear()
        self._noted.update(self._pending)
        self._pending = ()
