"""Requests that try to pass for others: smuggled, forged or misshapen. Each is refused or harmless."""

import errno
import json
import socket
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from endpoints.manifest.models import Wsgi
from endpoints.plan.server import Serving
from tests.serving.conftest import ADDRESS, StartServer
from tests.serving.processes import TIME_LIMIT, ServerProcess

PREFIX = ADDRESS.prefix
KINDS = [(kind, server) for kind in ("plain_wsgi", "plain_asgi") for server in ("gunicorn", "granian")]
ROUTERS = b"X-Forwarded-For: 203.0.113.7\r\nX-Forwarded-Proto: http\r\n"
"""What a router adds, after whatever the client has sent."""

SILENCE_SECONDS = 1.0
"""How long a server may take for an answer that is the last one."""


@pytest.fixture(scope="module", params=KINDS, ids=lambda pair: " on ".join(pair))
def server(request: pytest.FixtureRequest, start_server: StartServer) -> Iterator[ServerProcess]:
    module, name = request.param
    running = start_server(Wsgi(module), serving=Serving(60, server=name, client_seconds=2))
    running.wait_for_answer(f"{PREFIX}/where")
    yield running
    running.end()


def exchange(server: ServerProcess, sent: bytes, half_close: bool = False) -> bytes:
    """Send bytes and return what comes until the server closes, or is silent for a while.

    With `half_close` the server is told that there is no more, which some take for a client that has gone.
    """
    with socket.create_connection(("127.0.0.1", server.port), TIME_LIMIT) as client:
        client.settimeout(TIME_LIMIT if half_close else SILENCE_SECONDS)
        received = b""
        try:
            client.sendall(sent)
            if half_close:
                client.shutdown(socket.SHUT_WR)
            while piece := client.recv(65536):
                received += piece
        except TimeoutError:
            # Kept open for the next request.
            pass
        except OSError as error:
            # Refused before all of it was read.
            assert error.errno in (errno.ECONNRESET, errno.EPIPE, errno.ENOTCONN), error
        return received


def statuses(received: bytes) -> list[int]:
    return [int(part[:3]) for part in received.split(b"HTTP/1.1 ")[1:] if part[:3].isdigit()]


def answered(received: bytes) -> dict[str, object]:
    """Return the JSON of an answer, which may be a chunk."""
    found: dict[str, object] = json.loads(received[received.index(b"{") : received.rindex(b"}") + 1])
    return found


def head(*lines: str, method: str = "GET", target: str = f"{PREFIX}/where") -> bytes:
    return "\r\n".join([f"{method} {target} HTTP/1.1", "Host: x", *lines, "", ""]).encode("latin-1")


SMUGGLED = head(target="/smuggled")


@pytest.mark.parametrize(
    "sent",
    [
        head("Content-Length: 5", "Transfer-Encoding: chunked", method="POST") + b"0\r\n\r\n" + SMUGGLED,
        head("Transfer-Encoding: chunked", "Content-Length: 5", method="POST") + b"0\r\n\r\n" + SMUGGLED,
        head("Content-Length: 5", "Content-Length: 6", method="POST") + b"hello" + SMUGGLED,
        head("Content-Length: 5, 6", method="POST") + b"hello" + SMUGGLED,
        head("Content-Length: +5", method="POST") + b"hello" + SMUGGLED,
        head("Content-Length: 0x5", method="POST") + b"hello" + SMUGGLED,
        head("Content-Length: -1", method="POST") + SMUGGLED,
        head("Transfer-Encoding: xchunked", method="POST") + b"0\r\n\r\n" + SMUGGLED,
        head("Transfer-Encoding: chunked, identity", method="POST") + b"0\r\n\r\n" + SMUGGLED,
        head("Transfer-Encoding : chunked", method="POST") + b"0\r\n\r\n" + SMUGGLED,
        head("Transfer-Encoding: chunked", method="POST") + b"-1\r\n\r\n" + SMUGGLED,
        head("Transfer-Encoding: chunked", method="POST") + b"ffffffffffffffff1\r\nx\r\n0\r\n\r\n" + SMUGGLED,
    ],
)
def test_a_message_whose_length_is_in_doubt_is_the_last_one(server: ServerProcess, sent: bytes) -> None:
    received = exchange(server, sent)
    assert b"This endpoint is at" not in received, "the smuggled request was answered"
    assert all(status == 400 for status in statuses(received)[1:]), received


@pytest.mark.parametrize(
    "line",
    [
        "X_Forwarded_For: 198.51.100.1",
        "X_Forwarded_Proto: https",
        "X-Forwarded_Proto: https",
        "X_Vh_Prefix: /acme",
        "Script_Name: /acme",
        "SCRIPT_NAME: /acme",
        "PATH_INFO: /acme",
        "Remote_Addr: 198.51.100.1",
        "REMOTE_ADDR: 198.51.100.1",
        "wsgi.url_scheme: https",
        "HTTP_X_FORWARDED_PREFIX: /acme",
        "X-Forwarded-Prefix: /acme",
        "X-Vh-Prefix: /acme",
        "Forwarded: for=198.51.100.1;proto=https",
        "X-Forwarded-Ssl: on",
        "X-Forwarded-Protocol: ssl",
    ],
)
@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
def test_no_header_of_a_client_passes_for_the_routers(server: ServerProcess, line: str, before: bool) -> None:
    own = f"{line}\r\n".encode()
    headers = own + ROUTERS if before else ROUTERS + own
    request = head("Connection: close")[:-2] + headers + b"\r\n"
    received = exchange(server, request)
    assert statuses(received) == [200], received
    seen = answered(received)
    assert (seen["prefix"], seen["header"], seen["path"]) == (PREFIX, PREFIX, "/where")
    assert (seen["client"], seen["scheme"]) == ("203.0.113.7", "http")
    assert seen["forwarded_prefix"] is None


@pytest.mark.parametrize(
    "target",
    [
        f"{PREFIX}/../predict-digit2/where",
        f"{PREFIX}2/where",
        f"{PREFIX}%2fwhere",
        f"/{PREFIX}/where",
        PREFIX.replace("20261101.0", "%2e%2e") + "/where",
        PREFIX.replace("20261101.0", "a%2fb") + "/where",
        PREFIX.replace("20261101.0", "latest%00") + "/where",
        PREFIX.replace("predict-digit", "predict-digit%0a") + "/where",
        "*",
        "http://elsewhere.example/where",
    ],
)
def test_no_target_of_a_client_makes_another_prefix(server: ServerProcess, target: str) -> None:
    received = exchange(server, head("Connection: close", target=target))
    if statuses(received) == [200]:
        assert answered(received)["prefix"] == PREFIX
    else:
        assert set(statuses(received)) <= {400, 404}, received


@settings(
    max_examples=100,
    deadline=None,
    database=None,
)
@given(st.binary(max_size=200))
def test_any_bytes_are_answered_and_the_server_lives(server: ServerProcess, sent: bytes) -> None:
    received = exchange(server, sent, half_close=True)
    assert all(400 <= status < 600 or status == 200 for status in statuses(received)), received
    assert server.process.poll() is None
    assert server.health() == 200


def test_the_log_has_one_line_for_a_target_with_line_breaks(server: ServerProcess) -> None:
    exchange(server, head("Connection: close", target=f"{PREFIX}/missing%0d%0aforged"))
    server.wait_for_output("forged HTTP/1.1")
    assert not [line for line in server.output.splitlines() if line.startswith("forged")]
