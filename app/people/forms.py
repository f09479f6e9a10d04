"""The form in which employees may come besides JSON, for the OpenAPI document."""

from typing import Any

from app.people.roster import COLUMNS, MAX_ROWS

CSV = "text/csv"


_ROSTER = {
    "type": "string",
    "description": f"Up to {MAX_ROWS} rows below one with the names of the columns, of which these "
    f"are known, in English or Swedish: {', '.join(COLUMNS)}. Delimiter and encoding (UTF-8, "
    "UTF-16, Windows-1252) are found out. A row for each employment period.",
    "examples": [
        "anst\u00e4llningsnummer;enhet;fr\u00e5n;till;personnummer\n"
        "10234;hemtjansten-norr;2021-04-01;;19121212-1212\n"
    ],
}

AS_CSV: dict[str, Any] = {"requestBody": {"required": True, "content": {CSV: {"schema": _ROSTER}}}}
"""For the OpenAPI document: what employees may be sent as, besides JSON."""
