"""Routes by the Gateway API, through the embedded cluster's Gateway; the tests build on each other."""

import json
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.deployments.kubectl import Kubectl, wait_until
from tests.cluster.deployments.projects import write_project
from tests.cluster.deployments.requests import request, steady_requests
from tests.cluster.deployments.stack import Stack, count_types

pytestmark = pytest.mark.cluster

NAMESPACE = "trial-gateway-production"
PREFIX = "/trial/gateway/production"
OLD, NEW = "20261101.0", "20261102.0"
ROUTE = "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute"

MANIFEST = """
    - endpoint:
        name: whoami
        image: python:3.11-slim
        wsgi: whoami
    - endpoint:
        name: command
        image: python:3.11-slim
        server-command: python command.py
    """
APPLICATION = """
    import json
    import os

    def application(environ, start_response):
        start_response("200 OK", [("Content-Type", "application/json")])
        seen = [os.environ["WHO"], environ["SCRIPT_NAME"], environ["HTTP_X_VH_PREFIX"]]
        return [json.dumps(seen).encode()]
    """
COMMAND = """
    import json
    import os
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    PREFIX = os.environ["VH_DEFAULT_PREFIX"]

    class Strict(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            found = self.path == PREFIX or self.path.startswith(PREFIX + "/")
            seen = [os.environ["WHO"], self.path, self.headers["X-VH-Prefix"]]
            body = json.dumps(seen).encode()
            self.send_response(200 if found else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    ThreadingHTTPServer(("0.0.0.0", 8000), Strict).serve_forever()
    """


def settings(project: Path, latest: str | dict[str, int]) -> dict[str, Any]:
    # The load must not add pods, since those that are there are compared.
    replicas = {"replicas": {"min": 1, "max": 1}}
    endpoints = {"whoami": replicas, "command": replicas}
    return {
        "organization": "trial",
        "cluster": {"kind": "embedded"},
        "routing": {"kind": "gateway"},
        "deployments": [
            {
                "project": "gateway",
                "name": "production",
                "source": str(project),
                "aliases": {"latest": latest},
                "versions": [
                    {"name": OLD, "environment": {"WHO": "old"}, "endpoints": endpoints},
                    {"name": NEW, "environment": {"WHO": "new"}, "endpoints": endpoints},
                ],
            }
        ],
    }


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("gateway") / "project"
    return write_project(directory, MANIFEST, whoami__py=APPLICATION, command__py=COMMAND)


@pytest.fixture(scope="module")
def stack(new_stack: Callable[[str], Stack], project: Path) -> Stack:
    stack = new_stack("gateway")
    stack.configure(**settings(project, OLD))
    stack.up()
    return stack


@pytest.fixture
def router(connection: dict[str, Any]) -> str:
    url = connection["router"]["url"]
    assert isinstance(url, str)
    return url


def pods(kubectl: Kubectl) -> dict[str, int]:
    """Return the restarts of each pod, by its unique id."""
    return {
        pod["metadata"]["uid"]: pod["status"]["containerStatuses"][0]["restartCount"]
        for pod in kubectl.get("pods", NAMESPACE)
    }


def test_the_update_ends_once_the_gateway_has_taken_every_route(stack: Stack, kubectl: Kubectl) -> None:
    assert stack.preview() == []
    routes = kubectl.get("httproutes", NAMESPACE)
    assert len(routes) == 6
    for route in routes:
        (parent,) = route["status"]["parents"]
        conditions = {found["type"]: found["status"] for found in parent["conditions"]}
        assert conditions["Accepted"] == conditions["ResolvedRefs"] == "True"


@pytest.mark.parametrize(("version", "who"), [(OLD, "old"), (NEW, "new"), ("latest", "old")])
def test_a_server_sees_the_prefix_that_requests_come_by(
    stack: Stack, router: str, version: str, who: str
) -> None:
    assert stack.outputs()
    prefix = f"{PREFIX}/{version}/whoami"
    assert json.loads(request(f"{router}{prefix}").body) == [who, prefix, prefix]
    assert json.loads(request(f"{router}{prefix}/below?a=b").body) == [who, prefix, prefix]
    assert request(f"{router}{prefix}s").status == 404


def test_a_command_sees_its_own_prefix_and_the_header_tells_the_alias(stack: Stack, router: str) -> None:
    assert stack.outputs()
    own, alias = f"{PREFIX}/{OLD}/command", f"{PREFIX}/latest/command"
    assert json.loads(request(f"{router}{own}/below?a=%2F").body) == ["old", f"{own}/below?a=%2F", own]
    assert json.loads(request(f"{router}{alias}/below?a=%2F").body) == ["old", f"{own}/below?a=%2F", alias]
    assert json.loads(request(f"{router}{alias}").body) == ["old", own, alias]


@pytest.mark.parametrize("header", ["X-VH-Prefix", "x-vh-prefix", "X_VH_Prefix"])
def test_a_client_cannot_set_the_prefix(stack: Stack, router: str, header: str) -> None:
    assert stack.outputs()
    prefix = f"{PREFIX}/latest/command"
    answer = request(f"{router}{prefix}", headers={header: "/evil"})
    assert json.loads(answer.body)[2] == prefix


def test_an_alias_moves_and_moves_back_without_a_failed_request_or_a_restart(
    stack: Stack, kubectl: Kubectl, project: Path, router: str
) -> None:
    before = pods(kubectl)
    assert set(before.values()) == {0}
    prefix = f"{PREFIX}/latest/whoami"

    def answered_by(who: str) -> bool:
        return bool(request(f"{router}{prefix}").body == json.dumps([who, prefix, prefix]))

    command = f"{router}{PREFIX}/latest/command"
    with steady_requests(f"{router}{prefix}", threads=2) as wsgi, steady_requests(command) as rewritten:
        for version, who in ((NEW, "new"), (OLD, "old")):
            stack.configure(**settings(project, version))
            assert count_types(stack.preview()) == Counter({("update", ROUTE): 2})
            stack.up()
            wait_until(partial(answered_by, who), 30, f"the alias leads to {version}")

    assert set(wsgi) == set(rewritten) == {200}, (wsgi, rewritten)
    assert min(wsgi[200], rewritten[200]) > 50
    assert pods(kubectl) == before


@pytest.mark.parametrize("endpoint", ["whoami", "command"])
def test_versions_that_share_an_alias_answer_by_their_weights(
    stack: Stack, kubectl: Kubectl, project: Path, router: str, endpoint: str
) -> None:
    before = pods(kubectl)
    stack.configure(**settings(project, {OLD: 80, NEW: 20}))
    stack.up()
    prefix = f"{PREFIX}/latest/{endpoint}"
    wait_until(
        lambda: json.loads(request(f"{router}{prefix}").body)[0] == "new", 30, "the new version answers, too"
    )

    answers = [json.loads(request(f"{router}{prefix}").body) for _ in range(200)]

    counts = Counter(who for who, _, _ in answers)
    assert counts.keys() == {"old", "new"}
    assert 10 < counts["new"] < 100
    assert {seen for _, _, seen in answers} == {prefix}
    assert pods(kubectl) == before
    assert stack.outputs("aliases")[prefix[1:]]["weights"] == {OLD: 80, NEW: 20}
