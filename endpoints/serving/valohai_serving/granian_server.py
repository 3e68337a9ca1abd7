"""Serves by Granian, whose Rust reads requests and writes answers: https://github.com/emmett-framework/granian."""

import asyncio
import contextlib
import fcntl
import importlib
import logging
import multiprocessing
import os
import re
import signal
import socket
import sys
import threading
import time
from argparse import Namespace
from multiprocessing.sharedctypes import RawValue
from pathlib import Path
from typing import Any

from .application import load
from .asgi import AsgiApplication
from .failures import (
    FAILED_START,
    LOG_FORM,
    LOG_TIME,
    NO_APPLICATION,
    BrokenAnswerError,
    NoApplicationError,
    log,
    say,
    too_late,
)
from .measurement import Observer
from .memory import Block, SharedMemory
from .metadata import observe_metadata
from .supervision import DEFAULT_THREADS, Supervision, every_interface

OTHER_INTERFACE = 75
"""How a worker ends that finds the other kind of application than the one that was expected."""

_END_SECONDS = 2.0
"""How long a worker that cannot serve waits for the master's signal, which may have come too early."""

_LOOKS_LIKE_ASGI = re.compile(
    r"\b(FastAPI|Starlette|Quart|get_asgi_application|Litestar)\b|async def \w+\(scope"
)


def serve(options: Namespace, supervision: Supervision) -> None:
    """Serve until told to stop; does not return."""
    try:
        importlib.import_module("granian")
    except ImportError:
        say(
            "The stack file asks for `server: granian`, which is not installed: it takes Python 3.10 or newer"
            " and a processor and C library that Granian has a wheel for. Choose another image, or gunicorn."
        )
        sys.exit(NO_APPLICATION)
    # Workers inherit the memory that they share with the master.
    multiprocessing.set_start_method("fork", force=True)
    kinds = ["asgi", "wsgi"] if looks_like_asgi(options.target) else ["wsgi", "asgi"]
    for kind in kinds:
        master = Master(options, supervision, kind)
        master.run()
        if not master.is_other_kind:
            sys.exit(master.status)
    sys.exit(FAILED_START)


def looks_like_asgi(target: str) -> bool:
    """Guess from the module's text, since Granian wants to know before anything is imported.

    A wrong guess costs the time of one more import.
    """
    file = Path(*target.partition(":")[0].split("."))
    for path in (file.with_suffix(".py"), file / "__init__.py"):
        if path.is_file():
            return bool(_LOOKS_LIKE_ASGI.search(path.read_text(encoding="utf-8", errors="replace")))
    return False


