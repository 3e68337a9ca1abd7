"""A server that knows no prefix, behind a router that removes it; the routers take turns in one stack."""

import http.client
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.cluster.deployments.kubectl import wait_until
from tests.cluster.deployments.projects import write_project
from tests.cluster.deployments.stack import Stack

pytestmark = pytest.mark.cluster

NAMESPACE = "trial-strip-production"
PREFIX = "/trial/strip/production"
VERSION = "20261101.0"

MANIFEST = """
    - endpoint:
        name: predict
        image: python:3.11-slim
        server-command: python command.py
    """
COMMAND = """
    import json
    import os
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    class Unprefixed(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            found = self.path.partition("?")[0] in ("/", "/ping", "/invocations", "/a%2Fb")
            given = self.headers.get_all("X-Forwarded-Prefix")
            variables = [os.environ.get("SCRIPT_NAME"), os.environ["VH_DEFAULT_PREFIX"]]
            body = json.dumps([self.path, given, variables]).encode()
            self.send_response(200 if found else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    ThreadingHTTPServer(("0.0.0.0", 8000), Unprefixed).serve_forever()
    """


def settings(project: Path, kind: str) -> dict[str, Any]:
    return {
        "organization": "trial",
        "cluster": {"kind": "embedded"},
        "routing": {"kind": kind},
        "defaults": {
            "prefix": "strip",
            "probe": {"kind": "http", "path": "/ping"},
            "smokeRequest": {"path": "/ping"},
            "replicas": {"min": 1, "max": 1},
        },
        "deployments": [
            {
                "project": "strip",
                "name": "production",
                "source": str(project),
                "aliases": {"latest": VERSION},
                "versions": [{"name": VERSION}],
            }
        ],
    }


def get(router: str, path: str, headers: dict[str, str] | None = None) -> tuple[int, Any]:
    """Return status and JSON of a request whose path is sent as it is; None where the body is no JSON."""
    connection = http.client.HTTPConnection(urlsplit(router).netloc, timeout=10)
    try:
        connection.request("GET", path, headers=headers or {})
        answer = connection.getresponse()
        body = answer.read()
    finally:
        connection.close()
    return answer.status, json.loads(body) if body.startswith(b"[") else None


def answers(router: str, path: str) -> bool:
    return get(router, path)[0] == 200


@pytest.fixture(scope="module", params=["gateway", "ingress"])
def router(request: pytest.FixtureRequest, stack: Stack, project: Path, connection: dict[str, Any]) -> str:
    stack.configure(**settings(project, request.param))
    stack.up()
    assert stack.preview() == []
    url = str(connection["router"]["url"])
    for name in (VERSION, "latest"):
        path = f"{PREFIX}/{name}/predict/ping"
        wait_until(partial(answers, url, path), 30, f"an answer at {path}")
    return url


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_project(tmp_path_factory.mktemp("strip") / "project", MANIFEST, command__py=COMMAND)


@pytest.fixture(scope="module")
def stack(new_stack: Callable[[str], Stack]) -> Stack:
    return new_stack("strip")


@pytest.mark.parametrize("name", [VERSION, "latest"])
def test_the_server_gets_paths_without_the_prefix_that_the_header_holds(router: str, name: str) -> None:
    public = f"{PREFIX}/{name}/predict"
    variables = [None, f"{PREFIX}/{VERSION}/predict"]
    for asked, seen in (
        ("/invocations?a=%2F", "/invocations?a=%2F"),
        ("/a%2Fb", "/a%2Fb"),
        ("", "/"),
        ("/", "/"),
    ):
        assert get(router, public + asked) == (200, [seen, [public], variables])


@pytest.mark.parametrize("header", ["X-Forwarded-Prefix", "x-forwarded-prefix", "X_Forwarded_Prefix"])
def test_a_client_cannot_set_the_header(router: str, header: str) -> None:
    public = f"{PREFIX}/latest/predict"
    status, (_, given, _) = get(router, f"{public}/ping", {header: "/forged"})
    assert (status, given) == (200, [public])


@pytest.mark.parametrize("path", ["//ping", "/./ping", "/x/../ping"])
def test_slashes_and_dots_at_the_end_of_the_prefix_lead_to_the_same_path(router: str, path: str) -> None:
    status, (seen, _, _) = get(router, f"{PREFIX}/{VERSION}/predict{path}")
    assert (status, seen) == (200, "/ping")


@pytest.mark.parametrize("path", ["2", "2/ping", "/../ping", "%2Fping", ".0/ping"])
def test_no_other_path_reaches_the_server(router: str, path: str) -> None:
    assert get(router, f"{PREFIX}/{VERSION}/predict{path}") == (404, None)
