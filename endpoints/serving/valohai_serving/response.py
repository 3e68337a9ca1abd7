"""gunicorn's response, whose head does not travel alone and whose date is written once a second."""

import functools
import time
from typing import Any, List, Optional

from gunicorn import util
from gunicorn.http import wsgi

_date_of_second = functools.lru_cache(maxsize=1)(util.http_date)


class Response(wsgi.Response):  # type: ignore[misc]
    """Sends the head together with the first piece of the body.

    gunicorn sends them one after the other: a system call and a packet more, and the router wakes up twice.
    """

    sock: Any

    def write(self, arg: Any) -> None:
        """Send a piece of the body, after the head if that is not sent yet."""
        if self.headers_sent:
            super().write(arg)
            return
        connection, pieces = self.sock, _Pieces()
        self.sock = pieces
        try:
            super().write(arg)
        finally:
            self.sock = connection
            connection.sendall(b"".join(pieces.sent))


class _Pieces:
    """What would have been sent."""

    def __init__(self) -> None:
        self.sent: List[bytes] = []

    def sendall(self, data: bytes) -> None:
        self.sent.append(data)


def http_date(timestamp: Optional[float] = None) -> str:
    """Return a time, now by default, as the header `Date` has it, which tells whole seconds."""
    date: str = _date_of_second(int(time.time() if timestamp is None else timestamp))
    return date


def use_for_every_request() -> None:
    """Let gunicorn make this response and date it, for which it has no setting."""
    wsgi.Response = Response
    util.http_date = http_date
