"""A flag in words: one sentence for whoever works with it, a few for the employee it is about.

Pure, from the trace of the flag's day alone. The employee is told what the rule is, what counted
and what did not, and what would have changed it; never more than the days they were reported.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from app.flags.picture import Flag
from app.flags.reasons import reason_in_words
from app.flags.reconcile import JOINED
from app.rules.document import RuleDocument, leaves
from app.rules.language import (
    Language,
    day_in_words,
    days_in_words,
    listed,
    number_in_words,
    sentence,
)
from app.rules.trace import decisive
from app.rules.words import figures_in_words, judgement, offer, rule_in_words

Shown = Mapping[str, Any]
_BECAME: dict[Language, dict[str, str]] = {
    "sv": {
        "open": "en person hos arbetsgivaren tar ställning till om medarbetaren ska erbjudas {}",
        "released": "medarbetaren erbjuds {}",
        "handled": "chefen har tagit hand om signalen",
        "dismissed": "någon har beslutat att signalen inte leder vidare",
        "withdrawn": "signalen är återkallad",
        "suppressed": "regeln agerar inte den dagen",
        "inhibited": "signalen läggs till en remiss som redan finns",
    },
    "en": {
        "open": "somebody at the employer decides whether the employee is offered {}",
        "released": "the employee is offered {}",
        "handled": "the manager has dealt with the flag",
        "dismissed": "somebody has decided that the flag leads no further",
        "withdrawn": "the flag is withdrawn",
        "suppressed": "the rule does not act on that day",
        "inhibited": "the flag is attached to a referral that there is already",
    },
}
_STILL: dict[Language, str] = {
    "sv": "signalen är ändå återkallad",
    "en": "the flag is withdrawn all the same",
}
"""Of a flag withdrawn although its day meets the rule, for whatever reason."""
_UNCOUNTED: dict[Language, dict[str, str]] = {
    "sv": {
        "too_long": "längre än {} dagar",
        "other_weekday": "började en annan veckodag",
        "in_the_window_before": "i perioden dessförinnan",
        "exclusion_window": "i en period som arbetsgivaren har undantagit",
        "extent_below_min": "i för liten omfattning",
        "outside_employment": "utanför anställningen",
        "other_kind": "annan frånvaro än den som räknas",
        "cancelled": "återkallat",
    },
    "en": {
        "too_long": "longer than {} days",
        "other_weekday": "began on another weekday",
        "in_the_window_before": "in the period before",
        "exclusion_window": "in a period that the employer has excluded",
        "extent_below_min": "to too small an extent",
        "outside_employment": "outside the employment",
        "other_kind": "another absence than what is counted",
        "cancelled": "cancelled",
    },
}
_SAME_FOR_ALL: dict[Language, tuple[str, str]] = {
    "sv": ("Regeln är lika för alla: {}", "Regeln är lika för alla den gäller: {}"),
    "en": (
        "The rule is the same for everybody: {}",
        "The rule is the same for everybody it is about: {}",
    ),
}
"""For everybody, and of a rule with a scope."""
_SHORT: dict[Language, str] = {
    "sv": "Ett kort tillfälle är högst {}.",
    "en": "A short episode is {} at most.",
}
_BRADFORD: dict[Language, str] = {
    "sv": "Bradfordpoäng är antalet tillfällen gånger sig självt, gånger antalet sjukdagar.",
    "en": "Bradford points are the number of episodes times itself, times the number of sick days.",
}
_COUNTED: dict[Language, str] = {"sv": "Det här räknades:", "en": "This is what counted:"}
_NOT_COUNTED: dict[Language, str] = {
    "sv": "Det här räknades inte:",
    "en": "This did not count:",
}
_OF_WHICH: dict[Language, str] = {
    "sv": ", varav {} i den period som räknas",
    "en": ", {} of them in the period that counts",
}
_SEES: dict[Language, str] = {
    "sv": "Regeln ser bara vilka dagar du har varit sjukanmäld, aldrig varför.",
    "en": "The rule sees only on which days you were reported sick, never why.",
}
OF_SHORT_EPISODES = frozenset({"episodes", "short_days", "episode_increase"})
"""Measures of which one needs to know how long a short episode is."""
_YEAR = timedelta(days=365)
_UNSAID = frozenset({"outside_window", "over"})
"""Long ago, or not the absence in question: nobody expects those to be listed."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Sentences for the employee. `uncounted` and `otherwise` may be empty."""

    had: str
    rule: str
    counted: str
    uncounted: str
    otherwise: str
    sees: str

    @property
    def text(self) -> str:
        """All of them, in order."""
        parts = (self.had, self.rule, self.counted, self.uncounted, self.otherwise, self.sees)
        return " ".join(part for part in parts if part)


def flag_in_words(flag: Flag, rule: RuleDocument, trace: Shown, language: Language) -> str:
    """One sentence: the day, the figures, the limit, who acts and what follows or why not."""
    values = [comparison["value"] for comparison in trace["comparisons"]]
    day = date.fromordinal(flag.on)
    said = judgement(rule.when, values, day, holds=trace["holds"], language=language)
    became = _became(flag, rule, language, holds=trace["holds"])
    return sentence(f"{said}: {became}{_because(flag, language)}")


