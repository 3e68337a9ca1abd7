"""Answers Prometheus on a port of its own, so that it learns of a server whose threads are all busy."""

import signal
import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, Callable

from .page import CONTENT_TYPE

_NEVER = 3600.0
"""Seconds between looks at whether to stop, which a thread that ends with its process need not do."""


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket, for the master to make and all workers to share. OSError if it is taken."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen(16)
    return listener


def serve(listener: socket.socket, page: Callable[[], str]) -> None:
    """Answer every GET by `page` from a thread of this process, until that ends."""

    class Handler(BaseHTTPRequestHandler):
        timeout = 5.0

        def do_GET(self) -> None:
            body = page().encode()
            self.send_response(200)
            self.send_header("Content-Type", CONTENT_TYPE)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Write nothing: what happens every few seconds would drown the application's own output."""

    server = HTTPServer(listener.getsockname()[:2], Handler, bind_and_activate=False)
    server.socket.close()
    server.socket = listener

    def run() -> None:
        # Signals are for the main thread, which would not wake up from a wait if this one got them.
        signal.pthread_sigmask(signal.SIG_BLOCK, range(1, signal.NSIG))
        server.serve_forever(_NEVER)

    threading.Thread(target=run, name="metrics", daemon=True).start()
