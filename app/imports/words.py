"""What the codes of row errors and of whole files mean, in one fixed sentence each. Pure."""

from app.intake import rows

_OF_EVENTS = {
    "event_conflict": "An event with this source and id says something else; nothing was changed.",
    "malformed_json": "The line is not acceptable JSON.",
    "line_too_long": "The line is longer than 64 KiB.",
    "unknown_field": "The event has a field that this service does not know.",
    "forbidden_field": "The event names a cause or diagnosis; those are never taken.",
    "required": "A field is missing.",
    "invalid_choice": "A field has none of the values it may have.",
    "invalid_string": "A field is not a text.",
    "invalid_format": "A text has characters that it may not have.",
    "invalid_integer": "A field is not a whole number.",
    "invalid_object": "The line is not a JSON object.",
    "invalid_date": "A day cannot be read: YYYY-MM-DD.",
    "invalid_instant": "A time cannot be read: RFC 3339 with its offset.",
    "date_out_of_range": "Days lie between 1990 and two years from now.",
    "occurred_in_future": "Nothing can have been said more than a day from now.",
    "out_of_range": "A number is outside of its range.",
    "too_short": "A text is empty.",
    "too_long": "A text is longer than 200 characters.",
    "nothing_changed": "The event changes nothing: name at least one field.",
    "extent_missing": "extent_from goes with extent.",
    "one_of_two": "Exactly one of last_day and well_from is needed.",
    "not_stored": "The row could not be stored, for a reason of the service's own.",
}
_OF_FILES = {
    "nothing_replaced": "The file is to replace what was said of its days, but some of its rows "
    "cannot be used and may be the ones that say it: nothing was taken back.",
    "no_range_to_replace": "The file does not say which days it replaces.",
    "mapping_missing": "A CSV file needs a mapping.",
    "gave_up": "Whoever worked on it broke off each time; the log of the service tells why.",
    "internal_error": "A fault of the service's own; its log tells more.",
}
_OTHERWISE = "The row does not say what this service takes."


def of_row(code: str) -> str:
    """A sentence about what is wrong with a row."""
    return _OF_EVENTS.get(code) or rows.DETAILS.get(code) or _OTHERWISE


def of_file(code: str) -> str:
    """A sentence about what a whole file lacks, or why it cannot be taken in."""
    return _OF_FILES.get(code) or rows.WARNINGS.get(code) or rows.REFUSALS.get(code) or _OTHERWISE
