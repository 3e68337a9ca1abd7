"""The gunicorn worker, which becomes the kind that the application needs."""

import asyncio
import importlib
import os
import signal
from typing import Any

import gunicorn
from gunicorn.errors import AppImportError
from gunicorn.workers.base import Worker as BaseWorker

from .asgi import AsgiApplication
from .thread_worker import thread_worker

ASGI_WORKERS = (
    ("valohai_serving.asgi_worker", "AsgiWorker"),
    ("uvicorn_worker", "UvicornWorker"),
    ("uvicorn.workers", "UvicornWorker"),
)
"""Workers that serve ASGI, best first. The first one needs gunicorn 24, and that Python 3.10."""


class Worker(BaseWorker):  # type: ignore[misc]
    """Imports the application and hands its process over to a thread or an ASGI worker.

    gunicorn wants to know the kind of worker before any application is imported. To find out in another
    process would import the project twice, which for a large model doubles the time to start.
    """

    def init_process(self) -> None:
        """Serve until told to stop; called by gunicorn in the worker's own, new process."""
        # As any worker does before it imports the application: the master's handlers must not run here.
        for number in self.SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        os.environ.update(self.cfg.env)

        is_asgi = isinstance(self.app.wsgi(), AsgiApplication)
        worker_class = asgi_worker() if is_asgi else thread_worker()
        self.log.info("Serving %s with %s", "ASGI" if is_asgi else "WSGI", worker_class.__name__)
        worker = worker_class(self.age, self.ppid, self.sockets, self.app, self.timeout, self.cfg, self.log)
        worker.pid = self.pid
        # The heartbeat that the master watches is this worker's.
        worker.tmp.close()
        worker.tmp = self.tmp
        try:
            worker.init_process()
        finally:
            # After a failure the master asks whether the application could be loaded at all.
            self.booted = worker.booted


def asgi_worker() -> Any:
    """Return the best worker class for ASGI that is installed; AppImportError says what to do if none is."""
    if not hasattr(asyncio, "run"):
        # Python 3.6, where none of these workers starts.
        raise AppImportError(
            "The application is ASGI, which takes Python 3.7 or newer: choose another image."
        )
    for module, name in ASGI_WORKERS:
        if _is_installed(module):
            return getattr(importlib.import_module(module), name)
    raise AppImportError(
        f"The application is ASGI, which gunicorn {gunicorn.__version__} cannot serve. On Python 3.10 or"
        " newer remove gunicorn's pin from the requirements; on an older one add `uvicorn` to them."
    )


def _is_installed(module: str) -> bool:
    try:
        importlib.import_module(module)
    except ImportError:
        return False
    return True
