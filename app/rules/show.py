"""A rule's versions as the API shows them."""

from datetime import date
from typing import Any

from fastapi import Response

from app.core.etags import of_version
from app.rules.document import LadderDocument, RuleDocument
from app.rules.schemas import RuleOut, ShadowOut, VersionOut, Words
from app.rules.titles import titled
from app.rules.versions import State, Version
from app.rules.words import rule_in_words


def show_version(version: Version, today: date) -> VersionOut:
    """One version."""
    return VersionOut(state=version.state(today), **_said(version))


def show_rule(version: Version, today: date, response: Response | None = None) -> RuleOut:
    """A rule in that version; the answer's ETag names what was changed of the rule last."""
    if response is not None:
        response.headers["ETag"] = of_version(version.revision)
    shadow = version.shadow
    return RuleOut(
        id=version.rule_id,
        rule=version.name,
        state=_state(version, today),
        shadow=ShadowOut(version=shadow.version, until=shadow.last, **{"from": shadow.first})
        if shadow
        else None,
        **_said(version),
    )


def _state(version: Version, today: date) -> State:
    """What state the rule is in as a whole."""
    if version.active_version is not None:
        return "active"
    if version.shadow is not None and today <= version.shadow.last:
        return "shadow"
    return "retired" if version.retired_at is not None else "draft"


def _said(version: Version) -> dict[str, Any]:
    same = ("live_from", "activated_at", "activated_by", "created_at", "content_hash", "document")
    named = {name: getattr(version, name) for name in same}
    return {"version": version.number, "words": words(version.document), **named}


def words(document: RuleDocument | LadderDocument) -> Words:
    """A document in words."""
    return Words(sv=titled(document, "sv"), en=titled(document, "en"))


def rule_words(rule: RuleDocument) -> Words:
    """A rule in one sentence."""
    return Words(sv=rule_in_words(rule, "sv"), en=rule_in_words(rule, "en"))
