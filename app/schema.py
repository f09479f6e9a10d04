"""Every table there is, in one import: for migrations and for the tests about the schema."""

from app.absences import tables as absences
from app.access import tables as access
from app.activities import tables as activities
from app.backtests import tables as backtests
from app.core.db import Base
from app.delivery import tables as delivery
from app.feeds import tables as feeds
from app.flags import tables as flags
from app.flags.shadow import tables as shadow
from app.flags.silences import tables as silences
from app.grants import tables as grants
from app.imports import tables as imports
from app.intake import tables as intake
from app.mail import tables as mail
from app.meetings import tables as meetings
from app.people import tables as people
from app.plans import tables as plans
from app.referrals import tables as referrals
from app.rules import tables as rules
from app.signals import tables as signals

TABLES = Base.metadata.tables

__all__ = [
    "TABLES",
    "absences",
    "access",
    "activities",
    "backtests",
    "delivery",
    "feeds",
    "flags",
    "grants",
    "imports",
    "intake",
    "mail",
    "meetings",
    "people",
    "plans",
    "referrals",
    "rules",
    "shadow",
    "signals",
    "silences",
]
