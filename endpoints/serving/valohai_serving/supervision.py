"""Answers for the server's health, and Prometheus, where no request can keep them waiting."""

import os
import signal
import socket
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any, Callable, Optional, Tuple

from .failures import FAILED_START, say
from .memory import SharedMemory
from .page import CONTENT_TYPE, render

HEALTH_PATH = "/.valohai/health"
"""Answered by 200 while a worker has loaded the application, else by 503."""

ALIVE_PATH = "/.valohai/alive"
"""Answered by 200 while the master works, else by 503."""

DEFAULT_THREADS = 4
"""Requests that a worker of a WSGI application answers at a time: while one waits, others go on."""

MASTER_SECONDS = 30.0
"""How long a master may be silent, which looks after its workers every second, before it counts as stuck."""

CONTROL_GROUP = Path("/sys/fs/cgroup")
"""Where a container finds its own control group, in either version of the kernel's interface."""

_TEXT = "text/plain; charset=utf-8"

Answer = Tuple[int, str, str]
"""Status, type of the content, text."""


class Supervision:
    """Tells of the workers in `memory`, and of the master that looks after them, by HTTP.

    All of it runs in threads of the master: no request, no application and no worker can get in its way, and
    it falls silent with the master.
    """

    def __init__(self, memory: SharedMemory) -> None:
        self.memory = memory
        self._beat: Optional[float] = None

    def beat(self) -> None:
        """Note that the master works; from the first call on it has to be called again and again."""
        self._beat = time.monotonic()

    def rest(self) -> None:
        """Note that the master has something else to do, such as to end."""
        self._beat = None

    def health(self, path: str) -> Answer:
        """Answer a request to the port for health."""
        if path == ALIVE_PATH:
            silent = 0.0 if self._beat is None else time.monotonic() - self._beat
            if silent > MASTER_SECONDS:
                return 503, _TEXT, f"the server has not looked after its workers for {silent:.0f} s\n"
            return 200, _TEXT, "ok\n"
        if path != HEALTH_PATH:
            return 404, _TEXT, f"there is {HEALTH_PATH} and {ALIVE_PATH}\n"
        if not self.memory.is_ready:
            return 503, _TEXT, "no worker has loaded the application\n"
        return 200, _TEXT, "ok\n"

    def metrics(self, _path: str) -> Answer:
        """Answer Prometheus."""
        return 200, CONTENT_TYPE, render(self.memory)


def listening_socket(host: str, port: int) -> socket.socket:
    """Return a socket that listens on `host`, or on all interfaces where that is empty.

    Ends the process with a sentence if the port is taken.
    """
    host = host or every_interface()
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(64)
    except OSError as error:
        say(f"The server cannot listen on port {port}: {error.strerror}.")
        sys.exit(FAILED_START)
    return listener


def every_interface() -> str:
    """Return the address that means all interfaces: IPv6's, which takes IPv4 as well, where there is IPv6."""
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::", 0))
            # Where a node's administrator has set otherwise, that address means IPv6 alone.
            return "0.0.0.0" if probe.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY) else "::"
    except OSError:
        return "0.0.0.0"


class _Server(ThreadingMixIn, HTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """Write nothing of a client that has gone: the kubelet and Prometheus ask again."""


def answer_from_now_on(listener: socket.socket, answer: Callable[[str], Answer], name: str) -> None:
    """Answer every GET, by its path, from threads of this process until that ends.

    Each connection has a thread and five seconds, so that a silent one is in nobody's way.
    """

    class Handler(BaseHTTPRequestHandler):
        timeout = 5.0

        def do_GET(self) -> None:
            status, content_type, text = answer(self.path.partition("?")[0])
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Write nothing: what happens every few seconds would drown the application's own output."""

    server = _Server(listener.getsockname()[:2], Handler, bind_and_activate=False)
    server.socket.close()
    server.socket = listener

    def run() -> None:
        # Signals are for the main thread, which would not wake up from a wait if this one got them.
        signal.pthread_sigmask(signal.SIG_BLOCK, _signals())
        server.serve_forever(3600.0)

    threading.Thread(target=run, name=name, daemon=True).start()


def _signals() -> Any:
    """Return every signal's number; Python before 3.8 has no name for that."""
    return signal.valid_signals() if hasattr(signal, "valid_signals") else range(1, signal.NSIG)


def memory_limit(group: Path = CONTROL_GROUP) -> Optional[int]:
    """Return the bytes of memory that this container may use, None without a limit or a way to tell."""
    for name in ("memory.max", "memory/memory.limit_in_bytes"):
        try:
            limit = int((group / name).read_text(encoding="ascii"))
        except (OSError, ValueError):
            continue
        # Version 1 of the interface has a number without meaning where there is no limit.
        return limit if limit < 1 << 60 else None
    return None


def memory_of(process: int) -> int:
    """Return the bytes of memory that a process shares with no file and no other; 0 if that is not known."""
    try:
        _, resident, shared = Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[:3]
    except (OSError, ValueError):
        return 0
    return (int(resident) - int(shared)) * int(os.sysconf("SC_PAGE_SIZE"))


def workers_that_fit(wanted: int, each: int, limit: Optional[int]) -> int:
    """Return how many of the `wanted` workers of `each` bytes a limit has room for; at least one.

    A tenth of the limit is left for the master and for what requests need.
    """
    if not each or limit is None:
        return wanted
    return max(1, min(wanted, int(limit * 0.9) // each))
