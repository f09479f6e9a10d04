"""Why a series of meetings does not take what is asked of it."""

from app.core.errors import Conflict


class SlotFull(Conflict):
    """The wished slot has all the meetings it takes."""

    code = "slot_full"
    detail = "The slot has all the meetings it takes; see the slots that are free."


class NoFreeSlot(Conflict):
    """Nothing is free in the time that may be booked."""

    code = "no_free_slot"
    detail = "No slot of the series is free within two years."


class AlreadyBooked(Conflict):
    """One occurrence, one meeting of an employee."""

    code = "already_booked"
    detail = "The employee has a meeting in that occurrence already."


class OccurrenceCancelled(Conflict):
    """It does not take place, and does not come back."""

    code = "occurrence_cancelled"
    detail = "The occurrence has been cancelled."


class OccurrenceOver(Conflict):
    """It has begun: its meetings are held or called off one by one."""

    code = "occurrence_over"
    detail = "The occurrence has begun; its meetings are held or cancelled one by one."


class InTheWay(Conflict):
    """Two occurrences of one series never go on at once."""

    code = "occurrence_in_the_way"
    detail = "Another occurrence of the series is at that time."


class SeriesEndsBefore(Conflict):
    """A series that has been ended is not begun again."""

    code = "series_ends_before"
    detail = "The series ends before that day; make a new one."
