"""An alias moves between two versions, forth and back, while requests keep coming."""

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

NAMESPACE = "trial-aliases-production"
ADDRESS = "trial/aliases/production/{}/whoami"
INGRESS = "kubernetes:networking.k8s.io/v1:Ingress"

MANIFEST = """
    - endpoint:
        name: whoami
        image: python:3.11-slim
        wsgi: whoami
    """
APPLICATION = """
    import json
    import os

    def application(environ, start_response):
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps([os.environ["WHO"], environ["SCRIPT_NAME"]]).encode()]
    """


def settings(project: Path, latest: str) -> dict[str, Any]:
    # The load must not add pods, since those that are there are compared.
    endpoints = {"whoami": {"replicas": {"min": 1, "max": 1}}}
    return {
        "organization": "trial",
        "cluster": {"kind": "embedded"},
        "deployments": [
            {
                "project": "aliases",
                "name": "production",
                "source": str(project),
                "aliases": {"latest": latest},
                "versions": [
                    {"name": "20261101.0", "environment": {"WHO": "old"}, "endpoints": endpoints},
                    {"name": "20261102.0", "environment": {"WHO": "new"}, "endpoints": endpoints},
                ],
            }
        ],
    }


def pods(kubectl: Kubectl) -> dict[str, int]:
    """Return the restarts of each pod, by its unique id."""
    return {
        pod["metadata"]["uid"]: pod["status"]["containerStatuses"][0]["restartCount"]
        for pod in kubectl.get("pods", NAMESPACE)
    }


def test_an_alias_moves_and_moves_back_without_a_failed_request_or_a_restart(
    new_stack: Callable[[str], Stack], kubectl: Kubectl, tmp_path: Path
) -> None:
    stack = new_stack("aliases")
    project = write_project(tmp_path / "project", MANIFEST, whoami__py=APPLICATION)
    stack.configure(**settings(project, "20261101.0"))
    stack.up()
    outputs = stack.outputs()
    alias = stack.outputs("aliases")[ADDRESS.format("latest")]
    prefix = f"/{ADDRESS.format('latest')}"

    def answered_by(who: str) -> bool:
        return request(alias["url"]).body == json.dumps([who, prefix])

    assert alias["version"] == "20261101.0"
    wait_until(lambda: answered_by("old"), 30, "the alias is routed")
    before = pods(kubectl)
    assert set(before.values()) == {0}

    with steady_requests(alias["url"], threads=4) as statuses:
        for version, who in (("20261102.0", "new"), ("20261101.0", "old")):
            stack.configure(**settings(project, version))
            assert count_types(stack.preview()) == Counter({("update", INGRESS): 1})
            stack.up()
            wait_until(partial(answered_by, who), 30, f"the alias leads to {version}")
            assert stack.outputs("aliases")[ADDRESS.format("latest")]["version"] == version

    assert set(statuses) == {200}, statuses
    assert statuses[200] > 100
    assert pods(kubectl) == before
    assert stack.outputs() == outputs
    for version, who in (("20261101.0", "old"), ("20261102.0", "new")):
        answer = request(outputs[ADDRESS.format(version)]["url"])
        assert json.loads(answer.body) == [who, f"/{ADDRESS.format(version)}"]
    assert stack.preview() == []
