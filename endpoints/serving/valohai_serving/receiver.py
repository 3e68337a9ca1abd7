"""What an ASGI application receives of one request."""

import asyncio
from typing import Any, Awaitable, Callable, Optional


class Receiver:
    """Receives for an application that asks again and again whether its client is still there.

    Starlette's and FastAPI's `request.is_disconnected()` begins to wait for the client's end and gives up at
    once. gunicorn (27.0.1, gunicorn/asgi/protocol.py, BodyReceiver._wait_for_disconnect) takes a wait that
    was given up for the end itself, so that a streamed answer would stop after its first parts. Here one wait
    goes on until `close`, however often it is given up.
    """

    def __init__(self, receive: Callable[[], Awaitable[Any]]) -> None:
        self._receive = receive
        self._has_body = False
        self._end: Optional[asyncio.Future[Any]] = None

    async def __call__(self) -> Any:
        """Return the next part of the body; after the last one wait for the client's end."""
        if not self._has_body:
            message = await self._receive()
            self._has_body = message["type"] == "http.request" and not message.get("more_body", False)
            return message
        if self._end is None:
            self._end = asyncio.ensure_future(self._receive())
        return await asyncio.shield(self._end)

    def close(self) -> None:
        """Wait no longer; to be called when the application is done."""
        if self._end is not None:
            self._end.cancel()
