"""What docs/prefixes.md warns of, so that it is told as it is."""

from collections.abc import Iterator, Mapping
from http.client import HTTPConnection
from pathlib import Path
from typing import Protocol

import httpx
import pytest

from endpoints.manifest.models import ServerCommand, Wsgi
from tests.serving.conftest import ADDRESS, StartServer
from tests.serving.processes import TIME_LIMIT, ServerProcess
from tests.serving.projects import Application

PREFIX = ADDRESS.prefix
UVICORN = "uvicorn app:app --host 0.0.0.0 --port $PORT"
STREAMLIT = (
    "streamlit run app.py --server.address 0.0.0.0 --server.port $PORT --server.baseUrlPath $SCRIPT_NAME"
)
FLASK_RUN = "flask run --host 0.0.0.0 --port $PORT"


class StartProject(Protocol):
    """Starts a project of one file."""

    def __call__(
        self, application: Application, key: Wsgi | ServerCommand | str, environment: Mapping[str, str] = ...
    ) -> ServerProcess:
        """Return its server; a text is a `server-command`."""


@pytest.fixture
def start(start_server: StartServer, tmp_path: Path) -> Iterator[StartProject]:
    servers: list[ServerProcess] = []

    def run(
        application: Application,
        key: Wsgi | ServerCommand | str,
        environment: Mapping[str, str] | None = None,
    ) -> ServerProcess:
        variables = application.prepare(tmp_path) | dict(environment or {})
        command = ServerCommand((key,)) if isinstance(key, str) else key
        servers.append(start_server(command, variables, tmp_path, wait=False))
        return servers[-1]

    yield run
    for server in servers:
        server.end()


def test_uvicorn_puts_its_root_path_in_front_of_the_path_again(start: StartProject) -> None:
    application = Application("fastapi_application.py", heavy=True)
    server = start(application, f"{UVICORN} --root-path $SCRIPT_NAME")
    server.wait_for_answer("/where")
    assert server.get(f"{PREFIX}/where").status_code == 404
    assert server.get("/where").json()["path"] == "/where"


@pytest.mark.parametrize(("trusted", "scheme"), [({}, "http"), ({"FORWARDED_ALLOW_IPS": "*"}, "https")])
@pytest.mark.parametrize(
    ("application", "command", "moved"),
    [
        (Application("fastapi_root_path.py", heavy=True), UVICORN, "/where/"),
        (
            Application("streamlit_application.py", page="/", heavy=True),
            STREAMLIT,
            "",
        ),
    ],
    ids=["Uvicorn", "Streamlit"],
)
def test_uvicorn_believes_the_scheme_of_a_router_that_it_is_told_to_trust(
    start: StartProject,
    application: Application,
    command: str,
    moved: str,
    trusted: dict[str, str],
    scheme: str,
) -> None:
    server = start(application, command, trusted)
    server.wait_for_answer(PREFIX + application.page)
    # Any address but the first of the loopback interface is another machine's to Uvicorn.
    with httpx.Client(transport=httpx.HTTPTransport(local_address="127.0.0.2"), timeout=TIME_LIMIT) as router:
        url = f"http://127.0.0.1:{server.port}{PREFIX}{moved}"
        answer = router.get(url, headers={"X-Forwarded-Proto": "https"})
    assert answer.headers["Location"].startswith(f"{scheme}://")


def test_gunicorn_by_hand_hands_a_neighbours_path_to_the_application(start: StartProject) -> None:
    server = start(Application("plain_wsgi.py"), "gunicorn app:app --bind 0.0.0.0:$PORT")
    server.wait_for_answer(f"{PREFIX}/where")
    assert server.get(f"{PREFIX}2/where").json()["path"] == "2/where"


@pytest.mark.parametrize(("options", "prefix"), [("", "/acme"), (" --forwarder-headers ''", PREFIX)])
def test_gunicorn_by_hand_believes_the_prefix_of_whom_it_trusts(
    start: StartProject, options: str, prefix: str
) -> None:
    command = f"gunicorn app:app --bind 0.0.0.0:$PORT --forwarded-allow-ips '*'{options}"
    server = start(Application("plain_wsgi.py"), command)
    server.wait_for_answer(f"{PREFIX}/where")
    assert server.get(f"{PREFIX}/where", {"Script-Name": "/acme"}).json()["prefix"] == PREFIX
    assert server.get(f"{PREFIX}/where", {"SCRIPT_NAME": "/acme"}).json()["prefix"] == prefix


def test_a_fastapi_project_that_sets_its_prefix_itself_has_no_alias(start: StartProject) -> None:
    server = start(Application("fastapi_root_path.py"), Wsgi("app"))
    server.wait_for_answer(f"{PREFIX}/where")
    assert server.get(f"{PREFIX.replace('20261101.0', 'latest')}/where").status_code == 404


def test_streamlit_accepts_websockets_from_its_own_host_alone(start: StartProject) -> None:
    server = start(Application("streamlit_application.py", heavy=True), STREAMLIT)
    server.wait_for_answer(f"{PREFIX}/")
    own, other = "https://models.acme.example", "https://elsewhere.example"
    assert [open_websocket(server, "models.acme.example", origin) for origin in (own, other)] == [101, 403]


def open_websocket(server: ServerProcess, host: str, origin: str) -> int:
    """Ask for Streamlit's WebSocket as a browser does; return the status of the handshake."""
    headers = {
        "Host": host,
        "Origin": origin,
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "bm8gc2VjcmV0IGF0IGFsbA==",
    }
    connection = HTTPConnection("127.0.0.1", server.port, timeout=TIME_LIMIT)
    connection.request("GET", f"{PREFIX}/_stcore/stream", headers=headers)
    with connection.getresponse() as answer:
        connection.close()
        return answer.status


def test_the_often_copied_dispatcher_ends_the_start(start: StartProject) -> None:
    server = start(Application("werkzeug_dispatcher_broken.py"), FLASK_RUN)
    assert server.wait_for_end() != 0
    assert "AttributeError: 'Flask' object has no attribute 'wsgi'" in server.output


@pytest.mark.parametrize("key", [Wsgi("app", "app"), "gunicorn app:app --bind 0.0.0.0:$PORT"])
def test_a_dispatcher_asks_a_second_time_for_a_prefix_that_is_off(
    start: StartProject, key: Wsgi | str
) -> None:
    server = start(Application("werkzeug_dispatcher.py"), key)
    server.wait_for_answer(f"{PREFIX}{PREFIX}/where")
    assert server.get(f"{PREFIX}/where").status_code == 404


def test_gos_mux_below_strip_prefix_redirects_without_the_prefix(start: StartProject) -> None:
    server = start(Application("go_server.go"), "HOST=0.0.0.0 ./server")
    server.wait_for_answer(f"{PREFIX}/where")
    assert server.get(f"{PREFIX}/stripped/static").headers["Location"] == "/static/"


def test_a_page_of_dash_at_an_alias_refers_to_the_version(start: StartProject) -> None:
    server = start(Application("dash_wsgi.py", heavy=True), Wsgi("app", "app.server"))
    alias = PREFIX.replace("20261101.0", "latest")
    server.wait_for_answer(f"{alias}/")
    assert f'src="{PREFIX}/' in server.get(f"{alias}/").text
