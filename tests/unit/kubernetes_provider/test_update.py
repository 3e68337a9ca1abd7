"""Changing objects in place."""

import pytest

from localcluster.kubernetes_provider.checkpoint import recorded
from localcluster.kubernetes_provider.failures import UserError
from localcluster.kubernetes_provider.update import preview_update, update
from tests.unit.kubernetes_provider.fake_api import FakeApi, refusal, session_with
from tests.unit.kubernetes_provider.operations import CONFIG_MAP, PATH, QUIET, created, run


def test_an_update_first_hands_the_fields_over_and_then_applies(api: FakeApi) -> None:
    old = created(api)
    new = {**CONFIG_MAP, "data": {"other": "1"}}
    written = run(update(session_with(api), old, new, [], 0, QUIET))
    assert api.methods()[-3:] == ["GET", "PATCH", "PATCH"]
    assert api.objects[PATH]["data"] == {"other": "1"}
    assert api.requests[-1][2] == {"fieldManager": old.field_manager, "force": "false"}
    assert recorded(written.outputs).field_manager == old.field_manager


def test_a_second_update_applies_only(api: FakeApi) -> None:
    old = created(api)
    for value in ("1", "2"):
        run(update(session_with(api), old, {**CONFIG_MAP, "data": {"a": value}}, [], 0, QUIET))
    assert api.methods()[-2:] == ["GET", "PATCH"]


def test_a_conflict_names_field_and_manager(api: FakeApi) -> None:
    old = created(api)
    run(update(session_with(api), old, CONFIG_MAP, [], 0, QUIET))
    causes = [
        {"reason": "FieldManagerConflict", "field": ".data.greeting", "message": 'conflict with "rival"'}
    ]
    api.failures["PATCH"] = [refusal(409, "Conflict", "Apply failed", causes=causes)]
    with pytest.raises(UserError, match=r'\.data\.greeting: conflict with "rival"'):
        run(update(session_with(api), old, CONFIG_MAP, [], 0, QUIET))


def test_a_forced_update_says_so(api: FakeApi) -> None:
    old = created(api)
    run(update(session_with(api, patch_force=True), old, CONFIG_MAP, [], 0, QUIET))
    assert api.requests[-1][2]["force"] == "true"


def test_an_update_of_an_object_that_is_gone_asks_for_a_refresh(api: FakeApi) -> None:
    old = created(api)
    api.objects.clear()
    with pytest.raises(UserError, match=r"no longer in the cluster; run `pulumi refresh`"):
        run(update(session_with(api), old, CONFIG_MAP, [], 0, QUIET))


def test_a_former_managers_fields_are_given_up(api: FakeApi) -> None:
    old = created(api)
    new = {
        **CONFIG_MAP,
        "metadata": {**CONFIG_MAP["metadata"], "annotations": {"pulumi.com/patchFieldManager": "me"}},
    }
    run(update(session_with(api), old, new, [], 0, QUIET))
    assert [options.get("fieldManager") for method, _, options in api.requests if method == "PATCH"][-2:] == [
        "me",
        old.field_manager,
    ]
    assert api.bodies[-1] == {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "settings", "namespace": "demo"},
    }


def test_without_server_side_apply_only_the_difference_is_sent(api: FakeApi) -> None:
    old = created(api, server_side_apply=False)
    new = {**CONFIG_MAP, "data": {"other": "1"}}
    run(update(session_with(api, server_side_apply=False), old, new, [], 0, QUIET))
    assert api.bodies[-1] == {"data": {"greeting": None, "other": "1"}}


def test_a_preview_of_an_update_changes_nothing(api: FakeApi) -> None:
    old = created(api)
    run(preview_update(session_with(api), old, {**CONFIG_MAP, "data": {"a": "2"}}, [], QUIET))
    assert api.requests[-1][2] == {"fieldManager": old.field_manager, "force": "true", "dryRun": "All"}
    assert api.objects[PATH]["data"] == {"greeting": "hello"}
