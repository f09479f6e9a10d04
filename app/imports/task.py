"""What an import is asked to do, and when two ask for the same. Pure values."""

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

from app.intake.mappings import Mapping

Format = Literal["paxml", "csv", "ndjson"]
Mode = Literal["add", "replace"]

FORMATS: tuple[Format, ...] = get_args(Format)
MODES: tuple[Mode, ...] = get_args(Mode)


_SOURCE = re.compile(r"[^\x00-\x1f\x7f]{1,200}")


def names_a_source(text: str) -> bool:
    """Whether events may name their source so: on one line."""
    return _SOURCE.fullmatch(text) is not None


@dataclass(frozen=True)
class Task:
    """How to read a file, and through which day it is history.

    `source`: of a file whose rows name none. `history`: through yesterday, unless
    `history_through` says otherwise. `mode`: without it, what the file itself asks for.
    """

    format: Format
    source: str | None = None
    history_through: date | None = None
    history: bool = False
    mode: Mode | None = None
    mapping: Mapping | None = None
    dry_run: bool = False

    def fingerprint(self, digest: str) -> str:
        """Of the file (by the digest of its bytes) and of how it is to be taken: hex.

        Of what was asked, not of what came of it: yesterday is another day tomorrow.
        """
        asked = [
            digest,
            self.format,
            self.source,
            self.mode,
            self.history_through.isoformat() if self.history_through else self.history,
            self.mapping.model_dump(mode="json") if self.mapping else None,
            self.dry_run,
        ]
        return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()
