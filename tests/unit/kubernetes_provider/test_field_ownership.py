from typing import Any

from localcluster.kubernetes_provider.field_ownership import (
    field_manager_name,
    takeover_patch,
)
from localcluster.kubernetes_provider.ignored_changes import with_ignored_changes
from localcluster.kubernetes_provider.merge_patch import merge_patch

MANAGER = "pulumi-kubernetes-1234abcd"


def entry(manager: str, operation: str, fields: dict[str, Any], **more: str) -> dict[str, Any]:
    return {"manager": manager, "operation": operation, "apiVersion": "v1", "fieldsV1": fields, **more}


def live(*entries: dict[str, Any], **content: Any) -> dict[str, Any]:
    return {"metadata": {"resourceVersion": "7", "managedFields": list(entries)}, **content}


def test_the_fields_of_the_creation_are_handed_to_the_manager_with_those_it_has() -> None:
    created = entry("pulumi-kubernetes", "Update", {"f:data": {"f:a": {}}})
    own = entry(MANAGER, "Apply", {"f:data": {"f:b": {}}})
    other = entry("controller", "Update", {"f:status": {}}, subresource="status")
    patch = takeover_patch(live(created, own, other), MANAGER)
    assert patch is not None
    fields, version = patch
    assert fields["value"][0] == other
    assert fields["value"][1]["manager"] == MANAGER
    assert fields["value"][1]["operation"] == "Apply"
    assert fields["value"][1]["fieldsV1"] == {"f:data": {"f:a": {}, "f:b": {}}}
    assert version == {"op": "replace", "path": "/metadata/resourceVersion", "value": "7"}


def test_there_is_nothing_to_hand_over_after_the_first_update() -> None:
    assert takeover_patch(live(entry(MANAGER, "Apply", {})), MANAGER) is None


def test_a_status_that_the_same_name_wrote_is_left_alone() -> None:
    status = entry("pulumi-kubernetes", "Update", {"f:status": {}}, subresource="status")
    assert takeover_patch(live(status), MANAGER) is None


def test_the_annotated_manager_wins_over_the_recorded_one_and_that_over_a_new_one() -> None:
    annotated = {"metadata": {"annotations": {"pulumi.com/patchFieldManager": "me"}}}
    assert field_manager_name(annotated, "recorded") == "me"
    assert field_manager_name({}, "recorded") == "recorded"
    assert field_manager_name({}, "") != field_manager_name({}, "")


def test_an_ignored_field_of_another_manager_is_left_out() -> None:
    scaler = entry("scaler", "Update", {"f:spec": {"f:replicas": {}}})
    inputs = {"spec": {"replicas": 1, "x": 2}}
    applied = with_ignored_changes(inputs, live(scaler, spec={"replicas": 9}), MANAGER, ["spec.replicas"])
    assert applied == {"spec": {"x": 2}}


def test_an_ignored_field_that_we_own_is_sent_as_it_is() -> None:
    own = entry(MANAGER, "Apply", {"f:spec": {"f:replicas": {}}})
    inputs = {"spec": {"replicas": 1}}
    applied = with_ignored_changes(inputs, live(own, spec={"replicas": 9}), MANAGER, ["spec.replicas"])
    assert applied == {"spec": {"replicas": 9}}


def test_an_ignored_field_that_does_not_exist_keeps_the_programs_value() -> None:
    inputs = {"spec": {"replicas": 1}}
    assert with_ignored_changes(inputs, live(spec={}), MANAGER, ["spec.replicas", "spec.a[0].b"]) == inputs


def test_a_merge_patch_removes_dropped_keys_and_sends_changed_lists_whole() -> None:
    old = {"a": 1, "b": {"c": 1, "d": 2}, "e": [1, 2], "f": 1}
    new = {"a": 1, "b": {"c": 2}, "e": [1], "g": {"h": 1}}
    assert merge_patch(old, new) == {"f": None, "b": {"d": None, "c": 2}, "e": [1], "g": {"h": 1}}
