"""Where pods may run and what they mount."""

from collections.abc import Callable
from pathlib import Path

import pytest

from endpoints.errors import ProjectError
from endpoints.manifest import Toleration
from endpoints.plan import EndpointPlan, Mount, StackPlan, Storage, Volume

Plan = Callable[[str], StackPlan]


def greet(plan: StackPlan) -> EndpointPlan:
    ((version,),) = [deployment.versions for deployment in plan.deployments]
    (found,) = [endpoint for endpoint in version.endpoints if endpoint.address.endpoint == "greet"]
    return found


def test_node_labels_and_tolerated_taints_are_carried_over(plan: Plan, stack: str, root: Path) -> None:
    manifest = root / "project/valohai.yaml"
    manifest.write_text(
        manifest.read_text()
        + "    node-selector: accelerator=tesla-v100, zone=b\n"
        + "    tolerations: [{key: gpu, value: 'yes', effect: NoSchedule}, {operator: Exists}]\n"
    )
    found = greet(plan(stack))

    assert found.node_selector == {"accelerator": "tesla-v100", "zone": "b"}
    assert found.tolerations == (
        Toleration("gpu", "Equal", "yes", "NoSchedule"),
        Toleration(None, "Exists", None, None),
    )


def test_a_claim_mounted_twice_is_one_volume(plan: Plan, stack: str, root: Path) -> None:
    manifest = root / "project/valohai.yaml"
    manifest.write_text(
        manifest.read_text()
        + "    shared-volumes:\n"
        + "      - {pvc-name: embeddings, mount-path: /en, sub-path: v2/en, read-only: true}\n"
        + "      - {pvc-name: embeddings, mount-path: /all}\n"
        + "    workspace-volume: {mount-path: /scratch, size: 10, storage-class-name: fast-ssd}\n"
    )
    assert greet(plan(stack)).storage == Storage(
        volumes=(
            Volume("claim-embeddings", claim="embeddings"),
            Volume("workspace", size=10, storage_class="fast-ssd"),
        ),
        mounts=(
            Mount("claim-embeddings", "/en", "v2/en", read_only=True),
            Mount("claim-embeddings", "/all"),
            Mount("workspace", "/scratch"),
        ),
    )


def test_volume_names_are_legal_and_distinct_whatever_the_claims_are_called(
    plan: Plan, stack: str, root: Path
) -> None:
    claims = ["a.b", "a-b", "x" * 200]
    manifest = root / "project/valohai.yaml"
    mounts = ", ".join(f"{{pvc-name: {claim}, mount-path: /{index}}}" for index, claim in enumerate(claims))
    manifest.write_text(manifest.read_text() + f"    shared-volumes: [{mounts}]\n")
    names = [volume.name for volume in greet(plan(stack)).storage.volumes]

    assert len(set(names)) == len(claims)
    assert all(len(name) <= 63 and "." not in name for name in names)


def test_an_endpoint_that_asks_for_nothing_has_neither_volumes_nor_a_place(plan: Plan, stack: str) -> None:
    found = greet(plan(stack))
    assert (found.node_selector, found.tolerations, found.storage) == ({}, (), Storage())


RESOURCES = "    resources: {cpu: {min: 1, max: 2}, memory: {min: 500, max: 4000}}\n"


def manifest_says(root: Path, text: str) -> None:
    manifest = root / "project/valohai.yaml"
    own = "    resources: {memory: {max: 64}}\n"
    written = manifest.read_text()
    assert written.endswith(own)
    manifest.write_text((written.removesuffix(own) if "resources:" in text else written) + text)


def with_settings(stack: str, settings: str) -> str:
    return stack.replace("greet: {}", f"greet: {settings}")


def test_resources_of_the_stack_file_replace_those_of_the_manifest_key_by_key(
    plan: Plan, stack: str, root: Path
) -> None:
    manifest_says(root, RESOURCES)
    settings = "{resources: {cpu: {max: null}, memory: {max: 8000}, devices: {nvidia.com/gpu: 1}}}"
    found = greet(plan(with_settings(stack, settings)))
    assert found.requests == {"cpu": "1", "memory": "500M", "nvidia.com/gpu": "1"}
    assert found.limits == {"memory": "8000M", "nvidia.com/gpu": "1"}


def test_a_device_of_the_manifest_can_be_taken_away(plan: Plan, stack: str, root: Path) -> None:
    manifest_says(root, "    resources: {devices: {nvidia.com/gpu: 2}}\n")
    found = greet(plan(with_settings(stack, "{resources: {devices: {nvidia.com/gpu: 0}}}")))
    assert "nvidia.com/gpu" not in found.limits


def test_node_labels_are_added_replaced_and_removed_by_name(plan: Plan, stack: str, root: Path) -> None:
    manifest_says(root, "    node-selector: accelerator=tesla-v100, zone=b, disk=fast\n")
    settings = "{nodeSelector: {accelerator: l4, zone: null, pool: gpu}}"
    found = greet(plan(with_settings(stack, settings)))
    assert found.node_selector == {"accelerator": "l4", "disk": "fast", "pool": "gpu"}


def test_tolerations_of_the_stack_file_replace_all_of_the_manifest(
    plan: Plan, stack: str, root: Path
) -> None:
    manifest_says(root, "    tolerations: [{key: gpu, operator: Exists}]\n")
    settings = "{tolerations: [{key: pool, value: ml, effect: NoExecute}]}"
    assert greet(plan(with_settings(stack, settings))).tolerations == (
        Toleration("pool", "Equal", "ml", "NoExecute"),
    )
    assert greet(plan(with_settings(stack, "{tolerations: []}"))).tolerations == ()


def test_a_minimum_above_the_manifests_maximum_is_told_with_both(plan: Plan, stack: str, root: Path) -> None:
    manifest_says(root, RESOURCES)
    with pytest.raises(ProjectError) as raised:
        plan(with_settings(stack, "{resources: {memory: {min: 5000}}}"))
    assert str(raised.value) == (
        "stacks/Pulumi.test.yaml:14: endpoints:deployments[0].versions[0].endpoints.greet.resources.memory"
        ".min: found min 5000, but max in valohai.yaml is 4000; set max here as well"
    )


def test_problems_of_a_replaced_key_name_the_stack_file_and_those_of_others_the_manifest(
    plan: Plan, stack: str, root: Path
) -> None:
    manifest_says(root, RESOURCES)
    definition = greet(plan(with_settings(stack, "{resources: {memory: {max: 8000}}}"))).definition
    assert definition.problem("resources.memory.max", "told").file == "stacks/Pulumi.test.yaml"
    assert definition.problem("resources.memory", "told").file == "stacks/Pulumi.test.yaml"
    assert definition.problem("resources.cpu", "told").file == "project/valohai.yaml"
    assert definition.problem("port", "told").file == "project/valohai.yaml"
