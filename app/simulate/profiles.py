"""What is simulated, in figures: who is ill how often, when, how long, and how it is reported.

Pure. They are set so that what comes out meets the published figures (`targets`), which measures
the events and not these tables.
"""

from dataclasses import dataclass
from typing import Literal

from app.intake.event import Kind
from app.simulate.chance import Table

KindOfPopulation = Literal["municipality", "country"]


@dataclass(frozen=True, slots=True)
class Profile:
    """A sort of population.

    `absences`: a year, of somebody of average risk. `leaving`: share of the employees a month.
    `unit_size`: employees, least and most. `worse`, `units_worse`: the share of people and of
    units that begin to get worse in a year.
    """

    absences: float
    leaving: float
    unit_size: tuple[int, int]
    units: tuple[str, ...]
    worse: float
    units_worse: float


PROFILES: dict[KindOfPopulation, Profile] = {
    "municipality": Profile(
        absences=1.53,
        leaving=0.009,
        unit_size=(12, 44),
        units=("hemtjanst", "forskola", "grundskola", "aldreboende", "LSS", "kök", "park", "stab"),
        worse=0.03,
        units_worse=0.04,
    ),
    "country": Profile(
        absences=1.28,
        leaving=0.012,
        unit_size=(10, 120),
        units=("handel", "bygg", "industri", "vard", "transport", "it", "hotell", "kontor"),
        worse=0.03,
        units_worse=0.04,
    ),
}

# Between people: near a gamma distribution of shape 0.5, so that counts are near a negative
# binomial one. Half of all people have less than half of the average risk.
RISK: Table = (
    (0.0, 0.0),
    (0.1, 0.016),
    (0.2, 0.065),
    (0.3, 0.15),
    (0.4, 0.275),
    (0.5, 0.455),
    (0.6, 0.71),
    (0.7, 1.075),
    (0.8, 1.645),
    (0.9, 2.7),
    (0.95, 3.85),
    (0.98, 5.4),
    (0.99, 6.6),
    (0.999, 9.5),
    (1.0, 12.0),
)
UNIT_RISK: Table = ((0.0, 0.55), (0.25, 0.82), (0.5, 0.96), (0.75, 1.14), (0.95, 1.5), (1.0, 1.8))
UNIT_DRIFT: Table = ((0.0, 0.8), (0.5, 1.0), (1.0, 1.2))
"""Of one unit from half-year to half-year."""

WORSE_RISK = 3.5
"""What getting worse adds to somebody's risk in the end, in average risks."""
WORSE_RAMP, WORSE_STAY = 180, 540
"""Days until it is all there, and from its beginning until it begins to pass (as slowly)."""
WORSE_LONG_AFTER, WORSE_LONG = 240, 0.1
"""From that day on, so large a share of the absences of who got worse is a long one."""
UNIT_WORSE, UNIT_WORSE_DAYS = 1.9, 365
"""The risk in a unit that got worse, times what it was; and for how long."""

MONTHS = (1.33, 1.4, 1.3, 1.02, 0.92, 0.78, 0.6, 0.84, 1.02, 1.09, 1.12, 0.96)
WEEKDAYS = (2.24, 1.33, 1.15, 1.01, 0.95, 0.17, 0.15)
"""How often an absence begins in each month, on each weekday; the average day is 1."""

# In calendar days: the value of a share is rounded down.
LENGTHS: Table = (
    (0.0, 1.0),
    (0.46, 2.0),
    (0.635, 3.0),
    (0.735, 4.0),
    (0.795, 5.0),
    (0.835, 6.0),
    (0.865, 7.0),
    (0.89, 8.0),
    (0.938, 15.0),
    (0.966, 31.0),
    (0.988, 91.0),
    (0.996, 181.0),
    (1.0, 366.0),
)
LONG_FROM = 0.966
KINDS: tuple[tuple[float, Kind], ...] = (
    (0.985, "sickness"),
    (0.997, "work_injury"),
    (1.0, "infection_carrier"),
)
PART_TIME = 0.05
PART_EXTENTS = (25, 50, 75)
BACK_IN_STEPS, BACK_IN_STEPS_FROM = 0.4, 28
"""The share of absences of at least so many days whose second half is at 50 percent."""


@dataclass(frozen=True, slots=True)
class Rates:
    """How absences are reported, as shares of all.

    `afterwards`: with the last day, on the first healthy day (of those up to 14 days; the others
    are reported on the first day and ended by an event of their own). `late`: 2 to 30 days after
    the first day. `corrected`: something was wrong, and is put right 1 to 20 days later.
    `cancelled`: were none, and are called off within 10 days. `resent`: the same again within 3.
    """

    afterwards: float = 0.25
    late: float = 0.06
    corrected: float = 0.05
    cancelled: float = 0.02
    resent: float = 0.01


RATES = Rates()
SETTLED_AFTER = 60
"""Days after which nothing more is said of a day: late and corrected together stay below."""
