"""gunicorn's worker for ASGI, which waits for the application's start and ends sooner."""

import asyncio
from typing import Optional

from gunicorn.workers.gasgi import ASGIWorker

LINGER_SECONDS = 2.0
"""How long connections stay open after the last request, for one that a router is just sending: as gunicorn's
threads do."""


class AsgiWorker(ASGIWorker):  # type: ignore[misc]
    """Starts the application by itself, and does not wait for idle connections when told to end.

    gunicorn (27.0.1, gunicorn/asgi/lifespan.py) gives a lifespan 30 s and then serves without it. Routers
    keep idle connections for a minute and more, and gunicorn waits for every open one until the graceful
    timeout is over, in each pod that a rollout replaces. Running requests and WebSockets have all that time.
    """

    starting: Optional["asyncio.Future[None]"] = None

    def load_wsgi(self) -> None:
        """Wait until the application has started; called by gunicorn before it listens."""
        super().load_wsgi()
        self.starting = asyncio.ensure_future(self.asgi.lifespan.start(), loop=self.loop)
        try:
            self.loop.run_until_complete(self.starting)
        except asyncio.CancelledError:
            raise SystemExit(0) from None
        self.starting = None

    def handle_exit_signal(self) -> None:
        """Begin to end; called by the event loop on SIGTERM."""
        super().handle_exit_signal()
        if self.starting is not None:
            self.starting.cancel()
            return
        self.leaving = self.loop.create_task(self.leave_idle_connections())

    async def leave_idle_connections(self) -> None:
        """Wait until no request has run for `LINGER_SECONDS`; then count no connection as open."""
        finished = self.asgi.finished
        quiet_since = self.loop.time()
        while self.loop.time() < quiet_since + LINGER_SECONDS:
            await asyncio.sleep(0.1)
            if self.asgi.running or self.asgi.finished != finished:
                finished = self.asgi.finished
                quiet_since = self.loop.time()
        self.nr_conns = 0
