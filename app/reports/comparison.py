"""What regression to the mean alone would give: the year that followed for comparable colleagues.

Pure. Whoever is chosen after a bad year will on average have a better one, with help or without. So
participants are set beside colleagues who never took part and had the same number of episodes in
a year: how was their next one? Comparable years are calendar months twelve by twelve around the
first day of each month in which somebody entered.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from app.absences.history import History
from app.absences.policy import Period
from app.reports.disclosure import SMALL
from app.reports.months import first_day, last_day
from app.reports.sick_leave import Year, Years, employed_throughout, year_between

Expected = tuple[float, float]
"""Episodes and sick days in the year after, by the mean of the comparable."""


@dataclass(slots=True)
class Following:
    """The years that followed, of colleagues with one number of episodes in the year before."""

    people: int = 0
    years: int = 0
    episodes: int = 0
    sick_days: int = 0
    last_seen: int = field(default=-1, repr=False)

    def add(self, person: int, year: Year) -> None:
        """One more year; persons come one after the other."""
        self.people += person != self.last_seen
        self.last_seen = person
        self.years += 1
        self.episodes += year.episodes
        self.sick_days += year.sick_days

    @property
    def mean(self) -> Expected | None:
        """The mean year; None for fewer than ten people, who are not enough to tell of."""
        if self.people < SMALL:
            return None
        return self.episodes / self.years, self.sick_days / self.years


def expected_after(
    colleagues: Iterable[tuple[History, tuple[Period, ...]]],
    participants: Iterable[tuple[int, Years]],
) -> dict[int, Expected]:
    """By number of episodes in the year before: the mean year after of comparable colleagues.

    `participants`: the months of entry with both years. A number without ten colleagues is
    left out.
    """
    entered = list(participants)
    wanted = {years.before.episodes for _, years in entered}
    stretches = [_stretch(month) for month in sorted({month for month, _ in entered})]
    followed: defaultdict[int, Following] = defaultdict(Following)
    for person, (history, employment) in enumerate(colleagues):
        for begin, middle, end in stretches:
            if not employed_throughout(employment, begin, end):
                continue
            before = year_between(history, begin, middle - 1).episodes
            if before in wanted:
                followed[before].add(person, year_between(history, middle, end))
    return _means(followed)


def _stretch(month: int) -> tuple[int, int, int]:
    """First day of the year before the month, of the month itself, and the last of that year."""
    first, middle = first_day(month - 12), first_day(month)
    return first.toordinal(), middle.toordinal(), last_day(month + 11).toordinal()


def _means(followed: Mapping[int, Following]) -> dict[int, Expected]:
    means = {episodes: following.mean for episodes, following in followed.items()}
    return {episodes: mean for episodes, mean in means.items() if mean is not None}
