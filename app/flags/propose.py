"""What a flag proposes to the manager, besides looking at it. Pure.

In the 4 Ess way of working the manager holds things together from the first day of a sick leave:
from a chosen day on, a notice about an ongoing leave proposes an alignment meeting
(avstämningsmöte).
"""

from typing import Literal

from app.rules.document import RuleDocument, leaves

Proposal = Literal["alignment"]


def proposal(rule: RuleDocument, from_day: int) -> Proposal | None:
    """What a flag of that rule proposes where alignment meetings are held from that day on."""
    if rule.action != "notify":
        return None
    days = [leaf.value for leaf in leaves(rule.when) if leaf.measure == "ongoing_days"]
    return "alignment" if days and max(days) >= from_day else None
