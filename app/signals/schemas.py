"""Wire forms of signals: a signal's figures, and a month of all units."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from app.core.wire import Day, Instant
from app.delivery.schemas import Webhook
from app.reports.schemas import Text

Ratio = Annotated[float | None, Field(ge=0)]
Chance = Annotated[float | None, Field(ge=0, le=1)]


class SignalCompared(BaseModel):
    """The unit's rate beside another. Nothing of fewer than ten people follows from the figures:
    where it would, counts and probabilities are null, and ratios have one decimal."""

    expected: Annotated[
        float | None, Field(ge=0, description="episodes that the other rate would have given")
    ]
    ratio: Ratio = Field(
        description="the unit's rate as a multiple of the other; null: no episodes there"
    )
    low: Annotated[float, Field(ge=0, description="of the ratio's 95 % interval")]
    high: Ratio = Field(description="null: no upper bound")
    p: Chance = Field(description="one-sided: of as many episodes by chance")


class SignalOwn(SignalCompared):
    """Beside the unit's own last years, in the same months."""

    years: int = Field(ge=1, le=3)


class SignalOthers(SignalCompared):
    """Beside the other units, in these months."""

    units: int = Field(ge=1)


class SignalFigures(BaseModel):
    """What a signal rests on: short episodes that began in three months, and employed days."""

    employed: int | None = Field(description="people employed, in the month with the fewest")
    employed_days: int | None = Field(description="calendar days, without exclusion windows")
    episodes: int | None = Field(description="short episodes that began")
    own: SignalOwn
    others: SignalOthers
    swing: float = Field(
        ge=0,
        description="how much rates swing for no lasting reason: the square of the coefficient of "
        "variation; makes 1 + swing x expected episodes count as one in p and the interval",
    )
    q: Chance = Field(description="the larger p, adjusted for the number of units judged")
    suppressed: Literal["fewer_than_ten"] | None


class SignalDialogue(BaseModel):
    """The unit's first dialogue (APT) since the signal, from `/v1/activities`."""

    id: str
    state: Literal["planned", "held"]
    on: Day


class UnitFound(BaseModel):
    """What was found of a unit: its own employees alone, without the units under it."""

    unit: str
    state: Literal["signal", "none", "not_judged"]
    reason: (
        Literal[
            "employment_not_known",
            "fewer_than_ten",
            "told_before",
            "no_earlier_year",
            "no_other_unit",
        ]
        | None
    )
    figures: SignalFigures | None
    dialogue: SignalDialogue | None


class UnitsOut(BaseModel):
    """The signals of a month, as they were found and told: later corrections change nothing."""

    month: Text
    first: Day = Field(alias="from", description="the first day of the three months looked at")
    last: Day = Field(alias="to")
    judged_at: Instant | None = Field(description="null: not judged")
    false_discoveries: float = Field(
        description="of a month's signals at most this share is by chance, on average"
    )
    units: list[UnitFound]


class SignalData(SignalFigures):
    """A unit's signal, thin: of a group of ten people or more, and of nobody in it."""

    unit: str
    month: Text
    first: Day = Field(alias="from", description="the first day of the three months looked at")
    last: Day = Field(alias="to")
    false_discoveries: float
    link: str


class SignalWebhook(Webhook):
    """Told to the employer, at most once in three months of a unit: a reason to talk (APT)."""

    data: SignalData
