"""Headers on every answer: nothing is cached, sniffed, framed or sent on.

Plain ASGI: the framework's own middleware base loses context variables.
"""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
}
# The page of /docs starts itself with an inline script; nothing else needs one.
_POLICY = "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'"
_DOCS_POLICY = f"{_POLICY}; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'"


def safe_headers(path: str) -> dict[str, str]:
    """The headers of every answer to a request for `path`."""
    return HEADERS | {"Content-Security-Policy": _DOCS_POLICY if path == "/docs" else _POLICY}


class SafeHeaders:
    """Middleware that adds them."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request with the headers added."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                # A page to print brings a policy of its own: nothing but its one style.
                own = headers.get("content-security-policy")
                headers.update(safe_headers(scope["path"]))
                if own is not None:
                    headers["content-security-policy"] = own
            await send(message)

        await self._app(scope, receive, with_headers)
