"""Serves by gunicorn: its settings, its master and its workers, as they come, with a few words on top."""

import os
import signal
import socket
import struct
import sys
import time
from argparse import Namespace
from pathlib import Path
from typing import Any, Callable, Dict, Optional

from gunicorn.app.base import Application
from gunicorn.arbiter import Arbiter
from gunicorn.errors import HaltServer
from gunicorn.glogging import Logger
from gunicorn.workers.gthread import ThreadWorker as GunicornThreadWorker

from .application import load
from .asgi import AsgiApplication
from .failures import (
    DYING_WORKERS,
    FAILED_START,
    NO_APPLICATION,
    NoApplicationError,
    log,
    say,
    too_late,
)
from .measurement import Observer
from .metadata import observe_metadata
from .supervision import (
    DEFAULT_THREADS,
    Supervision,
    every_interface,
    memory_limit,
    memory_of,
    workers_that_fit,
)

MOST_DEATHS = 10
DEATHS_SECONDS = 60.0
"""Workers that end by themselves so often in that time are not replaced any more: Kubernetes starts the pod
anew, less and less often, and tells of it."""

ACCESS_LOG_FORMAT = '%(h)s "%(r)s" %(s)s %(B)s %(M)sms "%(a)s"'

OF_THE_POD: Dict[str, Any] = {
    "daemon": False,
    "pidfile": None,
    "user": os.geteuid(),
    "group": os.getegid(),
    "errorlog": "-",
    "syslog": False,
    "reload": False,
    "certfile": None,
    "keyfile": None,
    "reuse_port": False,
}
"""Settings that projects have for other machines, with what a container makes of them: the server stays in
the foreground as the image's user, writes where Kubernetes reads, and the router ends TLS."""

OF_THE_ROUTER: Dict[str, Any] = {
    "forwarded_allow_ips": "*",
    "secure_scheme_headers": {},
    "forwarder_headers": "",
    "header_map": "drop",
    "proxy_protocol": False,
    "proxy_allow_ips": "",
}
"""What decides whom headers are believed from: `WsgiApplication` and `AsgiApplication` alone do, the same way
on every server. A header whose name has an underscore could pass for another, and is dropped."""


def serve(options: Namespace, supervision: Supervision) -> None:
    """Serve until told to stop; does not return."""
    server = Server(options, supervision)
    try:
        Master(server).run()
    except NoApplicationError as error:
        say(str(error))
        sys.exit(NO_APPLICATION)


