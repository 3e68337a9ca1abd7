"""Model files that are not on this machine."""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from endpoints.errors import ProjectError
from endpoints.plan import ImagePlan, StackPlan, plan_stack
from endpoints.source import StoreAccess
from endpoints.stack_file import Settings
from tests.object_store import ObjectStore, object_store
from tests.unit.plan.images import built

CONTENT = b"weights"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[ObjectStore]:
    with object_store() as running:
        monkeypatch.setenv("AWS_ENDPOINT_URL", running.url)
        monkeypatch.setenv("AWS_SKIP_SIGNATURE", "true")
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        running.objects["/models/model.npz"] = CONTENT
        yield running


Plan = Callable[[str, StoreAccess], StackPlan]


@pytest.fixture
def plan(root: Path, stack: str, settings_of: Callable[[str], Settings]) -> Plan:
    """Plan the stack with another origin of the model."""
    return lambda origin, access: plan_stack(
        settings_of(stack.replace("{path: model.npz}", origin)), root, "ingress", access
    )


def image(planned: StackPlan) -> ImagePlan:
    return built(planned.deployments[0].versions[0].endpoints[0])


def test_a_file_of_the_web_is_left_to_the_builder(plan: Plan, root: Path) -> None:
    uri = "https://acme.example/model.npz"
    planned = image(plan(f"{{uri: '{uri}', sha256: {SHA256}}}", StoreAccess.CONTENT))
    (download,) = planned.downloads
    assert (download.name, download.uri, download.sha256) == ("model", uri, SHA256)
    assert f"--checksum=sha256:{SHA256}" in planned.dockerfile
    assert planned.named_contexts.keys() == {"serving"}
    assert not (root / ".endpoints/files").exists()


def test_a_preview_tells_a_stored_file_by_its_sha256_without_fetching_it(
    plan: Plan, root: Path, store: ObjectStore
) -> None:
    origin = f"{{uri: s3://models/model.npz, sha256: {SHA256}}}"
    previewed = image(plan(origin, StoreAccess.METADATA))
    assert store.requests == []
    built = image(plan(origin, StoreAccess.CONTENT))
    assert store.requests == ["GET /models/model.npz"]

    assert previewed == built, "or the update would not do what was previewed"
    location = built.named_contexts["stored-file-0"]
    assert (root / location.removeprefix("oci-layout://") / "index.json").is_file()


def test_a_stored_file_without_sha256_is_told_by_what_the_store_knows(plan: Plan, store: ObjectStore) -> None:
    first = image(plan("{uri: s3://models/model.npz}", StoreAccess.METADATA))
    store.objects["/models/model.npz"] = b"other weights"
    second = image(plan("{uri: s3://models/model.npz}", StoreAccess.METADATA))
    assert set(store.requests) == {"HEAD /models/model.npz"}
    assert first.named_contexts["stored-file-0"] != second.named_contexts["stored-file-0"]


def test_a_stored_file_with_another_sha256_is_told_with_the_endpoint_and_the_file(
    plan: Plan, store: ObjectStore
) -> None:
    store.objects["/models/model.npz"] = b"other weights"
    with pytest.raises(ProjectError) as caught:
        plan(f"{{uri: s3://models/model.npz, sha256: {SHA256}}}", StoreAccess.CONTENT)
    found = hashlib.sha256(b"other weights").hexdigest()
    key = "endpoints:deployments[0].versions[0].endpoints.predict.files.model"
    assert str(caught.value) == (
        f"stacks/Pulumi.test.yaml:13: {key}: s3://models/model.npz: found sha256 {found}, expected "
        f"{SHA256}; correct the URI, or set the new sha256 if the change is intended"
    )


def test_a_check_without_network_asks_no_store(plan: Plan, store: ObjectStore) -> None:
    plan("{uri: s3://models/missing.npz}", StoreAccess.NOTHING)
    assert store.requests == []
