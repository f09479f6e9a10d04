"""Every table there is, in one import: for migrations and for the tests about the schema."""

from app.absences import tables as absences
from app.access import tables as access
from app.core.db import Base
from app.delivery import tables as delivery
from app.flags import tables as flags
from app.intake import tables as intake
from app.referrals import tables as referrals
from app.rules import tables as rules

TABLES = Base.metadata.tables

__all__ = ["TABLES", "absences", "access", "delivery", "flags", "intake", "referrals", "rules"]