class Server(Application):  # type: ignore[misc]
    """gunicorn with the settings that agree with the pod, and with those that a project may choose.

    A project chooses by a gunicorn.conf.py in its root, or by GUNICORN_CMD_ARGS in the endpoint's
    environment.
    """

    def __init__(self, options: Namespace, supervision: Supervision) -> None:
        self.options = options
        self.supervision = supervision
        self.access_log = "text"
        super().__init__(prog="gunicorn")

    def load_config(self) -> None:
        """Read all settings, once at the start and again at a reload; the last one wins."""
        self.access_log = os.environ.get("VALOHAI_ACCESS_LOG", "text")
        self._set("worker_class", "valohai_serving.gunicorn_workers.Worker")
        self._set("threads", DEFAULT_THREADS)
        # On a disk a slow write of the heartbeat gets a busy worker killed.
        self._set("worker_tmp_dir", "/dev/shm" if Path("/dev/shm").is_dir() else None)
        self._set("access_log_format", ACCESS_LOG_FORMAT)
        parser = self.cfg.parser()
        given = parser.parse_args(self.cfg.get_cmd_args_from_env())
        # As gunicorn does by itself: a file that is named replaces the one in the root.
        if given.config or Path("gunicorn.conf.py").is_file():
            self.load_config_from_file(given.config or "gunicorn.conf.py")
        for name, value in vars(given).items():
            if value is not None and name != "args":
                self._set(name, value)
        self._hold_contract()
        self.chdir()
        for path in filter(None, (self.cfg.pythonpath or "").split(",")):
            sys.path.insert(0, str(Path(path).resolve()))

    def load(self) -> Any:
        """Import the application; gunicorn calls it once in each worker."""
        return load(self.options.target)

    def _set(self, name: str, value: Any) -> None:
        # Older versions of gunicorn do not have all of them.
        if name.lower() in self.cfg.settings:
            self.cfg.set(name.lower(), value)

    def _hold_contract(self) -> None:
        options = self.options
        for name, value in OF_THE_POD.items():
            if name in self.cfg.settings and self.cfg.settings[name].get() != value:
                log.warning("gunicorn's setting %s is left out: it has no meaning in a container", name)
                self._set(name, value)
        for name, value in OF_THE_ROUTER.items():
            self._set(name, value)
        host = options.host or every_interface()
        self._set("bind", f"[{host}]:{options.port}" if ":" in host else f"{host}:{options.port}")
        self._set("keepalive", options.keep_alive)
        self._set("graceful_timeout", options.graceful_timeout)
        # The master decides about time-outs: `Master.murder_workers`.
        self._set("timeout", options.startup_timeout)
        if options.threads is not None:
            self._set("threads", options.threads)
        # Nothing in the pod uses it, and it needs a writable home.
        self._set("control_socket_disable", True)
        # Requests are logged as on every server, unless a project has a form of its own.
        if self.cfg.access_log_format == ACCESS_LOG_FORMAT or self.access_log == "none":
            self._set("accesslog", None)
        else:
            self.access_log = "none"
            self._set("accesslog", "-")
        if self.cfg.logger_class is Logger:
            self._set("logger_class", QuietLogger)
        hooks = Hooks(self)
        for name in ("pre_fork", "post_fork", "post_worker_init", "worker_exit", "child_exit", "pre_request"):
            self._set(name, _both(getattr(hooks, name), self.cfg.settings[name].get()))


class Hooks:
    """What gunicorn calls: the first and the last but one in the master, the others in a worker."""

    def __init__(self, server: Server) -> None:
        self.memory = server.supervision.memory
        self.access_log = server.access_log
        self.is_measured = "VALOHAI_METRICS_PORT" in os.environ

    def pre_fork(self, server: Any, worker: Any) -> None:
        """Give the new worker a place for its state and its counters."""
        worker.valohai_block = self.memory.take()
        if worker.valohai_block is None:
            server.log.warning("There are too many workers: nothing is known of this one")

    def post_fork(self, _server: Any, worker: Any) -> None:
        """Begin to look at the output, before the application is imported."""
        if worker.valohai_block is not None:
            worker.valohai_block.start()
            if self.is_measured:
                observe_metadata(worker.valohai_block.observe)

    def post_worker_init(self, worker: Any) -> None:
        """Note that the application is imported; of an ASGI application, that it has started."""
        application, block = worker.app.wsgi(), worker.valohai_block
        application.begin(Observer(self.access_log, block if self.is_measured else None))
        if block is None:
            return
        if not isinstance(application, AsgiApplication):
            # A project may choose another worker, to which gunicorn's setting means nothing.
            block.threads = worker.cfg.threads if isinstance(worker, GunicornThreadWorker) else 0
            block.ready()
        elif application.lifespan.is_started:
            block.ready()
        else:
            application.lifespan.on_start.append(block.ready)

    def worker_exit(self, _server: Any, worker: Any) -> None:
        """Note that this worker ends, and was not killed."""
        if worker.valohai_block is not None and not worker.aborted:
            worker.valohai_block.end()

    def child_exit(self, server: Any, worker: Any) -> None:
        """Note that a worker has ended."""
        if not self.memory.leave(worker.valohai_block):
            server.deaths.append(time.monotonic())

    @staticmethod
    def pre_request(worker: Any, request: Any) -> None:
        """Keep gunicorn from taking SCRIPT_NAME out of the path: `WsgiApplication` does, for every prefix.

        gunicorn reads the variable on every request and answers a path that does not begin with it by 500.
        The last header named SCRIPT_NAME wins over the variable and over what a client sent.
        """
        if not hasattr(worker, "asgi"):
            request.headers.append(("SCRIPT_NAME", ""))


