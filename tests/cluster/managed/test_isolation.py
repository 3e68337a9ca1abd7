"""What one team tries against another: all of it is refused by the API server, or by the network."""

import json
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from tests.cluster.deployments.kubectl import Kubectl, wait_until
from tests.cluster.deployments.requests import request
from tests.cluster.managed.conftest import OFFERS_HOST, SharedCluster
from tests.cluster.managed.tries.aim import Aim, Object
from tests.cluster.managed.tries.commands import COMMANDS
from tests.cluster.managed.tries.objects import OBJECTS
from tests.cluster.managed.tries.pods import PODS
from tests.cluster.managed.tries.workload import workload

pytestmark = pytest.mark.cluster

ORGANIZATION = "shared-isolation"


@pytest.fixture(scope="module")
def aim(shared: SharedCluster, kubectl: Kubectl) -> Aim:
    """What `cards` tries against; an administrator looked it up."""
    other = shared.offers.namespace
    (pod,) = kubectl.get("pods", other)
    (running,) = kubectl.get("deployments", other)
    secret = next(found for found in kubectl.get("secrets", other) if found["type"] == "Opaque")
    (own_image,) = (summary["image"] for summary in shared.cards.stack.outputs().values())
    (other_image,) = (summary["image"] for summary in shared.offers.stack.outputs().values())
    return Aim(
        own=shared.cards.namespace,
        other=other,
        other_team="offers",
        other_prefix=f"/{ORGANIZATION}/offers/production",
        other_host=OFFERS_HOST,
        other_pod=pod["metadata"]["name"],
        other_workload=running["metadata"]["name"],
        other_secret=secret["metadata"]["name"],
        other_image=other_image,
        own_image=own_image,
        own_prefix=f"/{ORGANIZATION}/cards/production",
        managing_stack=shared.managing.name,
    )


def attempt(
    kubectl: Kubectl, *command: str, document: Object | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["kubectl", "--kubeconfig", str(kubectl.kubeconfig), *command],
        input=json.dumps(document or {}),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def created(shared: SharedCluster, kubectl: Kubectl) -> Iterator[str]:
    """Name what a test creates in the namespace of `cards`; it is removed afterwards."""
    yield "theft"
    for kind in ("deployment", "ingress", "service"):
        kubectl.run("delete", kind, "theft", "-n", shared.cards.namespace, "--ignore-not-found")


@pytest.mark.parametrize("what", COMMANDS)
def test_a_command_is_refused(shared: SharedCluster, aim: Aim, what: str) -> None:
    tried = attempt(shared.cards.kubectl, *COMMANDS[what](aim))
    assert tried.returncode != 0
    assert "Forbidden" in tried.stderr or "forbidden" in tried.stderr, tried.stderr


@pytest.mark.parametrize("what", OBJECTS)
def test_an_object_is_refused(shared: SharedCluster, aim: Aim, created: str, what: str) -> None:
    document = OBJECTS[what].make(aim)
    assert document["metadata"]["name"] == created
    tried = attempt(shared.cards.kubectl, "create", "-f", "-", document=document)
    assert tried.returncode != 0, "it was created"
    assert OBJECTS[what].refusal in tried.stderr


@pytest.mark.parametrize("what", PODS)
def test_a_pod_is_refused(shared: SharedCluster, kubectl: Kubectl, aim: Aim, created: str, what: str) -> None:
    escape = PODS[what]
    document = workload(aim, escape.pod, escape.container)
    tried = attempt(shared.cards.kubectl, "create", "-f", "-", document=document)
    if tried.returncode:
        # A cluster may refuse such a workload as a whole.
        assert escape.refusal in tried.stderr
        return

    def refusal() -> str | None:
        (found,) = json.loads(
            kubectl.run("get", "deployment", created, "-n", aim.own, "-o", "json").join(("[", "]"))
        )
        conditions = {item["type"]: item["message"] for item in found.get("status", {}).get("conditions", [])}
        return conditions.get("ReplicaFailure")

    assert escape.refusal in wait_until(refusal, 60, f"the pod was refused: {what}")
    assert not kubectl.get("pods", aim.own, "-l", "app=theft")


def test_what_is_allowed_is_not_refused(
    shared: SharedCluster, kubectl: Kubectl, aim: Aim, created: str
) -> None:
    """Otherwise the table above would prove nothing."""
    small = {
        "resources": {
            "requests": {"cpu": "10m", "memory": "16Mi"},
            "limits": {"cpu": "100m", "memory": "32Mi"},
        }
    }
    tried = attempt(shared.cards.kubectl, "create", "-f", "-", document=workload(aim, container=small))
    assert tried.returncode == 0, tried.stderr

    def started() -> list[dict[str, Any]]:
        pods = kubectl.get("pods", aim.own, "-l", f"app={created}")
        return [pod for pod in pods if pod["status"]["phase"] == "Running"]

    assert wait_until(started, 60, "the pod runs")
    rule = f"{aim.own_prefix}/1/answer*=theft:80"
    tried = attempt(
        shared.cards.kubectl, "create", "ingress", created, f"--rule={rule}", "--class=traefik", "-n", aim.own
    )
    assert tried.returncode == 0, tried.stderr


def test_administrators_are_held_to_what_a_namespace_may_route_as_well(
    shared: SharedCluster, kubectl: Kubectl, aim: Aim
) -> None:
    tried = attempt(kubectl, "create", "-f", "-", document=OBJECTS["route its prefix"].make(aim))
    assert "as its path" in tried.stderr
    tried = attempt(kubectl, "create", "-f", "-", document=OBJECTS["route by a Gateway"].make(aim))
    assert "is attached to the Gateway" in tried.stderr or "as its path" in tried.stderr
    assert shared.cards.namespace == aim.own


def test_pods_reach_name_servers_and_no_other_pod(
    shared: SharedCluster, kubectl: Kubectl, aim: Aim, connection: dict[str, Any]
) -> None:
    if "sourceRanges" not in connection["router"]:
        pytest.skip("this embedded cluster is an older one, which enforces no network policy")
    (pod,) = kubectl.get("pods", aim.other)
    (service,) = kubectl.get("services", aim.other)
    (dns,) = kubectl.get("services", "kube-system", "-l", "k8s-app=kube-dns")
    (summary,) = shared.cards.stack.outputs().values()

    def connecting(address: str, port: int) -> str:
        return request(f"{summary['url']}?{address}:{port}").body

    assert connecting(dns["spec"]["clusterIP"], 53) == "connected"
    for address, port in ((pod["status"]["podIP"], 8000), (service["spec"]["clusterIP"], 80)):
        assert connecting(address, port) in ("TimeoutError", "OSError", "ConnectionRefusedError")
