"""Which of the requests of its coverage phase Schemathesis sends, loaded by it as its hooks.

A rule document has conditions within conditions and trials full of events: to each of the four
operations that take one the phase would send 17,000 requests that the document does not allow and
to most of them 2,000 that it does, nearly all of them the same at other places. No other operation
has 400 of either. So the first 400 of each are sent, and of those that follow each 97th: others on
the other engine.
"""

import itertools
import os
from collections import defaultdict

import schemathesis
from schemathesis.generation import GenerationMode

FIRST = 400
"""How many of an operation's are all sent, of those that the document allows and of those not."""
EVERY = 97
"""A prime, lest it keep step with how the forms repeat."""
START = int(os.environ.get("SAMPLED_FROM", "0"))

_numbers: defaultdict[tuple[str, GenerationMode], "itertools.count[int]"]
_numbers = defaultdict(itertools.count)


@schemathesis.hook
def filter_case(context: schemathesis.HookContext, case: schemathesis.Case) -> bool:
    """Whether to send it."""
    if case.meta is None or case.meta.phase.name != "coverage":
        return True
    number = next(_numbers[case.operation.label, case.meta.generation.mode])
    return number < FIRST or number % EVERY == START
