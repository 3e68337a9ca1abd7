"""A WSGI application at Granian's own interface, RSGI.

https://github.com/emmett-framework/granian/blob/master/docs/spec/RSGI.md

Granian's WSGI interface cannot be used behind a router: it takes `X_Forwarded_For`, which a client may send,
for `X-Forwarded-For`, which is the router's, and keeps the last one. RSGI has the names of headers as they
came. It also reads a request before a thread is busy with it, so that a client that stands still holds none.
"""

import asyncio
import io
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Dict, Iterable, List, Optional, Tuple

from .failures import BrokenAnswerError, log
from .wsgi import WsgiApplication

_WITHOUT_PREFIX = ("content-type", "content-length")
"""Headers that WSGI has without `HTTP_` in front of their names."""


class RsgiApplication:
    """Answers requests by a WSGI application, in so many `threads`.

    A client that stands still for `client_seconds`, in its request or in its answer, is let go.
    """

    def __init__(self, application: WsgiApplication, threads: int, client_seconds: int) -> None:
        self._application = application
        self._threads = ThreadPoolExecutor(threads)
        self._client_seconds = client_seconds

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        """Answer one request."""
        if scope.proto != "http":
            protocol.close(403)
            return
        environ = _environ(scope)
        run = asyncio.get_running_loop().run_in_executor
        body = b""
        if "CONTENT_LENGTH" in environ or "HTTP_TRANSFER_ENCODING" in environ:
            try:
                body = await asyncio.wait_for(protocol(), self._client_seconds)
            except asyncio.TimeoutError:
                log.info("A client stood still in the middle of its request; its connection is closed")
                protocol.response_empty(408, [("connection", "close")])
                return
        environ["wsgi.input"] = io.BytesIO(body)
        try:
            status, headers, pieces = await run(self._threads, self._begun, environ)
        except BrokenAnswerError:
            protocol.response_empty(500, [("connection", "close")])
            return
        if isinstance(pieces, list):
            protocol.response_bytes(status, headers, b"".join(pieces))
            return
        transport = protocol.response_stream(status, headers)
        try:
            while True:
                piece = await run(self._threads, _next, pieces)
                if piece is None:
                    return
                await asyncio.wait_for(transport.send_bytes(piece), self._client_seconds)
        except asyncio.TimeoutError:
            log.info("A client stood still in the middle of its answer; its connection is closed")
        except BrokenAnswerError:
            # Granian closes the connection if the head has announced a length, and cannot be told otherwise.
            return
        finally:
            await run(self._threads, getattr(pieces, "close", int))

    def _begun(self, environ: Dict[str, Any]) -> Tuple[int, List[Tuple[str, str]], Any]:
        """Run the application; return status, headers, and a list of the body's pieces or their iterator."""
        heads: List[Tuple[int, List[Tuple[str, str]]]] = []

        def start_response(status: str, headers: List[Tuple[str, str]], _: Any = None) -> None:
            heads.append((int(status[:3]), [(name.lower(), value) for name, value in headers]))

        result: Iterable[bytes] = self._application(environ, start_response)
        return (*heads[-1], result if isinstance(result, list) else iter(result))


def _next(pieces: Any) -> Optional[bytes]:
    return next(pieces, None)


def _environ(scope: Any) -> Dict[str, Any]:
    host, _, port = scope.server.rpartition(":")
    environ: Dict[str, Any] = {
        "REQUEST_METHOD": scope.method,
        # Text of WSGI is bytes, written as Latin-1.
        "PATH_INFO": scope.path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "SERVER_NAME": host.strip("[]"),
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": scope.client.rpartition(":")[0].strip("[]"),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.errors": sys.stderr,
        "wsgi.input_terminated": True,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope.headers.items():
        if "_" in name:
            continue
        key = name.upper().replace("-", "_")
        key = key if name in _WITHOUT_PREFIX else f"HTTP_{key}"
        environ[key] = (
            f"{environ[key]}{'; ' if name == 'cookie' else ','}{value}" if key in environ else value
        )
    return environ
