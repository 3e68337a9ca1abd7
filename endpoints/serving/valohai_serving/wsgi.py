"""A WSGI application under its endpoint's prefix."""

from typing import Any, Callable, Dict, Iterable, List

from .client import client_address
from .prefix import Prefix

HEALTH_PATH = "/.valohai/health"
"""Answered with 200 by every worker, so only once its application is imported. Never routed from outside."""

_FORGEABLE = ("HTTP_X_FORWARDED_PREFIX", "HTTP_SCRIPT_NAME", "HTTP_PATH_INFO")
"""What a client could send to make a framework believe in another prefix."""

Environ = Dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]


class WsgiApplication:
    """Hands a request to the project's application with SCRIPT_NAME and X-VH-Prefix set, or answers 404.

    SCRIPT_NAME is the prefix that the request came by and PATH_INFO what follows it, as PEP 3333 has it, so
    that frameworks build their URLs rightly without any configuration. REMOTE_ADDR is the router's client.
    """

    def __init__(self, application: Application, prefix: Prefix) -> None:
        self.application = application
        self.prefix = prefix

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        path = environ.get("PATH_INFO", "")
        if path == HEALTH_PATH:
            return _answer(start_response, "200 OK", "ok\n")
        prefix = self.prefix.match(path)
        if prefix is None:
            return _answer(start_response, "404 Not Found", f"This endpoint is at {self.prefix}\n")
        for name in _FORGEABLE:
            environ.pop(name, None)
        environ["SCRIPT_NAME"] = prefix
        environ["PATH_INFO"] = path[len(prefix) :]
        environ["HTTP_X_VH_PREFIX"] = prefix
        address = client_address(environ.get("HTTP_X_FORWARDED_FOR", ""))
        if address is not None:
            environ["REMOTE_ADDR"] = address
        return self.application(environ, start_response)


def _answer(start_response: StartResponse, status: str, text: str) -> List[bytes]:
    body = text.encode()
    start_response(
        status,
        [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))],
    )
    return [body]
