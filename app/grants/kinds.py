"""Which services the grant covers and which it does not (förordning 2014:67, 1 §), in words.

Pure data. Covered is what investigates, plans, initiates, carries out and follows up measures for
one employee's way back to work or staying there; "not medical or other treatment". The kinds are
those that Försäkringskassan names for employers.
"""

from typing import Literal, get_args

Kind = Literal[
    "investigation",
    "return_plan",
    "rehabilitation_coordinator",
    "supportive_talk",
    "conflict_or_crisis_support",
    "guidance",
    "workplace_adaptation",
    "follow_up",
]
KINDS: tuple[Kind, ...] = get_args(Kind)

WORDS: dict[Kind, tuple[str, str]] = {
    "investigation": (
        "Kartlägga eller utreda ohälsa och behov av stöd",
        "Mapping or investigating ill-health and the need for support",
    ),
    "return_plan": ("Planera för återgång i arbete", "Planning the return to work"),
    "rehabilitation_coordinator": (
        "Rehabiliteringskoordinator eller rehabiliteringsledare",
        "Rehabilitation coordinator",
    ),
    "supportive_talk": ("Stödsamtal", "Supportive talk"),
    "conflict_or_crisis_support": (
        "Stöd att hantera stress, konflikt eller kris",
        "Support with stress, a conflict or a crisis",
    ),
    "guidance": ("Handledning", "Guidance"),
    "workplace_adaptation": (
        "Anpassa arbetsplats, arbetsuppgifter eller arbetstid",
        "Adapting workplace, tasks or working hours",
    ),
    "follow_up": ("Följa upp åtgärder", "Following up measures"),
}
"""Swedish and English."""

NOT_COVERED: dict[str, str] = {
    "treatment": (
        "medical and other treatment is not covered by the grant (förordning 2014:67, 1 §)"
    ),
    "group_measure": (
        "measures for a group are not covered: the grant is for services for one employee "
        "(förordning 2014:67, 1 §)"
    ),
}
"""What is refused, each with the reason."""
