"""Swedish public holidays, with the eves that are days off in practice, from a kept library."""

from functools import lru_cache

from holidays import country_holidays

from app.core.wire import FIRST_DAY, LAST_DAY


@lru_cache(maxsize=1)
def swedish_holidays() -> frozenset[int]:
    """Day ordinals over all the years this service knows (Lag 1989:253 and custom)."""
    years = range(FIRST_DAY.year - 1, LAST_DAY.year + 2)
    # The eves are "de facto"; names would follow the machine's language, days do not.
    days = country_holidays("SE", years=years, categories=("public", "de_facto"), language="sv")
    return frozenset(day.toordinal() for day in days)
