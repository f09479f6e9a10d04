"""A whole document in words: each rung, whom it is about and when it applies. Pure."""

from app.rules.document import LadderDocument, RuleDocument
from app.rules.language import Language
from app.rules.scope import Scope, Validity
from app.rules.words import rule_in_words

_STEP = {"sv": "Steg", "en": "Step"}
_APPLIES = {"sv": "Gäller", "en": "Applies"}
_UNITS = {"sv": "i {} med underenheter", "en": "in {} and everything under it"}
_OR = {"sv": "eller", "en": "or"}
_FORMS: dict[Language, dict[str, str]] = {
    "sv": {
        "permanent": "tillsvidareanställda",
        "fixed_term": "visstidsanställda",
        "hourly": "timanställda",
        "probation": "provanställda",
        "other": "anställda i annan form",
    },
    "en": {
        "permanent": "permanent employees",
        "fixed_term": "fixed-term employees",
        "hourly": "employees paid by the hour",
        "probation": "employees on probation",
        "other": "employees in another form",
    },
}
_FOR = {"sv": "för", "en": "to"}
_DAYS = {"sv": ("från och med", "till och med"), "en": ("from", "through")}


def titled(document: RuleDocument | LadderDocument, language: Language) -> str:
    """A sentence for each rung, and one that says of whom and when."""
    said = [rule_in_words(rung, language) for rung in document.rungs]
    if isinstance(document, LadderDocument):
        said = [f"{_STEP[language]} {number}: {text}" for number, text in enumerate(said, 1)]
    limits = _whom(document.scope, language) + _when(document.validity, language)
    return " ".join([*said, *([f"{_APPLIES[language]} {', '.join(limits)}."] if limits else ())])


def _whom(scope: Scope | None, language: Language) -> list[str]:
    if scope is None:
        return []
    either = f" {_OR[language]} "
    forms = [_FORMS[language][form] for form in scope.employment_forms or ()]
    return [
        *([f"{_FOR[language]} {either.join(forms)}"] if forms else []),
        *([_UNITS[language].format(either.join(scope.units))] if scope.units else []),
    ]


def _when(validity: Validity | None, language: Language) -> list[str]:
    if validity is None:
        return []
    since, through = _DAYS[language]
    return [
        f"{word} {day.isoformat()}"
        for word, day in ((since, validity.from_), (through, validity.to))
        if day is not None
    ]
