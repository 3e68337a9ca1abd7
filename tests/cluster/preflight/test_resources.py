"""Extensions, storage, nodes and a registry that the cluster lacks."""

import socket

import pytest

from tests.cluster.deployments.kubectl import Kubectl
from tests.cluster.preflight.cluster_objects import Object, namespace, of_namespace, present
from tests.cluster.preflight.conftest import MANIFEST, Look, Place

pytestmark = pytest.mark.cluster

PLACE = Place("preflight-resources")

SCALING = {"replicas": {"min": 1, "max": 2}}
KEDA = {"triggers": [{"type": "cron", "metadata": {"timezone": "UTC"}}]}


def with_keys(keys: str) -> str:
    """Return the manifest with more keys of the endpoint."""
    return MANIFEST.rstrip() + f"\n        {keys}\n"


def storage_class(name: str, *, is_default: bool = False) -> Object:
    annotations = {"storageclass.kubernetes.io/is-default-class": str(is_default).lower()}
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": name, "annotations": annotations},
        "provisioner": "preflight.example/none",
    }


def test_keda_is_asked_for_where_the_cluster_has_none(look: Look) -> None:
    (error,) = look(endpoint={**SCALING, "scaling": {"keda": KEDA}}).errors
    assert "the cluster has no scaledobjects.keda.sh/v1alpha1, which KEDA brings; install it, or" in error


def test_the_prometheus_operator_is_asked_for_where_the_cluster_has_none(look: Look) -> None:
    (error,) = look(endpoint={"metrics": {"scrape": "podMonitor", "port": 8001}}).errors
    assert "the cluster has no podmonitors.monitoring.coreos.com/v1, which the Prometheus operator" in error


def test_cert_manager_is_asked_for_where_the_cluster_has_none(look: Look) -> None:
    routing = {"kind": "ingress", "ingressClass": "traefik", "host": "a.example", "tls": {"issuer": "acme"}}
    (error,) = look(routing=routing).errors
    assert "routing.tls.issuer: the cluster has no certificates.cert-manager.io/v1" in error


def test_an_autoscaler_without_anyone_who_measures_is_told_to_be_blind(look: Look) -> None:
    metrics = [{"kind": "pods", "metric": "queue", "average": "20"}]
    seen = look(endpoint={**SCALING, "scaling": {"metrics": metrics}})
    assert seen.errors == []
    (advice,) = seen.advice
    assert (
        f"custom.metrics.k8s.io is unavailable in the cluster; {PLACE.prefix} will not scale above" in advice
    )


def test_images_for_another_processor_than_the_nodes_are_an_error(look: Look) -> None:
    (error,) = look(builder={"platforms": ["linux/arm64"]}).errors
    assert (
        "builder.platforms: images are built for arm64, and the nodes that pods of greet may run on" in error
    )
    assert look(builder={"platforms": ["linux/amd64"]}).errors == []


def test_metrics_of_cpu_are_served_by_the_cluster(look: Look) -> None:
    assert look(endpoint=SCALING).advice == []


def test_a_missing_storage_class_is_told_with_those_that_there_are(look: Look, kubectl: Kubectl) -> None:
    volume = "workspace-volume: {mount-path: /scratch, size: 1, storage-class-name: preflight-fats}"
    with present(kubectl, storage_class("preflight-fast")):
        (error,) = look(manifest=with_keys(volume)).errors
    assert "valohai.yaml:6: greet.workspace-volume: the cluster has no StorageClass preflight-fats" in error
    assert "did you mean preflight-fast?" in error


def test_a_cluster_without_a_default_storage_class_needs_one_to_be_named(
    look: Look, kubectl: Kubectl
) -> None:
    manifest = with_keys("workspace-volume: {mount-path: /scratch, size: 1}")
    (error,) = look(manifest=manifest).errors
    assert "the cluster has no default StorageClass; set storage-class-name to one of" in error
    with present(kubectl, storage_class("preflight-default", is_default=True)):
        assert look(manifest=manifest).errors == []


def test_a_missing_claim_is_told_and_may_still_be_made(look: Look, kubectl: Kubectl) -> None:
    manifest = with_keys("shared-volumes: [{pvc-name: weights, mount-path: /weights}]")
    claim = of_namespace(
        "v1",
        "PersistentVolumeClaim",
        "weights",
        PLACE.namespace,
        spec={"accessModes": ["ReadWriteMany"], "resources": {"requests": {"storage": "1Gi"}}},
    )
    seen = look(manifest=manifest)
    assert seen.errors == []
    (advice,) = seen.advice
    assert (
        f"greet.shared-volumes: the namespace {PLACE.namespace} has no PersistentVolumeClaim weights"
        in advice
    )
    own = namespace(PLACE.namespace)
    own["metadata"]["labels"] = {"valohai.com/deployment": "production"}
    with present(kubectl, own, claim):
        assert look(manifest=manifest).advice == []


def test_pods_that_no_node_has_the_labels_for_are_told(look: Look) -> None:
    seen = look(manifest=with_keys("node-selector: preflight.example/disk=fast"))
    assert seen.errors == []
    (advice,) = seen.advice
    assert "greet.node-selector: none of the cluster's " in advice
    assert "has preflight.example/disk=fast; no pod starts until a node has it" in advice


@pytest.mark.parametrize(
    ("resources", "told"),
    [
        ("{memory: {min: 900000000}}", "request memory of 900000000M, and the largest node has "),
        (
            "{devices: {preflight.example/gpu: 1}}",
            "request preflight.example/gpu of 1, and the largest node has",
        ),
    ],
)
def test_pods_that_no_node_has_room_for_are_told(look: Look, resources: str, told: str) -> None:
    seen = look(manifest=with_keys(f"resources: {resources}"))
    assert seen.errors == []
    (advice,) = seen.advice
    assert told in advice


def test_a_registry_that_does_not_answer_is_told_with_what_that_means(look: Look) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{unused.getsockname()[1]}"
    seen = look(registry={"repository": f"{address}/ml"})
    assert seen.errors == []
    (advice,) = seen.advice
    assert f"registry.repository: {address} does not answer from this machine" in advice
    assert "check its name; the builder and the nodes may still reach it" in advice
