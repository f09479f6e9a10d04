"""Wire forms of conversation guides, and what a point may not be: a question, or an answer."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from app.core.wire import Instant, WireModel
from app.meetings.kinds import MeetingKind
from app.privacy.fields import is_forbidden

ANSWERS = frozenset({"answer", "answered", "ja", "nej", "no", "result", "said", "svar", "yes"})
"""Parts of a code that would make a tick an answer."""


def _no_answer(code: str) -> str:
    parts = code.split("_")
    if is_forbidden(code) or any(part in ANSWERS or is_forbidden(part) for part in parts):
        raise PydanticCustomError(
            "records_an_answer", "a point says what was taken up, never what was said"
        )
    return code


def _no_question(words: str) -> str:
    if "?" in words or "\N{FULLWIDTH QUESTION MARK}" in words:
        raise PydanticCustomError(
            "asks_a_question", "a point names a subject: a tick beside a question is an answer"
        )
    return words


Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$"), AfterValidator(_no_answer)]
Words = Annotated[
    str,
    Field(min_length=1, max_length=300, pattern=r"^[^\x00-\x1f\x7f]+$"),
    AfterValidator(_no_question),
]


class PointIn(WireModel):
    """One point: a code that stays, and the words of the checklist in Swedish and English."""

    code: Code
    sv: Words
    en: Words


def _different(points: list[PointIn]) -> list[PointIn]:
    if len({point.code for point in points}) != len(points):
        raise PydanticCustomError("repeated_code", "each point has a code of its own")
    return points


class GuideIn(WireModel):
    """The tenant's own guide, whole, its points in the order of the conversation."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "points": [
                        {"code": "purpose", "sv": "Syftet med mötet", "en": "The purpose"},
                        {"code": "next_step", "sv": "Nästa steg", "en": "The next step"},
                    ]
                }
            ]
        }
    )

    points: Annotated[list[PointIn], Field(min_length=1, max_length=40), AfterValidator(_different)]


class PointOut(BaseModel):
    """One point of the checklist."""

    code: str
    sv: str
    en: str


class GuideOut(BaseModel):
    """The guide in use for a kind of meeting: which points to take up, never what to note."""

    kind: MeetingKind
    built_in: bool = Field(description="whether it is the one that comes with the service")
    points: list[PointOut]
    changed_at: Instant | None = Field(description="when the employer's own was last changed")
