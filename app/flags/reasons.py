"""Reason codes in words: why something was decided, or was not done. Pure."""

from app.rules.language import Language

_REASONS: dict[str, tuple[str, str]] = {
    # Triggers without a flag.
    "historical": (
        "dagen ligger före den dag då regeln får agera, eller för långt tillbaka",
        "the day is before the first one on which the rule may act, or too long ago",
    ),
    "rearm": (
        "dagen ligger för nära en tidigare signal av samma regel",
        "the day is too near an earlier flag of the same rule",
    ),
    "out_of_scope": (
        "regeln gäller inte den här medarbetaren den dagen",
        "the rule is not about this employee on that day",
    ),
    "employment_over": ("anställningen är slut", "the employment is over"),
    "to_come": ("dagen har inte kommit än", "the day has not come yet"),
    "pending": (
        "det har just blivit känt och bedöms inom kort",
        "it has only just become known, and is looked at shortly",
    ),
    # Exemptions and silences.
    "high_risk_protection": ("särskilt högriskskydd", "high-risk protection"),
    "individual_decision": ("ett beslut i det enskilda fallet", "a decision in the single case"),
    "ongoing_rehabilitation": ("en rehabilitering pågår", "a rehabilitation is under way"),
    "data_under_review": ("uppgifterna kontrolleras", "the data are being checked"),
    "rule_under_review": ("regeln ses över", "the rule is under review"),
    "reorganisation": ("en omorganisation pågår", "a reorganisation is under way"),
    "extraordinary_event": ("en särskild händelse", "an extraordinary event"),
    "support_under_way": ("ett stöd pågår redan", "support is under way already"),
    "other": ("annat skäl", "another reason"),
    # Inhibition.
    "open_referral": ("en remiss är redan öppen", "a referral is open already"),
    # What people decided.
    "no_need": ("det finns inget behov", "there is no need"),
    "already_supported": ("medarbetaren har redan stöd", "the employee has support already"),
    "wrong_data": ("uppgifterna var fel", "the data were wrong"),
    "employee_objects": ("medarbetaren har sagt nej", "the employee has objected"),
    "talk_held": ("samtalet är hållet", "the talk has been held"),
    "employee_declined": ("medarbetaren tackade nej", "the employee declined"),
    "referred_otherwise": ("hjälp ordnas på annat sätt", "help is arranged in another way"),
    # What became known.
    "joined": (
        "anställningarna visade sig vara samma persons",
        "the employments turned out to be one person's",
    ),
}
CODES = frozenset(_REASONS)


def reason_in_words(code: str, language: Language) -> str:
    """What a reason code says, as a part of a sentence; one that is unknown, as it is."""
    return dict(zip(("sv", "en"), _REASONS.get(code, (code, code)), strict=True))[language]
