"""The serving code on every Python that base images have, with the gunicorn that is installed there."""

import os
import shutil
from itertools import product
from pathlib import Path

import httpx
import pytest

from endpoints.manifest.models import Wsgi
from endpoints.plan.server import METRICS_VARIABLE
from tests.serving.conftest import ADDRESS, StartServer
from tests.serving.environments import other_servers
from tests.serving.processes import SERVING, free_port, wait_until

PINS = SERVING / "gunicorn-requirements.txt"
PYTHONS = ("3.6", "3.7", "3.8", "3.9", "3.10", "3.12", "3.13")
"""All but the one that the other tests run on."""

# No annotations: those of the oldest Pythons are not those of today.
APPLICATIONS = """
def wsgi(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [(environ["SCRIPT_NAME"] + " " + environ["PATH_INFO"]).encode()]

async def asgi(scope, receive, send):
    if scope["type"] == "lifespan":
        raise NotImplementedError
    prefix, path = scope["root_path"], scope["path"]
    headers = [(b"content-type", b"text/plain")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": f"{prefix} {path[len(prefix):]}".encode()})
"""


def interpreter(version: str) -> str:
    """Return the program of that Python, from PATH or from pyenv; skip the test if there is none."""
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    found = sorted(root.glob(f"versions/{version}.*/bin/python"))
    program = str(found[-1]) if found else shutil.which(f"python{version}")
    if program is None:
        pytest.skip(f"Python {version} is not installed here")
    return program


@pytest.mark.parametrize(("kind", "python"), [*product(["wsgi"], PYTHONS), *product(["asgi"], PYTHONS[1:])])
def test_an_application_is_served_at_version_and_alias_and_nowhere_else(
    start_server: StartServer, tmp_path: Path, kind: str, python: str
) -> None:
    minor = int(python.partition(".")[2])
    programs = other_servers(PINS, interpreter(python), *(["uvicorn"] if minor < 10 else []))
    (tmp_path / "applications.py").write_text(APPLICATIONS)
    metrics = free_port()
    environment = {"PATH": f"{programs}:/usr/bin:/bin", METRICS_VARIABLE: str(metrics)}
    server = start_server(Wsgi("applications", kind), environment, tmp_path)
    kinds = {"wsgi": "ThreadWorker", "asgi": "AsgiWorker"}
    if minor < 10:
        kinds = {"wsgi": "ThreadWorker", "asgi": "UvicornWorker"}
    server.wait_for_output(f"with {kinds[kind]}\n")
    for version in (ADDRESS.version, "latest"):
        prefix = ADDRESS.prefix.replace(ADDRESS.version, version)
        answer = server.get(f"{prefix}/where", {"SCRIPT_NAME": "/evil", "X-Forwarded-Prefix": "/evil"})
        assert (answer.status_code, answer.text) == (200, f"{prefix} /where"), server.output
    assert server.get(f"{ADDRESS.prefix}2/where").status_code == 404
    assert server.get("/where").status_code == 404
    counted = 'valohai_requests_total{method="GET",code="200"} 2\n'
    wait_until(lambda: counted in httpx.get(f"http://127.0.0.1:{metrics}").text, lambda: server.output)
    server.terminate()
    assert server.wait_for_end() == 0, server.output


def test_an_asgi_application_on_python_3_6_ends_the_server_with_one_sentence(
    start_server: StartServer, tmp_path: Path
) -> None:
    programs = other_servers(PINS, interpreter("3.6"), "uvicorn")
    (tmp_path / "applications.py").write_text(APPLICATIONS)
    path = {"PATH": f"{programs}:/usr/bin:/bin"}
    server = start_server(Wsgi("applications", "asgi"), path, tmp_path, wait=False)
    assert server.wait_for_end() != 0
    assert "The application is ASGI, which takes Python 3.7 or newer: choose another image." in server.output
    assert "Traceback" not in server.output


RELEASES = ("22.0.0", "24.1.1", "25.3.0", "26.2.0")
"""Releases of gunicorn, between the oldest and the newest that other tests run, that projects may pin."""

# A header whose name has an underscore could pass for another one.
TOLD = """
def wsgi(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    told = (environ["wsgi.url_scheme"], environ["SCRIPT_NAME"], environ.get("HTTP_X_USER", "nobody"))
    return [" ".join(told).encode()]

async def asgi(scope, receive, send):
    if scope["type"] == "lifespan":
        raise NotImplementedError
    sent = {name.lower().replace(b"_", b"-"): value for name, value in scope["headers"]}
    told = (scope["scheme"], scope["root_path"], sent.get(b"x-user", b"nobody").decode())
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": " ".join(told).encode()})
"""


@pytest.mark.parametrize(
    ("release", "kind"), [*product(RELEASES, ["wsgi"]), *product(RELEASES[2:], ["asgi"])]
)
def test_a_pinned_release_of_gunicorn_tells_scheme_and_prefix_and_no_forged_header(
    start_server: StartServer, tmp_path: Path, release: str, kind: str
) -> None:
    pins = tmp_path / "requirements.txt"
    pins.write_text(f"gunicorn=={release}\n")
    (tmp_path / "told.py").write_text(TOLD)
    server = start_server(Wsgi("told", kind), {"PATH": f"{other_servers(pins)}:/usr/bin:/bin"}, tmp_path)
    forged = {
        "X_User": "admin",
        "SCRIPT_NAME": "/evil",
        "Script-Name": "/evil",
        "X-Forwarded-Prefix": "/evil",
    }
    for scheme in ("https", "http"):
        answer = server.get(f"{ADDRESS.prefix}/x", {**forged, "X-Forwarded-Proto": scheme})
        assert (answer.status_code, answer.text) == (200, f"{scheme} {ADDRESS.prefix} nobody"), server.output
    server.terminate()
    assert server.wait_for_end() == 0, server.output


@pytest.mark.parametrize("release", RELEASES[:2])
def test_an_asgi_application_on_a_release_without_a_sound_worker_ends_the_server_with_one_sentence(
    start_server: StartServer, tmp_path: Path, release: str
) -> None:
    pins = tmp_path / "requirements.txt"
    pins.write_text(f"gunicorn=={release}\n")
    (tmp_path / "told.py").write_text(TOLD)
    path = {"PATH": f"{other_servers(pins)}:/usr/bin:/bin"}
    server = start_server(Wsgi("told", "asgi"), path, tmp_path, wait=False)
    assert server.wait_for_end() == 4, server.output
    said = f"The application is ASGI, which gunicorn {release} cannot serve. On Python 3.10 or newer remove"
    assert said in server.output
