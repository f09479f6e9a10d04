"""Answers of two employers made comparable: ids by the order in which they were first seen.

Everything else stays as it was sent. Two streams of answers that read alike afterwards tell the
same story: there is a one-to-one translation of ids between them.
"""

import base64
import binascii
import re
from collections.abc import Iterable

ID = re.compile(r"(?<![0-9a-z])([a-z]{3})_[0-9a-hjkmnp-tv-z]{26}(?![0-9a-z])")
_UUID = re.compile(r"urn:uuid:[0-9a-f-]{36}")
_CURSOR = re.compile(r"(?<![0-9A-Za-z_-])[0-9A-Za-z_-]{40}(?![0-9A-Za-z_-])")
_DURATION = re.compile(r'("duration_ms":)[0-9]+')
_JITTERED = re.compile(r'("next_at":)"[^"]+"')


class Names:
    """The ids that somebody has seen, in order; `mine` are further strings that differ by design
    (the address of one's own receiver, a calendar's secret)."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}
        self._uuids: dict[str, str] = {}
        self.mine: dict[str, str] = {}

    def __contains__(self, real: str) -> bool:
        return real in self._known

    def of(self, prefix: str) -> list[str]:
        """The ids of a kind seen so far, in that order."""
        return [real for real in self._known if real.startswith(f"{prefix}_")]

    def plain(self, text: str) -> str:
        """The text with every id by its name; what is measured in real time is left out."""
        for real, name in self.mine.items():
            text = text.replace(real, name)
        text = _UUID.sub(self._nameless, ID.sub(self._name, _CURSOR.sub(_opened, text)))
        return _JITTERED.sub(r'\1"later"', _DURATION.sub(r"\g<1>0", text))

    def _name(self, found: re.Match[str]) -> str:
        prefix = found[1]
        return self._known.setdefault(found[0], f"<{prefix} {len(self.of(prefix)) + 1}>")

    def _nameless(self, found: re.Match[str]) -> str:
        """What is computed from an id is named as ids are."""
        return self._uuids.setdefault(found[0], f"<uuid {len(self._uuids) + 1}>")


def _opened(found: re.Match[str]) -> str:
    """A cursor is an id in other letters."""
    try:
        inner = base64.urlsafe_b64decode(found[0]).decode("ascii")
    except (ValueError, binascii.Error):
        return found[0]
    return f"cursor({inner})" if ID.fullmatch(inner) else found[0]


def first_difference(one: Iterable[str], other: Iterable[str]) -> str | None:
    """The first place where two streams part, to read; None where they are the same."""
    left, right = list(one), list(other)
    for place, (a, b) in enumerate(zip(left, right, strict=False)):
        if a != b:
            return f"no. {place}:\n  {_around(a, b)}\n  {_around(b, a)}"
    if len(left) != len(right):
        longer = max(left, right, key=len)
        return f"{len(left)} and {len(right)}, from: {longer[min(len(left), len(right))][:600]}"
    return None


def _around(text: str, other: str, margin: int = 250) -> str:
    pairs = enumerate(zip(text, other, strict=False))
    at = next((i for i, (a, b) in pairs if a != b), min(len(text), len(other)))
    return f"{text[:100]} ... {text[max(at - margin, 100) : at + margin]}"
