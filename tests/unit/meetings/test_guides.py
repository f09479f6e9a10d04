"""The built-in conversation guides: what every one of them must and must not be."""

import pytest

from app.meetings.guides.builtin import BUILT_IN
from app.meetings.guides.schemas import GuideIn
from app.meetings.kinds import KINDS

POINTS = [(kind, point) for kind, points in BUILT_IN.items() for point in points]


def test_every_kind_of_meeting_has_one():
    assert tuple(BUILT_IN) == KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_it_would_be_taken_as_an_employers_own(kind):
    """No point asks a question or could hold an answer; codes are different and short."""
    points = [{"code": p.code, "sv": p.sv, "en": p.en} for p in BUILT_IN[kind]]
    assert len(GuideIn.model_validate({"points": points}).points) == len(points)


def test_codes_are_what_meetings_have_stored():
    """Adding is free; a code that changes or goes is one that held meetings still name."""
    assert {kind: [point.code for point in points] for kind, points in BUILT_IN.items()} == {
        "health_talk": [
            "information_secrecy",
            "work",
            "leisure",
            "living_conditions",
            "habits",
            "absence_as_the_employee_sees_it",
            "violence_question_asked",
            "own_resources",
            "feedback_to_employer",
            "next_step",
        ],
        "three_party": [
            "purpose_and_secrecy",
            "work_situation",
            "what_works",
            "adaptations",
            "responsibilities",
            "action_plan",
            "follow_up_date",
        ],
        "alignment": [
            "employer_leads",
            "parties",
            "consent",
            "work_ability_and_tasks",
            "part_time",
            "adaptations",
            "occupational_health_considered",
            "measures",
            "contact",
            "next_meeting",
        ],
        "follow_up": [
            "measures_followed_up",
            "what_works",
            "what_to_change",
            "working_time",
            "responsibilities",
            "next_follow_up",
        ],
    }


def test_words_are_in_two_languages():
    for kind, point in POINTS:
        assert point.sv != point.en, (kind, point.code)
        assert not set("åäöÅÄÖ") & set(point.en), (kind, point.code)


def test_the_alignment_meeting_speaks_of_work_and_not_of_illness():
    """4 Ess: the employer leads, and part-time comes before full-time sick leave."""
    first, *_ = BUILT_IN["alignment"]
    assert first.code == "employer_leads"
    mentions = [p.code for p in BUILT_IN["alignment"] if "sjuk" in p.sv or "illness" in p.en]
    assert mentions == ["work_ability_and_tasks"]  # where it says: not the illness


def test_the_question_about_violence_is_asked_in_private_alone():
    """Skaraborg: everybody is asked, in a talk of two; whoever else is there must not hear."""
    asked = [kind for kind, point in POINTS if "violence" in point.code or "våld" in point.sv]
    assert asked == ["health_talk"]