class Master:
    """Starts Granian for one kind of application and looks after its workers."""

    def __init__(self, options: Namespace, supervision: Supervision, kind: str) -> None:
        self.options = options
        self.supervision = supervision
        self.memory: SharedMemory = supervision.memory
        self.kind = kind
        self.threads = options.threads or DEFAULT_THREADS
        self.status = 0
        self.is_other_kind = False
        self.access_log = os.environ.get("VALOHAI_ACCESS_LOG", "text")
        self.is_measured = "VALOHAI_METRICS_PORT" in os.environ
        # Not locks of `multiprocessing`, which a worker that is killed would keep for ever.
        self._claims = os.memfd_create("claims")
        self._fate = RawValue("i", 0)
        self._ended = threading.Event()

    def run(self) -> None:
        """Serve until told to stop, or until there is nothing to serve."""
        from granian import Granian
        from granian.constants import Interfaces
        from granian.http import HTTP1Settings

        options = self.options
        wsgi = self.kind == "wsgi"
        server = Granian(
            options.target,
            address=options.host or every_interface(),
            port=options.port,
            interface=Interfaces.RSGI if wsgi else Interfaces.ASGI,
            workers=int(os.environ.get("WEB_CONCURRENCY", "1")),
            websockets=not wsgi,
            # An idle connection waits for its next request's headers.
            http1_settings=HTTP1Settings(header_read_timeout=options.keep_alive * 1000),
            respawn_failed_workers=True,
            workers_kill_timeout=options.graceful_timeout,
            log_dictconfig={
                "formatters": {
                    name: {"()": "logging.Formatter", "fmt": LOG_FORM, "datefmt": LOG_TIME}
                    for name in ("generic", "access")
                }
            },
        )
        threading.Thread(target=self._watch, name="workers", daemon=True).start()
        try:
            server.serve(target_loader=self._load, wrap_loader=False)
        except SystemExit as end:
            self.status = int(end.code or 0)
        self._ended.set()
        fate = int(self._fate.value)
        self.is_other_kind = fate == OTHER_INTERFACE
        self.status = fate or self.status

    def _load(self) -> Any:
        """Return the application; called by Granian once in each worker."""
        _end_on_signals()
        for handler in logging.getLogger("_granian").handlers:
            handler.addFilter(_is_news)
        fcntl.lockf(self._claims, fcntl.LOCK_EX)
        block = self.memory.take()
        fcntl.lockf(self._claims, fcntl.LOCK_UN)
        if block is not None:
            block.start()
            if self.is_measured:
                observe_metadata(block.observe)
        try:
            application = load(self.options.target)
        except NoApplicationError as error:
            self._end(NO_APPLICATION, str(error))
        except SystemExit as end:
            self._end(
                FAILED_START,
                f"The application ended itself while it was imported, by sys.exit({end.code!r}).",
            )
        except Exception as error:
            log.error("Error while the application was imported", exc_info=error)
            self._end(FAILED_START, f"{type(error).__name__}: {error}")
        if isinstance(application, AsgiApplication) != (self.kind == "asgi"):
            self._end(OTHER_INTERFACE, "")
        log.info("Serving %s with Granian", self.kind.upper())
        application.begin(Observer(self.access_log, block if self.is_measured else None))
        if block is not None:
            if isinstance(application, AsgiApplication):
                application.lifespan.on_start += [lambda: _beat(block), lambda: self._be_ready(block)]
                application.lifespan.on_failure.append(
                    lambda reason: self._end(
                        FAILED_START, f"The application's lifespan could not start: {reason}"
                    )
                )
            else:
                block.threads = self.threads
                self._be_ready(block)
        if isinstance(application, AsgiApplication):
            return application
        # Imports Granian, which is not there where it is not asked for.
        from .rsgi import RsgiApplication

        return RsgiApplication(application, self.threads, self.options.client_timeout)

    def _be_ready(self, block: Block) -> None:
        """Note that the worker is ready as soon as Granian listens, which it does not tell."""
        address = (self.options.host or "localhost", self.options.port)

        def wait() -> None:
            while True:
                with contextlib.suppress(OSError), socket.create_connection(address, timeout=1.0):
                    block.ready()
                    return
                time.sleep(0.02)

        threading.Thread(target=wait, name="ready", daemon=True).start()

    def _end(self, status: int, text: str) -> None:
        """Let the master end the server, from a worker that cannot serve.

        Of several such workers one tells it. Granian's handler of the signal takes a lock that it waits for
        without end where a second signal finds it at work.
        """
        fcntl.lockf(self._claims, fcntl.LOCK_EX)
        is_first = self._fate.value == 0
        self._fate.value = status
        fcntl.lockf(self._claims, fcntl.LOCK_UN)
        if text:
            say(text)
        _end_on_signals()
        if is_first:
            os.kill(os.getppid(), signal.SIGTERM)
        # One that ended before the master does would be replaced.
        time.sleep(_END_SECONDS)
        os._exit(status)

    def _watch(self) -> None:
        """Look after the workers, as gunicorn's master does; runs in a thread of its own."""
        begun = time.monotonic()
        while not self._ended.wait(0.5):
            for block in list(self.memory.used()):
                if block.is_alive and block.process and not _lives(block.process):
                    self.memory.leave(block)
                elif block.is_ready and block.quiet_seconds > self.options.worker_timeout:
                    log.critical("WORKER TIMEOUT (pid:%s)", block.process)
                    os.kill(block.process, signal.SIGKILL)
            limit = self.options.startup_timeout
            if not self.memory.is_ready and not self.memory.was_ready and time.monotonic() - begun > limit:
                say(too_late(limit))
                os._exit(FAILED_START)


def _beat(block: Block) -> None:
    """Note from now on that the event loop of an ASGI application is not stuck."""
    loop = asyncio.get_event_loop()

    def beat() -> None:
        block.beat()
        loop.call_later(1.0, beat)

    beat()


def _is_news(record: logging.LogRecord) -> bool:
    """Leave out of Granian's log what this package has said already."""
    return BrokenAnswerError.__name__ not in record.getMessage()


def _end_on_signals() -> None:
    """Let signals end this worker, which has inherited the master's own way with them."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True
