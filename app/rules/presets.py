"""Presets: the policies Swedish employers and their advisers use, ready to take (semantics 9).

Pure data. Each names its source; the ids of several rules are the preset's name with a number.
What a rule means, in law or by custom, stands in `MEANINGS` by its id. It is guidance and no legal
advice; what has not been checked against the source of law says so.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

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


class Meaning(NamedTuple):
    """What a rule means, for whoever works with its flags."""

    sv: str
    en: str


_CUSTOM = Meaning(
    "Gränsen är praxis, inte lag: ingen lag säger hur många tillfällen som är många. Arbetsgivaren "
    "ska fortlöpande ta reda på om någon behöver arbetsanpassning (AFS 2020:5; från 2025 i AFS "
    "2023:2, vilket ska kontrolleras).",
    "The limit is custom, not law: no statute says how many episodes are many. The employer must "
    "continuously find out whether somebody needs work adaptation (AFS 2020:5; from 2025 in "
    "AFS 2023:2, to be verified).",
)


def _custom(sv: str, en: str) -> Meaning:
    return Meaning(f"{sv} {_CUSTOM.sv}", f"{en} {_CUSTOM.en}")


_CHAIN = Meaning(
    "Försäkringskassan kan lägga ihop dagar från flera sjukperioder, så att dagen där är en annan "
    "(SFB 27 kap. 51 §, ska kontrolleras); här räknas bara dagar i följd.",
    "The Social Insurance Agency may add days of several sick periods, so that its day is another "
    "(SFB 27:51, to be verified); here only consecutive days are counted.",
)

MEANINGS: dict[str, Meaning] = {
    "orust": _custom(
        "Vid femte tillfället går en signal till chef och företagshälsovård, som ringer "
        "medarbetaren. Orusts krav på förstadagsintyg från sjätte tillfället ingår inte.",
        "At the fifth episode a signal goes to manager and occupational health, who call the "
        "employee. Orust's demand for a first-day certificate from the sixth is not part of it.",
    ),
    "standard-6-12": _custom(
        "Den vanligaste gränsen i Sverige.",
        "The most common limit in Sweden.",
    ),
    "early-3-183": _custom(
        "Tidig signal till chefen: fråga hur medarbetaren har det.",
        "An early signal to the manager: ask how the employee is.",
    ),
    "ladder-1": _custom(
        "Första steget: omtankesamtal med chefen.",
        "First step: a caring talk with the manager.",
    ),
    "ladder-2": _custom(
        "Andra steget: hälsosamtal hos företagshälsovården.",
        "Second step: a health talk with occupational health.",
    ),
    "ladder-3": _custom(
        "Tredje steget: rehabiliteringsutredning.",
        "Third step: a rehabilitation investigation.",
    ),
    "ladder-4": Meaning(
        "Högriskskydd: den som väntas vara sjuk fler än tio gånger på ett år kan ansöka hos "
        "Försäkringskassan om särskilt högriskskydd; arbetsgivaren lämnar då uppgift om tidigare "
        "sjukperioder. Efter tio karensavdrag på tolv månader görs inget mer (allmänt "
        "högriskskydd). Informera medarbetaren.",
        "High-risk protection: whoever is likely to be ill more than ten times in a year can apply "
        "to the Social Insurance Agency for special high-risk protection; the employer then lists "
        "past sick periods. After ten qualifying deductions in twelve months no more is made "
        "(general high-risk protection). Inform the employee.",
    ),
    "industry-4-6-1": _custom(
        "Första steget: samtal med chefen.",
        "First step: a talk with the manager.",
    ),
    "industry-4-6-2": _custom(
        "Andra steget: samtal med företagshälsovård och HR. Källan anger ingen period för de sju "
        "tillfällena; tolv månader är antagna.",
        "Second step: a talk with occupational health and HR. The source gives no period for the "
        "seven episodes; twelve months are assumed.",
    ),
    "more-than-3-12": _custom(
        "Fler än tre, alltså från och med det fjärde tillfället.",
        "More than three, that is from the fourth episode on.",
    ),
    "early-return-1": Meaning(
        "Dag 1, kontakt: chefen hör av sig och håller kontakten från första sjukdagen, så som man "
        "arbetar i 4 Ess. Ingen frist i lag.",
        "Day 1, contact: the manager gets in touch and stays so from the first sick day, the 4 Ess "
        "way of working. No deadline in law.",
    ),
    "early-return-2": Meaning(
        "Dag 8, läkarintyg: från åttonde kalenderdagen krävs läkarintyg för fortsatt sjuklön "
        "(sjuklönelagen 8 §). Diagnosen behöver inte framgå. Varje sjukfall räknas för sig, även "
        "när flera är en sjuklöneperiod.",
        "Day 8, certificate: from the eighth calendar day on a doctor's certificate is needed for "
        "continued sick pay (Sjuklönelagen 8 §). It need not state the diagnosis. Each spell "
        "counts on its own, also where several are one sick-pay period.",
    ),
    "early-return-3": Meaning(
        "Dag 30, plan för återgång: om nedsättningen väntas vara i minst 60 dagar ska "
        "arbetsgivaren ha gjort en plan för återgång i arbete senast dag 30 (SFB 30 kap. 6 §). "
        "Planen kan begränsas eller utelämnas när full återgång utan åtgärder är uppenbar, eller "
        "när återgång inte är möjlig; dokumentera då varför.",
        "Day 30, plan: if the incapacity is expected to last 60 days or more, the employer must "
        "have made a plan for return to work by day 30 (SFB 30:6). It may be limited or left out "
        "where full return without measures is obvious, or return is impossible; then document "
        "why.",
    ),
    "early-return-4": Meaning(
        "Dag 60, avstämningsmöte: dags att stämma av med medarbetaren och dem som kan hjälpa, så "
        "som man arbetar i 4 Ess, och att se över planen för återgång. Dagen är ingen frist i lag.",
        "Day 60, alignment meeting: time to align with the employee and those who can help, the "
        "4 Ess way of working, and to review the plan for return. The day is no deadline in law.",
    ),
    "early-return-5": Meaning(
        "Dag 90, rehabiliteringskedjan: till och med dag 90 prövas arbetsförmågan mot det egna "
        "arbetet eller andra tillfälliga uppgifter, därefter mot allt arbete hos arbetsgivaren "
        f"(SFB 27 kap. 46-49 §§). {_CHAIN.sv}",
        "Day 90, the rehabilitation chain: up to day 90 the capacity is tried against one's own "
        "work or other temporary tasks, after that against any work at the employer (SFB "
        f"27:46-49). {_CHAIN.en}",
    ),
    "early-return-6": Meaning(
        "Dag 180, rehabiliteringskedjan: efter dag 180 prövas arbetsförmågan mot normalt "
        "förekommande arbete på arbetsmarknaden, om inte återgång före dag 366 är sannolik "
        f"(SFB 27 kap. 46-49 §§). {_CHAIN.sv}",
        "Day 180, the rehabilitation chain: after day 180 the capacity is tried against work that "
        "is normal on the labour market, unless return before day 366 is likely (SFB "
        f"27:46-49). {_CHAIN.en}",
    ),
    "early-return-7": Meaning(
        "Dag 365, rehabiliteringskedjan: från dag 366 prövas arbetsförmågan alltid mot normalt "
        f"förekommande arbete på arbetsmarknaden (SFB 27 kap. 46-49 §§). {_CHAIN.sv}",
        "Day 365, the rehabilitation chain: from day 366 on the capacity is always tried against "
        f"work that is normal on the labour market (SFB 27:46-49). {_CHAIN.en}",
    ),
    "early-return-8": Meaning(
        "Dag 15 i sjuklöneperioden, anmälan till Försäkringskassan: sjuklönen gäller i 14 dagar "
        "(sjuklönelagen 7 §). Är medarbetaren fortfarande sjuk ska arbetsgivaren anmäla det, "
        "senast dag 21.",
        "Day 15 of the sick-pay period, notice to the Social Insurance Agency: sick pay is for 14 "
        "days (Sjuklönelagen 7 §). If the employee is still ill, the employer must notify, by "
        "day 21 at the latest.",
    ),
    "bradford-200": Meaning(
        "Endast upplysning: poängen är brittisk praxis utan stöd i svensk lag, och leder aldrig "
        "till remiss. Den väger många korta tillfällen tungt; använd den inte vid känd kronisk "
        "sjukdom.",
        "For information only: the score is United Kingdom practice without basis in Swedish law, "
        "and never refers. It weighs many short episodes heavily; do not use it where a chronic "
        "illness is known.",
    ),
}
"""By the id of each preset's rule."""


def meaning_of(rule: RuleDocument) -> Meaning | None:
    """What a rule means, while it asks for the same as the preset's rule of its id."""
    preset = _BY_ID.get(rule.id)
    return MEANINGS.get(rule.id) if preset and preset.when == rule.when else None


_BY_ID = {rule.id: rule for preset in _ALL for rule in preset.rules}
