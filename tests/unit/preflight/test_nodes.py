"""Whether there are nodes that can run the images, with their labels and taints."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from endpoints.preflight.checks.nodes import check_devices
from endpoints.preflight.facts import NamespaceFacts
from tests.unit.preflight.conftest import NAMESPACE, SOUND, Judge, MakeIntent

ARM = {"platforms": ["linux/arm64"]}
MANIFEST = """
- endpoint:
    name: greet
    image: python:3.11
    server-command: python server.py --port 8000
"""


def node(name: str, architecture: str, taint: str | None = None, **labels: str) -> dict[str, Any]:
    taints = [{"key": taint, "effect": "NoSchedule"}] if taint else []
    return {
        "metadata": {"name": name, "labels": {"kubernetes.io/arch": architecture, **labels}},
        "spec": {"taints": taints},
        "status": {"allocatable": {"cpu": "4", "memory": "8Gi"}},
    }


AMD, ARM_NODE = node("one", "amd64"), node("two", "arm64")


def found(
    judge: Judge, *nodes: dict[str, Any], builder: dict[str, Any] | None = None, **endpoint: Any
) -> list[tuple[bool, str]]:
    judged = judge(but={"nodes": nodes}, manifest=MANIFEST, builder=builder or ARM, endpoint=endpoint)
    return [(one.fatal, str(one.problem)) for one in judged]


def test_images_that_no_node_can_run_are_an_error_with_the_platform_to_set(judge: Judge) -> None:
    ((fatal, text),) = found(judge, AMD)
    assert fatal
    assert "endpoints:builder.platforms: images are built for arm64" in text
    assert "set platforms to linux/amd64" in text


def test_images_that_some_nodes_cannot_run_are_advice(judge: Judge) -> None:
    ((fatal, text),) = found(judge, AMD, ARM_NODE)
    assert not fatal
    assert "may also run on nodes that are amd64" in text
    assert "add linux/amd64 to platforms, or set nodeSelector: {kubernetes.io/arch: arm64}" in text


def test_the_platform_of_a_docker_daemon_is_compared_as_well(judge: Judge) -> None:
    ((fatal, text),) = found(judge, AMD, builder={"kind": "docker", "platform": "linux/arm64"})
    assert fatal
    assert "set platform to linux/amd64" in text


@pytest.mark.parametrize(
    ("nodes", "endpoint"),
    [
        ([ARM_NODE], {}),
        ([AMD, ARM_NODE], {"nodeSelector": {"kubernetes.io/arch": "arm64"}}),
        (
            [AMD, ARM_NODE],
            {"nodeAffinity": {"required": [{"key": "kubernetes.io/arch", "values": ["arm64"]}]}},
        ),
        ([node("one", "amd64", "gpu"), ARM_NODE], {}),
        ([AMD], {"image": "registry.example/greet@sha256:" + "1" * 64}),
        ([{**AMD, "metadata": {"name": "one"}}], {}),
    ],
    ids=["same", "selected", "affinity", "tainted", "ready image", "unknown"],
)
def test_nothing_is_said_of_nodes_that_pods_cannot_go_to(
    judge: Judge, nodes: list[dict[str, Any]], endpoint: dict[str, Any]
) -> None:
    assert not [text for _, text in found(judge, *nodes, **endpoint) if "exec format error" in text]


def test_a_tolerated_taint_lets_pods_onto_the_node(judge: Judge) -> None:
    tolerated = [{"key": "gpu", "operator": "Exists"}]
    (one,) = found(judge, node("one", "amd64", "gpu"), ARM_NODE, tolerations=tolerated)
    assert "may also run on nodes that are amd64" in one[1]


def test_a_builder_that_decides_by_itself_is_not_judged(judge: Judge) -> None:
    assert found(judge, AMD, builder={"kind": "buildkit"}) == []


def test_labels_that_the_stack_file_asks_for_are_told_at_its_line(judge: Judge) -> None:
    ((fatal, text),) = found(judge, ARM_NODE, nodeSelector={"disk": "fast"})
    assert not fatal
    assert "endpoints.greet.nodeSelector.disk: none of the cluster's 1 nodes has disk=fast" in text
    assert text.startswith("stacks/Pulumi.test.yaml:")


def test_a_condition_that_no_node_meets_is_told(judge: Judge) -> None:
    conditions = [{"key": "memory-gb", "operator": "Gt", "values": ["32"]}]
    ((fatal, text),) = found(judge, ARM_NODE, nodeAffinity={"required": conditions})
    assert not fatal
    assert "none of the cluster's 1 nodes has memory-gb Gt" in text


DEVICE = "nvidia.com/gpu"
WITH_DEVICE = f"{MANIFEST}    resources: {{devices: {{{DEVICE}: 1}}}}\n"
SELECTOR_OF_ANOTHER = {"app.kubernetes.io/instance": "another"}


def pod(labels: Mapping[str, str]) -> dict[str, Any]:
    container = {"resources": {"requests": {DEVICE: "1"}}}
    return {"metadata": {"name": "greet-old", "labels": dict(labels)}, "spec": {"containers": [container]}}


@pytest.mark.parametrize(
    ("devices", "rollout", "is_own", "is_told"),
    [
        (1, {}, True, True),
        (2, {}, True, False),
        (1, {"strategy": "recreate"}, True, False),
        (1, {"maxUnavailable": 1}, True, False),
        (1, {}, False, False),
    ],
)
def test_a_rollout_that_waits_for_its_own_old_pod_is_told_with_the_pod(
    intend: MakeIntent, devices: int, rollout: dict[str, Any], is_own: bool, is_told: bool
) -> None:
    intent = intend(manifest=WITH_DEVICE, endpoint={"rollout": rollout})
    (endpoint,) = intent.endpoints
    there = node("one", "amd64")
    there["status"]["allocatable"][DEVICE] = str(devices)
    held = pod(endpoint.address.selector if is_own else SELECTOR_OF_ANOTHER)
    seen = {NAMESPACE: NamespaceFacts(pods=(held,))}
    told = [
        str(one.problem) for one in check_devices(intent, replace(SOUND, nodes=(there,), namespaces=seen))
    ]
    assert len(told) == is_told
    if is_told:
        assert "its pods, such as greet-old, hold all 1 nvidia.com/gpu of the nodes" in told[0]
        assert "set rollout: {strategy: recreate} in the stack file" in told[0]
