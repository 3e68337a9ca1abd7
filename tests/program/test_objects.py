"""What the stack file says of Kubernetes objects reaches them, and nothing else changes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.program.conftest import Configure
from tests.program.recording import Recording

DEPLOYMENT = "kubernetes:apps/v1:Deployment"
SERVICE = "kubernetes:core/v1:Service"
INGRESS = "kubernetes:networking.k8s.io/v1:Ingress"
BODY_SIZE = "nginx.ingress.kubernetes.io/proxy-body-size"


def of_greet(recording: Recording, token: str) -> Mapping[str, Any]:
    (found,) = [one for one in recording.of_type(token) if one.name.endswith("/greet")]
    return found.inputs


def all_inputs(recording: Recording) -> dict[tuple[str, str], dict[str, Any]]:
    """Return what each resource is declared with; no annotations are as good as empty ones."""
    found = {(one.type, one.name): dict(one.inputs) for one in recording.resources}
    for inputs in found.values():
        if "metadata" in inputs:
            inputs["metadata"] = {"annotations": {}, **inputs["metadata"]}
    return found


def test_pods_get_their_runtime_priority_and_shared_memory(declare: Configure) -> None:
    defaults = {"runtimeClassName": "nvidia", "priorityClassName": "high", "shmSize": "256Mi"}
    pod = of_greet(declare(defaults=defaults), DEPLOYMENT)["spec"]["template"]["spec"]
    assert (pod["runtimeClassName"], pod["priorityClassName"]) == ("nvidia", "high")
    assert pod["volumes"] == [
        {"name": "shared-memory", "emptyDir": {"medium": "Memory", "sizeLimit": "256Mi"}}
    ]
    assert pod["containers"][0]["volumeMounts"] == [{"name": "shared-memory", "mountPath": "/dev/shm"}]


@pytest.mark.parametrize(
    ("rollout", "strategy"),
    [
        ({"strategy": "recreate"}, {"type": "Recreate"}),
        (
            {"maxSurge": 0, "maxUnavailable": "50%"},
            {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": "50%"}},
        ),
    ],
)
def test_rollouts_follow_the_stack_file(
    declare: Configure, rollout: dict[str, Any], strategy: dict[str, Any]
) -> None:
    assert of_greet(declare(defaults={"rollout": rollout}), DEPLOYMENT)["spec"]["strategy"] == strategy


def test_a_service_has_the_clusters_first_family_unless_the_stack_file_says_otherwise(
    declare: Configure,
) -> None:
    families = {"ipFamilyPolicy": "PreferDualStack", "ipFamilies": ["IPv6", "IPv4"]}
    before = of_greet(declare(), SERVICE)["spec"]
    assert not [key for key in before if "Famil" in key]
    changed = of_greet(declare(defaults={"overrides": {"Service": {"spec": families}}}), SERVICE)["spec"]
    assert changed == before | families


def test_pods_prefer_and_need_nodes_by_conditions(declare: Configure) -> None:
    affinity = {
        "required": [{"key": "gpu", "values": ["l4", "a100"]}],
        "preferred": [{"key": "spot", "operator": "DoesNotExist", "weight": 50}],
    }
    pod = of_greet(declare(defaults={"nodeAffinity": affinity}), DEPLOYMENT)["spec"]["template"]["spec"]
    required = [{"key": "gpu", "operator": "In", "values": ["l4", "a100"]}]
    preferred = [{"key": "spot", "operator": "DoesNotExist"}]
    assert pod["affinity"]["nodeAffinity"] == {
        "requiredDuringSchedulingIgnoredDuringExecution": {
            "nodeSelectorTerms": [{"matchExpressions": required}]
        },
        "preferredDuringSchedulingIgnoredDuringExecution": [
            {"weight": 50, "preference": {"matchExpressions": preferred}}
        ],
    }


def test_annotations_reach_the_routes_of_endpoints_and_of_their_aliases(
    declare: Configure, project: Path
) -> None:
    routing = {
        "kind": "ingress",
        "host": "models.acme.example",
        "annotations": {BODY_SIZE: "50m", "a/b": 1},
    }
    deployment = {
        "project": "digits",
        "name": "production",
        "source": str(project),
        "aliases": {"latest": "1"},
        "endpoints": {"greet": {"routing": {"annotations": {BODY_SIZE: "1g", "a/b": None}}}},
        "versions": [{"name": "1", "endpoints": {"greet": {}}}],
    }
    routes = declare(routing=routing, deployments=[deployment]).of_type(INGRESS)
    assert [route.inputs["metadata"]["annotations"] for route in routes] == [
        {BODY_SIZE: "1g", "pulumi.com/skipAwait": "true"}
    ] * 2


def test_an_http_route_has_annotations_as_well(declare: Configure) -> None:
    gateway = {"name": "public", "namespace": "routers"}
    routing = {"kind": "gateway", "gateway": gateway, "annotations": {"a/b": "c"}}
    route = of_greet(declare(routing=routing), "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute")
    assert route["metadata"]["annotations"]["a/b"] == "c"
    assert "pulumi.com/waitFor" in route["metadata"]["annotations"]


OVERRIDES = {
    "Deployment": {
        "metadata": {"annotations": {"acme.example/owner": "ml"}},
        "spec": {
            "minReadySeconds": 5,
            "template": {
                "spec": {
                    "dnsPolicy": "Default",
                    "containers": [{"name": "endpoint", "env": [{"name": "LOG_LEVEL", "value": "debug"}]}],
                }
            },
        },
    },
    "Service": {"spec": {"sessionAffinity": "ClientIP"}},
    "Ingress": {"metadata": {"labels": {"team": "ml"}}},
    "HorizontalPodAutoscaler": {"spec": {"behavior": {"scaleUp": {"selectPolicy": "Min"}}}},
    "PodDisruptionBudget": {"spec": {"maxUnavailable": None, "minAvailable": 1}},
}


def test_patches_are_laid_over_every_kind_of_object(declare: Configure) -> None:
    found = declare(defaults={"overrides": OVERRIDES, "replicas": {"min": 2}})
    workload = of_greet(found, DEPLOYMENT)
    pod = workload["spec"]["template"]["spec"]
    assert workload["metadata"]["annotations"]["acme.example/owner"] == "ml"
    assert workload["spec"]["minReadySeconds"] == 5
    assert pod["dnsPolicy"] == "Default"
    assert {"name": "LOG_LEVEL", "value": "debug"} in pod["containers"][0]["env"]
    assert pod["containers"][0]["image"].startswith("registry.acme.example/ml/")
    assert of_greet(found, "kubernetes:core/v1:Service")["spec"]["sessionAffinity"] == "ClientIP"
    assert of_greet(found, INGRESS)["metadata"]["labels"]["team"] == "ml"
    autoscaler = of_greet(found, "kubernetes:autoscaling/v2:HorizontalPodAutoscaler")
    assert autoscaler["spec"]["behavior"]["scaleUp"]["selectPolicy"] == "Min"
    budget = of_greet(found, "kubernetes:policy/v1:PodDisruptionBudget")["spec"]
    assert (budget.get("maxUnavailable"), budget["minAvailable"]) == (None, 1)


def test_a_patch_changes_nothing_but_what_it_says(declare: Configure) -> None:
    """The SDK's own names of fields become Kubernetes' where there is a patch."""
    empty: dict[str, Any] = {kind: {"metadata": {"annotations": {}}} for kind in OVERRIDES}
    assert all_inputs(declare(defaults={"overrides": empty})) == all_inputs(declare())


def test_a_patch_of_an_http_route_or_pod_monitor_changes_nothing_but_what_it_says(declare: Configure) -> None:
    settings: dict[str, Any] = {
        "routing": {"kind": "gateway", "gateway": {"name": "public", "namespace": "routers"}},
        "defaults": {"metrics": {"scrape": "podMonitor"}},
    }
    empty: dict[str, Any] = {kind: {"metadata": {"annotations": {}}} for kind in ("HTTPRoute", "PodMonitor")}
    patched = {**settings, "defaults": {**settings["defaults"], "overrides": empty}}
    assert all_inputs(declare(**patched)) == all_inputs(declare(**settings))


def test_a_patch_of_variables_keeps_those_with_secret_values(declare: Configure, project: Path) -> None:
    environment = {"API_KEY": {"secret": "key"}}
    deployment = {
        "project": "digits",
        "name": "production",
        "source": str(project),
        "versions": [{"name": "1", "endpoints": {"greet": {"environment": environment}}}],
    }
    found = declare(deployments=[deployment], secrets={"key": "s73577357"}, defaults={"overrides": OVERRIDES})
    (container,) = of_greet(found, DEPLOYMENT)["spec"]["template"]["spec"]["containers"]
    variables = {variable["name"]: variable for variable in container["env"]}
    assert variables["LOG_LEVEL"]["value"] == "debug"
    assert variables["API_KEY"]["valueFrom"]["secretKeyRef"]["key"] == "API_KEY"
    assert variables["API_KEY"]["valueFrom"]["secretKeyRef"]["name"]


READ_ONLY = "    shared-volumes: [{pvc-name: embeddings, mount-path: /embeddings, read-only: true}]\n"
WORKSPACE = "    workspace-volume: {mount-path: /scratch, size: 1}\n"


@pytest.mark.parametrize(
    ("volumes", "defaults", "policy"),
    [
        ("", {}, (10001, None)),
        (READ_ONLY, {}, (None, None)),
        (READ_ONLY + WORKSPACE, {}, (10001, None)),
        (READ_ONLY, {"fsGroup": "onRootMismatch"}, (10001, "OnRootMismatch")),
        (WORKSPACE, {"fsGroup": "none"}, (None, None)),
    ],
)
def test_files_of_volumes_get_the_pods_group_unless_they_are_only_read(
    declare: Configure, project: Path, volumes: str, defaults: dict[str, Any], policy: tuple[object, object]
) -> None:
    manifest = project / "valohai.yaml"
    manifest.write_text(manifest.read_text().rstrip() + "\n" + volumes)
    pod = of_greet(declare(defaults=defaults), DEPLOYMENT)["spec"]["template"]["spec"]
    context = pod["securityContext"]
    assert (context.get("fsGroup"), context.get("fsGroupChangePolicy")) == policy
    for volume in pod.get("volumes", ()):
        if claim := volume.get("persistentVolumeClaim"):
            assert claim == {"claimName": "embeddings", "readOnly": True}
