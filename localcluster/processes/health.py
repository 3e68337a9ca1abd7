"""Questions that tell whether a component does its work; each answers at once and never raises."""

import http.client
import json
import socket
import ssl
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

PATIENCE_SECONDS = 2.0


def http_ok(url: str, authority: Path | None = None, identity: Path | None = None) -> bool:
    """Tell whether a GET request is answered with a status below 400.

    `authority` is the certificate to trust for https; `identity` is the path, without `.crt` and `.key`, of a
    client certificate.
    """
    return _get(url, authority, identity) is not None


def http_json(url: str, authority: Path | None = None, identity: Path | None = None) -> Any:
    """Give the JSON that a GET request is answered with, None when there is no good answer.

    Arguments as for `http_ok`.
    """
    body = _get(url, authority, identity)
    try:
        return None if body is None else json.loads(body)
    except ValueError:
        return None


def _get(url: str, authority: Path | None, identity: Path | None) -> bytes | None:
    try:
        context = None
        if authority is not None:
            context = ssl.create_default_context(cafile=str(authority))
            if identity is not None:
                context.load_cert_chain(f"{identity}.crt", f"{identity}.key")
        # Without proxies: every address is this machine's own.
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
        )
        with opener.open(url, timeout=PATIENCE_SECONDS) as answer:
            body: bytes = answer.read()
            return body
    except (OSError, http.client.HTTPException):
        return None


def accepts(path: Callable[[], Path | None]) -> bool:
    """Tell whether a server accepts connections at the Unix socket whose path is given.

    None means that it cannot yet.
    """
    place = path()
    if place is None:
        return False
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(PATIENCE_SECONDS)
        try:
            client.connect(str(place))
        except OSError:
            return False
    return True


def answers_call(path: Callable[[], Path | None], method: str) -> bool:
    """Tell whether a gRPC server at the Unix socket answers a call of the method with an empty message.

    `method` is such as `/runtime.v1.RuntimeService/Version`. A path of None means that it cannot yet.
    """
    # Comes with Pulumi, and is not there while the first programs are built.
    import grpc

    place = path()
    if place is None:
        return False
    with grpc.insecure_channel(f"unix://{place}") as channel:
        try:
            channel.unary_unary(method)(b"", timeout=PATIENCE_SECONDS)
        except grpc.RpcError:
            return False
    return True
