"""The table of docs/prefixes.md: its lines start real servers, which answer as it says."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx
import pytest
import yaml

from endpoints.manifest.models import ServerCommand, Wsgi
from tests.serving.conftest import ADDRESS, APPLICATIONS, StartServer
from tests.serving.processes import TIME_LIMIT, ServerProcess
from tests.serving.projects import Application

PAGE = Path(__file__).parents[2] / "docs" / "prefixes.md"
PREFIX = ADDRESS.prefix
ALIAS = PREFIX.replace("20261101.0", "latest")
OTHER_ALIAS = PREFIX.replace("20261101.0", "staging")
FORGED_HEADERS = ("SCRIPT_NAME", "Script-Name", "PATH_INFO", "X-VH-Prefix", "X-Forwarded-Prefix")


APPLICATION_OF = {
    "Flask": Application("flask_application.py", moved="/away"),
    "Django": Application("django_application.py"),
    "Django with WhiteNoise": Application("django_whitenoise.py", moved="/away"),
    "FastAPI": Application("fastapi_application.py", moved="/where/"),
    "Starlette": Application("starlette_application.py", moved="/where/"),
    "Dash": Application("dash_wsgi.py", page="/", heavy=True),
    "Uvicorn with FastAPI": Application("fastapi_root_path.py", moved="/where/", heavy=True),
    "Uvicorn with Starlette": Application("starlette_mounted.py", moved="/where/", heavy=True),
    "Hypercorn with FastAPI": Application("fastapi_application.py", moved="/where/", heavy=True),
    "gunicorn with FastAPI": Application("fastapi_application.py", moved="/where/"),
    "gunicorn with Flask": Application("flask_application.py", moved="/away"),
    "Waitress with Flask": Application("flask_application.py", moved="/away", heavy=True),
    "Flask's own server": Application("werkzeug_dispatcher.py", moved="/away"),
    "Streamlit": Application("streamlit_application.py", page="/", moved="", heavy=True),
    "Dash's own server": Application("dash_own_server.py", page="/", moved="", heavy=True),
    "http.server of Python": Application("static_page.html", page="/", moved=""),
    "Node": Application("node_server.mjs", moved="/away"),
    "Go": Application("go_server.go", moved="/static"),
}


@dataclass(frozen=True)
class Row:
    """A line of the table: how the server is started and what it answers to paths outside its prefix."""

    key: Wsgi | ServerCommand
    statuses: dict[str, int]


def rows() -> dict[str, Row]:
    """Return the table's lines by their first column, with links reduced to their texts."""
    found = {}
    for line in PAGE.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) != 5 or not cells[1].startswith("`"):
            continue
        key = yaml.safe_load(cells[1].strip("`"))
        found[re.sub(r"\[(.+?)\]\(.+?\)", r"\1", cells[0])] = Row(
            Wsgi(*key["wsgi"].split(":")) if "wsgi" in key else ServerCommand((key["server-command"],)),
            dict(zip((ALIAS, "", f"{PREFIX}2"), map(int, cells[2:]), strict=True)),
        )
    return found


ROWS = rows()


@dataclass(frozen=True)
class Running:
    """A server of the table with its project."""

    process: ServerProcess
    application: Application
    statuses: dict[str, int]

    def get(self, path: str) -> httpx.Response:
        return self.process.get(path)

    def references(self, headers: Mapping[str, str] | None = None) -> list[str]:
        """Return the URLs that the page below the version's prefix refers to, for a request from outside.

        To a server, any address but the first of the loopback interface is another machine's.
        """
        transport = httpx.HTTPTransport(local_address="127.0.0.2")
        url = f"http://127.0.0.1:{self.process.port}{PREFIX}{self.application.page}"
        with httpx.Client(transport=transport, timeout=TIME_LIMIT) as client:
            page = client.get(url, headers=headers).text
        return re.findall(r"(?:(?:src|href)=|\"link\": ?)\"([^\"]+)\"", page)


@pytest.fixture(scope="module", params=APPLICATION_OF)
def server(
    request: pytest.FixtureRequest, start_server: StartServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    application, row = APPLICATION_OF[request.param], ROWS[request.param]
    directory = tmp_path_factory.mktemp("project")
    variables = application.prepare(directory)
    process = start_server(row.key, variables, directory, wait=False)
    process.wait_for_answer(PREFIX + application.page)
    yield Running(process, application, row.statuses)
    process.end()


def test_every_line_of_the_table_is_tested() -> None:
    assert list(ROWS) == list(APPLICATION_OF)


@pytest.mark.parametrize(
    "block", re.findall(r"^```\w+\n(.+?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
)
def test_the_code_of_the_page_is_the_code_of_a_test(block: str) -> None:
    code = [re.sub(r"  # type: ignore\[.+", "", path.read_text()) for path in APPLICATIONS.glob("*.*")]
    assert any(block in text for text in code)


def test_what_the_server_refers_to_is_under_the_prefix_and_there(server: Running) -> None:
    path = PREFIX + server.application.page
    references = server.references()
    assert references
    for reference in references:
        target = urljoin(path, reference)
        assert target.startswith(f"{PREFIX}/")
        assert server.get(target).status_code == 200, target


@pytest.mark.parametrize(
    "server",
    [name for name, application in APPLICATION_OF.items() if application.moved is not None],
    indirect=True,
)
def test_a_redirect_of_the_server_stays_under_the_prefix(server: Running) -> None:
    answer = server.get(f"{PREFIX}{server.application.moved}")
    assert answer.is_redirect
    target = urlsplit(answer.headers["Location"]).path
    assert target.startswith(f"{PREFIX}/")
    assert server.get(target).status_code == 200


@pytest.mark.parametrize("name", FORGED_HEADERS)
def test_no_header_of_a_client_changes_what_the_server_refers_to(server: Running, name: str) -> None:
    assert server.references({name: "/evil"}) == server.references()


def test_one_alias_is_as_good_as_another(server: Running) -> None:
    page = server.application.page
    assert server.get(OTHER_ALIAS + page).status_code == server.statuses[ALIAS]


def test_a_path_outside_the_prefix_is_answered_as_the_table_says(server: Running) -> None:
    page = server.application.page
    assert {outside: server.get(outside + page).status_code for outside in server.statuses} == server.statuses
