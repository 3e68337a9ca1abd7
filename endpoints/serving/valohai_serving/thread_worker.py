"""gunicorn's worker for WSGI, with less work around each request."""

import time
from typing import Any, Optional

import gunicorn
from gunicorn.workers.gthread import ThreadWorker as GunicornThreadWorker

from . import errors, request, response
from .cpu import cpu_limit
from .leader import Leader

GUNICORN_WITH_LEADER = 27
"""The major version of gunicorn whose polling is known here. With others there is no leader."""

PARALLEL_SECONDS = 0.0005
"""Requests longer than this go to several threads where a worker has more than one CPU, which libraries use
that compute outside of Python's lock. Shorter ones would spend more on changes of threads than they gain."""

ENOUGH_REQUESTS = 16
"""From so many requests on their mean tells; a worker's first ones take longer."""

FIRST_REST_SECONDS = 1.0
LAST_REST_SECONDS = 32.0
"""How long a worker is without a leader after requests were long, doubled as long as they are."""


class ThreadWorker(GunicornThreadWorker):  # type: ignore[misc]
    """Makes attributes of gunicorn's settings, of which it reads more than twenty for each request.

    Otherwise each is found by a method of the configuration and one of the setting: a twentieth of the time
    that a small Flask application and gunicorn take together. No setting changes any more in a worker that
    serves; its hooks, which may change them, have run.
    """

    def run(self) -> None:
        """Serve until told to stop; called by gunicorn in the worker's process, last of all."""
        # Where the configuration has a property of that name, Python goes on taking the property.
        self.cfg.__dict__.update({name: setting.get() for name, setting in self.cfg.settings.items()})
        for part in (request, response, errors):
            part.use_for_every_request()
        super().run()


class LedThreadWorker(ThreadWorker):
    """Lets a thread of the pool poll and answer short requests on connections kept open, as `Leader` says.

    Long requests, new connections, starting and ending go as in gunicorn.
    """

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self._leader: Optional[Leader] = None
        self._in_pool = 0
        self._rest = FIRST_REST_SECONDS
        self._led_from = 0.0
        limit = cpu_limit()
        self._cpus = None if limit is None else limit / self.cfg.workers

    def enqueue_req(self, conn: Any) -> None:
        """Hand a request to the pool."""
        self._in_pool += 1
        super().enqueue_req(conn)

    def finish_request(self, conn: Any, fs: Any) -> None:
        """Keep or close a connection that comes back from the pool."""
        self._in_pool -= 1
        super().finish_request(conn, fs)

    def on_client_socket_readable(self, conn: Any, client: Any) -> None:
        """Answer in this thread if it is the leader, else in the pool."""
        if self._leader is not None:
            self._leader.answer(conn)
        else:
            super().on_client_socket_readable(conn, client)

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """Poll, or watch how a leader does, for at most `timeout` seconds."""
        if time.monotonic() < self._led_from or not self.can_be_led():
            super().wait_for_and_dispatch_events(timeout)
            return
        leader = self._leader = Leader(self)
        future = self.tpool.submit(leader.lead, timeout)
        leader.watch()
        self._leader = None
        if not leader.relieved:
            # Raises here what polling raised there, as in gunicorn.
            future.result()
        if leader.relieved or self._wants_parallel(leader):
            now = time.monotonic()
            led_well = now - self._led_from > self._rest
            self._rest = FIRST_REST_SECONDS if led_well else min(2 * self._rest, LAST_REST_SECONDS)
            self._led_from = now + self._rest

    def can_be_led(self, leader: Optional[Leader] = None) -> bool:
        """Return whether a leader may poll: it takes a thread, of which others must be left for the pool."""
        return (
            self.alive
            and self._in_pool < self.cfg.threads - 1
            and self.nr_conns < self.worker_connections
            and not (leader is not None and self._wants_parallel(leader))
        )

    def keep(self, connection: Any) -> bool:
        """Leave an answered connection with the poller; False if it cannot stay, as when the worker ends."""
        if not self.alive or connection.parser.unreader.buf.getvalue():
            return False
        connection.set_timeout()
        # The one that has been idle for longest comes first.
        self.keepalived_conns.remove(connection)
        self.keepalived_conns.append(connection)
        return True

    def take_back(self, connection: Any) -> None:
        """Take a connection with a request from the poller, as if the request had gone to the pool."""
        self.poller.unregister(connection.sock)
        self.keepalived_conns.remove(connection)
        self._in_pool += 1

    def _wants_parallel(self, leader: Leader) -> bool:
        return gains_by_threads(self._cpus, leader.answered, leader.seconds)


def gains_by_threads(cpus: Optional[float], requests: int, seconds: float) -> bool:
    """Return whether several threads answer such requests sooner, by the CPUs of a worker (None: no limit).

    `seconds` is what one thread has taken for that many `requests`.
    """
    has_several = cpus is None or cpus > 1
    return has_several and requests >= ENOUGH_REQUESTS and seconds > requests * PARALLEL_SECONDS


def thread_worker() -> Any:
    """Return the worker class for WSGI, by gunicorn's version."""
    return LedThreadWorker if gunicorn.version_info[0] == GUNICORN_WITH_LEADER else ThreadWorker
