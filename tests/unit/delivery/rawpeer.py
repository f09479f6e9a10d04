"""A peer that does with each connection what a test says; for what is not even HTTP over TCP."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator


@contextlib.contextmanager
def raw_peer(behave: Callable[[socket.socket, threading.Event], object]) -> Iterator[int]:
    """Serve one connection with `behave(connection, over)`; yields the port it listens on.

    `over` is set when the test is done, and then `behave` has to return.
    """
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            listener.settimeout(5)
            with contextlib.suppress(OSError):
                connection, _ = listener.accept()
                with connection:
                    behave(connection, over)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            over.set()
            thread.join(timeout=6)
