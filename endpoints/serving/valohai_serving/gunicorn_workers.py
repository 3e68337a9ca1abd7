"""gunicorn's workers: one that finds out what the application is, and one for each kind."""

import asyncio
import contextlib
import importlib
import os
import signal
import sys
from concurrent import futures
from typing import Any, Callable, cast

import gunicorn
from gunicorn.workers.base import Worker as BaseWorker
from gunicorn.workers.gthread import ThreadWorker as GunicornThreadWorker

from .asgi import AsgiApplication
from .failures import FAILED_START, NO_APPLICATION, NoApplicationError, StartFailedError, log, say

ASGI_WORKERS = (
    ("valohai_serving.asgi_worker", "AsgiWorker"),
    ("uvicorn_worker", "UvicornWorker"),
    ("uvicorn.workers", "UvicornWorker"),
)
"""Workers that serve ASGI, best first. The first one needs gunicorn 25, and that Python 3.10: with gunicorn
24 an answer without Content-Length never ends."""


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
        application = imported(self.app.wsgi)
        is_asgi = isinstance(application, AsgiApplication)
        worker_class = asgi_worker() if is_asgi else ThreadWorker
        log.info("Serving %s with %s", "ASGI" if is_asgi else "WSGI", worker_class.__name__)
        worker = worker_class(self.age, self.ppid, self.sockets, self.app, self.timeout, self.cfg, self.log)
        worker.pid = self.pid
        worker.valohai_block = getattr(self, "valohai_block", None)
        # The heartbeat that the master watches is this worker's.
        worker.tmp.close()
        worker.tmp = self.tmp
        try:
            worker.init_process()
        except StartFailedError as error:
            say(f"The application's lifespan could not start: {error}")
            sys.exit(FAILED_START)
        finally:
            # After a failure the master asks whether the application could be loaded at all.
            self.booted = worker.booted


def imported(importing: Callable[[], Any]) -> Any:
    """Return the application; end the process with a sentence where there is none."""
    try:
        return importing()
    except NoApplicationError as error:
        say(str(error))
        sys.exit(NO_APPLICATION)
    except SystemExit as end:
        say(f"The application ended itself while it was imported, by sys.exit({end.code!r}).")
        sys.exit(FAILED_START)


class ThreadWorker(GunicornThreadWorker):  # type: ignore[misc]
    """gunicorn's threads; with `threads = 1`, the one that imported the application."""

    def get_thread_pool(self) -> futures.Executor:
        """Return what runs requests."""
        if self.cfg.threads == 1:
            return ThisThread()
        return cast("futures.Executor", super().get_thread_pool())


class ThisThread(futures.Executor):
    """Runs everything at once, in the thread that asks for it."""

    def submit(self, fn: Any, *args: Any, **kwargs: Any) -> "futures.Future[Any]":  # type: ignore[override]
        """Run a function and return what it has returned or raised."""
        outcome: futures.Future[Any] = futures.Future()
        try:
            outcome.set_result(fn(*args, **kwargs))
        except Exception as error:
            outcome.set_exception(error)
        return outcome


def asgi_worker() -> Any:
    """Return the best worker class for ASGI that is installed; ends with a sentence if there is none."""
    if not hasattr(asyncio, "run"):
        # Python 3.6, where none of these workers starts.
        say("The application is ASGI, which takes Python 3.7 or newer: choose another image.")
        sys.exit(NO_APPLICATION)
    is_old = gunicorn.version_info < (25,)
    for module, name in ASGI_WORKERS[is_old:]:
        with contextlib.suppress(ImportError):
            return getattr(importlib.import_module(module), name)
    say(
        f"The application is ASGI, which gunicorn {gunicorn.__version__} cannot serve. On Python 3.10 or"
        " newer remove gunicorn's pin from the requirements; on an older one add `uvicorn` to them."
    )
    sys.exit(NO_APPLICATION)
