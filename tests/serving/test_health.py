"""Health is answered while requests, workers and clients do what they like."""

import os
import signal
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from endpoints.manifest.models import Wsgi
from endpoints.plan.server import ALIVE_PATH, Serving, WsgiServer
from tests.serving.conftest import ADDRESS, StartServer
from tests.serving.processes import ServerProcess, wait_until

APPLICATION = """
import os
import time
from pathlib import Path

def answer(path):
    if path == "/hold":
        print("held", flush=True)
        while not Path("release").exists():
            time.sleep(0.05)
    if path == "/large":
        return b"x" * 50_000_000
    return str(os.getpid()).encode()

def wsgi(environ, start_response):
    environ["wsgi.input"].read()
    body = answer(environ["PATH_INFO"])
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]

async def asgi(scope, receive, send):
    if scope["type"] == "lifespan":
        raise NotImplementedError
    while (await receive()).get("more_body"):
        pass
    body = answer(scope["path"][len(scope["root_path"]):])
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})
"""
SERVERS: tuple[WsgiServer, ...] = ("gunicorn", "granian")
KINDS = [(kind, server) for kind in ("wsgi", "asgi") for server in SERVERS]
STALLED_CLIENTS = 8
CLIENT_SECONDS = 2


@pytest.fixture(params=KINDS, ids=lambda pair: " on ".join(pair))
def server(
    request: pytest.FixtureRequest, start_server: StartServer, tmp_path: Path
) -> Iterator[ServerProcess]:
    kind, name = request.param
    (tmp_path / "busy.py").write_text(APPLICATION)
    serving = Serving(60, server=name, client_seconds=CLIENT_SECONDS)
    running = start_server(Wsgi("busy", kind), directory=tmp_path, serving=serving)
    yield running
    (tmp_path / "release").touch()
    running.end()


def is_healthy(server: ServerProcess) -> bool:
    return server.health() == server.health(ALIVE_PATH) == 200


def test_requests_that_hold_every_thread_or_the_event_loop_do_not_hold_health(server: ServerProcess) -> None:
    with ThreadPoolExecutor() as clients:
        held = [clients.submit(server.get, f"{ADDRESS.prefix}/hold") for _ in range(8)]
        server.wait_for_output("held")
        assert all(is_healthy(server) for _ in range(20))
        (server.directory / "release").touch()
        assert {answer.result().status_code for answer in held} == {200}


@contextmanager
def stalled(server: ServerProcess, path: str, rest: bytes) -> Iterator[socket.socket]:
    """A client that sends `rest` of a request after its first line, and then neither sends nor reads."""
    with socket.socket() as client:
        # As little as the kernel allows, so that the server cannot get rid of its answer.
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", server.port))
        client.sendall(f"POST {ADDRESS.prefix}{path} HTTP/1.1\r\nHost: x\r\n".encode() + rest)
        yield client


STALLS = {
    "a silent connection": None,
    "half of the headers": ("/", b""),
    "two bytes of a body": ("/", b"Content-Length: 100\r\n\r\nxx"),
    "an answer that is not read": ("/large", b"Content-Length: 0\r\n\r\n"),
}


@pytest.mark.parametrize("stall", STALLS)
def test_clients_that_stand_still_do_not_hold_health(server: ServerProcess, stall: str) -> None:
    with ExitStack() as clients:
        for _ in range(STALLED_CLIENTS):
            case = STALLS[stall]
            if case is None:
                clients.enter_context(socket.create_connection(("127.0.0.1", server.port)))
            else:
                clients.enter_context(stalled(server, *case))
        assert all(is_healthy(server) for _ in range(20))


@pytest.mark.parametrize("name", SERVERS)
@pytest.mark.parametrize("stall", STALLS)
def test_clients_that_stand_still_are_let_go(
    start_server: StartServer, tmp_path: Path, stall: str, name: WsgiServer
) -> None:
    (tmp_path / "busy.py").write_text(APPLICATION)
    serving = Serving(60, server=name, client_seconds=CLIENT_SECONDS)
    server = start_server(Wsgi("busy", "wsgi"), directory=tmp_path, serving=serving)
    with ExitStack() as clients:
        for _ in range(STALLED_CLIENTS):
            case = STALLS[stall]
            if case is None:
                clients.enter_context(socket.create_connection(("127.0.0.1", server.port)))
            else:
                clients.enter_context(stalled(server, *case))
        # The test's patience is longer than two rounds of four clients take.
        assert server.get(ADDRESS.prefix).status_code == 200
    assert "Traceback" not in server.output


@pytest.mark.parametrize(("kind", "name"), KINDS)
def test_a_killed_worker_is_replaced_and_another_serves_meanwhile(
    start_server: StartServer, tmp_path: Path, kind: str, name: WsgiServer
) -> None:
    (tmp_path / "busy.py").write_text(APPLICATION)
    two = {"WEB_CONCURRENCY": "2"}
    server = start_server(Wsgi("busy", kind), two, tmp_path, serving=Serving(60, server=name))
    seen: set[str] = set()

    def sees_two_more(before: set[str]) -> bool:
        assert is_healthy(server)
        try:
            seen.add(server.get(ADDRESS.prefix).text)
        except httpx.TransportError:
            # A connection that the killed worker had not answered yet.
            return False
        return len(seen - before) == (1 if before else 2)

    wait_until(lambda: sees_two_more(set()), lambda: server.output)
    before = set(seen)
    os.kill(int(before.copy().pop()), signal.SIGKILL)
    wait_until(lambda: sees_two_more(before), lambda: server.output)


@pytest.mark.parametrize("name", SERVERS)
def test_a_worker_whose_event_loop_is_stuck_is_replaced(
    start_server: StartServer, tmp_path: Path, name: WsgiServer
) -> None:
    (tmp_path / "busy.py").write_text(APPLICATION)
    serving = Serving(60, server=name, worker_seconds=3)
    server = start_server(Wsgi("busy", "asgi"), directory=tmp_path, serving=serving)
    with ThreadPoolExecutor() as clients:
        held = clients.submit(server.get, f"{ADDRESS.prefix}/hold")
        server.wait_for_output("held")
        assert isinstance(held.exception(), httpx.TransportError)
    server.wait_for_answer(ADDRESS.prefix)
    assert "WORKER TIMEOUT" in server.output


def test_a_master_that_stands_still_does_not_count_as_alive(
    start_server: StartServer, tmp_path: Path
) -> None:
    (tmp_path / "busy.py").write_text(APPLICATION)
    server = start_server(Wsgi("busy", "wsgi"), directory=tmp_path)
    server.process.send_signal(signal.SIGSTOP)
    with pytest.raises(httpx.TimeoutException):
        server.health(ALIVE_PATH)
    server.process.send_signal(signal.SIGCONT)
    wait_until(lambda: is_healthy(server), lambda: server.output)
