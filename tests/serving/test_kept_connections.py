"""Connections kept open, as routers keep them."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection, HTTPResponse

import pytest

from endpoints.manifest.models import Wsgi
from endpoints.plan.server import Serving
from tests.serving.applications.meeting_application import THREADS
from tests.serving.conftest import ADDRESS, StartServer
from tests.serving.processes import TIME_LIMIT, ServerProcess, wait_until

MEETING = Wsgi("meeting_application")
SHORT_REQUESTS = 50


@pytest.fixture
def server(start_server: StartServer) -> Iterator[ServerProcess]:
    running = start_server(MEETING)
    yield running
    running.end()


@pytest.fixture
def connections(server: ServerProcess) -> Iterator[list[HTTPConnection]]:
    """As many as there are threads, each of which has been used once."""
    opened = [HTTPConnection("127.0.0.1", server.port, timeout=TIME_LIMIT) for _ in range(THREADS)]
    for connection in opened:
        ask(connection, "/")
    yield opened
    for connection in opened:
        connection.close()


def ask(connection: HTTPConnection, path: str, body: bytes | None = None) -> str:
    """Send a request, and fail if the connection that it is sent by is not kept."""
    before = connection.sock
    connection.request("POST" if body else "GET", f"{ADDRESS.prefix}{path}", body)
    answer = connection.getresponse()
    text = answer.read().decode()
    assert answer.status == 200, text
    assert connection.sock is not None
    assert before in (None, connection.sock)
    return text


def test_a_long_request_keeps_no_other_connection_waiting(
    server: ServerProcess, connections: list[HTTPConnection]
) -> None:
    first, second, *_ = connections
    with ThreadPoolExecutor() as callers:
        held = callers.submit(ask, first, "/hold")
        server.wait_for_output("held")
        ask(second, "/release")
        assert held.result() == "released"
    assert ask(first, "/") and ask(second, "/")


def test_as_many_long_requests_as_there_are_threads_are_answered_at_once(
    connections: list[HTTPConnection],
) -> None:
    for _ in range(3):
        with ThreadPoolExecutor() as callers:
            met = list(callers.map(lambda connection: ask(connection, "/meet"), connections))
        assert len(set(met)) == THREADS


def test_a_long_request_is_answered_before_the_server_ends(
    server: ServerProcess, connections: list[HTTPConnection]
) -> None:
    first, second, third, *_ = connections
    with ThreadPoolExecutor() as callers:
        held = callers.submit(ask, first, "/hold")
        server.wait_for_output("held")
        server.terminate()
        wait_until(lambda: is_last(second, "/"), lambda: "the worker does not know that it is to end")
        assert is_last(third, "/release")
        assert held.result() == "released"
    assert server.wait_for_end() == 0


def is_last(connection: HTTPConnection, path: str) -> bool:
    """Send a request, and return whether the server announces the end of the connection."""
    connection.request("GET", f"{ADDRESS.prefix}{path}")
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 200
    return answer.headers["Connection"] == "close"


def test_a_failing_request_ends_no_connection(connections: list[HTTPConnection]) -> None:
    first, second, *_ = connections
    for _ in range(2):
        first.request("POST", f"{ADDRESS.prefix}/fail", b"a body that nobody reads")
        answer = first.getresponse()
        assert (answer.status, answer.read()) == (500, b"Internal Server Error\n")
    assert ask(first, "/")
    assert ask(second, "/")


def test_a_body_that_the_application_leaves_unread_is_no_next_request(
    connections: list[HTTPConnection],
) -> None:
    body = b"GET / HTTP/1.1\r\n\r\n" * 1000
    for _ in range(20):
        assert ask(connections[0], "/", body)
        assert ask(connections[0], "/length", body) == str(len(body))


def test_requests_sent_ahead_are_answered_in_their_order(server: ServerProcess) -> None:
    lengths = range(1, 41)
    with socket.create_connection(("127.0.0.1", server.port), TIME_LIMIT) as client:
        for length in lengths:
            head = f"POST {ADDRESS.prefix}/length HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n"
            client.sendall(head.encode() + b"x" * length)
        client.shutdown(socket.SHUT_WR)
        received = b"".join(iter(lambda: client.recv(65536), b""))
    answers = [part.partition(b"\r\n\r\n")[2] for part in received.split(b"HTTP/1.1 200 OK")[1:]]
    assert [int(answer) for answer in answers] == list(lengths)


def test_a_client_that_sends_half_a_request_keeps_no_other_waiting(
    server: ServerProcess, connections: list[HTTPConnection]
) -> None:
    slow = connections[1:]
    for connection in slow:
        connection.sock.sendall(f"GET {ADDRESS.prefix}/ HTTP/1.1\r\n".encode())
    for _ in range(SHORT_REQUESTS):
        assert ask(connections[0], "/")
    assert server.health() == 200
    for connection in slow:
        connection.sock.sendall(b"Host: x\r\n\r\n")
        answer = HTTPResponse(connection.sock)
        answer.begin()
        assert (answer.status, bool(answer.read())) == (200, True)


def test_a_connection_is_closed_when_it_has_been_idle_for_its_time(start_server: StartServer) -> None:
    server = start_server(MEETING, serving=Serving(60, keep_alive_seconds=1))
    with closing(HTTPConnection("127.0.0.1", server.port, timeout=TIME_LIMIT)) as connection:
        for _ in range(SHORT_REQUESTS):
            ask(connection, "/")
        assert connection.sock.recv(1) == b""


def test_a_worker_ends_after_the_number_of_requests_that_the_project_sets(
    start_server: StartServer,
) -> None:
    server = start_server(MEETING, {"GUNICORN_CMD_ARGS": "--max-requests=20"})
    with closing(HTTPConnection("127.0.0.1", server.port, timeout=TIME_LIMIT)) as connection:
        answers = next(number for number in range(1, 100) if is_last(connection, "/"))
    assert 1 < answers <= 20
    server.wait_for_output("Autorestarting worker after current request.")
    server.wait_for_answer(ADDRESS.prefix)