class QuietLogger(Logger):  # type: ignore[misc]
    """gunicorn's log, in which a client that stands still is no mistake of anybody's."""

    def exception(self, msg: Any, *args: Any, **kwargs: Any) -> None:
        """Log an exception with its traceback."""
        if isinstance(sys.exc_info()[1], BlockingIOError):
            self.info("A client stood still in the middle of its request; its connection is closed")
        else:
            super().exception(msg, *args, **kwargs)


class Master(Arbiter):  # type: ignore[misc]
    """gunicorn's master, which begins with one worker and looks at its size before it starts others."""

    def __init__(self, server: Server) -> None:
        self.options = server.options
        self.supervision = server.supervision
        self.memory = server.supervision.memory
        self.deaths: list[float] = []
        self.begun = time.monotonic()
        super().__init__(server)
        self.wanted = int(server.cfg.workers)
        self.num_workers: int = 1

    def start(self) -> None:
        """Listen, such that a client that stands still is let go."""
        super().start()
        seconds = self.options.client_timeout
        limit = struct.pack("ll", seconds, 0)
        for listener in self.LISTENERS:
            # Accepted connections inherit these; no worker is told of one before its first bytes are there.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, seconds)

    def murder_workers(self) -> None:
        """Look after the workers, about once a second."""
        self.supervision.beat()
        options = self.options
        is_ready = self.memory.is_ready
        if is_ready and self.wanted > self.num_workers:
            self._start_the_others()
        elif not self.memory.was_ready and time.monotonic() - self.begun > options.startup_timeout:
            self._halt(too_late(options.startup_timeout), FAILED_START)
        self._count_deaths()
        all_ready = all(block.is_ready for block in self.memory.used() if block.is_alive)
        self.timeout = options.worker_timeout if all_ready else options.startup_timeout
        super().murder_workers()

    def stop(self, graceful: bool = True) -> None:
        """End the workers; may take as long as the last request."""
        self.supervision.rest()
        super().stop(graceful)

    def _start_the_others(self) -> None:
        first = next((block.process for block in self.memory.used() if block.is_ready), 0)
        each, limit = memory_of(first), memory_limit()
        self.num_workers = workers_that_fit(self.wanted, each, limit)
        if self.num_workers < self.wanted:
            log.warning(
                "%d of %d workers are started: one takes %d MB of the %d MB that the container may use. Raise"
                " resources.memory.max for more",
                self.num_workers,
                self.wanted,
                each // 10**6,
                (limit or 0) // 10**6,
            )
        self.wanted = self.num_workers

    def _count_deaths(self) -> None:
        now = time.monotonic()
        self.deaths = [death for death in self.deaths if now - death < DEATHS_SECONDS]
        if len(self.deaths) >= (MOST_DEATHS if self.memory.was_ready else 3):
            self._halt(
                f"{len(self.deaths)} workers have ended by themselves within {DEATHS_SECONDS:.0f} s. They"
                " crash, or the kernel kills them for memory: if so, raise resources.memory.max, or"
                " set fewer workers by WEB_CONCURRENCY in the endpoint's environment.",
                DYING_WORKERS,
            )

    def _halt(self, text: str, status: int) -> None:
        # They do not listen to anything else while they import or compute.
        if not self.memory.is_ready:
            self.kill_workers(signal.SIGKILL)
        say(text)
        raise HaltServer(text, status)


def _both(first: Callable[..., None], second: Optional[Callable[..., None]]) -> Callable[..., None]:
    """Return a hook that runs ours and the project's, as gunicorn counts its arguments."""
    if first.__name__ == "pre_request":

        def before(worker: Any, request: Any) -> None:
            first(worker, request)
            if second is not None:
                second(worker, request)

        return before
    if first.__name__ == "post_worker_init":

        def initialised(worker: Any) -> None:
            first(worker)
            if second is not None:
                second(worker)

        return initialised

    def both(server: Any, worker: Any) -> None:
        try:
            first(server, worker)
        finally:
            if second is not None:
                second(server, worker)

    return both
