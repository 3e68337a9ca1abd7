"""What is written down of each answered request: a line on standard output, and Prometheus' counters."""

import contextlib
import datetime
import json
import os
import time
from typing import Dict, Optional
from urllib.parse import quote

from .memory import Block

GONE = 499
"""The status of a request whose client has left before the answer; nginx has this number for it."""

_SAFE = "!#$%&'()*+,/:;=?@[]-._~"
"""What a URL consists of; anything else would let a client write lines of its own."""


class Request:
    """One request, from its arrival to the end of its answer."""

    __slots__ = ("agent", "begun", "caller", "client", "key", "measured", "method", "target", "version")

    def __init__(
        self, method: str, target: str, version: str, client: str, agent: str, measured: bool
    ) -> None:
        self.method = method
        self.target = target
        self.version = version
        self.client = client
        self.agent = agent
        self.measured = measured
        self.key: Optional[str] = None
        """Name of the API key that let it in."""
        self.caller: Optional[str] = None
        """Who has sent the token that let it in; in the log alone, since callers have no bound."""
        self.begun = time.perf_counter()


class Observer:
    """Writes a line for each request, in the `access_log`'s form, and counts it in a worker's `block`.

    `access_log` is `text`, `json` (one object a line) or `none`. `block` is None where nothing is measured.
    """

    def __init__(self, access_log: str = "none", block: Optional[Block] = None) -> None:
        self.access_log = access_log
        self.block = block
        self.is_active = access_log != "none" or block is not None

    def begin(self, request: Request) -> None:
        """Note that a request has come; every one is to be finished, once."""
        if self.block is not None and request.measured:
            self.block.begin()

    def finish(self, request: Request, status: int, sent: int) -> None:
        """Note that a request has been answered by `sent` bytes of body."""
        seconds = time.perf_counter() - request.begun
        if self.block is not None and request.measured:
            self.block.finish(request.method, status, seconds, request.key)
        if self.access_log == "json":
            self._write(json.dumps(_entry(request, status, sent, seconds)))
        elif self.access_log == "text":
            agent = request.agent.replace("\\", "\\\\").replace('"', '\\"')
            named = request.key or request.caller
            caller = request.client if named is None else f"{request.client} {named}"
            self._write(f'{caller} "{_line(request)}" {status} {sent} {int(seconds * 1000)}ms "{agent}"')

    @staticmethod
    def _write(line: str) -> None:
        # In one piece, past the buffers that threads and processes would share. An answer does not fail
        # because nobody reads the log.
        with contextlib.suppress(OSError):
            os.write(1, (line.replace("\n", "\\n").replace("\r", "\\r") + "\n").encode("utf-8", "replace"))


def _entry(request: Request, status: int, sent: int, seconds: float) -> Dict[str, object]:
    named = {"key": request.key, "caller": request.caller}
    return {
        "time": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds"),
        "remote": request.client,
        **{name: value for name, value in named.items() if value is not None},
        "request": _line(request),
        "status": status,
        "bytes": sent,
        "seconds": round(seconds, 6),
        "agent": request.agent,
    }


def _line(request: Request) -> str:
    return f"{request.method} {quote(request.target, _SAFE)} {request.version}"
