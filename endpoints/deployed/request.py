"""One request to an endpoint, as Valohai's tester sends it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from endpoints.errors import ProjectError


@dataclass(frozen=True)
class Request:
    """A request below an endpoint's URL. At most one of `file`, `json_text` and form fields is its body.

    `form` are `name=text` and `name=@path` fields. `method` None means POST with a body, GET without.
    `bearer` is a key or token, sent as `Authorization: Bearer`, which redirects do not take to other hosts.
    """

    url: str
    path: str = ""
    method: str | None = None
    file: Path | None = None
    content_type: str | None = None
    json_text: str | None = None
    form: Sequence[str] = ()
    headers: Sequence[str] = ()
    seconds: float = 60
    bearer: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Response:
    """What came back; `url` is the last one where redirects were followed, `body` is as it was sent."""

    url: str
    status: int
    reason: str
    body: bytes = field(repr=False)


def send(request: Request) -> Response:
    """Send a request; raises ProjectError where nothing answers or the body cannot be read.

    Redirects are followed as a browser does.
    """
    body = _body(request)
    headers = dict(_header(text) for text in request.headers)
    if request.content_type and request.file:
        headers["Content-Type"] = request.content_type
    if request.bearer is not None:
        headers["Authorization"] = f"Bearer {request.bearer}"
    method = request.method or ("POST" if body else "GET")
    separator = "" if request.path.startswith(("?", "/")) or not request.path else "/"
    url = f"{request.url}{separator}{request.path}"
    try:
        # Without `auth`, credentials of ~/.netrc would take the place of the header.
        auth = None if request.bearer is None else _as_given
        answer = requests.request(method, url, headers=headers, timeout=request.seconds, auth=auth, **body)
    except requests.RequestException as error:
        raise ProjectError(f"{url}: does not answer: {error}") from None
    return Response(answer.url, answer.status_code, answer.reason, answer.content)


def _as_given(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _body(request: Request) -> dict[str, Any]:
    given = [name for name in ("file", "json_text", "form") if getattr(request, name)]
    if len(given) > 1:
        raise ProjectError("found several bodies; allowed: one of --file, --json and --form")
    if request.file:
        return {"data": _read(request.file)}
    if request.json_text:
        text = (
            _read(Path(request.json_text[1:])).decode() if request.json_text[0] == "@" else request.json_text
        )
        try:
            return {"json": json.loads(text)}
        except ValueError as error:
            raise ProjectError(f"--json: is not JSON: {error}") from None
    if request.form:
        return {"files": [_field(text) for text in request.form]}
    return {}


def _field(text: str) -> tuple[str, tuple[str | None, bytes]]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise ProjectError(f"--form {text}: allowed: NAME=TEXT, or NAME=@FILE")
    if value.startswith("@"):
        return name, (Path(value[1:]).name, _read(Path(value[1:])))
    return name, (None, value.encode())


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not name or not colon:
        raise ProjectError(f"--header {text}: allowed: NAME: VALUE")
    return name.strip(), value.strip()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ProjectError(f"{path}: cannot be read: {error.strerror}") from None
