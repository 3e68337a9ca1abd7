"""A WSGI application under its endpoint's prefix."""

from typing import Any, Callable, Dict, Iterable, Iterator, List, Optional, Tuple

from .access import KEY_NAME
from .failures import BrokenAnswerError, log, log_failure
from .gate import CALLER_NAME
from .measurement import GONE, Observer, Request
from .prefix import Prefix, client_address, scheme

_FORGEABLE = ("HTTP_X_FORWARDED_PREFIX", "HTTP_SCRIPT_NAME", "HTTP_PATH_INFO")
"""What a client could send to make a framework believe in another prefix."""

SMALL_BODY = 65536
"""Bytes of an announced body up to which an answer is collected before it is sent: an application that fails
in the middle of it gets a whole error page, and servers send it in one piece."""

_WITHOUT_BODY = (204, 304)

Environ = Dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]


class WsgiApplication:
    """Hands a request to the project's application with SCRIPT_NAME and X-VH-Prefix set, or answers 404.

    SCRIPT_NAME is the prefix that the request came by and PATH_INFO what follows it, as PEP 3333 has it, so
    that frameworks build their URLs rightly without any configuration. REMOTE_ADDR is the router's client,
    and the scheme is the one that the router tells. `observer` is told of every request. Functions in
    `on_begin` are called in the process that serves.
    """

    def __init__(self, application: Application, prefix: Prefix) -> None:
        self.application = application
        self.prefix = prefix
        self.observer = Observer()
        self.on_begin: List[Callable[[], None]] = []

    def begin(self, observer: Observer) -> None:
        """Take up work in this process, which the application may have been imported before."""
        self.observer = observer
        for function in self.on_begin:
            function()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        path = environ.get("PATH_INFO", "")
        prefix = self.prefix.match(path)
        environ["REMOTE_ADDR"] = client_address(
            environ.get("HTTP_X_FORWARDED_FOR", ""), environ.get("REMOTE_ADDR", "")
        )
        answer = Answer(environ, start_response, self.observer, measured=prefix is not None)
        if prefix is None:
            return answer.text("404 Not Found", f"This endpoint is at {self.prefix}\n")
        for name in _FORGEABLE:
            environ.pop(name, None)
        environ["wsgi.url_scheme"] = scheme(environ.get("HTTP_X_FORWARDED_PROTO", ""))
        environ["SCRIPT_NAME"] = prefix
        environ["PATH_INFO"] = path[len(prefix) :]
        environ["HTTP_X_VH_PREFIX"] = prefix
        return answer.of(self.application)