def _because(flag: Flag, language: Language) -> str:
    """Why the flag is in its state. One withdrawn has kept why it was suppressed or inhibited
    before: that is not why it was withdrawn."""
    kept = flag.state == "withdrawn" and flag.reason != JOINED
    if flag.reason is None or kept:
        return ""
    return f" ({reason_in_words(flag.reason, language)})"


def _became(flag: Flag, rule: RuleDocument, language: Language, *, holds: bool) -> str:
    if flag.state == "withdrawn" and holds:
        return _STILL[language]
    if flag.state == "open" and rule.action == "notify":
        return {
            "sv": "chefen får besked och kan erbjuda ett omtankesamtal",
            "en": "the manager is told, and may offer a caring talk",
        }[language]
    return _BECAME[language][flag.state].format(offer(rule, language))


def explained(
    rule: RuleDocument, trace: Shown, short_max_days: int, language: Language
) -> Explanation:
    """What the employee concerned may want to know of a flag."""
    why = decisive(rule.when, trace["comparisons"])
    counted = _each_once(one for comparison in why for one in comparison["counted"])
    said = {(one["first_day"], one["last_day"]) for one in counted}
    return Explanation(
        had=_had(rule, trace, language),
        rule=_rule(rule, short_max_days, language),
        counted=_told(_COUNTED[language], [_days(one, language) for one in counted], language),
        uncounted=_told(
            _NOT_COUNTED[language],
            [
                _day_and_why(one, short_max_days, language)
                for one in _uncounted(why, trace)
                if (one["first_day"], one["last_day"]) not in said
            ],
            language,
        ),
        otherwise=trace["otherwise"]["words"][language] if trace["otherwise"] else "",
        sees=_SEES[language],
    )


def _had(rule: RuleDocument, trace: Shown, language: Language) -> str:
    values = [comparison["value"] for comparison in trace["comparisons"]]
    figures = figures_in_words(rule.when, values, language)
    on = day_in_words(date.fromisoformat(trace["on"]), language)
    had = {"sv": f"den {on} hade du", "en": f"on {on} you had"}[language]
    return sentence(f"{had} {figures}")


def _rule(rule: RuleDocument, short_max_days: int, language: Language) -> str:
    """The rule's own sentence, and what its terms mean."""
    said = rule_in_words(rule, language)
    measures = {leaf.measure for leaf in leaves(rule.when)}
    same = _SAME_FOR_ALL[language][rule.scope is not None]
    terms = [same.format(f"{said[0].lower()}{said[1:]}")]
    if measures & OF_SHORT_EPISODES:
        terms.append(_SHORT[language].format(_sick_days(short_max_days, language)))
    if "bradford" in measures:
        terms.append(_BRADFORD[language])
    return " ".join(terms)


def _told(opening: str, items: Sequence[str], language: Language) -> str:
    joint = {"sv": "och", "en": "and"}[language]
    return f"{opening} {listed(items, joint)}." if items else ""


def _uncounted(why: Sequence[Shown], trace: Shown) -> list[Shown]:
    """What did not count and might have been expected to, in the order of the days.

    Where nothing looks back over a window, within a year: older days nobody asks about.
    """
    begun = [one["window"]["first_day"] for one in why if one["window"]]
    since = min(begun, default=(date.fromisoformat(trace["on"]) - _YEAR).isoformat())
    near = [one for one in trace["not_counted"] if one["last_day"] >= since]
    looked_at = [one for comparison in why for one in comparison["not_counted"]]
    said = [one for one in looked_at if one["reason"] not in _UNSAID]
    return _each_once([*said, *near])


def _each_once(episodes: Iterable[Shown]) -> list[Shown]:
    found = {(one["first_day"], one["last_day"]): one for one in episodes}
    return [one for _, one in sorted(found.items())]


def _day_and_why(one: Shown, short_max_days: int, language: Language) -> str:
    reason = _UNCOUNTED[language][one["reason"]].format(short_max_days)
    return f"{_stretch(one, language)} ({reason})"


def _days(one: Shown, language: Language) -> str:
    """An episode with its days and, where only some of them counted, how many these were."""
    whole = one["sick_days"]
    counted = one.get("days_in_window", whole)
    some = "" if counted == whole else _OF_WHICH[language].format(_number(counted, language))
    return f"{_stretch(one, language)} ({_sick_days(whole, language)}{some})"


def _stretch(one: Shown, language: Language) -> str:
    first, last = one["first_day"], one["last_day"]
    return days_in_words(date.fromisoformat(first), date.fromisoformat(last), language)


def _sick_days(count: int, language: Language) -> str:
    one, several = {"sv": ("sjukdag", "sjukdagar"), "en": ("sick day", "sick days")}[language]
    return f"{_number(count, language)} {one if count == 1 else several}"


def _number(days: int, language: Language) -> str:
    return number_in_words(days, language, "en")
