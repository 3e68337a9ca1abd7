"""The answer to Diff: what changes, what is replaced, and what is deleted first."""

from typing import Any

import pytest
from pulumi.runtime.proto import provider_pb2

from localcluster.kubernetes_provider.checkpoint import Checkpoint, record
from localcluster.kubernetes_provider.diff import diff
from localcluster.kubernetes_provider.settings import ProviderSettings
from localcluster.kubernetes_provider.values import UNKNOWN, JsonObject

DEPLOYMENT: JsonObject = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web", "namespace": "demo", "labels": {"a.b/c": "d"}},
    "spec": {
        "replicas": 2,
        "selector": {"matchLabels": {"app": "web"}},
        "template": {"spec": {"containers": [{"name": "web", "image": "web:1", "args": ["a", "b"]}]}},
    },
}


def state(inputs: JsonObject) -> JsonObject:
    live = {**inputs, "status": {"x": 1}, "metadata": {"uid": "1", **inputs["metadata"]}}
    return record(Checkpoint(inputs, live, inputs["apiVersion"], "pulumi-kubernetes-1"), inputs)


def changed(inputs: JsonObject, path: str, value: Any) -> JsonObject:
    *keys, last = path.split(".")
    result: JsonObject = {**inputs}
    place = result
    for key in keys:
        place[key] = {**place.get(key, {})}
        place = place[key]
    if value is None:
        place.pop(last)
    else:
        place[last] = value
    return result


def difference(
    old: JsonObject, new: JsonObject, ignored: tuple[str, ...] = (), **settings: bool
) -> provider_pb2.DiffResponse:
    return diff(ProviderSettings(**settings), state(old), new, ignored)  # type: ignore[arg-type]


def test_unchanged_inputs_are_no_change() -> None:
    answer = difference(DEPLOYMENT, DEPLOYMENT)
    assert answer.changes == provider_pb2.DiffResponse.DIFF_NONE
    assert answer.hasDetailedDiff
    assert not answer.detailedDiff


def test_a_changed_value_is_named_by_its_place() -> None:
    containers = [{"name": "web", "image": "web:2", "args": ["a"], "tty": True}]
    answer = difference(
        DEPLOYMENT, changed(DEPLOYMENT, "spec.template", {"spec": {"containers": containers}})
    )
    kinds = {path: change.kind for path, change in answer.detailedDiff.items()}
    prefix = "spec.template.spec.containers[0]"
    assert kinds == {
        f"{prefix}.image": provider_pb2.PropertyDiff.UPDATE,
        f"{prefix}.args[1]": provider_pb2.PropertyDiff.DELETE,
        f"{prefix}.tty": provider_pb2.PropertyDiff.ADD,
    }
    assert all(change.inputDiff for change in answer.detailedDiff.values())
    assert not answer.replaces


def test_a_key_with_dots_is_quoted() -> None:
    answer = difference(DEPLOYMENT, changed(DEPLOYMENT, "metadata.labels", {"a.b/c": "e"}))
    assert list(answer.detailedDiff) == ['metadata.labels["a.b/c"]']


def test_an_unknown_value_counts_as_changed() -> None:
    answer = difference(DEPLOYMENT, changed(DEPLOYMENT, "spec.replicas", UNKNOWN))
    assert list(answer.detailedDiff) == ["spec.replicas"]


def test_an_ignored_change_is_none() -> None:
    answer = difference(DEPLOYMENT, changed(DEPLOYMENT, "spec.replicas", 5), ignored=("spec.replicas",))
    assert answer.changes == provider_pb2.DiffResponse.DIFF_NONE


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("spec.selector", {"matchLabels": {"app": "other"}}),
        ("spec", {}),
        ("kind", "ReplicaSet"),
    ],
)
def test_a_change_that_is_impossible_in_place_deletes_a_named_object_first(path: str, value: Any) -> None:
    answer = difference(DEPLOYMENT, changed(DEPLOYMENT, path, value))
    assert answer.replaces
    assert answer.deleteBeforeReplace


