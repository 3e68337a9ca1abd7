"""What valohai.yaml says of nodes, devices and volumes reaches the pods."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.program.conftest import Configure

PLACEMENT = """
    node-selector: accelerator=tesla-v100
    tolerations:
      - {key: nvidia.com/gpu, operator: Exists, effect: NoSchedule}
      - {operator: Exists}
    shared-volumes:
      - {pvc-name: embeddings, mount-path: /embeddings, sub-path: v2, read-only: true}
      - {pvc-name: embeddings, mount-path: /all}
    workspace-volume: {mount-path: /scratch, size: 10, storage-class-name: fast-ssd}
    resources: {devices: {nvidia.com/gpu: 1}}
"""


@pytest.fixture
def pod(project: Path, declare: Configure) -> dict[str, Any]:
    manifest = project / "valohai.yaml"
    manifest.write_text(manifest.read_text().rstrip() + PLACEMENT)
    (workload,) = [
        found for found in declare().of_type("kubernetes:apps/v1:Deployment") if found.name.endswith("/greet")
    ]
    spec = workload.inputs["spec"]["template"]["spec"]
    assert isinstance(spec, dict)
    return spec


def test_pods_go_to_the_nodes_that_the_manifest_names(pod: dict[str, Any]) -> None:
    assert pod["nodeSelector"] == {"accelerator": "tesla-v100"}
    assert pod["tolerations"] == [
        {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"},
        {"operator": "Exists"},
    ]


def test_devices_are_requested_and_limited_alike(pod: dict[str, Any]) -> None:
    (container,) = pod["containers"]
    assert container["resources"]["requests"]["nvidia.com/gpu"] == "1"
    assert container["resources"]["limits"]["nvidia.com/gpu"] == "1"


def test_volumes_are_existing_claims_and_a_new_one_for_each_pod(
    pod: dict[str, Any], golden: Callable[[str, object], None]
) -> None:
    (container,) = pod["containers"]
    golden("volumes", {"volumes": pod["volumes"], "volumeMounts": container["volumeMounts"]})
    assert pod["securityContext"]["fsGroup"] == pod["securityContext"]["runAsUser"]


def test_pods_that_ask_for_nothing_have_none_of_these_fields(declare: Configure) -> None:
    for workload in declare().of_type("kubernetes:apps/v1:Deployment"):
        pod = workload.inputs["spec"]["template"]["spec"]
        assert not {"nodeSelector", "tolerations", "volumes"} & pod.keys()
        assert "volumeMounts" not in pod["containers"][0]
