"""Sends a smoke request until the answer is as expected, or the time for that is over."""

import time

from endpoints.errors import ProjectError
from endpoints.smoke.request import SmokeRequest
from endpoints.smoke.way import NoAnswerError, Way

PAUSE_SECONDS = 0.5
"""How long to wait before the first retry; each pause is longer than the one before, up to the longest."""

LONGEST_PAUSE_SECONDS = 5.0


def check(endpoint: str, request: SmokeRequest, way: Way) -> None:
    """Return once the answer is as expected; `endpoint` is its address without the leading slash.

    Raises ProjectError with the last answer where none is in time.
    """
    began, pause = time.monotonic(), PAUSE_SECONDS
    while True:
        try:
            answer = way.send(request)
        except NoAnswerError as failure:
            found = f"no answer: {failure}"
        else:
            if request.expectation.is_met_by(answer):
                return
            found = answer.shown(tuple(request.secret_headers.values()))
        spent = time.monotonic() - began
        if spent + pause > request.retry_seconds:
            raise ProjectError(_failure(endpoint, request, found))
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)


def _failure(endpoint: str, request: SmokeRequest, found: str) -> str:
    return (
        f"{endpoint} does not pass its smoke request, and no alias is moved to it.\n"
        f"sent: {request}\n"
        f"expected: {request.expectation}\n"
        f"last answer within {request.retry_seconds:g} s: {found}\n"
        f"It stays where it is, to be looked at: python -m endpoints logs {endpoint}. Then mend the "
        "endpoint, or its smokeRequest in the stack file, and run pulumi up again."
    )
