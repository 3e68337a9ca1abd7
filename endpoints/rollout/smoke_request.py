"""Sends an endpoint's smoke request, by the router or to a pod, and judges the answer."""

import http.client
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlsplit

import requests

from endpoints.cluster.api import Api, Object, RefusedError, UnreachableError, selecting
from endpoints.cluster.forward import forwarded
from endpoints.errors import ProjectError
from endpoints.plan.smoke_request import SmokeRequest

MOST_BYTES = 10 * 1024**2
"""How much of an answer is read."""

CHUNK = 64 * 1024
"""How much is read before the time is looked at."""


SHOWN_CHARACTERS = 300
"""How much of a wrong answer's body an error shows: the beginning of a traceback, or of a page of HTML."""


@dataclass(frozen=True)
class Answer:
    """What came back: the status with its phrase, and the body as it was sent."""

    status: int
    reason: str
    body: bytes = field(repr=False)

    def shown(self, hidden: Sequence[str]) -> str:
        """Return status and beginning of the body for people, without the texts that are `hidden`.

        An application may repeat what it was sent.
        """
        text = self.body.decode(errors="replace")
        for secret in filter(None, hidden):
            text = text.replace(secret, "[secret]")
        # No character may move the cursor of the user's terminal.
        text = "".join(sign if sign.isprintable() or sign == "\n" else " " for sign in text).strip()
        cut = f"{text[:SHOWN_CHARACTERS]}..." if len(text) > SHOWN_CHARACTERS else text
        return f"{self.status} {self.reason}".rstrip() + (f":\n{cut}" if cut else ", without a body")


class NoAnswerError(Exception):
    """Nothing answered; the text says why."""


class Transport(Protocol):
    """Takes a request to an endpoint whose URL begins with `base_url`."""

    @property
    def base_url(self) -> str:
        """Scheme and host of the router."""

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
            raise NoAnswerError("the response started but did not end in time")
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


@dataclass(frozen=True)
class RouterTransport:
    """The way of everybody's requests: name, certificate, router and prefix have to be right, too.

    Redirects are answers, and are not followed.
    """

    base_url: str

    def send(self, request: SmokeRequest) -> Answer:
        """Return the answer; raises NoAnswerError where there is none in time."""
        if not self.base_url.startswith("http"):
            raise NoAnswerError("the stack's routing has no host; add it, or set via: pod")
        deadline = time.monotonic() + request.timeout_seconds
        try:
            with requests.request(
                request.method,
                request.url(self.base_url),
                headers=request.all_headers,
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


@dataclass(frozen=True)
class PodTransport:
    """A connection that the API server forwards to `port` of a ready pod, past the router.

    It works wherever a deployment does. `selector` finds the pods in the namespace.
    """

    base_url: str
    api: Api
    namespace: str
    selector: Mapping[str, str]
    port: int

    def send(self, request: SmokeRequest) -> Answer:
        """Return the answer; raises NoAnswerError where there is none in time."""
        deadline = time.monotonic() + request.timeout_seconds
        connection = http.client.HTTPConnection(urlsplit(self.base_url).netloc or "localhost")
        try:
            pod = self._ready_pod(_left(deadline))
            with forwarded(self.api, self.namespace, pod, self.port, _left(deadline)) as connected:
                connected.settimeout(_left(deadline))
                connection.sock = connected
                connection.request(request.method, request.path_at_pod, request.body, request.all_headers)
                answer = connection.getresponse()
                body = read(iter(lambda: answer.read(CHUNK), b""), deadline)
                return Answer(answer.status, answer.reason, body)
        except RefusedError as refused:
            text = (
                f"the API server does not forward the port ({refused}); the account needs the "
                "permissions get and create for"
            )
            raise NoAnswerError(f"{text} pods/portforward, and list for pods") from None
        except UnreachableError as failure:
            raise NoAnswerError(f"the API server does not answer: {failure}") from None
        except TimeoutError:
            raise NoAnswerError(f"none within {request.timeout_seconds:g} s") from None
        except (OSError, http.client.HTTPException) as error:
            raise NoAnswerError(innermost(error)) from None

    def _ready_pod(self, seconds: float) -> str:
        """Return the name of the newest pod that serves requests and goes on doing so."""
        pods = selecting(f"/api/v1/namespaces/{self.namespace}/pods", labels=self.selector)
        listed = self.api.read(pods, seconds) or {}
        ready = [pod for pod in listed.get("items", ()) if _is_ready(pod)]
        if not ready:
            raise NoAnswerError(f"no pod is ready in the namespace {self.namespace}")
        return str(max(ready, key=lambda pod: pod["metadata"]["creationTimestamp"])["metadata"]["name"])


def _is_ready(pod: Object) -> bool:
    conditions = pod.get("status", {}).get("conditions") or ()
    is_ready = any(condition["type"] == "Ready" and condition["status"] == "True" for condition in conditions)
    return is_ready and "deletionTimestamp" not in pod["metadata"]


def _left(deadline: float) -> float:
    """Return the seconds until `deadline` on the monotonic clock; raises TimeoutError where none are left."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


PAUSE_SECONDS = 0.5
"""How long to wait before the first retry; each pause is longer than the one before, up to the longest."""

LONGEST_PAUSE_SECONDS = 5.0


def check(endpoint: str, request: SmokeRequest, transport: Transport) -> None:
    """Return once the answer is as expected; `endpoint` is its address without the leading slash.

    Raises ProjectError with the last answer where none is in time.
    """
    began, pause = time.monotonic(), PAUSE_SECONDS
    while True:
        try:
            answer = transport.send(request)
        except NoAnswerError as failure:
            found = f"no answer: {failure}"
        else:
            if request.expectation.is_met_by(answer.status, answer.body):
                return
            hidden = [value.get_secret_value() for value in request.secret_headers.values()]
            found = answer.shown(hidden)
        spent = time.monotonic() - began
        if spent + pause > request.retry_seconds:
            raise ProjectError(_failure(endpoint, request, transport.base_url, found))
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)


def _failure(endpoint: str, request: SmokeRequest, base_url: str, found: str) -> str:
    return (
        f"{endpoint} failed its smoke request, and no alias is moved to it.\n"
        f"sent: {request.method} {request.url(base_url)}\n"
        f"expected: {request.expectation}\n"
        f"last answer within {request.retry_seconds:g} s: {found}\n"
        "The endpoint keeps running, so that you can inspect it: python -m endpoints logs "
        f"{endpoint}. Then fix the endpoint, or its smokeRequest in the stack file, and run pulumi "
        "up again."
    )
