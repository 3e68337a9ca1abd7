"""A Gateway that is not there, or does not let a route in, ends the update with what to do."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.deployments.kubectl import Kubectl
from tests.cluster.deployments.projects import ONE_ENDPOINT, deployment, own_cluster, write_project
from tests.cluster.deployments.stack import Stack

pytestmark = pytest.mark.cluster

CLOSED = "trial-closed"
NAMESPACE = "trial-refused-production"


@pytest.fixture(scope="module")
def closed_gateway(kubectl: Kubectl) -> Iterator[str]:
    """Make a Gateway that takes routes of its own namespace alone, beside the cluster's own."""
    own = json.loads(kubectl.run("get", "gateway", "localcluster", "-n", "localcluster", "-o", "json"))
    (listener,) = own["spec"]["listeners"]
    objects = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": CLOSED}},
        {
            "apiVersion": own["apiVersion"],
            "kind": "Gateway",
            "metadata": {"name": CLOSED, "namespace": CLOSED},
            "spec": {
                **own["spec"],
                "listeners": [{**listener, "allowedRoutes": {"namespaces": {"from": "Same"}}}],
            },
        },
    ]
    kubectl.apply(*objects)
    yield CLOSED
    kubectl.run("delete", "--wait=false", "namespace", CLOSED)


@pytest.fixture(scope="module")
def stack(new_stack: Callable[[str], Stack]) -> Stack:
    return new_stack("refused")


def settings(connection: dict[str, Any], project: Path, gateway: dict[str, str]) -> dict[str, Any]:
    return {
        **own_cluster(connection, {"kind": "gateway", "gateway": gateway}),
        # Or it would end the update before the engine waits for the route.
        "preflight": "off",
        "deployments": [deployment("refused", project, greet={"timeoutSeconds": 25})],
    }


def test_a_gateway_that_is_missing_or_closed_is_named_with_the_remedy(
    stack: Stack, connection: dict[str, Any], kubectl: Kubectl, closed_gateway: str, tmp_path: Path
) -> None:
    project = write_project(tmp_path / "project", ONE_ENDPOINT)
    for name, namespace in (("missing", "default"), (closed_gateway, closed_gateway)):
        stack.configure(**settings(connection, project, {"name": name, "namespace": namespace}))

        failed = stack.up(check=False)

        shown = failed.stdout + failed.stderr
        assert failed.returncode != 0
        assert f"The Gateway {name} of the namespace {namespace} has not accepted the route to " in shown
        assert "/trial/refused/production/20261101.0/greet" in shown
        assert f"allows routes from the namespace {NAMESPACE} (allowedRoutes.namespaces" in shown
        (route,) = kubectl.get("httproutes", NAMESPACE)
        object_name = route["metadata"]["name"]
        assert f"kubectl describe httproute --namespace {NAMESPACE} {object_name}" in shown
        assert "Traceback" not in shown

    stack.configure(**settings(connection, project, {"name": "localcluster", "namespace": "localcluster"}))
    stack.up()
    assert stack.preview() == []
    (route,) = kubectl.get("httproutes", NAMESPACE)
    assert route["status"]["parents"]
