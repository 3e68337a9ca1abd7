"""An ASGI application under its endpoint's prefix."""

from typing import Any, Awaitable, Callable, Dict

from .client import client_address
from .prefix import Prefix
from .receiver import Receiver
from .wsgi import HEALTH_PATH

_FORGEABLE = (
    b"x-vh-prefix",
    b"x-forwarded-prefix",
    b"script_name",
    b"script-name",
    b"path_info",
    b"path-info",
)
"""What a client could send to make a framework believe in another prefix."""

Scope = Dict[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


class AsgiApplication:
    """Hands a connection to the project's application with root_path and X-VH-Prefix set, or answers 404.

    root_path is the prefix that the request came by. `path` stays whole, as the ASGI specification has it;
    with `strip` it is what follows the prefix, as it was understood before. `client` is the router's client.
    `running` and `finished` count the requests and WebSockets of the application.
    """

    def __init__(self, application: Application, prefix: Prefix, strip: bool = False) -> None:
        self.application = application
        self.prefix = prefix
        self.strip = strip
        self.running = 0
        self.finished = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection (HTTP, WebSocket or lifespan)."""
        if scope["type"] not in ("http", "websocket"):
            await self.application(scope, receive, send)
            return
        if scope["type"] == "http" and scope["path"] == HEALTH_PATH:
            await _answer(send, 200, "ok\n")
            return
        prefix = self.prefix.match(scope["path"])
        if prefix is None:
            if scope["type"] == "http":
                await _answer(send, 404, f"This endpoint is at {self.prefix}\n")
            else:
                # Closing before the handshake is accepted is a refusal: servers answer it with 403.
                await send({"type": "websocket.close", "code": 1008})
            return
        self.running += 1
        receiver = Receiver(receive)
        try:
            await self.application(self._below(prefix, scope), receiver, send)
        finally:
            receiver.close()
            self.running -= 1
            self.finished += 1

    def _below(self, prefix: str, scope: Scope) -> Scope:
        """Return the scope as the application is to see it."""
        headers = [(name, value) for name, value in scope["headers"] if name.lower() not in _FORGEABLE]
        headers.append((b"x-vh-prefix", prefix.encode("latin-1")))
        path = scope["path"][len(prefix) :] or "/" if self.strip else scope["path"]
        below = dict(scope, root_path=prefix, path=path, headers=headers)
        forwarded_for = [value for name, value in headers if name.lower() == b"x-forwarded-for"]
        address = client_address(forwarded_for[-1].decode("latin-1")) if forwarded_for else None
        if address is not None:
            # Routers do not tell the port, for which frameworks expect a number.
            below["client"] = (address, 0)
        return below


async def _answer(send: Send, status: int, text: str) -> None:
    body = text.encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
