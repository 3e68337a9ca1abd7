"""Lets in requests that carry one of the endpoint's API keys."""

import hashlib
import hmac
import json
import os
import re
from typing import Any, Awaitable, Callable, Dict, Iterable, List, Optional, Tuple

from .failures import NoApplicationError

VARIABLE = "VALOHAI_API_KEYS"
"""Holds a JSON object of SHA-256 digests by the names of the keys."""

KEY_NAME = "valohai.key"
"""Where an application finds the name of the key that let a request in: in WSGI's environ or ASGI's scope."""

_VARIABLES = {"authorization": "HTTP_AUTHORIZATION", "x-api-key": "HTTP_X_API_KEY"}
"""WSGI's names of the headers that a key may come in."""

_BEARER = re.compile(r"bearer +(\S+)", re.IGNORECASE)
"""https://www.rfc-editor.org/rfc/rfc6750#section-2.1"""

_TEXT = "This endpoint needs a key: send it as `Authorization: Bearer KEY` or as `X-API-Key: KEY`\n"


class ApiKeys:
    """The keys of an endpoint. Of each only the digest is known."""

    def __init__(self, digests: Dict[str, str]) -> None:
        self._digests = digests

    @property
    def names(self) -> List[str]:
        """Names of the keys."""
        return list(self._digests)

    def name_of(self, key: str) -> Optional[str]:
        """Return the name of a key, None for one that is not known.

        It takes as long for each: all digests are compared, and each comparison takes the same time.
        """
        digest = hashlib.sha256(key.encode("latin-1", "replace")).hexdigest()
        found = None
        for name, known in self._digests.items():
            if hmac.compare_digest(digest, known):
                found = name
        return found

    def judge(self, authorization: str, api_key: str) -> Tuple[Optional[str], List[str]]:
        """Return the name of the key that a request carries, and the headers that carry one.

        `authorization` and `api_key` are the values of the headers. Without a known key the name is None.
        """
        bearer = _BEARER.fullmatch(authorization.strip())
        given = {"x-api-key": api_key.strip(), "authorization": bearer[1] if bearer else ""}
        names = {header: self.name_of(key) for header, key in given.items() if key}
        carriers = [header for header, name in names.items() if name is not None]
        return (names[carriers[0]] if carriers else None), carriers


def api_keys() -> Optional[ApiKeys]:
    """Return the keys that the environment tells, None where everybody is let in.

    Raises NoApplicationError for a variable that is not understood: nobody is let in then.
    """
    told = os.environ.get(VARIABLE)
    if told is None:
        return None
    try:
        digests = json.loads(told)
        is_known = isinstance(digests, dict) and all(len(digest) == 64 for digest in digests.values())
    except (ValueError, TypeError):
        is_known = False
    if not is_known or not digests:
        raise NoApplicationError(
            f"The variable {VARIABLE} holds no API keys: set `access` in the stack file."
        )
    return ApiKeys(digests)


def challenge(presented: bool) -> str:
    """Return the WWW-Authenticate header of an answer to a request without a known key."""
    return 'Bearer realm="endpoint", error="invalid_token"' if presented else 'Bearer realm="endpoint"'


def guarded_wsgi(
    application: Callable[..., Iterable[bytes]], keys: ApiKeys
) -> Callable[..., Iterable[bytes]]:
    """Return a WSGI application that hands on what carries a key, without the key."""

    def answer(environ: Dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        headers = {name: environ.get(variable, "") for name, variable in _VARIABLES.items()}
        name, carriers = keys.judge(headers["authorization"], headers["x-api-key"])
        if name is None:
            body = _TEXT.encode()
            start_response(
                "401 Unauthorized",
                [
                    ("Content-Type", "text/plain; charset=utf-8"),
                    ("Content-Length", str(len(body))),
                    ("WWW-Authenticate", challenge(any(headers.values()))),
                ],
            )
            return [body]
        environ[KEY_NAME] = name
        for carrier in carriers:
            del environ[_VARIABLES[carrier]]
        return application(environ, start_response)

    return answer


def guarded_asgi(
    application: Callable[..., Awaitable[None]], keys: ApiKeys
) -> Callable[..., Awaitable[None]]:
    """Return an ASGI application that hands on what carries a key, without the key."""

    async def answer(scope: Dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await application(scope, receive, send)
            return
        headers = {name.lower(): value for name, value in scope["headers"]}
        given = [headers.get(name.encode(), b"").decode("latin-1") for name in _VARIABLES]
        name, carriers = keys.judge(*given)
        if name is not None:
            # The same mapping, which is read for the log as well.
            scope[KEY_NAME] = name
            dropped = [carrier.encode() for carrier in carriers]
            scope["headers"] = [item for item in scope["headers"] if item[0].lower() not in dropped]
            await application(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            body = _TEXT.encode()
            head = [
                (b"content-type", b"text/plain; charset=utf-8"),
                (b"content-length", str(len(body)).encode()),
                (b"www-authenticate", challenge(any(given)).encode()),
            ]
            await send({"type": "http.response.start", "status": 401, "headers": head})
            await send({"type": "http.response.body", "body": body})

    return answer
