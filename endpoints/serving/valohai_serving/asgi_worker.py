"""gunicorn's worker for ASGI, which ends sooner."""

import asyncio

from gunicorn.workers.gasgi import ASGIWorker

LINGER_SECONDS = 2.0
"""How long connections stay open after the last request, for one that a router is just sending: as gunicorn's
threads do."""


class AsgiWorker(ASGIWorker):  # type: ignore[misc]
    """Does not wait for idle connections when told to end.

    Routers keep them for a minute and more, and gunicorn waits for every open connection until the graceful
    timeout is over, in each pod that a rollout replaces. Running requests and WebSockets have all that time.
    """

    def handle_exit_signal(self) -> None:
        """Begin to end; called by the event loop on SIGTERM."""
        super().handle_exit_signal()
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
