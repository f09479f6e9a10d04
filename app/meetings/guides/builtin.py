"""Conversation guides that come with the service: what to take up at each kind of meeting.

A point is ticked when it was taken up. None asks for an answer and none can hold one: what was
said stays with those who said it. Pure data, made from how the models work: the three-party talk
after Karolinska Institutet's steps and Orust's, the alignment meeting after 4 Ess, where the
employer leads and speaks of work ability and tasks, and the question about violence after
Skaraborg, where everybody is asked.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from app.meetings.kinds import MeetingKind


@dataclass(frozen=True, slots=True)
class Point:
    """One point of a checklist: a stable code, and the words in Swedish and English."""

    code: str
    sv: str
    en: str


HEALTH_TALK = (
    Point(
        "information_secrecy",
        "Information om samtalet, om sekretessen och om att det är frivilligt",
        "Information about the talk, its secrecy, and that it is voluntary",
    ),
    Point(
        "work",
        "Arbetet: uppgifter, belastning, stöd och trivsel",
        "Work: tasks, load, support and well-being",
    ),
    Point(
        "leisure",
        "Fritid, återhämtning och sömn",
        "Leisure, recovery and sleep",
    ),
    Point(
        "living_conditions",
        "Livet utanför arbetet och stödet där",
        "Life outside of work, and the support there",
    ),
    Point(
        "habits",
        "Levnadsvanor, så långt medarbetaren vill tala om dem",
        "Habits, as far as the employee wants to talk about them",
    ),
    Point(
        "absence_as_the_employee_sees_it",
        "Frånvaron så som medarbetaren själv ser den",
        "The absence as the employee sees it",
    ),
    Point(
        "violence_question_asked",
        "Frågan om våld ställd i enrum enligt rutinen; svaret antecknas inte här",
        "The question about violence asked in private by routine; the answer is not noted here",
    ),
    Point(
        "own_resources",
        "Vad medarbetaren själv tror skulle hjälpa",
        "What the employee believes would help",
    ),
    Point(
        "feedback_to_employer",
        "Vad som får föras vidare till arbetsgivaren, och medarbetarens samtycke till det",
        "What may be passed on to the employer, and the employee's consent to it",
    ),
    Point(
        "next_step",
        "Nästa steg, till exempel ett trepartssamtal",
        "The next step, for instance a three-party talk",
    ),
)

THREE_PARTY = (
    Point(
        "purpose_and_secrecy",
        "Syftet med mötet, och vad var och en får föra vidare",
        "The purpose of the meeting, and what each of us may pass on",
    ),
    Point(
        "work_situation",
        "Arbetssituationen så som medarbetaren och chefen ser den",
        "The work situation as the employee and the manager see it",
    ),
    Point(
        "what_works",
        "Vad som fungerar och är värt att behålla",
        "What works and is worth keeping",
    ),
    Point(
        "adaptations",
        "Anpassningar av arbetet som kan prövas",
        "Adaptations of the work that can be tried",
    ),
    Point(
        "responsibilities",
        "Vem som gör vad, och till när",
        "Who does what, and by when",
    ),
    Point(
        "action_plan",
        "Handlingsplanen: åtgärderna upplästa och överenskomna",
        "The action plan: its measures read out and agreed",
    ),
    Point(
        "follow_up_date",
        "Dag för uppföljning",
        "The day of the follow-up",
    ),
)

ALIGNMENT = (
    Point(
        "employer_leads",
        "Arbetsgivaren hälsar välkommen, leder mötet och säger vad det är till för",
        "The employer welcomes everybody, leads the meeting and says what it is for",
    ),
    Point(
        "parties",
        "Vilka som är med, och i vilken roll",
        "Who takes part, and in which role",
    ),
    Point(
        "consent",
        "Det skriftliga samtycket: vad parterna får dela med varandra",
        "The written consent: what the parties may share with each other",
    ),
    Point(
        "work_ability_and_tasks",
        "Arbetsförmågan i förhållande till arbetsuppgifterna - inte sjukdomen",
        "The ability to work in relation to the tasks - not the illness",
    ),
    Point(
        "part_time",
        "Deltid hellre än heltid: vilka uppgifter som går att göra redan nu",
        "Part-time rather than full-time: which tasks can be done already now",
    ),
    Point(
        "adaptations",
        "Anpassningar av uppgifter, tider och arbetsplats",
        "Adaptations of tasks, hours and workplace",
    ),
    Point(
        "occupational_health_considered",
        "Företagshälsovården: om dess stöd behövs nu, övervägt varje gång",
        "Occupational health: whether its support is needed now, considered each time",
    ),
    Point(
        "measures",
        "Åtgärder: vem som gör vad, och till när",
        "Measures: who does what, and by when",
    ),
    Point(
        "contact",
        "Hur vi håller kontakten fram till nästa möte",
        "How we keep in touch until the next meeting",
    ),
    Point(
        "next_meeting",
        "Dag för nästa möte",
        "The day of the next meeting",
    ),
)

FOLLOW_UP = (
    Point(
        "measures_followed_up",
        "Åtgärderna i planen, en i taget",
        "The measures of the plan, one by one",
    ),
    Point(
        "what_works",
        "Vad som fungerar och är värt att behålla",
        "What works and is worth keeping",
    ),
    Point(
        "what_to_change",
        "Vad som behöver ändras i planen",
        "What needs to change in the plan",
    ),
    Point(
        "working_time",
        "Arbetstiden framåt: steg mot mer arbete när det går",
        "Working hours ahead: steps towards more work when possible",
    ),
    Point(
        "responsibilities",
        "Vem som gör vad, och till när",
        "Who does what, and by when",
    ),
    Point(
        "next_follow_up",
        "Dag för nästa uppföljning, eller att planen är genomförd",
        "The day of the next follow-up, or that the plan is completed",
    ),
)

BUILT_IN: Mapping[MeetingKind, tuple[Point, ...]] = {
    "health_talk": HEALTH_TALK,
    "three_party": THREE_PARTY,
    "alignment": ALIGNMENT,
    "follow_up": FOLLOW_UP,
}
"""The guide of each kind of meeting, its points in the order of the conversation."""
