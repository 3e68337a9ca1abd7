"""What takes a request to an endpoint, whichever way."""

import time
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from endpoints.smoke.request import Answer, SmokeRequest

MOST_BYTES = 10 * 1024**2
"""How much of an answer is read."""

CHUNK = 64 * 1024
"""How much is read before the time is looked at."""


class NoAnswerError(Exception):
    """Nothing answered; the text says why."""


class Way(Protocol):
    """Takes a request to an endpoint."""

    def send(self, request: SmokeRequest) -> Answer:
        """Return the answer; raises NoAnswerError where there is none in time."""


def read(chunks: Iterator[bytes], deadline: float) -> bytes:
    """Return what is read until `deadline` on the monotonic clock; raises NoAnswerError if more is due."""
    body = b""
    for chunk in chunks:
        body += chunk
        if len(body) >= MOST_BYTES:
            break
        if time.monotonic() > deadline:
            raise NoAnswerError("the answer began, and did not end in time")
    return body


def innermost(error: BaseException) -> str:
    """Return the innermost reason, which says what went wrong without the names of Python's objects."""
    inner: BaseException = error
    while isinstance(deeper := _reason(inner), BaseException):
        inner = deeper
    said = (inner.strerror if isinstance(inner, OSError) else None) or str(inner).rpartition(">: ")[2]
    text = said or type(inner).__name__
    return text[:1].lower() + text[1:]


def _reason(error: BaseException) -> BaseException | None:
    causes: Sequence[Any] = (getattr(error, "reason", None), error.__cause__, *error.args[:1])
    return next((cause for cause in causes if isinstance(cause, BaseException)), None)
