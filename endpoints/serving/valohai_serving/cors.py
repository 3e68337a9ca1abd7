"""Lets web pages of other origins call the endpoint: https://fetch.spec.whatwg.org/#http-cors-protocol."""

import json
import os
from typing import Any, Awaitable, Callable, Dict, Iterable, List, Optional, Tuple

from .failures import NoApplicationError

VARIABLE = "VALOHAI_CORS"
"""Holds a JSON object: `origins`, `methods` and `headers` are lists, `credentials` a boolean, `maxAge`
seconds."""

Headers = List[Tuple[str, str]]


class Cors:
    """Which pages may call, and what browsers are told."""

    def __init__(
        self, origins: List[str], methods: List[str], headers: List[str], credentials: bool, max_age: int
    ) -> None:
        self._origins = frozenset(origins)
        self._methods = ", ".join(methods)
        self._headers = ", ".join(headers)
        self._credentials = credentials
        self._max_age = str(max_age)

    def granted(self, origin: str) -> Headers:
        """Return the headers of an answer to a page of the origin; of others only that it depends on it."""
        headers = [("Vary", "Origin")]
        if "*" in self._origins:
            headers = [("Access-Control-Allow-Origin", "*")]
        elif origin in self._origins:
            headers.append(("Access-Control-Allow-Origin", origin))
        else:
            return headers
        if self._credentials:
            headers.append(("Access-Control-Allow-Credentials", "true"))
        return headers

    def preflight(self, method: str, origin: str, asked: str) -> Optional[Headers]:
        """Return the headers of the answer to a preflight request, None where it is another request.

        `origin` and `asked` are its headers Origin and Access-Control-Request-Method.
        """
        if method != "OPTIONS" or not origin or not asked:
            return None
        granted = self.granted(origin)
        if not any(name == "Access-Control-Allow-Origin" for name, _ in granted):
            return granted
        return [
            *granted,
            ("Access-Control-Allow-Methods", self._methods),
            ("Access-Control-Allow-Headers", self._headers),
            ("Access-Control-Max-Age", self._max_age),
        ]


def cors() -> Optional[Cors]:
    """Return what the environment tells, None where the application sees to it, if anybody does.

    Raises NoApplicationError for a variable that is not understood.
    """
    told = os.environ.get(VARIABLE)
    if told is None:
        return None
    try:
        return Cors(**json.loads(told))
    except (ValueError, TypeError):
        text = f"The variable {VARIABLE} is not understood: set `cors` in the stack file."
        raise NoApplicationError(text) from None


def _added(headers: Headers, granted: Headers) -> Headers:
    """Return an answer's headers with ours, but for those that the application sets itself."""
    own = {name.lower() for name, _ in headers}
    return [*headers, *(item for item in granted if item[0] == "Vary" or item[0].lower() not in own)]


def shared_wsgi(application: Callable[..., Iterable[bytes]], cors: Cors) -> Callable[..., Iterable[bytes]]:
    """Return a WSGI application that answers preflight requests, and tells browsers who may read."""

    def answer(environ: Dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        origin = environ.get("HTTP_ORIGIN", "")
        asked = environ.get("HTTP_ACCESS_CONTROL_REQUEST_METHOD", "")
        preflight = cors.preflight(environ.get("REQUEST_METHOD", ""), origin, asked)
        if preflight is not None:
            start_response("204 No Content", preflight)
            return []

        def begin(status: str, headers: Headers, exc_info: Any = None) -> Any:
            return start_response(status, _added(headers, cors.granted(origin)), exc_info)

        return application(environ, begin)

    return answer


def shared_asgi(application: Callable[..., Awaitable[None]], cors: Cors) -> Callable[..., Awaitable[None]]:
    """Return an ASGI application that answers preflight requests, and tells browsers who may read."""

    async def answer(scope: Dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await application(scope, receive, send)
            return
        sent = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
        origin = sent.get(b"origin", "")
        preflight = cors.preflight(scope["method"], origin, sent.get(b"access-control-request-method", ""))
        if preflight is not None:
            await send({"type": "http.response.start", "status": 204, "headers": _encoded(preflight)})
            await send({"type": "http.response.body", "body": b""})
            return

        async def begin(message: Any) -> None:
            if message["type"] == "http.response.start":
                headers = [
                    (name.decode("latin-1"), value.decode("latin-1")) for name, value in message["headers"]
                ]
                message = {**message, "headers": _encoded(_added(headers, cors.granted(origin)))}
            await send(message)

        await application(scope, receive, begin)

    return answer


def _encoded(headers: Headers) -> List[Tuple[bytes, bytes]]:
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
