"""What an API server is asked for, and what is made of its answers."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from kubernetes.client import ApiClient, Configuration

from endpoints.cluster.api import Api, RefusedError, UnreachableError, selecting

LOG = (b"step 1\rstep 2\n", b"l\xc3\xb6ad\xff\n\nno line end")


@pytest.fixture
def read() -> threading.Event:
    """Set it for the server to go on with its log."""
    return threading.Event()


@pytest.fixture
def server(read: threading.Event) -> Iterator[str]:
    """The address of a server that has a log, as it grows, and lets nobody see anything else."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if self.path == "/log":
                self.send_response(200)
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                for written in (*LOG, b""):
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(written), written))
                    read.wait(60)
            else:
                body = b'{"message": "pods is forbidden"}'
                self.send_response(403)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            """Keep the tests' output clean."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield f"127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


@pytest.fixture
def asked(server: str) -> Iterator[Api]:
    with ApiClient(Configuration(host=f"http://{server}", retries=False)) as client:
        yield Api(client)


def test_a_text_comes_line_by_line_as_soon_as_it_is_written(asked: Api, read: threading.Event) -> None:
    lines = asked.lines("/log")
    assert next(lines) == "step 1\rstep 2"
    read.set()
    assert list(lines) == ["löad\N{REPLACEMENT CHARACTER}", "", "no line end"]


def test_what_the_account_may_not_see_is_told_as_the_server_says_it(asked: Api) -> None:
    for ask in (asked.read, lambda path: list(asked.lines(path))):
        with pytest.raises(RefusedError, match=r"^403 Forbidden; pods is forbidden$"):
            ask("/pods")


def test_a_connection_that_cannot_be_trusted_is_told_by_the_reason_alone(server: str) -> None:
    with ApiClient(Configuration(host=f"https://{server}", retries=False)) as client:
        for ask in (Api(client).get, lambda path: list(Api(client).lines(path))):
            with pytest.raises(UnreachableError, match=r"^\[SSL"):
                ask("/version")


def test_objects_are_selected_by_all_labels_and_fields() -> None:
    path = selecting("/api/v1/pods", labels={"a.io/b": "c", "d": "e"}, fields={"spec.nodeName": "n"})
    assert path == "/api/v1/pods?labelSelector=a.io%2Fb%3Dc%2Cd%3De&fieldSelector=spec.nodeName%3Dn"
