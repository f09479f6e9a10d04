"""The second kind of process, for PostgreSQL: ticks and delivers, and serves nothing."""

import signal
import threading

from app.core.settings import Settings
from app.ops.start import Background, make_context


def run(settings: Settings) -> None:
    """Work until SIGTERM or SIGINT."""
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    ctx = make_context(settings)
    with Background.of(ctx).running():
        stopping.wait()
    ctx.database.close()
