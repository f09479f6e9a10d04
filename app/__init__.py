"""Omtanke: sick reports come in, patterns are found and explained, referrals go out.

The packages read in the order of the data: intake, absences, rules, flags, referrals, delivery.
Around them stand access, privacy and ops; under them core. `pipeline` is the story in one page.
"""

__version__ = "0.1.0"
