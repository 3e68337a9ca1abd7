"""Two commits of one project as two versions, three kinds of servers, two aliases: every URL, and a move."""

import json
import subprocess
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.cluster.deployments.kubectl import Kubectl, wait_until
from tests.cluster.deployments.projects import write_project
from tests.cluster.deployments.requests import request
from tests.cluster.deployments.stack import Stack
from tests.cluster.load import load

pytestmark = pytest.mark.cluster

NAMESPACE = "trial-versions-production"
ENDPOINTS = ("flask", "fastapi", "command")
VERSIONS = ("20261101.0", "20261102.0")

CLAIMS = {
    "X-Forwarded-For": "198.51.100.1",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Prefix": "/evil",
    "X-VH-Prefix": "/evil",
    "SCRIPT_NAME": "/evil",
}

MANIFEST = """
    - endpoint:
        name: flask
        image: python:3.11-slim
        wsgi: flask_application:app
    - endpoint:
        name: fastapi
        image: python:3.11-slim
        wsgi: fastapi_application:app
    - endpoint:
        name: command
        image: python:3.11-slim
        server-command: python server.py
    """
REQUIREMENTS = "flask==3.1.3\nfastapi==0.165.0\n"
COMMIT = 'COMMIT = "{}"\n'
FLASK = """
    from commit import COMMIT
    from flask import Flask, jsonify, request, url_for

    app = Flask(__name__)

    @app.get("/where")
    def where():
        return jsonify(commit=COMMIT, prefix=request.script_root, link=url_for("where"))

    @app.get("/caller")
    def caller():
        return jsonify(client=request.remote_addr, scheme=request.scheme, link=url_for("caller"))
    """
FASTAPI = """
    from commit import COMMIT
    from fastapi import FastAPI, Request

    app = FastAPI()

    @app.get("/where")
    async def where(request: Request):
        prefix = request.scope["root_path"]
        return {"commit": COMMIT, "prefix": prefix, "link": request.url_for("where").path}

    @app.get("/caller")
    async def caller(request: Request):
        client, link = request.client.host, request.url_for("caller").path
        return {"client": client, "scheme": request.url.scheme, "link": link}
    """
COMMAND = """
    import json
    import os
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    from commit import COMMIT

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            # What a server has to do that is to answer at aliases: take the prefix from the path.
            prefix = "/".join(self.path.split("/")[:6])
            body = json.dumps({"commit": COMMIT, "prefix": prefix, "link": self.path}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    ThreadingHTTPServer(("0.0.0.0", int(os.environ["PORT"])), Handler).serve_forever()
    """


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Mapping[str, str]]:
    """Return the project's directory, and for each version the commit that it is."""
    directory = write_project(
        tmp_path_factory.mktemp("versions") / "project",
        MANIFEST,
        requirements__txt=REQUIREMENTS,
        flask_application__py=FLASK,
        fastapi_application__py=FASTAPI,
        server__py=COMMAND,
    )

    def git(*arguments: str) -> str:
        identity = ("-c", "user.name=trial", "-c", "user.email=trial@acme.example")
        command = ["git", *identity, *arguments]
        return subprocess.run(command, cwd=directory, check=True, capture_output=True, text=True).stdout

    git("init", "--quiet")
    commits = {}
    for version in VERSIONS:
        (directory / "commit.py").write_text(COMMIT.format(version))
        git("add", ".")
        git("commit", "--quiet", "--message", f"Version {version}")
        commits[version] = git("rev-parse", "HEAD").strip()
    return directory, commits


def settings(project: tuple[Path, Mapping[str, str]], **aliases: str) -> dict[str, Any]:
    directory, commits = project
    # The load must not add pods, since those that are there are compared.
    endpoints = {name: {"replicas": {"min": 1, "max": 1}, "accessLog": "none"} for name in ENDPOINTS}
    return {
        "organization": "trial",
        "cluster": {"kind": "embedded"},
        "deployments": [
            {
                "project": "versions",
                "name": "production",
                "source": str(directory),
                "aliases": aliases,
                "versions": [
                    {"name": version, "commit": commit, "endpoints": endpoints}
                    for version, commit in commits.items()
                ],
            }
        ],
    }


@pytest.fixture(scope="module")
def stack(new_stack: Callable[[str], Stack], project: tuple[Path, Mapping[str, str]]) -> Stack:
    stack = new_stack("versions")
    stack.configure(**settings(project, latest="20261102.0", stable="20261101.0"))
    stack.up()
    return stack


def url_of(stack: Stack, version: str, endpoint: str) -> str:
    address = f"trial/versions/production/{version}/{endpoint}"
    found = {**stack.outputs(), **stack.outputs("aliases")}[address]["url"]
    assert isinstance(found, str)
    return found


def answers(url: str) -> bool:
    return request(url).status == 200


@pytest.mark.parametrize(
    ("segment", "commit"),
    [(version, version) for version in VERSIONS] + [("latest", VERSIONS[1]), ("stable", VERSIONS[0])],
)
def test_every_url_answers_with_the_prefix_that_it_was_asked_by(
    stack: Stack, segment: str, commit: str
) -> None:
    for endpoint in ENDPOINTS:
        url = url_of(stack, segment, endpoint)
        prefix = f"/trial/versions/production/{segment}/{endpoint}"
        expected = {"commit": commit, "prefix": prefix, "link": f"{prefix}/where"}
        wait_until(partial(answers, f"{url}/where"), 30, url)
        assert json.loads(request(f"{url}/where").body) == expected


@pytest.mark.parametrize("endpoint", ["flask", "fastapi"])
def test_nothing_that_a_caller_claims_gets_past_the_router_to_the_application(
    stack: Stack, endpoint: str
) -> None:
    url = f"{url_of(stack, 'latest', endpoint)}/caller"
    honest = json.loads(httpx.get(url).text)
    assert honest["client"] == "127.0.0.1"
    assert json.loads(httpx.get(url, headers=CLAIMS).text) == honest


def test_an_alias_of_all_three_moves_without_a_failed_request_or_a_restart(
    stack: Stack,
    kubectl: Kubectl,
    project: tuple[Path, Mapping[str, str]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    def pods() -> dict[str, int]:
        return {
            pod["metadata"]["uid"]: pod["status"]["containerStatuses"][0]["restartCount"]
            for pod in kubectl.get("pods", NAMESPACE)
        }

    def moved(url: str) -> bool:
        answer = json.loads(request(f"{url}/where").body)
        return bool(answer["commit"] == VERSIONS[0])

    before = pods()
    urls = {endpoint: url_of(stack, "latest", endpoint) for endpoint in ENDPOINTS}
    with ExitStack() as running:
        loads = {
            endpoint: running.enter_context(load(f"{url}/where", connections=4, rate=60))
            for endpoint, url in urls.items()
        }
        stack.configure(**settings(project, latest="20261101.0", stable="20261101.0"))
        stack.up()
        for url in urls.values():
            wait_until(partial(moved, url), 30, f"{url} has moved")

    with capsys.disabled():
        for endpoint, loaded in loads.items():
            print(f"\nalias of {endpoint} moved: {loaded}", end="")
    assert pods() == before
    assert set(before.values()) == {0}
    assert len(before) == len(list(product(VERSIONS, ENDPOINTS)))
    for loaded in loads.values():
        assert set(loaded.statuses) == {200}, loaded