class Answer:
    """One answer of an application; its head goes to the server with the first piece of its body.

    Whatever the application does wrong is logged once. It then gets an error page for its client, or an end
    of the connection where the head is already gone.
    """

    def __init__(
        self, environ: Environ, start_response: StartResponse, observer: Observer, measured: bool
    ) -> None:
        self.environ = environ
        self.path = environ.get("PATH_INFO", "")
        self.sent = 0
        self._start_response = start_response
        self._head: Optional[Tuple[str, List[Tuple[str, str]]]] = None
        self._write: Optional[Callable[[bytes], Any]] = None
        self._is_committed = False
        self._observer = observer
        self._request: Optional[Request] = None
        if observer.is_active:
            self._request = _request(environ, self.path, measured)
            observer.begin(self._request)

    def of(self, application: Application) -> Iterable[bytes]:
        """Return the application's answer."""
        try:
            return self._answered(application(self.environ, self.start))
        except BrokenAnswerError:
            self.finish()
            raise
        except Exception as error:
            return self.failed(error)
        except BaseException:
            self.finish()
            raise

    def start(self, status: str, headers: List[Tuple[str, str]], exc_info: Any = None) -> Any:
        """Take status and headers from the application, as PEP 3333 has it."""
        if exc_info:
            try:
                if self._is_committed:
                    raise exc_info[1].with_traceback(exc_info[2])
            finally:
                exc_info = None
        elif self._head is not None:
            raise AssertionError("the application has called start_response twice for one request")
        self._head = (status, headers)
        return self.write

    def write(self, piece: bytes) -> None:
        """Send a piece of the body at once, for applications that do not return it."""
        self.commit()
        if self._write is None:
            raise RuntimeError("this server has no write(): return the body instead")
        self.sent += len(piece)
        self._write(piece)

    def commit(self) -> None:
        """Hand the head to the server."""
        if not self._is_committed:
            if self._head is None:
                raise RuntimeError("the application has answered without a call of start_response")
            self._is_committed = True
            self._write = self._start_response(*self._head)

    def text(self, status: str, text: str) -> List[bytes]:
        """Answer by a text of our own."""
        body = text.encode()
        length = ("Content-Length", str(len(body)))
        self._start_response(status, [("Content-Type", "text/plain; charset=utf-8"), length])
        self._head, self._is_committed, self.sent = (status, []), True, len(body)
        self.finish()
        return [body]

    def failed(self, error: BaseException) -> Iterable[bytes]:
        """Log what has gone wrong and answer by an error page, or end the connection."""
        if isinstance(error, BlockingIOError):
            log.info("A client stood still in the middle of its request; its connection is closed")
            self.finish(GONE)
            raise BrokenAnswerError from None
        log_failure(self.environ.get("REQUEST_METHOD", ""), self.path, error)
        if self._is_committed:
            self.finish()
            raise BrokenAnswerError from None
        return self.text("500 Internal Server Error", "Internal Server Error\n")

    def finish(self, status: Optional[int] = None) -> None:
        """Tell the observer, once, that the answer is over."""
        request, self._request = self._request, None
        if request is not None:
            request.key = self.environ.get(KEY_NAME)
            request.caller = self.environ.get(CALLER_NAME)
            told = self._head[0] if self._head and self._is_committed else "500"
            self._observer.finish(request, status or int(told[:3]), self.sent)

    @property
    def missing(self) -> int:
        """How many bytes of the body that the head announces are not there, where it may have one."""
        length = self._length()
        without = self.environ.get("REQUEST_METHOD") == "HEAD" or (
            self._head is not None and int(self._head[0][:3]) in _WITHOUT_BODY
        )
        return 0 if length is None or without else max(0, length - self.sent)

    def _answered(self, result: Iterable[bytes]) -> Iterable[bytes]:
        sends_file = self.environ.get("wsgi.file_wrapper")
        if isinstance(sends_file, type) and isinstance(result, sends_file):
            return self._file(result)
        if isinstance(result, (list, tuple)):
            return self._whole(result, None)
        stream = Stream(self, result)
        try:
            length = self._length()
            if length is not None and length <= SMALL_BODY and not self._is_committed:
                return self._whole(stream.rest(), stream)
            stream.begin()
        except BaseException:
            stream.close_application()
            raise
        return stream

    def _whole(self, pieces: Iterable[bytes], stream: Optional["Stream"]) -> List[bytes]:
        body = list(pieces)
        self.sent += sum(map(len, body))
        if stream is not None:
            stream.close_application()
        if self._head is not None and self.missing:
            text = f"the application announces {self._length()} bytes of body and returns {self.sent}"
            self.sent = 0
            raise RuntimeError(text)
        self.commit()
        self.finish()
        return body

    def _file(self, result: Any) -> Iterable[bytes]:
        """Let the server send a file by itself; it closes the file when that is done."""
        self.commit()
        self.sent = self._length() or 0
        close = getattr(result, "close", None)

        def closed() -> None:
            self.finish()
            if close is not None:
                close()

        result.close = closed
        return result  # type: ignore[no-any-return]

    def _length(self) -> Optional[int]:
        for name, value in self._head[1] if self._head else ():
            if name.lower() == "content-length" and str(value).isdigit():
                return int(value)
        return None


class Stream:
    """The body of an answer piece by piece; the server closes it at its end or when the client has gone."""

    def __init__(self, answer: Answer, result: Iterable[bytes]) -> None:
        self._answer = answer
        self._result = result
        self._first: List[bytes] = []
        self._pieces = iter(result)
        self._is_whole = False

    def begin(self) -> None:
        """Get the first piece, before which an application may leave the head open."""
        for piece in self._pieces:
            self._first.append(piece)
            break
        self._answer.commit()

    def rest(self) -> Iterator[bytes]:
        """Return what the application gives, unguarded."""
        return self._pieces

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            piece = self._first.pop() if self._first else next(self._pieces)
        except StopIteration:
            self._is_whole = True
            if self._answer.missing:
                log.error(
                    "Error handling request %s: %d bytes of the announced body are missing; the connection"
                    " is closed",
                    self._answer.path,
                    self._answer.missing,
                )
                raise BrokenAnswerError from None
            raise
        except Exception as error:
            self._is_whole = True
            self._answer.failed(error)
            raise
        self._answer.sent += len(piece)
        return piece

    def close(self) -> None:
        """End the answer; called by the server, whatever has happened."""
        self.close_application()
        self._answer.finish(None if self._is_whole else GONE)

    def close_application(self) -> None:
        """Give the application the end that PEP 3333 promises it."""
        close = getattr(self._result, "close", None)
        if close is not None:
            close()


def _request(environ: Environ, path: str, measured: bool) -> Request:
    target = environ.get("RAW_URI")
    if target is None:
        query = environ.get("QUERY_STRING")
        target = f"{path}?{query}" if query else path
    return Request(
        environ.get("REQUEST_METHOD", "-"),
        target,
        environ.get("SERVER_PROTOCOL", "-"),
        environ.get("REMOTE_ADDR", "-"),
        environ.get("HTTP_USER_AGENT", "-"),
        measured,
    )
