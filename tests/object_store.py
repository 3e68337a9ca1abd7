"""A web server on loopback that answers as Amazon S3, Google Cloud Storage and Azure Blob Storage do."""

import base64
import hashlib
import threading
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class ObjectStore:
    """`objects` are contents by the path that requests have: `/bucket/models/model.npz`."""

    url: str
    objects: dict[str, bytes] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    refuses: bool = False
    login: str | None = None
    """`user:password` that requests must have, where there is one."""


def basic(login: str) -> str:
    return f"Basic {base64.b64encode(login.encode()).decode()}"


@contextmanager
def object_store(host: str = "127.0.0.1") -> Iterator[ObjectStore]:
    """Serve objects until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.answer(with_body=False)

        def do_GET(self) -> None:
            self.answer(with_body=True)

        def answer(self, with_body: bool) -> None:
            path = urllib.parse.unquote(self.path.partition("?")[0])
            store.requests.append(f"{self.command} {path}")
            content = store.objects.get(path)
            given = self.headers.get("Authorization", "")
            if (
                store.login is not None
                and given != f"Basic {base64.b64encode(store.login.encode()).decode()}"
            ):
                self.send_response(401)
                self.send_header("WWW-Authenticate", 'Basic realm="store"')
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            if store.refuses or content is None:
                self.send_response(403 if store.refuses else 404)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.send_header(
                "Content-Type", "text/html" if path.endswith("/") else "application/octet-stream"
            )
            self.send_header("ETag", f'"{hashlib.md5(content).hexdigest()}"')
            self.send_header("Last-Modified", "Sun, 01 Nov 2026 12:00:00 GMT")
            self.end_headers()
            if with_body:
                self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer((host, 0), Handler) as server:
        store = ObjectStore(f"http://{host}:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield store
        finally:
            server.shutdown()
            thread.join()
