"""The table of moves of api.md once more, written down apart from the service: what a walk expects.

`Expected` is one referral as it ought to be: its state, what was told of it, when it is late. It
knows nothing of the service but the names of the contract.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache

OPEN = ("requested", "accepted", "booked", "talk_held", "three_party_held", "plan_adopted")
ENDED = ("declined", "declined_by_employee", "withdrawn", "closed")
EMPLOYER, PROVIDER = "employer", "provider"

TABLE: dict[str, tuple[tuple[str, ...], str, tuple[str, ...]]] = {
    "accept": (("requested",), "accepted", (PROVIDER,)),
    "decline": (("requested", "accepted"), "declined", (PROVIDER,)),
    "book": (("accepted", "booked"), "booked", (PROVIDER,)),
    "no-show": (("booked",), "accepted", (PROVIDER,)),
    "complete": (("booked",), "talk_held", (PROVIDER,)),
    "three-party-meeting": (("talk_held",), "three_party_held", (EMPLOYER, PROVIDER)),
    "adopt-plan": (("three_party_held",), "plan_adopted", (EMPLOYER,)),
    "last-follow-up": (("plan_adopted",), "closed", (EMPLOYER,)),
    "decline-by-employee": (OPEN, "declined_by_employee", (EMPLOYER, PROVIDER)),
    "withdraw": (OPEN, "withdrawn", (EMPLOYER,)),
    "close": (OPEN, "closed", (EMPLOYER, PROVIDER)),
    "reassign": (OPEN, "requested", (EMPLOYER,)),
}
"""Call: from which states, to which, by whom."""

STEPS = {(source, target) for sources, target, _ in TABLE.values() for source in sources}
"""Every step that a history may show."""
HIDDEN = ("accepted", "booked", "talk_held")
ALWAYS = ["decline-by-employee", "withdraw", "close", "reassign"]
"""What an employer may do whatever has happened."""
DAYS = {"requested": 3, "accepted": 10, "booked": 10, "talk_held": 15, "three_party_held": 5}
"""Working days of a step, unless the employer has said otherwise."""
STEP_OF = {
    "requested": "accept",
    "accepted": "talk",
    "booked": "talk",
    "talk_held": "three_party",
    "three_party_held": "plan",
    "plan_adopted": "follow_up",
}


@cache
def days_off(year: int) -> frozenset[date]:
    """Swedish holidays and the eves that are free, of a year; Sundays are off anyway."""
    a, b, c = year % 19, year // 100, year % 100
    d = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    e = (32 + 2 * (b % 4) + 2 * (c // 4) - d - c % 4) % 7
    f = d + e - 7 * ((a + 11 * d + 22 * e) // 451) + 114
    easter = date(year, f // 31, f % 31 + 1)
    midsummer = next(d for d in (date(year, 6, n) for n in range(19, 26)) if d.weekday() == 4)
    fixed = ((1, 1), (1, 6), (5, 1), (6, 6), (12, 24), (12, 25), (12, 26), (12, 31))
    moving = {easter + timedelta(days=n) for n in (-2, 1, 39)}
    return frozenset({date(year, *day) for day in fixed} | moving | {midsummer})


def is_working_day(day: date) -> bool:
    """Neither weekend nor day off."""
    return day.weekday() < 5 and day not in days_off(day.year)


def working_days_after(day: date, count: int) -> date:
    """The day that so many working days later is the last of them."""
    while count:
        day += timedelta(days=1)
        count -= is_working_day(day)
    return day


@dataclass
class Expected:
    """One referral as it ought to be. Days are those on which a state was entered."""

    provider: int | None
    since: date
    state: str = "requested"
    came_by: str = "request"
    consent_on: date | None = None
    talk: tuple[str, str] | None = None
    recommended: bool = False
    moved_itself: bool = False
    turn: int = 1
    began: date | None = None
    told_step: bool = False
    told_shown: bool = False
    updates: int = 0
    withdrawals: int = 0
    step_overdue: int = 0
    shown_overdue: int = 0
    follow_ups: list[date] = field(default_factory=list)
    """The follow-ups of its adopted plan that are not done."""

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def consented(self) -> bool:
        """Whether the employee has consented to feedback to the employer."""
        return self.consent_on is not None

    @property
    def whole(self) -> bool:
        """Whether the employer sees the state as it is."""
        return self.consented or self.state not in HIDDEN

    def shown(self) -> str:
        """The state as the employer sees it."""
        if not self.whole:
            return "in_progress"
        unsaid = self.state == "declined_by_employee" and not self.consented
        return "declined" if unsaid else self.state

    def allowed(self, party: str) -> list[str]:
        """The calls that the party may make, by the table and by what it may know."""
        if party == EMPLOYER and not self.whole:
            return ALWAYS
        return [call for call, (of, _, by) in TABLE.items() if self.state in of and party in by]

    def has(self, call: str, party: str) -> bool:
        """Whether the table has that move from here."""
        sources, _, by = TABLE[call]
        return self.state in sources and party in by

    def repeats(self, call: str) -> bool:
        """Whether the call says what has been done already."""
        if call in ("reassign", "book"):
            return False
        if call == "no-show":
            return self.state == "accepted" and self.came_by == "no-show"
        return self.state == TABLE[call][1]

    def is_to_come(self, today: date) -> bool:
        """Whether a talk is booked for a later day: nobody can say yet how it went."""
        return (
            self.state == "booked"
            and self.talk is not None
            and self.talk[0][:10] > today.isoformat()
        )

    def make(self, call: str, today: date, *, by_provider: bool, consent: date | None) -> None:
        """The move is made."""
        before = self.state
        self.state = TABLE[call][1]
        self.came_by = call
        self.updates += 1
        self.moved_itself = self.moved_itself or by_provider
        if before != self.state or call == "reassign":
            self._enter(before, today)
        if call == "reassign":
            self.moved_itself = self.recommended = False
            self.consent_on = None
            self.turn += 1
        if call in ("reassign", "no-show"):
            self.talk = None
        self.consent_on = consent or self.consent_on

    def consent_again(self, on: date) -> None:
        """A move is said again with the employee's consent; nothing else begins anew."""
        self.consent_on = on
        self.updates += 1

    def basis_gone(self) -> None:
        """Reconciliation took it back."""
        self.state, self.came_by = "withdrawn", "basis"
        self.withdrawals += 1

    def _enter(self, before: str, today: date) -> None:
        same_step = STEP_OF.get(before) == STEP_OF.get(self.state) and self.state == "booked"
        if not same_step:
            self.since, self.told_step = today, False
        if self.state not in HIDDEN:
            self.began, self.told_shown = None, False
        elif before not in HIDDEN:
            self.began, self.told_shown = today, False

    def follow(self, days: list[date]) -> None:
        """These follow-ups are left; the next one's day counts, and passing it is told anew."""
        before = self.due() if self.follow_ups else None
        self.follow_ups = days
        if days and self.due() != before:
            self.told_step = self.told_shown = False

    def due(self) -> date | None:
        """The last day of the present step."""
        if self.state == "plan_adopted":
            return working_days_after(min(self.follow_ups) - timedelta(days=1), 1)
        if self.state == "talk_held" and not self.recommended:
            return None
        return working_days_after(self.since, DAYS[self.state]) if self.is_open else None

    def shown_due(self) -> date | None:
        """The one deadline that the employer sees of all that is hidden."""
        if self.state not in HIDDEN:
            return self.due()
        assert self.began is not None
        talk = working_days_after(self.began, DAYS["booked"])
        return working_days_after(talk, DAYS["talk_held"])

    def time_passes(self, today: date) -> None:
        """What has to be told on that day, once."""
        step = _is_late(self.due(), self.told_step, today)
        shown = _is_late(self.shown_due(), self.told_shown, today)
        self.step_overdue += step
        self.shown_overdue += step if self.whole else shown
        self.told_step = self.told_step or step
        self.told_shown = self.told_shown or shown


def _is_late(due: date | None, told: bool, today: date) -> bool:
    return due is not None and due < today and not told


def unsound(history: Iterable[tuple[str | None, str]], state: str) -> str | None:
    """What is wrong with a history as an explanation of that state; None: nothing."""
    at: str | None = None
    for source, target in history:
        if source != at:
            return f"{source} follows {at}"
        if source is None and target != "requested":
            return f"begins with {target}"
        if source is not None and source != target and (source, target) not in STEPS:
            return f"{source} to {target} is not in the table"
        at = target
    return None if at == state else f"ends in {at}"
