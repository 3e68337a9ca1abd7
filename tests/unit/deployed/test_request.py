"""A request reaches a real server on loopback as it was meant."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from endpoints.deployed.request import Request, send
from endpoints.errors import ProjectError


@dataclass
class Echo:
    """A server that answers with the body that it gets, and remembers what it was asked."""

    url: str = ""
    asked: list[tuple[str, str, str]] = field(default_factory=list)


@pytest.fixture
def echo() -> Iterator[Echo]:
    remembered = Echo()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            remembered.asked.append((self.command, self.path, self.headers.get("Content-Type") or ""))
            self.send_response(404 if "missing" in self.path else 200)
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            self.do_POST()

        def do_PUT(self) -> None:
            self.do_POST()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            """Keep the tests' output clean."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        remembered.url = f"http://127.0.0.1:{server.server_port}/acme/digits/production/1/greet"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield remembered
        server.shutdown()
        thread.join()


PREFIX = "/acme/digits/production/1/greet"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("", PREFIX),
        ("list?n=3", f"{PREFIX}/list?n=3"),
        ("/list", f"{PREFIX}/list"),
        ("?n=3", f"{PREFIX}?n=3"),
    ],
)
def test_a_path_is_below_the_endpoint(echo: Echo, path: str, expected: str) -> None:
    assert send(Request(echo.url, path)).status == 200
    assert echo.asked == [("GET", expected, "")]


def test_a_file_is_sent_as_it_is(echo: Echo, tmp_path: Path) -> None:
    picture = tmp_path / "7.png"
    picture.write_bytes(b"\x89PNG\r\n")
    assert send(Request(echo.url, file=picture, content_type="image/png")).body == b"\x89PNG\r\n"
    assert echo.asked == [("POST", PREFIX, "image/png")]


def test_json_is_sent_as_json_from_the_line_or_from_a_file(echo: Echo, tmp_path: Path) -> None:
    (tmp_path / "body.json").write_text('{"a": [1]}')
    for text in ('{"a": [1]}', f"@{tmp_path / 'body.json'}"):
        assert json.loads(send(Request(echo.url, json_text=text, method="PUT")).body) == {"a": [1]}
    assert echo.asked == [("PUT", PREFIX, "application/json")] * 2


def test_a_form_holds_texts_and_files(echo: Echo, tmp_path: Path) -> None:
    (tmp_path / "7.png").write_bytes(b"picture")
    body = send(Request(echo.url, form=("name=seven", f"image=@{tmp_path / '7.png'}"))).body
    assert b'name="name"\r\n\r\nseven\r\n' in body
    assert b'name="image"; filename="7.png"' in body
    assert echo.asked[0][2].startswith("multipart/form-data; boundary=")


def test_an_error_of_the_server_is_an_answer(echo: Echo) -> None:
    answer = send(Request(echo.url, "missing"))
    assert (answer.status, answer.reason) == (404, "Not Found")


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (Request("http://127.0.0.1:1/x"), "http://127.0.0.1:1/x: does not answer"),
        (Request("http://x", json_text="{"), "--json: is not JSON"),
        (Request("http://x", form=("name",)), "--form name: allowed: NAME=TEXT, or NAME=@FILE"),
        (Request("http://x", headers=("Accept",)), "--header Accept: allowed: NAME: VALUE"),
        (Request("http://x", file=Path("no-such-file")), "no-such-file: cannot be read"),
        (Request("http://x", json_text="1", form=("a=b",)), "allowed: one of --file, --json and --form"),
    ],
)
def test_a_request_that_cannot_be_sent_says_why(request_: Request, message: str) -> None:
    with pytest.raises(ProjectError) as raised:
        send(request_)
    assert message in str(raised.value)
