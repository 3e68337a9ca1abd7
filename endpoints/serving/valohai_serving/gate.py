"""Lets in requests that carry an API key or a token, and answers the others."""

import asyncio
import importlib
import json
import os
import re
import time
from typing import Any, Awaitable, Callable, Dict, Iterable, List, NamedTuple, Optional, Sequence
from urllib.parse import quote

from .access import API_KEYS_TEXT, KEY_NAME, VARIABLES, ApiKeys, api_keys, bearer_of
from .failures import NoApplicationError

VARIABLE = "VALOHAI_OIDC"
"""Holds a JSON object, the arguments of `oidc.Tokens`."""

CALLER_NAME = "valohai.caller"
"""Where the access log finds who has sent a token: in WSGI's environ or ASGI's scope."""

CLAIMS_NAME = "valohai.claims"
"""Where an application finds the claims of the token that let a request in. No header gets such a name."""

MOST_OF_CALLER = 64
"""Characters of a caller's name in the access log."""

POLL_SECONDS = 0.02
"""How often a request that waits for the issuer's keys looks for them."""

_TOKEN_TEXT = "This endpoint needs a token: send it as `Authorization: Bearer TOKEN`"
_BOTH_TEXT = f"{_TOKEN_TEXT}, or a key as `X-API-Key: KEY`"


class Verdict(NamedTuple):
    """Whether a request is let in: `status` is empty then, and otherwise that of the answer with `text`.

    `notes` are for WSGI's environ or ASGI's scope. `carriers` are the headers that carried a key or token.
    """

    notes: Dict[str, Any]
    carriers: Sequence[str] = ()
    status: str = ""
    challenge: str = ""
    text: str = ""


class Gate:
    """Judges requests by the keys and the tokens that an endpoint takes."""

    def __init__(self, keys: Optional[ApiKeys], tokens: Any = None) -> None:
        """Take keys, `oidc.Tokens`, or both."""
        self._keys = keys
        self._tokens = tokens

    @property
    def key_names(self) -> List[str]:
        """Names of the keys."""
        return [] if self._keys is None else self._keys.names

    def start(self) -> None:
        """Begin to fetch what tokens are verified by, in the process that serves."""
        if self._tokens is not None:
            self._tokens.keys.start()

    def judge(self, authorization: str, api_key: str) -> Optional[Verdict]:
        """Judge a request by the values of two headers; None while that takes keys that are being fetched."""
        if self._keys is not None:
            name, carriers = self._keys.judge(authorization, api_key)
            if name is not None:
                return Verdict({KEY_NAME: name}, carriers)
        if self._tokens is None:
            return _refused(bool(authorization or api_key), API_KEYS_TEXT)
        token = bearer_of(authorization)
        if not token:
            text = _TOKEN_TEXT if self._keys is None else _BOTH_TEXT
            return _refused(bool(authorization or (api_key and self._keys is not None)), text)
        return self._by_token(token)

    def _by_token(self, token: str) -> Optional[Verdict]:
        oidc = _oidc()
        try:
            caller = self._tokens.verify(token)
        except oidc.InvalidTokenError as error:
            return _refused(True, str(error), described=True)
        except oidc.MissingClaimError as error:
            text = f"The token lacks what this endpoint asks for in the claim {error}"
            challenge = 'Bearer realm="endpoint", error="insufficient_scope"'
            return Verdict(_named(error.caller.name), (), "403 Forbidden", challenge, f"{text}\n")
        except oidc.NoKeysError:
            text = "Tokens cannot be verified now, because their issuer does not answer. Try again later\n"
            return Verdict({}, (), "503 Service Unavailable", "", text)
        if caller is None:
            return None
        return Verdict({**_named(caller.name), CLAIMS_NAME: caller.claims}, ("authorization",))


def _named(caller: Optional[str]) -> Dict[str, str]:
    return {} if caller is None else {CALLER_NAME: quote(caller[:MOST_OF_CALLER], "@:/|+~")}


