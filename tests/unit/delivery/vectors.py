"""The shared Standard Webhooks vectors; their origins and licences stand in the file itself."""

import json
from pathlib import Path
from typing import Any

_FILE = Path(__file__).parents[2] / "data" / "standardwebhooks-vectors.json"
VECTORS: dict[str, Any] = json.loads(_FILE.read_text("utf-8"))
