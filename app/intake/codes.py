"""PAXml's time codes (formats.md 1): which of them say that somebody is ill, and which never may.

Pure. Whatever is not the employee's own ill health is none of this service's business: care of a
child, pregnancy, leave and presence are passed over, whatever else a file says of them.
"""

import unicodedata
from collections.abc import Mapping

from app.intake.event import Kind

KINDS: Mapping[str, Kind] = {
    "SJK": "sickness",
    "SJK_KAR": "sickness",
    "SJK_LÖN": "sickness",
    "SJK_LON": "sickness",  # as programs without Swedish letters write it
    "SJK_ERS": "sickness",
    "SJK_PEN": "sickness",
    "ASK": "work_injury",
    "SMB": "infection_carrier",
}
# To count these would be discrimination (Diskrimineringslagen 2008:567, Föräldraledighetslagen
# 1995:584, 16 §).
NEVER = frozenset({"HAV", "FPE", "VAB", "NÄR", "NAR", "PAP", "KON"})


def _series(names: str, last: int) -> set[str]:
    return {f"{name}{n}" for name in names.split() for n in range(1, last + 1)}


_LEAVE = {"UTB", "MIL", "SVE", "TJL", "KOM", "PEM", "PER", "FAC", "ATK", "ATF"}
_HOLIDAY = {"SEM", "SEM_BET", "SEM_SPA", "SEM_OBE", "SEM_FÖR"}
# OS, JS, BS: paid on top for the same sick day, not another one.
_SUPPLEMENTS = _series("OS JS BS", 5)
_PRESENCE = {"FLX", "TID", "ARB", "MER", "HLG", "SKI", "SCH", "NVX"} | _series("TS LT NV", 9)
_PAID = _series("ÖT ÖK OB JR BE RE", 5)
STANDARD = frozenset(KINDS) | NEVER | _LEAVE | _HOLIDAY | _SUPPLEMENTS | _PRESENCE | _PAID
AGREED = frozenset({"FRX"} | _series("FR", 9))
"""Other absence: what each means is agreed between two systems."""


def normal_code(code: str) -> str:
    """The code as it is compared: with composed letters, without space around it."""
    return unicodedata.normalize("NFC", code).strip()


def kind_of(code: str, own: Mapping[str, Kind]) -> Kind | None:
    """The kind of absence a (normal) code of PAXml stands for, None if it is passed over.

    `own` says what a company's own codes mean; the standard's are not its to say.
    """
    return KINDS.get(code) if code in STANDARD else own.get(code)
