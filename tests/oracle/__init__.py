"""An independent, naive reading of the semantics, to hold the real implementation against.

It imports nothing from `app` and is written to be checked by hand: every judgement is made from
scratch, day by day, out of sets of dates.
"""

from .evaluation import evaluate_case
from .rehearsal import Rehearsal, rehearse_case

__all__ = ["Rehearsal", "evaluate_case", "rehearse_case"]
