"""An ASGI application under its endpoint's prefix."""

import asyncio
from typing import Any, Awaitable, Callable, Dict, List, Optional

from .access import KEY_NAME
from .failures import StartFailedError, log, log_failure
from .gate import CALLER_NAME
from .measurement import GONE, Observer, Request
from .prefix import Prefix, client_address, scheme

_FORGEABLE = (b"x-vh-prefix", b"x-forwarded-prefix", b"script-name", b"path-info")
"""What a client could send to make a framework believe in another prefix."""

_SECURE = {"http": "https", "ws": "wss"}

_INTERNAL_ERROR = 1011
"""The code that a WebSocket is closed by after a failure of the server's (RFC 6455)."""

Scope = Dict[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


class AsgiApplication:
    """Hands a connection to the project's application with root_path and X-VH-Prefix set, or answers 404.

    root_path is the prefix that the request came by. `path` stays whole, as the ASGI specification has it;
    with `strip` it is what follows the prefix, as it was understood before. `client` is the router's client,
    and the scheme is the one that the router tells. `running` and `finished` count the requests and
    WebSockets of the application; `observer` is told of every request, and of no WebSocket, which lasts.
    Functions in `on_begin` are called in the process that serves.
    """

    def __init__(self, application: Application, prefix: Prefix, strip: bool = False) -> None:
        self.application = application
        self.prefix = prefix
        self.strip = strip
        self.observer = Observer()
        self.lifespan = Lifespan(application)
        self.running = 0
        self.finished = 0
        self.on_begin: List[Callable[[], None]] = []

    def begin(self, observer: Observer) -> None:
        """Take up work in this process, which the application may have been imported before."""
        self.observer = observer
        for function in self.on_begin:
            function()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection (HTTP, WebSocket or lifespan)."""
        if scope["type"] == "lifespan":
            await self.lifespan.answer(scope, receive, send)
            return
        prefix = self.prefix.match(scope["path"])
        if scope["type"] == "websocket":
            await self._websocket(prefix, scope, receive, send)
            return
        below = self._below(prefix or "", scope)
        answer = Answer(send)
        request = None
        if self.observer.is_active:
            request = _request(scope, below, measured=prefix is not None)
            self.observer.begin(request)
        try:
            if prefix is None:
                await answer.text(404, f"This endpoint is at {self.prefix}\n")
            else:
                await self._http(below, receive, answer)
        except (asyncio.CancelledError, OSError):
            answer.status = GONE
            raise
        finally:
            if request is not None:
                request.key = below.get(KEY_NAME)
                request.caller = below.get(CALLER_NAME)
                self.observer.finish(request, answer.status, answer.sent)

    async def _http(self, scope: Scope, receive: Receive, answer: "Answer") -> None:
        receiver = Receiver(receive)
        self.running += 1
        try:
            await self.application(scope, receiver, answer.send)
        except Exception as error:
            if receiver.has_ended:
                # Frameworks raise what they like where a client has gone.
                answer.status = GONE
                return
            log_failure(scope["method"], scope["path"], error)
            if not answer.is_started:
                await answer.text(500, "Internal Server Error\n")
            # Where the answer is not whole, the server closes the connection.
        else:
            if not answer.is_started and not receiver.has_ended:
                log.error("Error handling request %s: the application has sent no answer", scope["path"])
                await answer.text(500, "Internal Server Error\n")
        finally:
            receiver.close()
            self.running -= 1
            self.finished += 1

    async def _websocket(self, prefix: Optional[str], scope: Scope, receive: Receive, send: Send) -> None:
        if prefix is None:
            # Closing before the handshake is accepted is a refusal: servers answer it with 403.
            await send({"type": "websocket.close", "code": 1008})
            return
        is_open = True

        async def seen(message: Any) -> None:
            nonlocal is_open
            is_open = is_open and message["type"] != "websocket.close"
            await send(message)

        async def received() -> Any:
            nonlocal is_open
            message = await receive()
            is_open = is_open and message["type"] != "websocket.disconnect"
            return message

        self.running += 1
        try:
            await self.application(self._below(prefix, scope), received, seen)
        except Exception as error:
            if is_open:
                log_failure("WEBSOCKET", scope["path"], error)
                await send({"type": "websocket.close", "code": _INTERNAL_ERROR})
        finally:
            self.running -= 1
            self.finished += 1

    def _below(self, prefix: str, scope: Scope) -> Scope:
        """Return the scope as the application is to see it."""
        headers = [
            (name, value)
            for name, value in scope["headers"]
            # An underscore could pass for a dash. Before release 27, gunicorn lets such names through.
            if b"_" not in name and name.lower() not in _FORGEABLE
        ]
        headers.append((b"x-vh-prefix", prefix.encode("latin-1")))
        path = scope["path"][len(prefix) :] or "/" if self.strip else scope["path"]
        below = dict(scope, root_path=prefix, path=path, headers=headers)
        plain = "ws" if scope["type"] == "websocket" else "http"
        is_secure = scheme(_header(headers, b"x-forwarded-proto")) == "https"
        below["scheme"] = _SECURE[plain] if is_secure else plain
        host, port = scope.get("client") or ("", 0)
        address = client_address(_header(headers, b"x-forwarded-for"), host)
        # Routers do not tell the port, for which frameworks expect a number.
        below["client"] = (address, port if address == host else 0)
        return below


class Answer:
    """What an application sends for one HTTP request."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status = 500
        self.sent = 0
        self.is_started = False

    async def send(self, message: Any) -> None:
        """Pass on a message of the application's."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            await self._send(message)
            self.is_started = True
        else:
            self.sent += len(message.get("body", b""))
            await self._send(message)

    async def text(self, status: int, text: str) -> None:
        """Answer by a text of our own."""
        body = text.encode()
        length = str(len(body)).encode()
        headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", length)]
        await self.send({"type": "http.response.start", "status": status, "headers": headers})
        await self.send({"type": "http.response.body", "body": body})


class Receiver:
    """Receives for an application that asks again and again whether its client is still there.

    Starlette's and FastAPI's `request.is_disconnected()` begins to wait for the client's end and gives up at
    once. gunicorn (27.0.1, gunicorn/asgi/protocol.py, BodyReceiver._wait_for_disconnect) takes a wait that
    was given up for the end itself, so that a streamed answer would stop after its first parts. Here one wait
    goes on until `close`, however often it is given up. `has_ended` tells whether the client has gone.
    """

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._has_body = False
        self._end: Optional[asyncio.Future[Any]] = None
        self.has_ended = False

    async def __call__(self) -> Any:
        """Return the next part of the body; after the last one wait for the client's end."""
        if not self._has_body:
            message = await self._receive()
            self._has_body = message["type"] == "http.request" and not message.get("more_body", False)
        else:
            if self._end is None:
                self._end = asyncio.ensure_future(self._receive())
            message = await asyncio.shield(self._end)
        self.has_ended = self.has_ended or message["type"] == "http.disconnect"
        return message

    def close(self) -> None:
        """Wait no longer; to be called when the application is done."""
        if self._end is not None:
            self._end.cancel()


class Lifespan:
    """An application's lifespan: what it does before the first request and after the last one.

    It may take as long as it likes: servers stop waiting for a lifespan after times of their own, so that
    they are told of a start when it is over. `on_start` is called when the application is
    ready, `on_failure` with the reason where a server asks for a start that fails.
    """

    def __init__(self, application: Application) -> None:
        self._application = application
        self._messages: Optional[asyncio.Queue[Any]] = None
        self._state: Dict[str, Any] = {}
        self._task: Optional[asyncio.Future[None]] = None
        self._steps: Dict[str, asyncio.Future[None]] = {}
        self.is_started = False
        self.on_start: List[Callable[[], None]] = []
        self.on_failure: List[Callable[[str], None]] = []

    async def start(self) -> None:
        """Return when the application has started; StartFailedError if it says that it cannot.

        An application that ends or raises without an answer has no lifespan, as the specification has it.
        """
        if self.is_started:
            return
        loop = asyncio.get_event_loop()
        self._messages = asyncio.Queue()
        self._steps = {name: loop.create_future() for name in ("startup", "shutdown")}
        await self._messages.put({"type": "lifespan.startup"})
        self._task = asyncio.ensure_future(self._run())
        await self._steps["startup"]
        self.is_started = True
        for call in self.on_start:
            call()

    async def stop(self) -> None:
        """Let the application end what it has started."""
        if self._messages is not None and self._task is not None and not self._task.done():
            await self._messages.put({"type": "lifespan.shutdown"})
            await self._steps["shutdown"]

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a server's own lifespan messages by what the application does."""
        while True:
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                await self.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return
            try:
                await self.start()
            except StartFailedError as error:
                for call in self.on_failure:
                    call(str(error))
                await send({"type": "lifespan.startup.failed", "message": str(error)})
                return
            if isinstance(scope.get("state"), dict):
                scope["state"].update(self._state)
            await send({"type": "lifespan.startup.complete"})

    async def _run(self) -> None:
        assert self._messages is not None
        version = {"version": "3.0", "spec_version": "2.0"}
        scope = {"type": "lifespan", "asgi": version, "state": self._state}
        try:
            await self._application(scope, self._messages.get, self._send)
        except Exception as error:
            if not self.is_started and not self._steps["startup"].done():
                log.info("The application has no lifespan: %s: %s", type(error).__name__, error)
            elif self.is_started:
                log.error("Error in the application's lifespan", exc_info=error)
        finally:
            for step in self._steps.values():
                if not step.done():
                    step.set_result(None)

    async def _send(self, message: Any) -> None:
        _, step, outcome = message["type"].split(".")
        future = self._steps[step]
        if future.done():
            return
        text = message.get("message", "")
        if outcome == "complete":
            future.set_result(None)
        elif step == "startup":
            future.set_exception(StartFailedError(text.strip() or "the application says no reason"))
        else:
            log.error("The application's lifespan did not end well: %s", text)
            future.set_result(None)


def _header(headers: List[Any], wanted: bytes) -> str:
    """Return the last value of a header, where a router adds its own; empty where there is none."""
    found: bytes = next((value for name, value in reversed(headers) if name.lower() == wanted), b"")
    return found.decode("latin-1")


def _request(scope: Scope, below: Scope, measured: bool) -> Request:
    raw = scope.get("raw_path")
    target = raw.decode("latin-1") if raw else scope["path"]
    query = scope.get("query_string", b"").decode("latin-1")
    return Request(
        scope["method"],
        f"{target.partition('?')[0]}?{query}" if query else target,
        f"HTTP/{scope.get('http_version', '1.1')}",
        below["client"][0],
        _header(scope["headers"], b"user-agent") or "-",
        measured,
    )
