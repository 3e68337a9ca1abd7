"""Measures an ASGI application."""

import asyncio
import time
from typing import Any

from ..asgi import Application, Receive, Scope, Send
from .memory import Block


def metered(application: Application, block: Block) -> Application:
    """Return the application such that its HTTP requests are counted. WebSockets, which last, are not."""

    async def measured(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await application(scope, receive, send)
            return
        status = 500

        async def sent(message: Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        started = time.perf_counter()
        block.begin()
        try:
            await application(scope, receive, sent)
        except (asyncio.CancelledError, OSError):
            # The client is gone; nginx has this number for it.
            status = 499
            raise
        finally:
            block.finish(scope["method"], status, time.perf_counter() - started)

    return measured
