"""A request is sent to a real server on loopback, and again until the answer is as expected."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from pydantic import SecretStr

from endpoints.errors import ProjectError
from endpoints.plan.smoke_request import Expectation, SmokeRequest
from endpoints.rollout.smoke_request import SHOWN_CHARACTERS, Answer, RouterTransport, check

ENDPOINT = "acme/digits/production/1/greet"
SECRET = "s73577357"


@dataclass
class Server:
    """Answers one after the other with what it is told to; the last answer stays."""

    base_url: str = ""
    answers: list[tuple[int, bytes]] = field(default_factory=lambda: [(200, b"ok")])
    asked: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)
    stalls: bool = False

    @property
    def transport(self) -> RouterTransport:
        return RouterTransport(self.base_url)

    @property
    def request(self) -> SmokeRequest:
        return SmokeRequest(f"/{ENDPOINT}", "GET", {}, Expectation(("200",)), 10, 30)


@pytest.fixture
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A server at the address of the loopback interface that a test names, or at that of IPv4."""
    serving = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            serving.asked.append((self.command, self.path, dict(self.headers), body))
            status, text = serving.answers[0]
            if len(serving.answers) > 1:
                del serving.answers[0]
            if serving.stalls:
                serving.released.wait(30)
            self.send_response(status)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            with contextlib.suppress(ConnectionError):  # who waited for a slow answer has gone
                self.wfile.write(text)

        def do_GET(self) -> None:
            self.do_POST()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
            """Keep the tests' output clean."""

    address = getattr(request, "param", "127.0.0.1")

    class OfFamily(ThreadingHTTPServer):
        address_family = socket.AF_INET6 if ":" in address else socket.AF_INET

    with OfFamily((address, 0), Handler) as listening:
        host = f"[{address}]" if ":" in address else address
        serving.base_url = f"http://{host}:{listening.server_port}"
        thread = threading.Thread(target=listening.serve_forever, args=(0.01,))
        thread.start()
        yield serving
        serving.released.set()
        listening.shutdown()
        thread.join()


def failure(server: Server, request: SmokeRequest) -> str:
    with pytest.raises(ProjectError) as raised:
        check(ENDPOINT, replace(request, retry_seconds=0), server.transport)
    return str(raised.value)


def test_method_headers_and_body_are_sent_as_they_are(server: Server) -> None:
    request = replace(
        server.request,
        method="POST",
        headers={"Content-Type": "image/png"},
        secret_headers={"X-Key": SecretStr(SECRET)},
        body=b"\x89PNG\r\n",
    )
    check(ENDPOINT, request, server.transport)
    ((method, path, headers, body),) = server.asked
    assert (method, path, body) == ("POST", f"/{ENDPOINT}", b"\x89PNG\r\n")
    assert (headers["Content-Type"], headers["X-Key"]) == ("image/png", SECRET)


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
@pytest.mark.parametrize("server", ["::1"], indirect=True)
def test_a_router_may_have_an_ipv6_address(server: Server) -> None:
    assert server.base_url.startswith("http://[::1]:")
    check(ENDPOINT, server.request, server.transport)
    ((_, _, headers, _),) = server.asked
    assert f"http://{headers['Host']}" == server.base_url


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
@pytest.mark.parametrize("server", ["::1"], indirect=True)
def test_a_failure_by_ipv6_names_the_url_with_brackets(server: Server) -> None:
    server.answers = [(500, b"broken")]
    assert f"sent: GET {server.base_url}/{ENDPOINT}\n" in failure(server, server.request)


def test_credentials_of_this_machine_do_not_take_the_place_of_a_header(
    server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password mine\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    check(ENDPOINT, replace(server.request, headers={"Authorization": "Bearer x"}), server.transport)
    assert server.asked[0][2]["Authorization"] == "Bearer x"


def test_a_route_that_is_not_there_yet_is_waited_for(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("endpoints.rollout.smoke_request.PAUSE_SECONDS", 0.01)
    server.answers = [(404, b"no route"), (503, b"no pod"), (200, b"ok")]
    check(ENDPOINT, server.request, server.transport)
    assert len(server.asked) == 3


def test_a_wrong_answer_is_told_with_what_was_sent_and_expected(server: Server) -> None:
    server.answers = [(500, b"no model")]
    told = failure(server, replace(server.request, expectation=Expectation(("200", "3xx"), '"digit": 7')))
    assert told.splitlines()[:5] == [
        f"{ENDPOINT} failed its smoke request, and no alias is moved to it.",
        f"sent: GET {server.base_url}/{ENDPOINT}",
        "expected: status 200 or 3xx and a body with '\"digit\": 7'",
        "last answer within 0 s: 500 Internal Server Error:",
        "no model",
    ]
    assert f"python -m endpoints logs {ENDPOINT}" in told


def test_a_redirect_is_an_answer(server: Server) -> None:
    server.answers = [(302, b"")]
    assert "302 Found, without a body" in failure(server, server.request)
    check(ENDPOINT, replace(server.request, expectation=Expectation(("3xx",))), server.transport)
    assert {path for _, path, _, _ in server.asked} == {f"/{ENDPOINT}"}


def test_an_answer_that_repeats_a_secret_is_shown_without_it(server: Server) -> None:
    server.answers = [(401, f"no such key: {SECRET}".encode())]
    told = failure(server, replace(server.request, secret_headers={"X-Key": SecretStr(SECRET)}))
    assert "no such key: [secret]" in told
    assert SECRET not in told


def test_an_answer_that_takes_too_long_is_told(server: Server) -> None:
    server.stalls = True
    assert "no answer: none within 0.1 s" in failure(server, replace(server.request, timeout_seconds=0.1))


def test_a_server_that_is_not_there_is_told_in_words(server: Server) -> None:
    told = failure(replace(server, base_url="http://127.0.0.1:9"), server.request)
    assert "no answer: connection refused" in told
    unknown = failure(replace(server, base_url="http://models.invalid"), server.request)
    assert "no answer: " in unknown
    for text in (told, unknown):
        assert "object at 0x" not in text
        assert "HTTPConnection" not in text


def test_a_long_answer_is_cut_and_cannot_steer_a_terminal() -> None:
    shown = Answer(200, "OK", b"\x1b[2J" + b"x" * 1000).shown(())
    assert shown.startswith("200 OK:\n[2Jxxx")
    assert shown.endswith("x...")
    assert len(shown) < SHOWN_CHARACTERS + 20


@pytest.mark.parametrize(
    ("statuses", "contains", "is_met"),
    [
        (("200",), None, True),
        (("2xx",), None, True),
        (("404", "2xx"), None, True),
        (("204", "4xx"), None, False),
        (("200",), "digit", True),
        (("200",), "Digit", False),
    ],
)
def test_an_answer_needs_one_of_the_statuses_and_the_text(
    statuses: tuple[str, ...], contains: str | None, is_met: bool
) -> None:
    assert Expectation(statuses, contains).is_met_by(200, b'{"digit": 7}') is is_met
