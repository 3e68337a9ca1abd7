"""A Prometheus of a managed cluster finds a team's pods by their PodMonitor, and alone reaches their metrics.

The kind PodMonitor belongs to a whole cluster, so that this is one of the tests' own.
"""

import json
import subprocess
from dataclasses import dataclass
from typing import Any

import pytest

from tests.cluster.deployments.kubectl import Kubectl
from tests.cluster.deployments.projects import ROOT, deployment, own_cluster, write_project
from tests.cluster.deployments.requests import request
from tests.cluster.deployments.stack import Stack
from tests.cluster.localcluster.cluster import Cluster
from tests.cluster.localcluster.conftest import cluster as cluster
from tests.cluster.localcluster.conftest import tools_are_built as tools_are_built
from tests.cluster.localcluster.isolated_pods import Place, pod
from tests.cluster.managed.conftest import APPLICATION, MANIFEST, managing_settings
from tests.cluster.managed.managing_stack import ManagingStack
from tests.cluster.managed.moving import own_place, team_of

pytestmark = pytest.mark.cluster

ORGANIZATION = "monitored"
NAMESPACE = f"{ORGANIZATION}-cards-production"
KIND = ROOT / "tests/fixtures/pod-monitor.crd.yaml"
FETCH = "import sys, urllib.request\nprint(urllib.request.urlopen(sys.argv[1], timeout=5).read().decode())\n"


@dataclass(frozen=True)
class Monitored:
    """A team's endpoint, and a pod where Prometheus is and one where nobody is."""

    stack: Stack
    kubectl: Kubectl
    prometheus: Place
    elsewhere: Place

    @property
    def monitor(self) -> dict[str, Any]:
        """The team's only PodMonitor, as the API server has it."""
        (found,) = self.kubectl.get("podmonitors", NAMESPACE)
        return found

    def pods(self) -> list[dict[str, Any]]:
        """Return the pods that the PodMonitor selects, as a Prometheus looks for them."""
        labels = self.monitor["spec"]["selector"]["matchLabels"]
        return self.kubectl.get(
            "pods", NAMESPACE, "--selector", ",".join(f"{key}={value}" for key, value in labels.items())
        )


@pytest.fixture(scope="module")
def monitored(
    cluster: Cluster, connection: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> Monitored:
    """Have a cluster with the operator's kind managed, and deploy a team's endpoint with metrics."""
    cluster.succeed("up")
    cluster.kubectl("apply", "--filename", str(KIND))
    cluster.kubectl("wait", "--for=condition=Established", "--filename", str(KIND), "--timeout=60s")
    for namespace in ("monitoring", "elsewhere"):
        cluster.kubectl("create", "namespace", namespace)
    cluster.apply(pod("monitoring", "prometheus"), pod("elsewhere", "nobody"))
    own = cluster.connection()
    place = own_place(own)
    directory = tmp_path_factory.mktemp("monitored")
    managing = ManagingStack(directory / "managing", ORGANIZATION)
    managing.environment["LOCALCLUSTER_CONNECTION"] = str(cluster.layout.connection)
    network = {"monitoringNamespace": "monitoring"}
    managing.configure(**managing_settings(ORGANIZATION, teams=[team_of(ORGANIZATION)], network=network))
    stack = Stack(directory / "cards", managing.state_directory, project="cards")
    project = write_project(directory / "project", MANIFEST, answer__py=APPLICATION)
    metrics = {"scrape": "podMonitor", "labels": {"release": "prometheus"}, "intervalSeconds": 15}
    cards = deployment("cards", project, answer={"environment": {"TEAM": "cards"}, "metrics": metrics})
    # Images are built where the machine's builder is; only the registry is the cluster's own.
    builder = own_cluster(connection, {})["builder"]
    stack.configure(
        organization=ORGANIZATION,
        cluster={"kind": "managed", "stack": managing.full_name, "team": "cards"},
        builder=builder,
        deployments=[cards],
    )
    # Neither is destroyed: the cluster goes with all that is in it.
    managing.up()
    stack.up()
    prometheus, elsewhere = Place(cluster, "monitoring", "prometheus"), Place(cluster, "elsewhere", "nobody")
    for at in (prometheus, elsewhere):
        ready = ("--for=condition=Ready", f"pod/{at.name}", f"--namespace={at.namespace}", "--timeout=120s")
        cluster.kubectl("wait", *ready)
    return Monitored(stack, place.kubectl, prometheus, elsewhere)


def test_the_api_server_has_the_pod_monitor_as_it_was_declared_and_finds_nothing_unknown_in_it(
    monitored: Monitored,
) -> None:
    (declared,) = (
        resource["inputs"]
        for resource in json.loads(monitored.stack.state())["deployment"]["resources"]
        if resource["type"] == "kubernetes:monitoring.coreos.com/v1:PodMonitor"
    )
    document = {key: declared[key] for key in ("apiVersion", "kind", "metadata", "spec")}
    assert monitored.monitor["spec"] == document["spec"]
    assert monitored.monitor["metadata"]["labels"]["release"] == "prometheus"
    document["metadata"] = {**document["metadata"], "name": "strict"}
    assert create_strictly(monitored, document).returncode == 0
    # Otherwise the check above would prove nothing.
    document["spec"] = {**document["spec"], "podMetricsEndpoint": []}
    refused = create_strictly(monitored, document)
    assert refused.returncode != 0
    assert 'unknown field "spec.podMetricsEndpoint"' in refused.stderr


def create_strictly(monitored: Monitored, document: dict[str, Any]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [
            *("kubectl", f"--kubeconfig={monitored.kubectl.kubeconfig}"),
            *("create", "--dry-run=server", "--validate=strict", "--filename=-"),
        ],
        input=json.dumps(document),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_pod_monitor_selects_the_endpoints_pods_and_names_a_port_and_labels_that_they_have(
    monitored: Monitored,
) -> None:
    (found,) = monitored.pods()
    (container,) = found["spec"]["containers"]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    (asked,) = monitored.monitor["spec"]["podMetricsEndpoints"]
    assert (ports[asked["port"]], asked["interval"]) == (9464, "15s")
    labels = monitored.monitor["spec"]["podTargetLabels"]
    assert "valohai.com/endpoint" in labels
    assert set(labels) <= found["metadata"]["labels"].keys()


def test_prometheus_reads_the_metrics_and_nothing_else_of_the_pod(monitored: Monitored) -> None:
    (found,) = monitored.pods()
    (asked,) = monitored.monitor["spec"]["podMetricsEndpoints"]
    (summary,) = monitored.stack.outputs().values()
    assert request(summary["url"]).status == 200
    address = found["status"]["podIP"]
    page = monitored.prometheus.run(FETCH, f"http://{address}:9464{asked['path']}")
    assert "valohai_requests_total" in page
    assert monitored.prometheus.attempts(f"{address}:9464", f"{address}:8000") == ["open", "prohibited"]


def test_nobody_else_reaches_the_metrics(monitored: Monitored) -> None:
    (found,) = monitored.pods()
    address = found["status"]["podIP"]
    assert monitored.elsewhere.attempts(f"{address}:9464", f"{address}:8000") == ["prohibited"] * 2
