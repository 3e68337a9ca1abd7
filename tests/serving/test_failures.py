"""Nothing that goes wrong is swallowed: one traceback for each failure, and a sentence for each end."""

import asyncio
import base64
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from endpoints.manifest.models import Wsgi
from endpoints.plan.server import METRICS_VARIABLE, Serving, WsgiServer
from tests.serving.conftest import ADDRESS, StartServer
from tests.serving.processes import TIME_LIMIT, ServerProcess, free_port, wait_until

SERVERS: tuple[WsgiServer, ...] = ("gunicorn", "granian")
FASTAPI = """
from fastapi import FastAPI, Request, WebSocket
from fastapi.responses import StreamingResponse

app = FastAPI()

def fail(where):
    raise ValueError(f"expected 784 features in {where}")

@app.get("/sync")
def sync(): fail("sync")

@app.get("/async")
async def asynchronous(): fail("async")

@app.get("/stream")
async def stream():
    async def body():
        yield "begun"
        fail("stream")
    return StreamingResponse(body(), headers={"Content-Length": "100"})

@app.get("/fine")
def fine(): return "fine"

@app.websocket("/socket")
async def answer(websocket: WebSocket):
    await websocket.accept()
    await websocket.send_text("begun")
    fail("socket")

@app.middleware("http")
async def between(request: Request, call_next):
    if request.url.path.endswith("/middleware"):
        fail("middleware")
    return await call_next(request)
"""
WSGI = """
import os

def fail(where):
    raise ValueError(f"expected 784 features in {where}")

def stream():
    yield b"begun"
    fail("stream")

def app(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/never":
        return [b"an answer without a head"]
    length = {"/short": "100", "/stream": "100000"}.get(path)
    start_response("200 OK", [("Content-Length", length)] if length else [])
    if path == "/stream":
        return stream()
    if path == "/short":
        return iter([b"ten bytes."])
    if path == "/function":
        fail("function")
    return [b"fine"]
"""


@pytest.fixture(params=SERVERS)
def fastapi(
    request: pytest.FixtureRequest, start_server: StartServer, tmp_path: Path
) -> Iterator[ServerProcess]:
    (tmp_path / "failing.py").write_text(FASTAPI)
    running = start_server(Wsgi("failing"), directory=tmp_path, serving=Serving(60, server=request.param))
    yield running
    running.end()


def assert_told_once(server: ServerProcess, where: str) -> None:
    """Wait for the traceback of a failure, and for what the server writes when it ends."""
    server.wait_for_output(f"ValueError: expected 784 features in {where}")
    server.terminate()
    server.wait_for_end()
    assert server.output.count(f"ValueError: expected 784 features in {where}") == 1, server.output
    assert server.output.count("Traceback (most recent call last)") == 1, server.output


@pytest.mark.parametrize("where", ["sync", "async", "middleware"])
def test_a_failure_of_fastapi_is_answered_by_500_and_told_once(fastapi: ServerProcess, where: str) -> None:
    assert fastapi.get(f"{ADDRESS.prefix}/{where}").status_code == 500
    assert_told_once(fastapi, where)


def test_a_failure_in_the_middle_of_a_stream_ends_the_connection_and_is_told_once(
    fastapi: ServerProcess,
) -> None:
    with pytest.raises(httpx.TransportError):
        fastapi.get(f"{ADDRESS.prefix}/stream")
    assert_told_once(fastapi, "stream")


def test_a_failure_of_a_websocket_closes_it_and_is_told_once(fastapi: ServerProcess) -> None:
    assert asyncio.run(_closing_code(fastapi.port, f"{ADDRESS.prefix}/socket")) == 1011
    assert_told_once(fastapi, "socket")


