"""A bare WSGI application whose requests wait for each other, so that order and threads can be told."""

import threading
from collections.abc import Callable, Iterable
from typing import Any

SECONDS = 20.0
THREADS = 4

meeting = threading.Barrier(THREADS)
released = threading.Event()


def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer with the name of the thread, after what the path says."""
    path = environ["PATH_INFO"]
    length = int(environ.get("CONTENT_LENGTH") or 0)
    text = threading.current_thread().name
    if path == "/meet":
        meeting.wait(SECONDS)
    elif path == "/hold":
        print("held", flush=True)
        text = "released" if released.wait(SECONDS) else "forgotten"
    elif path == "/release":
        released.set()
    elif path == "/fail":
        raise RuntimeError("as it may")
    elif path == "/length":
        text = str(len(environ["wsgi.input"].read(length)))
    body = text.encode()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]
