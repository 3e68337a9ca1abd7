"""What docs/prefixes.md warns of, so that it is told as it is."""

from collections.abc import Mapping
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
def start(start_server: StartServer, tmp_path: Path) -> StartProject:
    def run(
        application: Application,
        key: Wsgi | ServerCommand | str,
        environment: Mapping[str, str] | None = None,
    ) -> ServerProcess:
        variables = application.prepare(tmp_path) | dict(environment or {})
        command = ServerCommand((key,)) if isinstance(key, str) else key
        return start_server(command, variables, tmp_path, wait=False)

    return run


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
