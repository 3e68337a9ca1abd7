"""A WSGI application at Granian's own interface, RSGI.

https://github.com/emmett-framework/granian/blob/master/docs/spec/RSGI.md

Granian's WSGI interface cannot be used behind a router: it takes `X_Forwarded_For`, which a client may send,
for `X-Forwarded-For`, which is the router's, and keeps the last one. RSGI has the names of headers as they
came. It also reads a request before a thread is busy with it, so that a client that stands still holds none.
"""

import asyncio
import contextlib
import io
import queue
import sys
import threading
from typing import Any, Callable, Dict, Iterable, Iterator, List, Tuple

from granian.rsgi import ProtocolClosed, ProtocolError  # type: ignore[attr-defined]

from .failures import BrokenAnswerError, log
from .wsgi import WsgiApplication

_WITHOUT_PREFIX = ("content-type", "content-length")
"""Headers that WSGI has without `HTTP_` in front of their names."""

WHOLE_BYTES = 1 << 18
"""Up to this size a body is handed over at once. Granian copies what it is handed."""


class RsgiApplication:
    """Answers requests by a WSGI application, in so many `threads`.

    A client that stands still for `client_seconds`, in its request or in its answer, is let go.
    """

    def __init__(self, application: WsgiApplication, threads: int, client_seconds: int) -> None:
        self._application = application
        self._threads = Threads(threads)
        self._client_seconds = client_seconds

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        """Answer one request; a client that has gone ends that quietly."""
        with contextlib.suppress(ProtocolClosed, ProtocolError):
            await self._answer(scope, protocol)

    async def _answer(self, scope: Any, protocol: Any) -> None:
        if scope.proto != "http":
            protocol.close(403)
            return
        environ = _environ(scope)
        run = self._threads.run
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
            status, headers, pieces = await run(self._begun, environ)
        except BrokenAnswerError:
            protocol.response_empty(500, [("connection", "close")])
            return
        if isinstance(pieces, list) and sum(map(len, pieces)) <= WHOLE_BYTES:
            protocol.response_bytes(status, headers, b"".join(pieces))
            return
        transport = protocol.response_stream(status, headers)
        try:
            if isinstance(pieces, list):
                for part in _parts(pieces):
                    await asyncio.wait_for(transport.send_bytes(part), self._client_seconds)
                return
            while True:
                piece = await run(next, pieces, None)
                if piece is None:
                    return
                await asyncio.wait_for(transport.send_bytes(piece), self._client_seconds)
        except asyncio.TimeoutError:
            log.info("A client stood still in the middle of its answer; its connection is closed")
        except BrokenAnswerError:
            # Granian closes the connection if the head has announced a length, and cannot be told otherwise.
            return
        finally:
            await run(getattr(pieces, "close", int))

    def _begun(self, environ: Dict[str, Any]) -> Tuple[int, List[Tuple[str, str]], Any]:
        """Run the application; return status, headers, and a list of the body's pieces or their iterator."""
        heads: List[Tuple[int, List[Tuple[str, str]]]] = []

        def start_response(status: str, headers: List[Tuple[str, str]], _: Any = None) -> None:
            heads.append((int(status[:3]), [(name.lower(), value) for name, value in headers]))

        result: Iterable[bytes] = self._application(environ, start_response)
        return (*heads[-1], result if isinstance(result, list) else iter(result))


def _parts(pieces: List[bytes]) -> Iterator[bytes]:
    # Taken out, so that no piece stays in memory for longer than it is needed.
    while pieces:
        piece = pieces.pop(0)
        for start in range(0, len(piece), WHOLE_BYTES):
            yield piece[start : start + WHOLE_BYTES]


class Threads:
    """Runs functions in so many threads for an event loop.

    As `loop.run_in_executor` does, with one future for each call in place of two that are chained: those cost
    a short request more than the application.
    """

    def __init__(self, number: int) -> None:
        self._calls: queue.SimpleQueue[Tuple[asyncio.Future[Any], Callable[..., Any], Tuple[Any, ...]]]
        self._calls = queue.SimpleQueue()
        for _ in range(number):
            threading.Thread(target=self._work, daemon=True).start()

    async def run(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Return what a function returns, or raise what it raises."""
        future = asyncio.get_running_loop().create_future()
        self._calls.put((future, function, arguments))
        try:
            return await future
        finally:
            # An exception's traceback would hold the future that holds the exception. Both would stay until
            # garbage is collected, and the connection of the request with them.
            del future

    def _work(self) -> None:
        while True:
            future, function, arguments = self._calls.get()
            try:
                outcome, tell = function(*arguments), future.set_result
            except BaseException as error:
                outcome, tell = error, future.set_exception
            future.get_loop().call_soon_threadsafe(_unless_done, future, tell, outcome)
            # Until the next call they would keep a large answer in memory.
            del future, function, arguments, outcome, tell


def _unless_done(future: "asyncio.Future[Any]", tell: Callable[[Any], None], outcome: Any) -> None:
    if not future.done():
        tell(outcome)


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
