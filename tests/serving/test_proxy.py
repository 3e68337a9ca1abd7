"""The real proxy before a server of others, on loopback: who gets through, and what the server sees."""

import base64
import contextlib
import hashlib
import json
import socket
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from pydantic import SecretStr
from websocket import create_connection

from endpoints.plan.envoy import configuration
from endpoints.plan.proxy import ProxyPlan
from endpoints.resources.proxy import proxy_container
from endpoints.stack_file.access import Cors
from tests.serving.processes import ServerProcess, free_port, wait_until

ENVOY = Path(sys.executable).parent / "envoy"
pytestmark = pytest.mark.skipif(
    not ENVOY.exists(), reason="the development requirements have Envoy for Linux on x86-64 alone"
)

PARTNER, BATCH = "partner-0123456789abcdef", "batch.*(0123456789)[abc]\\d"
LONG = "long-" + "0123456789abcdef" * 16
KEYS = {"partner": PARTNER, "batch": BATCH, "long": LONG} | {
    f"spare-{number}": f"{number:02}" * 32 for number in range(29)
}
PAGE = "https://app.acme.example"
CORS = Cors(origins=(PAGE,), headers=("X-API-Key",), credentials=True)


class Server(BaseHTTPRequestHandler):
    """Tells what it got, as JSON; `/slow` waits for `proceed`, `/socket` is a WebSocket that echoes once."""

    protocol_version = "HTTP/1.1"
    proceed = threading.Event()

    def do_GET(self) -> None:
        if self.path == "/socket":
            self._echo()
            return
        length, digest = 0, hashlib.sha256()
        for chunk in self._chunks():
            length += len(chunk)
            digest.update(chunk)
        told = {"headers": self.headers.items(), "bytes": length, "sha256": digest.hexdigest()}
        self.send_response(200)
        self.send_header("X-Spelt-So", "1")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self._send(b" ")
        if self.path == "/slow":
            self.proceed.wait(20)
        self._send(json.dumps(told).encode())
        self._send(b"")

    do_POST = do_OPTIONS = do_GET  # noqa: N815 - the names that the base class looks for

    def _chunks(self) -> Iterator[bytes]:
        left = int(self.headers.get("Content-Length") or 0)
        while left > 0 and (chunk := self.rfile.read(min(left, 1 << 20))):
            left -= len(chunk)
            yield chunk

    def _send(self, chunk: bytes) -> None:
        self.wfile.write(f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n")
        self.wfile.flush()

    def _echo(self) -> None:
        asked = self.headers["Sec-WebSocket-Key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        accepted = base64.b64encode(hashlib.sha1(asked.encode()).digest()).decode()
        self.send_response(101)
        for name, value in (("Upgrade", "websocket"), ("Connection", "Upgrade")):
            self.send_header(name, value)
        self.send_header("Sec-WebSocket-Accept", accepted)
        self.end_headers()
        _, size = self.rfile.read(2)
        mask, masked = self.rfile.read(4), self.rfile.read(size & 127)
        text = bytes(byte ^ mask[place % 4] for place, byte in enumerate(masked))
        self.wfile.write(bytes([0x81, len(text)]) + text)
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def server() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Server) as listening:
        listening.daemon_threads = True
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        yield listening.server_port
        listening.shutdown()


@contextlib.contextmanager
def started(directory: Path, configured: dict[str, object], port: int) -> Iterator[ServerProcess]:
    """Run Envoy with the arguments that it has in a pod."""
    file = directory / "envoy.json"
    file.write_text(json.dumps(configured))
    container = proxy_container(ProxyPlan("envoy", port, SecretStr(file.read_text()), asks_for_keys=True))
    program, *arguments = (str(argument) for argument in container["command"])
    arguments = [str(file) if argument.endswith(file.name) else argument for argument in arguments]
    assert Path(program).name == ENVOY.name
    running = ServerProcess([str(ENVOY), *arguments], port, {}, directory, directory / "log")

    def listens() -> bool:
        assert running.process.poll() is None, running.output
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    wait_until(listens, lambda: running.output)
    yield running
    running.end()


@pytest.fixture(scope="module")
def proxy(server: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    port = free_port()
    keys = {name: SecretStr(key) for name, key in KEYS.items()}
    with started(tmp_path_factory.mktemp("proxy"), configuration(port, server, keys, CORS), port) as running:
        yield running


@pytest.mark.parametrize(
    ("headers", "name"),
    [
        ({"Authorization": f"Bearer {PARTNER}"}, "partner"),
        ({"Authorization": f"bearer  {BATCH}"}, "batch"),
        ({"Authorization": f"Bearer {LONG}"}, "long"),
        ({"X-API-Key": BATCH}, "batch"),
        ({"X-API-Key": BATCH, "Authorization": f"Bearer {PARTNER}"}, "batch"),
        ({"X-API-Key": "of-another", "Authorization": f"Bearer {PARTNER}"}, "partner"),
        ({"X-API-Key": KEYS["spare-28"], "X-VH-Key": "batch", "X_VH_Key": "batch"}, "spare-28"),
    ],
)
def test_a_request_with_a_key_reaches_the_server_with_the_name_of_the_key_in_place_of_it(
    proxy: ServerProcess, headers: dict[str, str], name: str
) -> None:
    answer = proxy.get("/x", headers)
    assert answer.status_code == 200, (answer.text, proxy.output)
    got = answer.json()["headers"]
    assert [value for header, value in got if header.lower().replace("_", "-") == "x-vh-key"] == [name]
    assert not [value for _, value in got for key in KEYS.values() if key in value]


def test_a_header_that_does_not_carry_the_key_is_the_servers_and_names_keep_their_upper_case(
    proxy: ServerProcess,
) -> None:
    answer = proxy.get("/x", {"X-API-Key": PARTNER, "Authorization": "Basic b2Y6aXRz", "X-Mine": "1"})
    got = dict(answer.json()["headers"])
    assert (got["Authorization"], got["X-Mine"]) == ("Basic b2Y6aXRz", "1")
    assert (b"X-Spelt-So", b"1") in answer.headers.raw
    assert not [name for name in got if name.lower() in ("x-request-id", "x-forwarded-for")]
    assert not [name for name in answer.headers if name.startswith("x-envoy")]


@pytest.mark.parametrize(
    ("headers", "challenge"),
    [
        ({}, 'Bearer realm="endpoint"'),
        *(
            (headers, 'Bearer realm="endpoint", error="invalid_token"')
            for headers in (
                {"X-API-Key": ""},
                {"X-API-Key": PARTNER[:-1]},
                {"X-API-Key": f"{PARTNER},{BATCH}"},
                {"Authorization": PARTNER},
                {"Authorization": "Bearer"},
                {"Authorization": f"Bearer {PARTNER} {PARTNER}"},
                {"Authorization": f"Bearer {PARTNER}{PARTNER}"},
                {"Authorization": "Bearer batchxx0123456789a9"},
            )
        ),
        ({"Cookie": f"X-API-Key={PARTNER}"}, 'Bearer realm="endpoint"'),
        ({"X_API_Key": PARTNER}, 'Bearer realm="endpoint"'),
        ({"X-VH-Key": "partner"}, 'Bearer realm="endpoint"'),
    ],
)
def test_a_request_without_a_key_is_answered_by_401_and_a_challenge(
    proxy: ServerProcess, headers: dict[str, str], challenge: str
) -> None:
    for path in ("/x", f"/x?api_key={PARTNER}"):
        answer = proxy.get(path, headers)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == challenge
        assert "Authorization: Bearer KEY" in answer.text


def test_the_log_holds_the_names_of_keys_and_no_key(proxy: ServerProcess) -> None:
    for key in (PARTNER, "wrong-0123456789abcdef"):
        proxy.get("/logged", {"Authorization": f"Bearer {key}", "X-VH-Key": "forged"})
    lines = ('127.0.0.1 partner "GET /logged HTTP/1.1" 200', '127.0.0.1 - "GET /logged HTTP/1.1" 401')
    wait_until(lambda: all(line in proxy.output for line in lines), lambda: proxy.output)
    assert "forged" not in proxy.output
    assert "wrong" not in proxy.output


def test_a_preflight_request_of_a_page_that_may_ask_needs_no_key(proxy: ServerProcess) -> None:
    headers = {"Origin": PAGE, "Access-Control-Request-Method": "POST"}
    answer = proxy.client.options("/x", headers=headers)
    told = {name: value for name, value in answer.headers.items() if name.startswith("access-control-")}
    assert answer.status_code == 204
    assert answer.headers["Vary"] == "Origin"
    assert told == {
        "access-control-allow-origin": PAGE,
        "access-control-allow-credentials": "true",
        "access-control-allow-methods": "GET, HEAD, POST",
        "access-control-allow-headers": "X-API-Key",
        "access-control-max-age": "600",
    }
    refused = proxy.client.options("/x", headers=headers | {"Origin": "https://evil.example"})
    assert not [name for name in refused.headers if name.startswith("access-control-")]
    assert proxy.client.options("/x", headers={"Origin": PAGE}).status_code == 401


@pytest.mark.parametrize(("origin", "allowed"), [(PAGE, PAGE), (f"{PAGE}.evil.example", None), (None, None)])
@pytest.mark.parametrize(("key", "status"), [(PARTNER, 200), ("wrong", 401)])
def test_a_page_that_may_ask_may_read_every_answer(
    proxy: ServerProcess, origin: str | None, allowed: str | None, key: str, status: int
) -> None:
    answer = proxy.get("/x", {"X-API-Key": key} | ({"Origin": origin} if origin else {}))
    assert answer.status_code == status
    assert answer.headers.get("Access-Control-Allow-Origin") == allowed
    assert answer.headers["Vary"] == "Origin"


def test_a_body_of_100_mb_a_stream_and_a_websocket_pass_through(proxy: ServerProcess) -> None:
    key = {"X-API-Key": PARTNER}
    body = bytes(100 * 10**6)
    told = proxy.client.post("/x", content=body, headers=key).json()
    assert (told["bytes"], told["sha256"]) == (len(body), hashlib.sha256(body).hexdigest())
    with proxy.client.stream("GET", "/slow", headers=key) as answer:
        chunks = answer.iter_raw()
        assert next(chunks) == b" "
        Server.proceed.set()
        assert json.loads(b"".join(chunks))["bytes"] == 0
    connected = create_connection(
        f"ws://127.0.0.1:{proxy.port}/socket", header={"Authorization": f"Bearer {PARTNER}"}, timeout=10
    )
    connected.send("hello")
    assert connected.recv() == "hello"
    connected.close()


def test_with_cors_alone_everybody_is_let_in_and_every_page_may_ask(server: int, tmp_path: Path) -> None:
    port = free_port()
    configured = configuration(port, server, {}, Cors(origins=("*",)), "json")
    with started(tmp_path, configured, port) as running:
        answer = running.get("/x?a=b", {"Origin": PAGE, "User-Agent": 'of "me"'})
        assert (answer.status_code, answer.headers.get("Access-Control-Allow-Origin")) == (200, "*")
        assert "Vary" not in answer.headers
        wait_until(lambda: "/x" in running.output, lambda: running.output)
        entry = json.loads(running.output)
    assert (entry["status"], entry["request"], entry["agent"]) == (200, "GET /x?a=b HTTP/1.1", 'of "me"')
    assert entry["key"] is None
