"""Small servers that builds on this machine's network reach."""

import base64
import functools
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread


class _Refusing(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_error(401)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def refusing_server() -> Iterator[str]:
    """Answer 401 to every request, and give the URL."""
    with _running(_Refusing) as url:
        yield url


class _Private(SimpleHTTPRequestHandler):
    token = ""

    def do_GET(self) -> None:
        expected = base64.b64encode(f"{self.token}:".encode()).decode()
        if self.headers.get("Authorization") == f"Basic {expected}":
            super().do_GET()
            return
        self.send_response(401)
        self.send_header("WWW-Authenticate", 'Basic realm="private"')
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def private_git_server(directory: Path, token: str) -> Iterator[str]:
    """Serve bare repositories to a user whose name is the token, and give the host and port."""
    handler = type("Private", (_Private,), {"token": token})
    with _running(functools.partial(handler, directory=str(directory))) as url:
        yield url.removeprefix("http://")


def make_repository(directory: Path, files: dict[str, str]) -> None:
    """Make a bare repository with one commit that every web server can serve."""
    work = directory.parent / f"{directory.name}-work"
    work.mkdir(parents=True)
    for name, text in files.items():
        (work / name).write_text(text)
    identity = ("-c", "user.name=test", "-c", "user.email=test@acme.example")
    for command in (
        ("init", "--quiet", "--initial-branch=main", str(work)),
        ("-C", str(work), "add", "."),
        ("-C", str(work), *identity, "commit", "--quiet", "--message=first"),
        ("clone", "--quiet", "--bare", str(work), str(directory)),
        ("-C", str(directory), "update-server-info"),
    ):
        subprocess.run(["git", *command], check=True, timeout=60)


@contextmanager
def _running(handler: Callable[..., BaseHTTPRequestHandler]) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
