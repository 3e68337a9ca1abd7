"""Where a Gateway routes, a namespace's HTTPRoutes are held to what it may route, as Ingresses are."""

import copy
import json
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from tests.cluster.deployments.kubectl import Kubectl
from tests.cluster.managed.managing_stack import ManagingStack

pytestmark = pytest.mark.cluster

ORGANIZATION = "shared-routes"
NAMESPACE = "shared-routes-by-gateway"
PREFIX = f"/{ORGANIZATION}/cards/production"


@pytest.fixture(scope="module")
def namespace(managing: ManagingStack, kubectl: Kubectl) -> Iterator[str]:
    """Make a namespace as a managing stack makes it where the cluster routes by a Gateway."""
    kubectl.run("create", "namespace", NAMESPACE)
    kubectl.run("label", "namespace", NAMESPACE, f"valohai.com/managed-by={managing.name}")
    kubectl.run(
        "annotate",
        "namespace",
        NAMESPACE,
        f"valohai.com/route-prefix={PREFIX}",
        "valohai.com/route-hosts=cards.example,models.example",
        "valohai.com/gateway=router/localcluster",
    )
    yield NAMESPACE
    kubectl.run("delete", "namespace", NAMESPACE, "--wait=false")


def route(namespace: str, **changes: Any) -> dict[str, Any]:
    """Return an HTTPRoute that is allowed but for `changes` of its spec, or of its only rule (`rule`)."""
    rule = {
        "matches": [{"path": {"type": "PathPrefix", "value": f"{PREFIX}/1/answer"}}],
        "backendRefs": [{"name": "answer", "port": 80}],
    } | changes.pop("rule", {})
    spec = {
        "parentRefs": [{"name": "localcluster", "namespace": "router"}],
        "hostnames": ["models.example"],
        "rules": [rule],
    }
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": {"name": "answer", "namespace": namespace},
        "spec": copy.deepcopy(spec | changes),
    }


def dry_run(kubectl: Kubectl, document: dict[str, Any]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["kubectl", "--kubeconfig", str(kubectl.kubeconfig), "create", "--dry-run=server", "-f", "-"],
        input=json.dumps(document),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def matched(kind: str, value: str) -> dict[str, Any]:
    return {"rule": {"matches": [{"path": {"type": kind, "value": value}}]}}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        matched("Exact", PREFIX),
        {"hostnames": ["cards.example", "models.example"]},
        {
            "rule": {
                "filters": [{"type": "RequestHeaderModifier", "requestHeaderModifier": {"remove": ["x"]}}]
            }
        },
    ],
)
def test_a_route_of_ones_own_is_allowed(kubectl: Kubectl, namespace: str, changes: dict[str, Any]) -> None:
    tried = dry_run(kubectl, route(namespace, **changes))
    assert tried.returncode == 0, tried.stderr


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        (matched("PathPrefix", f"/{ORGANIZATION}/offers/production"), "as its path"),
        (matched("PathPrefix", f"{PREFIX}s"), "as its path"),
        (matched("PathPrefix", "/"), "as its path"),
        (matched("RegularExpression", f"{PREFIX}/.*"), "as its path"),
        ({"rule": {"matches": [{"headers": [{"name": "x", "value": "1"}]}]}}, "as its path"),
        ({"rule": {"matches": []}}, "as its path"),
        ({"hostnames": ["offers.example"]}, "one of the hosts cards.example, models.example"),
        ({"hostnames": ["*.example"]}, "one of the hosts cards.example, models.example"),
        ({"hostnames": []}, "one of the hosts cards.example, models.example"),
        ({"parentRefs": [{"name": "localcluster"}]}, "attached to the Gateway router/localcluster"),
        ({"parentRefs": []}, "attached to the Gateway router/localcluster"),
        (
            {
                "rule": {
                    "backendRefs": [
                        {"name": "answer", "port": 80, "namespace": "shared-routes-offers-production"}
                    ]
                }
            },
            "leads to Services of its own namespace",
        ),
    ],
)
def test_a_route_beyond_what_is_ones_own_is_refused(
    kubectl: Kubectl, namespace: str, changes: dict[str, Any], refusal: str
) -> None:
    tried = dry_run(kubectl, route(namespace, **changes))
    assert tried.returncode != 0, "it would be created"
    assert refusal in tried.stderr
