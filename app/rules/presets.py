"""Presets: the policies Swedish employers and their advisers use, ready to take (semantics 9).

Pure data. Each names its source; the ids of several rules are the preset's name with a number.
"""

from dataclasses import dataclass
from typing import Any

from app.rules.document import RuleDocument


@dataclass(frozen=True, slots=True)
class Preset:
    """A named set of rules and where it comes from."""

    name: str
    source: str
    rules: tuple[RuleDocument, ...]


def _leaf(measure: str, op: str, value: int, **window: int) -> dict[str, Any]:
    return {"measure": measure, "window": window, "op": op, "value": value}


def _preset(name: str, source: str, *bodies: dict[str, Any]) -> Preset:
    ids = [name] if len(bodies) == 1 else [f"{name}-{n}" for n in range(1, len(bodies) + 1)]
    rules = (RuleDocument.model_validate({"id": i} | b) for i, b in zip(ids, bodies, strict=True))
    return Preset(name, source, tuple(rules))


def _notify(when: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"when": when, "action": "notify"} | more


def _refer(when: dict[str, Any], service: str = "health_talk") -> dict[str, Any]:
    return {"when": when, "action": "refer", "service": service}


def _day(measure: str, day: int) -> dict[str, Any]:
    return _notify({"measure": measure, "op": "at_least", "value": day}, rearm_days=1)


_ALL = (
    _preset(
        "orust",
        "Orust municipality (ka.se 2023-11-23)",
        _refer(_leaf("episodes", "at_least", 5, months=12)),
    ),
    _preset(
        "standard-6-12",
        "Stockholm, Uppsala, Lund and Mid Sweden universities, Nora, MedHelp, Adato as set up",
        _refer(_leaf("episodes", "at_least", 6, months=12)),
    ),
    _preset("early-3-183", "Previa", _notify(_leaf("episodes", "at_least", 3, days=183))),
    _preset(
        "ladder",
        "research thresholds (Sumanen 2017) and employers' practice",
        _notify(
            {
                "any": [
                    _leaf("episodes", "at_least", 3, months=12),
                    _leaf("short_days", "at_least", 8, months=12),
                ]
            }
        ),
        _refer(_leaf("episodes", "at_least", 5, months=12)),
        _refer(_leaf("episodes", "at_least", 6, months=12), "rehabilitation_investigation"),
        _notify(_leaf("all_episodes", "at_least", 10, months=12)),
    ),
    _preset(
        "industry-4-6",
        "SSAB Borlänge (12 months assumed for the second)",
        _notify(_leaf("episodes", "at_least", 4, months=6)),
        _refer(_leaf("episodes", "at_least", 7, months=12)),
    ),
    _preset("more-than-3-12", "Simployer", _notify(_leaf("episodes", "more_than", 3, months=12))),
    _preset(
        "early-return",
        "4 Ess; Sjuklönelagen 7 and 8 §§; Socialförsäkringsbalken chapters 27 and 30",
        *(_day("ongoing_days", day) for day in (1, 8, 30, 60, 90, 180, 365)),
        _day("period_days", 15),
    ),
    _preset(
        "bradford-200",
        "United Kingdom practice; informational, never refers",
        _notify(_leaf("bradford", "at_least", 200, weeks=52)),
    ),
)

PRESETS: dict[str, Preset] = {preset.name: preset for preset in _ALL}
