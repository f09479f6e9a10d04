"""The published JSON Schema of rule documents, generated from the models that check them. Pure.

`docs/rule-document.schema.json` is this, and a check holds them together.
"""

import json
from functools import cache
from typing import Any

from app.rules.document import DOCUMENT

_TITLE = "Omtanke rule document"
_ABOUT = (
    "A rule, or a ladder of several rungs. Besides what stands here conditions nest at most 8 deep "
    "and have at most 100 parts, and ought to be able to hold at all."
)


@cache
def rule_schema() -> dict[str, Any]:
    """The schema, in the dialect of JSON Schema 2020-12."""
    found = DOCUMENT.json_schema(by_alias=True, mode="validation")
    either = found.pop("oneOf", None) or found.pop("anyOf")
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": _TITLE}
    return {**head, "description": _ABOUT, "anyOf": either, **found}


def as_file() -> str:
    """The schema as it stands in the file."""
    return json.dumps(rule_schema(), indent=1, ensure_ascii=False) + "\n"
