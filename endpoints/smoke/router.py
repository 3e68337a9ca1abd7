"""The way to an endpoint through its router."""

import time

import requests

from endpoints.smoke.request import Answer, SmokeRequest
from endpoints.smoke.way import CHUNK, NoAnswerError, innermost, read


class RouterWay:
    """The way of everybody's requests: name, certificate, router and prefix have to be right, too.

    Redirects are answers, and are not followed.
    """

    def send(self, request: SmokeRequest) -> Answer:
        """Return the answer; raises NoAnswerError where there is none in time."""
        if not request.url.startswith("http"):
            raise NoAnswerError("the stack's routing has no host; add it, or set via: pod")
        deadline = time.monotonic() + request.timeout_seconds
        try:
            with requests.request(
                request.method,
                request.url,
                headers=dict(request.all_headers),
                data=request.body,
                timeout=request.timeout_seconds,
                allow_redirects=False,
                stream=True,
                auth=_as_given,
            ) as answer:
                body = read(answer.iter_content(CHUNK), deadline)
                return Answer(answer.status_code, answer.reason or "", body)
        except requests.Timeout:
            raise NoAnswerError(f"none within {request.timeout_seconds:g} s") from None
        except requests.RequestException as error:
            raise NoAnswerError(innermost(error)) from None


def _as_given(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Add no credentials; without this those of ~/.netrc would take the place of a header."""
    return request