@pytest.mark.parametrize(("path", "value"), [("metadata.name", "other"), ("metadata.namespace", "other")])
def test_an_object_that_moves_is_made_before_the_old_one_goes(path: str, value: str) -> None:
    answer = difference(DEPLOYMENT, changed(DEPLOYMENT, path, value))
    assert list(answer.replaces) == [path]
    assert not answer.deleteBeforeReplace


def test_a_newer_version_of_the_same_api_is_no_replacement() -> None:
    old = changed(DEPLOYMENT, "apiVersion", "apps/v1beta2")
    assert not difference(old, DEPLOYMENT).replaces


@pytest.mark.parametrize(
    ("kind", "path", "old", "new"),
    [
        (("v1", "Service"), "spec.clusterIP", "None", "10.0.0.1"),
        (("batch/v1", "Job"), "spec.template.spec.x", 1, 2),
        (("rbac.authorization.k8s.io/v1", "RoleBinding"), "roleRef.name", "a", "b"),
        (("v1", "PersistentVolumeClaim"), "spec.storageClassName", "a", "b"),
        (("v1", "Pod"), "spec.nodeName", "a", "b"),
        (("v1", "Secret"), "type", "a", "b"),
        (("storage.k8s.io/v1", "StorageClass"), "provisioner", "a", "b"),
        (("apps/v1", "StatefulSet"), "spec.serviceName", "a", "b"),
    ],
)
def test_immutable_fields_replace(kind: tuple[str, str], path: str, old: Any, new: Any) -> None:
    base: JsonObject = {"apiVersion": kind[0], "kind": kind[1], "metadata": {"name": "a"}}
    answer = difference(changed(base, path, old), changed(base, path, new))
    assert list(answer.replaces) == [path]


CONFIG_MAP: JsonObject = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "a", "namespace": "demo"},
    "data": {"a": "1"},
}


def test_the_content_of_a_config_map_replaces_it_unless_it_is_mutable() -> None:
    new = changed(CONFIG_MAP, "data", {"a": "2"})
    assert list(difference(CONFIG_MAP, new).replaces) == ["data.a"]
    assert not difference(CONFIG_MAP, new, config_map_mutable=True).replaces


def test_an_immutable_config_map_is_replaced_in_any_case() -> None:
    old, new = {**CONFIG_MAP, "immutable": True}, {**CONFIG_MAP, "immutable": True, "data": {"a": "2"}}
    assert list(difference(old, new, config_map_mutable=True).replaces) == ["data.a"]


def test_a_generated_name_lets_the_new_object_come_first() -> None:
    named = changed(CONFIG_MAP, "metadata.annotations", {"pulumi.com/autonamed": "true"})
    answer = difference(named, changed(named, "data", {"a": "2"}))
    assert answer.replaces
    assert not answer.deleteBeforeReplace


def test_the_content_of_a_secret_is_compared_in_its_encoded_form() -> None:
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}, "data": {"a": "eA=="}}
    as_string = {**secret, "stringData": {"a": "x"}}
    del as_string["data"]
    assert difference(secret, as_string).changes == provider_pb2.DiffResponse.DIFF_NONE
    assert difference(secret, {**as_string, "stringData": {"a": "y"}}, secret_mutable=True).replaces == []


def test_the_default_namespace_and_none_are_the_same() -> None:
    implicit = changed(CONFIG_MAP, "metadata", {"name": "a"})
    explicit = changed(CONFIG_MAP, "metadata", {"name": "a", "namespace": "default"})
    assert difference(implicit, explicit).changes == provider_pb2.DiffResponse.DIFF_NONE


def test_a_namespace_on_an_object_outside_namespaces_is_no_change() -> None:
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "a"}}
    with_namespace = changed(role, "metadata.namespace", "demo")
    assert difference(role, with_namespace).changes == provider_pb2.DiffResponse.DIFF_NONE
