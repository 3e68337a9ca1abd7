"""A node with one device, which the old pod of a rollout has and the new one needs."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.deployments.kubectl import Kubectl
from tests.cluster.deployments.projects import deployment, write_project
from tests.cluster.deployments.stack import Stack

pytestmark = pytest.mark.cluster

NAMESPACE = "trial-device-production"
DEVICE = "trial.example/single"
MANIFEST = f"""
    - endpoint:
        name: greet
        image: python:3.11-slim
        server-command: python -m http.server 8000
        resources: {{devices: {{{DEVICE}: 1}}}}
    """


@pytest.fixture(scope="module")
def device(kubectl: Kubectl) -> Iterator[None]:
    """Give the node one device, and take it away again."""
    (node,) = json.loads(kubectl.run("get", "nodes", "-o", "json"))["items"]
    name, path = node["metadata"]["name"], f"/status/capacity/{DEVICE.replace('/', '~1')}"

    def patch(change: dict[str, str]) -> None:
        patched = ["node", name, "--subresource=status", "--type=json", "-p", json.dumps([change])]
        kubectl.run("patch", *patched)

    patch({"op": "add", "path": path, "value": "1"})
    yield
    patch({"op": "remove", "path": path})


def settings(project: Path, level: str, **more: Any) -> dict[str, Any]:
    endpoint = {"environment": {"LEVEL": level}, "replicas": {"min": 1, "max": 1}, **more}
    return {
        "organization": "trial",
        "cluster": {"kind": "embedded"},
        "deployments": [deployment("device", project, greet=endpoint)],
    }


@pytest.mark.usefixtures("device")
def test_a_rollout_that_waits_for_the_old_pods_device_ends_once_that_pod_may_stop_first(
    new_stack: Callable[[str], Stack], kubectl: Kubectl, tmp_path: Path
) -> None:
    stack, project = new_stack("device"), write_project(tmp_path / "project", MANIFEST)
    stack.configure(**settings(project, "one"))
    stack.up()

    stack.configure(**settings(project, "two", timeoutSeconds=15))
    said = stack.up(check=False)
    assert said.returncode != 0
    assert f"Insufficient {DEVICE}" in said.stdout
    assert "set rollout: {strategy: recreate}" in said.stdout

    stack.configure(**settings(project, "two", rollout={"strategy": "recreate"}))
    stack.up()
    (pod,) = [pod for pod in kubectl.get("pods", NAMESPACE) if "deletionTimestamp" not in pod["metadata"]]
    (container,) = pod["spec"]["containers"]
    assert {"name": "LEVEL", "value": "two"} in container["env"]
    assert pod["status"]["phase"] == "Running"
    assert stack.preview() == []
