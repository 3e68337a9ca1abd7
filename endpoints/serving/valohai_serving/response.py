"""gunicorn's response, whose head does not travel alone."""

from typing import Any, List

from gunicorn.http import wsgi


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


def use_for_every_request() -> None:
    """Let gunicorn make this response, for which it has no setting."""
    wsgi.Response = Response