async def _closing_code(port: int, path: str) -> int:
    """Open a WebSocket that sends one text; return the code that it is closed by."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    key = base64.b64encode(os.urandom(16)).decode()
    writer.write(
        f"GET {path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode()
    )
    async with asyncio.timeout(TIME_LIMIT):
        await reader.readuntil(b"\r\n\r\n")
        assert await reader.readexactly(7) == b"\x81\x05begun"
        opcode, _ = await reader.readexactly(2)
        code = int.from_bytes(await reader.readexactly(2))
    writer.close()
    assert opcode == 0x88
    return code


@pytest.fixture(params=SERVERS)
def wsgi(
    request: pytest.FixtureRequest, start_server: StartServer, tmp_path: Path
) -> Iterator[ServerProcess]:
    (tmp_path / "failing.py").write_text(WSGI)
    environment = {METRICS_VARIABLE: str(free_port())}
    serving = Serving(60, server=request.param)
    running = start_server(Wsgi("failing"), environment, tmp_path, serving=serving)
    yield running
    running.end()


def test_a_failure_of_wsgi_is_answered_by_500_and_told_once(wsgi: ServerProcess) -> None:
    assert wsgi.get(f"{ADDRESS.prefix}/function").status_code == 500
    assert_told_once(wsgi, "function")


def test_a_failure_in_a_stream_of_wsgi_ends_the_connection_and_is_told_once(wsgi: ServerProcess) -> None:
    with pytest.raises(httpx.TransportError):
        wsgi.get(f"{ADDRESS.prefix}/stream")
    assert_told_once(wsgi, "stream")


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/never", "the application has answered without a call of start_response"),
        ("/short", "the application announces 100 bytes of body and returns 10"),
    ],
)
def test_an_answer_that_is_none_gets_500_a_sentence_and_is_not_in_flight(
    wsgi: ServerProcess, path: str, said: str
) -> None:
    assert wsgi.get(f"{ADDRESS.prefix}{path}").status_code == 500
    wsgi.wait_for_output(said)
    page = httpx.get(f"http://127.0.0.1:{wsgi.metrics_port}/metrics").text
    assert "valohai_requests_in_flight 0\n" in page
    assert 'valohai_requests_total{method="GET",code="500"} 1\n' in page


def test_a_long_body_that_is_too_short_ends_the_connection(start_server: StartServer, tmp_path: Path) -> None:
    (tmp_path / "failing.py").write_text(
        "def app(environ, start_response):\n"
        "    start_response('200 OK', [('Content-Length', '1000000')])\n"
        "    return (b'x' for _ in range(99))\n"
    )
    for name in SERVERS:
        server = start_server(Wsgi("failing"), directory=tmp_path, serving=Serving(60, server=name))
        with socket.create_connection(("127.0.0.1", server.port), TIME_LIMIT) as client:
            client.sendall(f"GET {ADDRESS.prefix} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            received = b"".join(iter(lambda: client.recv(65536), b""))
        assert received.startswith(b"HTTP/1.1 200 OK")
        server.wait_for_output("999901 bytes of the announced body are missing")


SLOW_LIFESPAN = """
import asyncio
from contextlib import asynccontextmanager
from pathlib import Path
from fastapi import FastAPI, Request

@asynccontextmanager
async def lifespan(app):
    print("loading", flush=True)
    {load}
    yield {{"model": "loaded"}}
    print("the lifespan has ended", flush=True)

app = FastAPI(lifespan=lifespan)

