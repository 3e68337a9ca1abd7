"""The same questions to every framework: which prefix does the application see, and what is outside?"""

import json
from collections.abc import Iterator
from http.client import HTTPConnection
from itertools import product
from pathlib import Path

import pytest

from endpoints.manifest.models import Wsgi
from endpoints.plan.server import Serving
from tests.serving.conftest import ADDRESS, StartServer
from tests.serving.environments import other_servers
from tests.serving.processes import TIME_LIMIT, ServerProcess

REQUIREMENTS = Path(__file__).parent
FRAMEWORKS = {
    "plain WSGI": (Wsgi("plain_wsgi"), "WSGI"),
    "Flask": (Wsgi("flask_application", "app"), "WSGI"),
    "Django": (Wsgi("django_application"), "WSGI"),
    "Django, ASGI": (Wsgi("django_application", "asynchronous"), "ASGI"),
    "plain ASGI": (Wsgi("plain_asgi"), "ASGI"),
    "Starlette": (Wsgi("starlette_application"), "ASGI"),
    "FastAPI": (Wsgi("fastapi_application"), "ASGI"),
}
OLDER_WORKERS = {"WSGI": "ThreadWorker", "ASGI": "UvicornWorker"}
SERVERS: dict[str, tuple[Path | None, dict[str, str]]] = {
    "gunicorn 27": (None, {"WSGI": "ThreadWorker", "ASGI": "AsgiWorker"}),
    "Granian": (None, {"WSGI": "Granian", "ASGI": "Granian"}),
    "gunicorn 23": (REQUIREMENTS / "gunicorn-23-requirements.txt", OLDER_WORKERS),
    "gunicorn 21": (REQUIREMENTS / "gunicorn-21-requirements.txt", OLDER_WORKERS),
}
"""What images get, by their Python: the newest one, that of 3.7 to 3.9, that of 3.6. With each the
requirements of an environment of its own, and the workers there."""
VERSION = ADDRESS.prefix
ALIAS = VERSION.replace("20261101.0", "latest")
OTHER_ALIAS = VERSION.replace("20261101.0", "staging")


@pytest.fixture(
    scope="module",
    params=[pytest.param(pair, id=" on ".join(pair)) for pair in product(FRAMEWORKS, SERVERS)],
)
def server(request: pytest.FixtureRequest, start_server: StartServer) -> Iterator[ServerProcess]:
    framework, name = request.param
    application, protocol = FRAMEWORKS[framework]
    requirements, workers = SERVERS[name]
    path = {"PATH": f"{other_servers(requirements)}:/usr/bin:/bin"} if requirements else {}
    serving = Serving(60, server="granian" if name == "Granian" else "gunicorn")
    running = start_server(application, path, serving=serving)
    running.wait_for_output(f"Serving {protocol} with {workers[protocol]}")
    yield running
    running.end()


@pytest.mark.parametrize("prefix", [VERSION, ALIAS, OTHER_ALIAS])
def test_the_application_sees_the_prefix_that_the_request_came_by(server: ServerProcess, prefix: str) -> None:
    answer = server.get(f"{prefix}/where")
    assert answer.status_code == 200, answer.text
    assert answer.json() == {
        "prefix": prefix,
        "header": prefix,
        "path": "/where",
        "link": f"{prefix}/where",
        "scheme": "http",
        "client": "127.0.0.1",
        "forwarded_prefix": None,
    }


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/where",
        f"{VERSION}2/where",
        VERSION.replace("predict-digit", "predict") + "/where",
        VERSION.replace("acme", "other") + "/where",
        VERSION.replace("digits", "letters") + "/where",
        VERSION.replace("production", "staging") + "/where",
        VERSION.replace("20261101.0", "") + "/where",
        VERSION.replace("20261101.0", "..") + "/where",
        VERSION.replace("20261101.0", "a/b") + "/where",
        "/prefix" + VERSION + "/where",
    ],
)
def test_a_path_outside_the_prefix_is_not_found(server: ServerProcess, path: str) -> None:
    answer = server.get(path)
    assert answer.status_code == 404
    assert answer.text == "This endpoint is at /acme/digits/production/<version or alias>/predict-digit\n"


@pytest.mark.parametrize(
    "name",
    [
        "SCRIPT_NAME",
        "Script-Name",
        "PATH_INFO",
        "X-VH-Prefix",
        "X_VH_Prefix",
        "X-Forwarded-Prefix",
        "X-Script-Name",
    ],
)
@pytest.mark.parametrize("value", ["/evil", "/acme", ""])
def test_no_header_of_a_client_changes_the_prefix(server: ServerProcess, name: str, value: str) -> None:
    answer = server.get(f"{ALIAS}/where", {name: value})
    assert answer.status_code == 200, answer.text
    assert answer.json() == json.loads(server.get(f"{ALIAS}/where").text)


def test_the_scheme_is_the_one_that_the_router_tells(server: ServerProcess) -> None:
    headers = {"X-Forwarded-Proto": "https", "X-Forwarded-Ssl": "off", "X-Forwarded-Protocol": "http"}
    assert server.get(f"{VERSION}/where", headers).json()["scheme"] == "https"


@pytest.mark.parametrize("made_up", ["", "198.51.100.1, "])
@pytest.mark.parametrize("address", ["203.0.113.7", "2001:db8::7"])
def test_the_client_is_the_one_that_the_router_tells(
    server: ServerProcess, made_up: str, address: str
) -> None:
    answer = server.get(f"{VERSION}/where", {"X-Forwarded-For": made_up + address})
    assert answer.json()["client"] == address


def test_a_connection_stays_open_from_one_prefix_to_the_next(server: ServerProcess) -> None:
    connection = HTTPConnection("127.0.0.1", server.port, timeout=TIME_LIMIT)
    connection.connect()
    first = connection.sock
    for prefix in (VERSION, ALIAS, VERSION):
        connection.request("GET", f"{prefix}/where")
        assert json.loads(connection.getresponse().read())["prefix"] == prefix
        assert connection.sock is first
    connection.close()
