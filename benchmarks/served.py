"""The application with one route more: a POST that takes an event and does nothing with it.

An ordinary route of the framework with the same body model, in the same application: the
yardstick of `benchmarks.ingest_http`. `python -m benchmarks.served PORT [background]` serves it,
with the work that goes on beside requests where that is said.
"""

import sys

import uvicorn

from app.core.settings import Settings
from app.intake.schemas import EventIn, EventOut
from app.main import create_app
from app.ops.start import settle_memory, take_short_turns

NO_OP = "/no-op"


def main(port: int, *, background: bool) -> None:
    """Serve until told to end."""
    app = create_app(Settings(), background=background)

    @app.post(NO_OP, status_code=201)
    async def no_op(body: EventIn) -> EventOut:
        return EventOut(status="created", employee_id=body.root.employee, flags=[])

    settle_memory()
    take_short_turns()
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
    )


if __name__ == "__main__":
    main(int(sys.argv[1]), background=sys.argv[2:] == ["background"])