@app.get("/")
def model(request: Request): return request.state.model
"""


def slow_lifespan(directory: Path, load: str) -> Wsgi:
    (directory / "slow.py").write_text(SLOW_LIFESPAN.format(load=load))
    return Wsgi("slow")


@pytest.mark.parametrize("name", SERVERS)
def test_no_request_is_answered_before_the_lifespan_has_started(
    start_server: StartServer, tmp_path: Path, name: WsgiServer
) -> None:
    """gunicorn would give up after 30 s, which nothing but a clock can show."""
    wait = "await asyncio.sleep(31)" if name == "gunicorn" else "await asyncio.sleep(1)"
    serving = Serving(60, server=name)
    server = start_server(slow_lifespan(tmp_path, wait), directory=tmp_path, wait=False, serving=serving)
    server.wait_for_output("loading")
    assert server.health() == 503
    wait_until(lambda: server.health() == 200, lambda: server.output, seconds=60)
    assert server.get(f"{ADDRESS.prefix}/").json() == "loaded"
    server.terminate()
    assert server.wait_for_end() == 0
    assert "the lifespan has ended" in server.output


@pytest.mark.parametrize("name", SERVERS)
@pytest.mark.parametrize("where", ["import", "lifespan"])
def test_a_start_that_takes_too_long_ends_with_a_sentence(
    start_server: StartServer, tmp_path: Path, name: WsgiServer, where: str
) -> None:
    application = slow_lifespan(tmp_path, "await asyncio.to_thread(__import__('time').sleep, 3600)")
    if where == "import":
        (tmp_path / "slow.py").write_text("import time\ntime.sleep(3600)\n")
    serving = Serving(2, server=name)
    server = start_server(application, directory=tmp_path, wait=False, serving=serving)
    assert server.wait_for_end() == 3
    assert "The application was not ready 2 s after its start." in server.output


@pytest.mark.parametrize("name", SERVERS)
def test_a_lifespan_that_cannot_start_ends_the_server_with_its_reason(
    start_server: StartServer, tmp_path: Path, name: WsgiServer
) -> None:
    application = slow_lifespan(tmp_path, "raise RuntimeError('no model at the store')")
    server = start_server(application, directory=tmp_path, wait=False, serving=Serving(60, server=name))
    assert server.wait_for_end() == 3
    assert "RuntimeError: no model at the store" in server.output
    assert server.output.count("loading") == 1


@pytest.mark.parametrize("name", SERVERS)
@pytest.mark.parametrize(
    ("code", "status", "said"),
    [
        ("import sys; sys.exit('no model')", 3, "by sys.exit('no model')"),
        ("import sys; sys.exit()", 3, "by sys.exit(None)"),
        ("raise KeyError('model')", 3, "KeyError: 'model'"),
        ("number = 7", 4, "has neither 'application' nor 'app'"),
        ("from no_such_module import app", 3, "No module named 'no_such_module'"),
    ],
)
def test_an_import_that_fails_ends_the_server_at_once(
    start_server: StartServer, tmp_path: Path, name: WsgiServer, code: str, status: int, said: str
) -> None:
    (tmp_path / "ending.py").write_text(f"print('the ' + 'import begins', flush=True)\n{code}\n")
    server = start_server(
        Wsgi("ending"),
        {"WEB_CONCURRENCY": "2"},
        tmp_path,
        wait=False,
        serving=Serving(60, server=name),
    )
    assert server.wait_for_end() == status, server.output
    assert said in server.output
    assert server.output.count("the import begins") <= 2


@pytest.mark.parametrize("name", SERVERS)
def test_a_module_that_is_not_there_ends_the_server(
    start_server: StartServer, tmp_path: Path, name: WsgiServer
) -> None:
    server = start_server(Wsgi("missing"), directory=tmp_path, wait=False, serving=Serving(60, server=name))
    assert server.wait_for_end() == 4
    assert "There is no module 'missing', which valohai.yaml names" in server.output
    assert "Traceback" not in server.output


def test_workers_that_end_again_and_again_end_the_server(start_server: StartServer, tmp_path: Path) -> None:
    (tmp_path / "dying.py").write_text(
        "import os, signal, threading\n"
        "def app(environ, start_response): ...\n"
        "threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGKILL)).start()\n"
    )
    server = start_server(Wsgi("dying"), {"WEB_CONCURRENCY": "2"}, tmp_path, wait=False)
    assert server.wait_for_end() == 5
    assert "workers have ended by themselves within 60 s" in server.output
