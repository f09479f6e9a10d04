"""A small occupational-health system (FHV) that receives Omtanke's webhooks: to be read and copied.

It verifies each signature, answers at once, and then fetches and accepts the referral over the API.
It keeps ids and queue in memory: a real system stores a message, under a unique key on its
webhook-id, before it answers 2xx, and tries again what fails afterwards.

    OMTANKE_WEBHOOK_SECRET=whsec_... OMTANKE_KEY=... python examples/receiver.py \
        --port 9000 --api http://127.0.0.1:8000

Without --api it calls nobody: it verifies and says what came, as an employer's own system might.
Prints one JSON line for each step, without anything personal.
"""

import argparse
import json
import os
import queue
import signal
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError

MAX_BODY = 64 * 1024


class Fhv(ThreadingHTTPServer):
    """The server, the ids it has seen, and the messages it has still to act on."""

    def __init__(self, address: tuple[str, int], webhook: Webhook) -> None:
        super().__init__(address, Handler)
        self.webhook = webhook
        self.todo: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._seen: set[str] = set()
        self._lock = threading.Lock()

    def is_new(self, webhook_id: str) -> bool:
        """Delivery is at least once: the same id may come again, and is acted on only once."""
        with self._lock:
            new = webhook_id not in self._seen
            self._seen.add(webhook_id)
            return new


class Handler(BaseHTTPRequestHandler):
    """Takes in one webhook."""

    server: Fhv
    timeout = 10  # seconds that a silent sender may hold a thread

    def do_POST(self) -> None:
        length = self.headers.get("content-length", "")
        if not length.isdecimal() or int(length) > MAX_BODY:
            return self.answer(413, "a body of known length, 64 kB at most")
        # The signature covers the bytes as they came: verify them before anything parses them.
        body = self.rfile.read(int(length))
        try:
            message = self.server.webhook.verify(body, dict(self.headers))
        except WebhookVerificationError as error:
            return self.refuse(str(error))
        except ValueError:  # what the library raises for headers or bodies of no known form
            return self.refuse("Malformed signature or body")
        webhook_id, kind = self.headers["webhook-id"], message.get("type")
        new = self.server.is_new(webhook_id)
        data = message.get("data")
        more = {"state": data["state"]} if isinstance(data, dict) and "state" in data else {}
        say("received", type=kind, webhook_id=webhook_id, verified=True, duplicate=not new, **more)
        if new:
            self.server.todo.put(message)
        # A quick 2xx says "I have it"; the work is done afterwards, or the sender would time out.
        return self.answer(204)

    def refuse(self, why: str) -> None:
        """401 says why, so that a wrong secret or clock is found quickly."""
        say("received", type=None, webhook_id=None, verified=False, why=why)
        self.answer(401, why)

    def answer(self, status: int, text: str = "") -> None:
        self.send_response(status)
        if status != 204:
            self.send_header("content-type", "text/plain; charset=utf-8")
            self.send_header("content-length", str(len(text)))
        self.end_headers()
        if status != 204:
            self.wfile.write(text.encode("ascii", "replace"))

    def log_message(self, *_: object) -> None:
        """Write no access log: `say` tells what is worth knowing."""


def work(todo: "queue.Queue[dict[str, Any] | None]", api: str | None, key: str) -> None:
    """Act on messages until None comes: fetch each requested referral, and accept it."""
    while (message := todo.get()) is not None:
        if api is None or message.get("type") != "referral.requested":
            continue
        # The message is thin: it says which referral, and the API says the rest, to who may know.
        referral = f"/v1/referrals/{message['data']['referral_id']}"
        steps = (("fetched", "GET", referral), ("accepted", "POST", f"{referral}/accept"))
        for event, method, path in steps:
            status = call(api.rstrip("/") + path, key=key, method=method)
            done = 200 <= status < 300
            say(event if done else "failed", referral_id=referral.split("/")[-1], status=status)
            if not done:
                break


def call(url: str, *, key: str, method: str) -> int:
    """Call Omtanke with our provider's key; return the status, 0 when there was no answer."""
    headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
    body = b"{}" if method == "POST" else None
    request = urllib.request.Request(url, data=body, headers=headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code
    except OSError:
        return 0


def say(event: str, **details: object) -> None:
    print(json.dumps({"event": event, **details}), flush=True)


def main() -> None:
    options = argparse.ArgumentParser(description="An FHV system that accepts every referral.")
    options.add_argument("--host", default="127.0.0.1")
    options.add_argument("--port", type=int, default=9000, help="0 takes a free one")
    options.add_argument("--api", help="Omtanke's base URL; without it nothing is called")
    # Other users of the machine can read a command line; prefer the environment or a file.
    options.add_argument("--secret", default=os.environ.get("OMTANKE_WEBHOOK_SECRET"))
    options.add_argument("--secret-file", type=Path)
    options.add_argument("--key", default=os.environ.get("OMTANKE_KEY"))
    given = options.parse_args()
    secret = given.secret_file.read_text("ascii").strip() if given.secret_file else given.secret
    if not secret or (given.api and not given.key):
        options.error("OMTANKE_WEBHOOK_SECRET is needed, and OMTANKE_KEY with --api")

    server = Fhv((given.host, given.port), Webhook(secret))
    worker = threading.Thread(target=work, args=(server.todo, given.api, given.key))
    worker.start()
    # shutdown() waits for serve_forever() to end, so it may not be called from within it.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    say("listening", port=server.server_address[1])
    server.serve_forever(poll_interval=0.1)
    server.server_close()
    server.todo.put(None)
    worker.join()


if __name__ == "__main__":
    main()
