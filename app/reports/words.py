"""What drawn reports say, in Swedish and English. Codes stay codes in JSON and CSV. Pure data."""

from collections.abc import Mapping

WORDS: Mapping[str, tuple[str, str]] = {
    "attendance": ("Sjukfrånvaro", "Sick leave"),
    "attendance_axis": (
        "Sjukdagar av anställda dagar (kalenderdagar), per enhet",
        "Sick days of employed days (calendar days), by unit",
    ),
    "outcomes": ("Resultat av tidigt stöd", "Outcomes of early support"),
    "total": ("Alla", "All"),
    "no_unit": ("Utan enhet", "Without a unit"),
    "participants": ("Deltagare", "Participants"),
    "as_of": ("Läget den", "As of"),
    "unit": ("Enhet", "Unit"),
    "hidden": (
        "visas inte: berör färre än tio personer",
        "not shown: concerns fewer than ten people",
    ),
    "note": (
        "Grupper med färre än tio personer visas aldrig, inte heller så att de kan räknas ut.",
        "Groups of fewer than ten people are never shown, nor so that they can be worked out.",
    ),
    "sick_leave_at_start": ("Sjukskrivning vid start", "Sick leave at start"),
    "sick_leave_now": ("Sjukskrivning nu", "Sick leave now"),
    "work_status": ("I arbete", "At work"),
    "funnel": ("Från signal till avslut", "From flag to close"),
    "full_time": ("Heltid", "Full-time"),
    "not_full_time": ("Deltid eller ingen", "Part-time or none"),
    "part_time": ("Deltid", "Part-time"),
    "on_sick_leave": ("Sjukskriven", "On sick leave"),
    "none": ("Ingen", "None"),
    "back_in_work": ("Åter i arbete", "Back in work"),
    "not_back_in_work": ("Inte åter i arbete", "Not back in work"),
    "other_work": ("Annat arbete", "Other work"),
    "left_employment": ("Slutat anställningen", "Left employment"),
    "studies_or_parental_leave": (
        "Studier eller föräldraledighet",
        "Studies or parental leave",
    ),
    "unknown": ("Inte känt", "Not known"),
    "fully_back": ("Helt åter (utan sjukskrivning)", "Fully back (no sick leave)"),
    "flagged": ("Signal", "Flagged"),
    "released": ("Signal som lett till remiss", "Flag released"),
    "requested": ("Remiss skickad", "Referral requested"),
    "accepted": ("Remiss mottagen", "Accepted"),
    "talk_held": ("Hälsosamtal genomfört", "Health talk held"),
    "three_party_held": ("Trepartssamtal genomfört", "Three-party talk held"),
    "plan_adopted": ("Handlingsplan antagen", "Action plan adopted"),
    "closed": ("Avslutat", "Closed"),
}


def word(code: str, language: str) -> str:
    """A code in words."""
    swedish, english = WORDS[code]
    return swedish if language == "sv" else english
