"""What frameworks build on the prefix: redirects, documentation, mounted applications, WebSockets."""

import asyncio
import base64
import os

import pytest

from endpoints.manifest.models import Wsgi
from tests.serving.conftest import ADDRESS, StartServer
from tests.serving.processes import TIME_LIMIT, ServerProcess

VERSION = ADDRESS.prefix
ALIAS = VERSION.replace("20261101.0", "latest")


@pytest.fixture(scope="module")
def flask(start_server: StartServer) -> ServerProcess:
    return start_server(Wsgi("flask_application", "app"))


@pytest.fixture(scope="module")
def fastapi(start_server: StartServer) -> ServerProcess:
    return start_server(Wsgi("fastapi_application", "app"))


@pytest.mark.parametrize("prefix", [VERSION, ALIAS])
def test_a_flask_redirect_stays_under_the_prefix(flask: ServerProcess, prefix: str) -> None:
    assert flask.get(f"{prefix}/away").headers["Location"] == f"{prefix}/where"


@pytest.mark.parametrize("prefix", [VERSION, ALIAS])
def test_the_prefix_itself_reaches_the_application(flask: ServerProcess, prefix: str) -> None:
    answer = flask.get(prefix)
    assert answer.status_code == 404
    assert "This endpoint is at" not in answer.text


def test_errors_of_django_are_in_the_log_where_its_settings_say_so(start_server: StartServer) -> None:
    server = start_server(Wsgi("django_whitenoise"))
    assert server.get(f"{VERSION}/failing").status_code == 500
    server.wait_for_output("ValueError: a mistake of the project")


def test_an_encoded_path_arrives_decoded_once(flask: ServerProcess) -> None:
    assert flask.get(f"{VERSION}/%77here").json()["path"] == "/where"


@pytest.mark.parametrize("prefix", [VERSION, ALIAS])
def test_the_documentation_of_fastapi_refers_to_the_prefix(fastapi: ServerProcess, prefix: str) -> None:
    assert f"{prefix}/openapi.json" in fastapi.get(f"{prefix}/docs").text
    assert fastapi.get(f"{prefix}/openapi.json").json()["servers"] == [{"url": prefix}]


@pytest.mark.parametrize("prefix", [VERSION, ALIAS])
def test_a_mounted_application_builds_its_urls_on_the_prefix(fastapi: ServerProcess, prefix: str) -> None:
    answer = fastapi.get(f"{prefix}/mounted/where").json()
    assert answer == {"prefix": f"{prefix}/mounted", "link": f"{prefix}/mounted/where"}


def test_a_stream_comes_whole_though_its_application_asks_whether_the_client_is_there(
    fastapi: ServerProcess,
) -> None:
    answer = fastapi.get(f"{VERSION}/events/5")
    assert answer.text == "".join(f"data: {number}\n\n" for number in range(5))


def test_an_application_that_streams_is_told_of_a_client_that_has_gone(fastapi: ServerProcess) -> None:
    with fastapi.client.stream("GET", f"{VERSION}/events/1000000") as answer:
        first = next(answer.iter_text())
    assert first.startswith("data: 0\n\n")
    fastapi.wait_for_output("the client has gone before event ")


def test_a_websocket_is_accepted_under_the_prefix_and_refused_outside(fastapi: ServerProcess) -> None:
    assert asyncio.run(_websocket(fastapi.port, f"{ALIAS}/socket")) == ("101", ALIAS)
    assert asyncio.run(_websocket(fastapi.port, f"{VERSION}2/socket"))[0] == "403"


async def _websocket(port: int, path: str) -> tuple[str, str]:
    """Open a WebSocket; return the status of the handshake and the first text message."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    key = base64.b64encode(os.urandom(16)).decode()
    writer.write(
        f"GET {path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode()
    )
    async with asyncio.timeout(TIME_LIMIT):
        status = (await reader.readuntil(b"\r\n\r\n")).split()[1].decode()
        message = ""
        if status == "101":
            length = (await reader.readexactly(2))[1]
            message = (await reader.readexactly(length)).decode()
    writer.close()
    await writer.wait_closed()
    return status, message
