"""Where pods may run and what they mount."""

from collections.abc import Callable
from pathlib import Path

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