def _refused(presented: bool, text: str, described: bool = False) -> Verdict:
    """Answer by 401, which tells what is `presented` from nothing at all (RFC 6750, section 3)."""
    challenge = 'Bearer realm="endpoint"'
    if presented:
        challenge += ', error="invalid_token"'
    if described:
        challenge += f', error_description="{text}"'
    return Verdict({}, (), "401 Unauthorized", challenge, f"{text}\n")


def _oidc() -> Any:
    # Imports PyJWT, which is not there where it is not asked for.
    return importlib.import_module(".oidc", __package__)


def gate() -> Optional[Gate]:
    """Return what the environment tells, None where everybody is let in.

    Raises NoApplicationError for a variable that is not understood, and where PyJWT is missing or too old:
    nobody is let in then.
    """
    keys, told = api_keys(), os.environ.get(VARIABLE)
    if told is None:
        return None if keys is None else Gate(keys)
    _check_libraries()
    try:
        return Gate(keys, _oidc().Tokens(**json.loads(told)))
    except (ValueError, TypeError):
        text = f"The variable {VARIABLE} is not understood: set `access` in the stack file."
        raise NoApplicationError(text) from None


def _check_libraries() -> None:
    for module, package, least in (("jwt", "PyJWT", (2, 4)), ("cryptography", "cryptography", (3, 4))):
        wanted = f"{package} {'.'.join(map(str, least))} or newer"
        try:
            found = str(getattr(importlib.import_module(module), "__version__", "another module"))
        except ImportError:
            found = "none"
        numbers = re.match(r"(\d+)\.(\d+)", found)
        if numbers is None or (int(numbers[1]), int(numbers[2])) < least:
            raise NoApplicationError(
                f"`access` of kind oidc takes {wanted}, and the image has {found}. Raise it in the project's"
                " requirements. An image without it gets one when it is built."
            )


def guarded_wsgi(application: Callable[..., Iterable[bytes]], gate: Gate) -> Callable[..., Iterable[bytes]]:
    """Return a WSGI application that hands on what is let in, without the key or token."""

    def answer(environ: Dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        given = [environ.get(variable, "") for variable in VARIABLES.values()]
        verdict = gate.judge(*given)
        while verdict is None:
            time.sleep(POLL_SECONDS)
            verdict = gate.judge(*given)
        environ.update(verdict.notes)
        if verdict.status:
            body = verdict.text.encode()
            headers = [
                ("Content-Type", "text/plain; charset=utf-8"),
                ("Content-Length", str(len(body))),
            ]
            if verdict.challenge:
                headers.append(("WWW-Authenticate", verdict.challenge))
            start_response(verdict.status, headers)
            return [body]
        for carrier in verdict.carriers:
            del environ[VARIABLES[carrier]]
        return application(environ, start_response)

    return answer


def guarded_asgi(application: Callable[..., Awaitable[None]], gate: Gate) -> Callable[..., Awaitable[None]]:
    """Return an ASGI application that hands on what is let in, without the key or token."""

    async def answer(scope: Dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await application(scope, receive, send)
            return
        headers = {name.lower(): value for name, value in scope["headers"]}
        given = [headers.get(name.encode(), b"").decode("latin-1") for name in VARIABLES]
        verdict = gate.judge(*given)
        while verdict is None:
            await asyncio.sleep(POLL_SECONDS)
            verdict = gate.judge(*given)
        # The same mapping, which is read for the log as well.
        scope.update(verdict.notes)
        if not verdict.status:
            dropped = [carrier.encode() for carrier in verdict.carriers]
            scope["headers"] = [item for item in scope["headers"] if item[0].lower() not in dropped]
            await application(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            body = verdict.text.encode()
            head = [
                (b"content-type", b"text/plain; charset=utf-8"),
                (b"content-length", str(len(body)).encode()),
            ]
            if verdict.challenge:
                head.append((b"www-authenticate", verdict.challenge.encode()))
            status = int(verdict.status[:3])
            await send({"type": "http.response.start", "status": status, "headers": head})
            await send({"type": "http.response.body", "body": body})

    return answer
