"""Connects the metrics to gunicorn, by its hooks alone."""

import functools
import sys
import time
from typing import Any, Callable, Dict, Optional

from gunicorn.config import validate_callable, validate_post_request
from gunicorn.workers.gthread import ThreadWorker

from ..asgi import AsgiApplication
from ..wsgi import HEALTH_PATH
from .asgi import metered
from .memory import Block, SharedMemory
from .metadata import observe_metadata
from .page import render
from .server import listen, serve

Hook = Callable[..., None]


class Metrics:
    """gunicorn's hooks. The master runs `pre_fork` and `child_exit`, the workers run the others."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.block: Optional[Block] = None
        self.is_wsgi = False

    def around(self, settings: Dict[str, Any]) -> Dict[str, Hook]:
        """Return the hooks by their names, each together with the one that the settings have already."""
        own: Dict[str, Hook] = {
            "pre_fork": self.pre_fork,
            "post_fork": self.post_fork,
            "post_worker_init": self.post_worker_init,
            "child_exit": self.child_exit,
            "pre_request": self.pre_request,
            "post_request": self.post_request,
        }
        return {name: _both(hook, _validated(name, settings.get(name))) for name, hook in own.items()}

    def pre_fork(self, server: Any, worker: Any) -> None:
        """Give the new worker a place for its counters."""
        # A reload makes other hooks, and keeps gunicorn's arbiter.
        if not hasattr(server, "valohai_metrics"):
            host = server.address[0][0] if isinstance(server.address[0], tuple) else "0.0.0.0"
            server.valohai_metrics = (SharedMemory(), listen(host, self.port))
        worker.valohai_block = server.valohai_metrics[0].take()
        if worker.valohai_block is None:
            server.log.warning("There are too many workers to measure: no metrics of this one")

    def post_fork(self, server: Any, worker: Any) -> None:
        """Begin to answer Prometheus and to look at the output, before the application is imported."""
        self.block = worker.valohai_block
        memory, listener = server.valohai_metrics
        serve(listener, functools.partial(render, memory))
        if self.block is not None:
            observe_metadata(self.block.observe)

    def post_worker_init(self, worker: Any) -> None:
        """Measure the application by its kind: WSGI by the two hooks for requests, ASGI by a wrapper."""
        application = worker.app.wsgi()
        if self.block is None:
            return
        if isinstance(application, AsgiApplication):
            application.application = metered(application.application, self.block)
        else:
            self.is_wsgi = True
            # A project may choose another worker, to which gunicorn's setting means nothing.
            self.block.threads = worker.cfg.threads if isinstance(worker, ThreadWorker) else 0

    def child_exit(self, server: Any, worker: Any) -> None:
        """Note that a worker has ended; also one that was killed."""
        if hasattr(worker, "valohai_block"):
            server.valohai_metrics[0].leave(worker.valohai_block)

    def pre_request(self, _worker: Any, request: Any) -> None:
        """Begin to measure a request."""
        if self.is_wsgi and self.block is not None and request.path != HEALTH_PATH:
            self.block.begin()
            request.valohai_started = time.perf_counter()

    def post_request(self, _worker: Any, request: Any, environ: Dict[str, Any], response: Any) -> None:
        """Count an answered request, if it was the application's: outside of the prefix it is not."""
        started = getattr(request, "valohai_started", None)
        if started is None or self.block is None:
            return
        if environ.get("SCRIPT_NAME"):
            seconds = time.perf_counter() - started
            self.block.finish(environ["REQUEST_METHOD"], _status(response), seconds)
        else:
            self.block.give_up()


def _status(response: Any) -> int:
    """Return the status that was sent: gunicorn's own 500 after a failure, 499 if the client was gone."""
    if response is not None and response.headers_sent and response.status_code is not None:
        return int(response.status_code)
    return 499 if isinstance(sys.exc_info()[1], OSError) else 500


def _validated(name: str, hook: Any) -> Optional[Hook]:
    """Return a project's own hook as gunicorn would call it: it may be given by name, or take less."""
    if hook is None:
        return None
    validated: Hook = validate_post_request(hook) if name == "post_request" else validate_callable(-1)(hook)
    return validated


def _both(first: Hook, second: Optional[Hook]) -> Hook:
    if second is None:
        return first

    @functools.wraps(first)
    def both(*arguments: Any) -> None:
        try:
            first(*arguments)
        finally:
            second(*arguments)

    return both
