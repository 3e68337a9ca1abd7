"""The socket at which the network plugin and health checks ask the agent."""

import json
import socketserver
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any


def serve(path: Path, answer: Callable[[Mapping[str, Any]], str | None]) -> socketserver.BaseServer:
    """Answer one line of JSON per connection, each in a thread of its own; `attachment.ask` is the other end.

    A socket that a killed predecessor has left is replaced.
    """

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            complaint = answer(json.loads(self.rfile.readline()))
            self.wfile.write(json.dumps({"complaint": complaint}).encode() + b"\n")

    path.unlink(missing_ok=True)
    server = socketserver.ThreadingUnixStreamServer(str(path), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, name="socket", daemon=True).start()
    return server
