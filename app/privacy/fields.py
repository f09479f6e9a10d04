"""Names of fields that this service refuses on principle: causes, diagnoses, free text.

Health data is kept to what rules need: that somebody was ill, when and how much. A field that
would say why has no place, and the answer to one says so.
"""

FORBIDDEN = frozenset(
    {
        "anamnesis",
        "anteckning",
        "cause",
        "causecode",
        "certificatetext",
        "comment",
        "comments",
        "description",
        "diagnos",
        "diagnosis",
        "diagnosiscode",
        "disease",
        "freetext",
        "fritext",
        "icd",
        "icd10",
        "icd11",
        "icdcode",
        "illness",
        "kommentar",
        "medicalreason",
        "note",
        "notes",
        "orsak",
        "orsakskod",
        "reasontext",
        "remark",
        "sjukdom",
        "sjukdomsorsak",
        "symptom",
        "symptoms",
        "text",
    }
)
WHY = (
    "Causes, diagnoses and free text about a person are never taken: "
    "early help needs the pattern of absence, not its reason."
)


def is_forbidden(name: str) -> bool:
    """Whether a field of that name would say why somebody is ill."""
    return "".join(c for c in name.lower() if c.isalnum()) in FORBIDDEN
