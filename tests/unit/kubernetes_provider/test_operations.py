"""Check, create, update, delete and read against an API server in memory."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import pytest

from localcluster.kubernetes_provider.api.errors import ClusterUnreachableError
from localcluster.kubernetes_provider.check import check
from localcluster.kubernetes_provider.checkpoint import Checkpoint, recorded
from localcluster.kubernetes_provider.create import create, preview_creation
from localcluster.kubernetes_provider.deletion import delete
from localcluster.kubernetes_provider.failures import OperationCancelledError, UserError
from localcluster.kubernetes_provider.naming import Autonaming
from localcluster.kubernetes_provider.objects import GroupVersionKind, kind_of
from localcluster.kubernetes_provider.reading import read
from localcluster.kubernetes_provider.reporting import Reporter
from localcluster.kubernetes_provider.session import Session
from localcluster.kubernetes_provider.update import preview_update, update
from localcluster.kubernetes_provider.values import UNKNOWN, JsonObject, Secret
from localcluster.kubernetes_provider.waits.polling import PolledObject
from tests.unit.kubernetes_provider.fake_api import FakeApi, refusal, session_with

T = TypeVar("T")

QUIET = Reporter(None, "")
PATH = "/api/v1/namespaces/demo/configmaps/settings"
CONFIG_MAP: JsonObject = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "settings", "namespace": "demo"},
    "data": {"greeting": "hello"},
}
JOB: JsonObject = {
    "apiVersion": "batch/v1",
    "kind": "Job",
    "metadata": {"name": "job", "namespace": "demo"},
    "spec": {},
}


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


@pytest.fixture
def api() -> FakeApi:
    return FakeApi()


def checked(session: Session, type_token: str, new: JsonObject, old: JsonObject | None = None) -> JsonObject:
    return run(check(session, type_token, "settings", old or {}, new, Autonaming()))


def created(api: FakeApi, inputs: JsonObject = CONFIG_MAP, **settings: Any) -> Checkpoint:
    return recorded(run(create(session_with(api, **settings), inputs, 0, QUIET)).outputs)


def test_a_built_in_object_is_checked_without_a_request(api: FakeApi) -> None:
    inputs = checked(
        session_with(api), "kubernetes:core/v1:ConfigMap", {**CONFIG_MAP, "metadata": {"name": "a"}}
    )
    assert inputs["metadata"] == {"name": "a", "namespace": "demo"}
    assert api.requests == []


def test_the_namespace_setting_wins_over_the_contexts(api: FakeApi) -> None:
    session = session_with(api, namespace="team")
    inputs = checked(session, "kubernetes:core/v1:ConfigMap", {**CONFIG_MAP, "metadata": {"name": "a"}})
    assert inputs["metadata"]["namespace"] == "team"


def test_an_object_outside_namespaces_gets_none(api: FakeApi) -> None:
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "a", "namespace": "x"}}
    assert checked(session_with(api), "kubernetes:core/v1:Namespace", namespace)["metadata"] == {"name": "a"}


@pytest.mark.parametrize(("kind", "namespaced"), [("Widget", True), ("Planet", False), ("Unheard", True)])
def test_the_scope_of_a_custom_kind_is_asked_for(api: FakeApi, kind: str, namespaced: bool) -> None:
    custom = {"apiVersion": "example.com/v1", "kind": kind, "metadata": {"name": "a"}}
    inputs = checked(session_with(api), f"kubernetes:example.com/v1:{kind}", custom)
    assert ("namespace" in inputs["metadata"]) is namespaced


def test_the_recorded_object_tells_the_scope_of_a_custom_kind_without_a_request(api: FakeApi) -> None:
    custom = {"apiVersion": "example.com/v1", "kind": "Planet", "metadata": {"name": "a"}}
    inputs = checked(session_with(api), "kubernetes:example.com/v1:Planet", custom, old=custom)
    assert "namespace" not in inputs["metadata"]
    assert api.requests == []


def test_checked_secrets_stay_secret(api: FakeApi) -> None:
    inputs = {**CONFIG_MAP, "data": {"a": Secret("x"), "b": UNKNOWN}}
    assert checked(session_with(api), "kubernetes:core/v1:ConfigMap", inputs)["data"] == {
        "a": Secret("x"),
        "b": UNKNOWN,
    }


@pytest.mark.parametrize(
    ("type_token", "inputs", "message"),
    [
        ("kubernetes:helm.sh/v3:Release", {}, "not supported by the development plugin"),
        ("kubernetes:core/v1:ConfigMapPatch", CONFIG_MAP, "Patch resources are not supported"),
        ("kubernetes:core/v1:ConfigMapList", {**CONFIG_MAP, "items": []}, "declare their items instead"),
        ("kubernetes:core/v1:ConfigMap", {"kind": "ConfigMap"}, "apiVersion must be a string"),
        (
            "kubernetes:core/v1:ConfigMap",
            {**CONFIG_MAP, "metadata": {"annotations": {"pulumi.com/waitFor": "nonsense"}}},
            r"pulumi\.com/waitFor",
        ),
    ],
)
def test_what_cannot_work_is_refused_at_once(
    api: FakeApi, type_token: str, inputs: JsonObject, message: str
) -> None:
    with pytest.raises(UserError, match=message):
        checked(session_with(api), type_token, inputs)


def test_a_creation_refuses_unknown_fields_and_records_inputs_and_live_object(api: FakeApi) -> None:
    written = run(create(session_with(api), CONFIG_MAP, 0, QUIET))
    assert written.identifier == "demo/settings"
    checkpoint = recorded(written.outputs)
    assert checkpoint.inputs == CONFIG_MAP
    assert checkpoint.live["metadata"]["uid"]
    assert "managedFields" not in checkpoint.live["metadata"]
    assert checkpoint.field_manager.startswith("pulumi-kubernetes-")
    [(_, _, options)] = [request for request in api.requests if request[0] == "POST"]
    assert options == {"fieldManager": "pulumi-kubernetes", "fieldValidation": "Strict"}


def test_an_object_that_exists_is_not_touched_and_the_error_tells_the_ways_out(api: FakeApi) -> None:
    api.objects[PATH] = {"metadata": {"name": "settings"}, "data": {"mine": "1"}}
    with pytest.raises(
        UserError, match=r"already exists.*PULUMI_K8S_UPSERT_EXISTING_OBJECTS=true.*pulumi import"
    ):
        created(api)
    assert api.objects[PATH]["data"] == {"mine": "1"}


def test_an_object_that_exists_is_adopted_when_that_is_asked_for(api: FakeApi) -> None:
    created(api)
    created(api, {**CONFIG_MAP, "data": {"greeting": "good day"}}, upsert_existing=True)
    assert api.objects[PATH]["data"] == {"greeting": "good day"}
    managers = {entry["manager"] for entry in api.objects[PATH]["metadata"]["managedFields"]}
    assert "pulumi-kubernetes" not in managers


def test_a_creation_waits_a_little_for_its_namespace(api: FakeApi) -> None:
    api.failures["POST"] = [refusal(404, "NotFound", "namespaces not found", kind="namespaces")]
    assert created(api).inputs == CONFIG_MAP


def test_a_cancelled_creation_does_not_go_on_trying(api: FakeApi) -> None:
    session = session_with(api)
    session.cancelled.set()
    api.failures["POST"] = [refusal(404, "NotFound", kind="namespaces")]
    with pytest.raises(OperationCancelledError):
        run(create(session, CONFIG_MAP, 0, QUIET))
    assert api.objects == {}


def test_a_refused_creation_gives_the_servers_sentence_and_what_it_leaves_out(api: FakeApi) -> None:
    causes = [{"field": "data.greeting", "message": "must be shorter"}]
    api.failures["POST"] = [refusal(422, "Invalid", "ConfigMap is invalid", causes=causes)]
    with pytest.raises(UserError) as failure:
        created(api)
    assert str(failure.value) == (
        "cannot create ConfigMap demo/settings: ConfigMap is invalid\n    data.greeting: must be shorter"
    )


def test_a_preview_of_a_creation_is_a_dry_run_without_a_status(api: FakeApi) -> None:
    written = run(preview_creation(session_with(api), {**CONFIG_MAP, "status": {}}, QUIET))
    assert written.identifier == ""
    assert "status" not in written.outputs
    assert api.requests[-1][2]["dryRun"] == "All"
    assert api.objects == {}


@pytest.mark.parametrize(
    "failure",
    [
        refusal(404, "NotFound", kind="namespaces"),
        refusal(403, "Forbidden"),
        refusal(409, "AlreadyExists"),
        ClusterUnreachableError("no answer"),
    ],
)
def test_a_preview_that_the_cluster_cannot_answer_shows_the_inputs(api: FakeApi, failure: Any) -> None:
    api.failures["POST"] = [failure]
    assert run(preview_creation(session_with(api), CONFIG_MAP, QUIET)).outputs == CONFIG_MAP


def test_previews_try_a_cluster_that_does_not_answer_once(api: FakeApi) -> None:
    session = session_with(api)
    api.failures["POST"] = [ClusterUnreachableError("no answer")]
    for _ in range(3):
        assert run(preview_creation(session, CONFIG_MAP, QUIET)).outputs == CONFIG_MAP
    assert api.methods() == ["POST"]


def test_a_preview_with_unknown_values_sends_no_request(api: FakeApi) -> None:
    inputs = {**CONFIG_MAP, "data": {"a": UNKNOWN}}
    assert run(preview_creation(session_with(api), inputs, QUIET)).outputs == inputs
    assert api.requests == []


def test_a_preview_of_an_object_that_the_server_refuses_fails(api: FakeApi) -> None:
    api.failures["POST"] = [refusal(400, "BadRequest", 'unknown field "dta"')]
    with pytest.raises(UserError, match='unknown field "dta"'):
        run(preview_creation(session_with(api), CONFIG_MAP, QUIET))


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


def test_a_failed_job_is_recorded_with_the_reason(api: FakeApi) -> None:
    condition = {"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded", "message": "too often"}
    written = run(create(session_with(api), {**JOB, "status": {"conditions": [condition]}}, 0, QUIET))
    assert written.identifier == "demo/job"
    assert written.not_ready is not None
    assert "[BackoffLimitExceeded] too often" in written.not_ready.summary


def test_a_wait_ends_at_its_time_limit_and_the_object_is_recorded(api: FakeApi) -> None:
    written = run(create(session_with(api), JOB, 0.01, QUIET))
    assert written.not_ready is not None
    assert written.not_ready.summary.startswith("Job demo/job did not become ready within 0.01 s")
    assert recorded(written.outputs).live["metadata"]["uid"]


def test_a_cancelled_wait_ends_at_once_and_the_object_is_recorded(api: FakeApi) -> None:
    session = session_with(api)
    session.cancelled.set()
    written = run(create(session, JOB, 0, QUIET))
    assert written.not_ready is not None
    assert "cancelled while waiting" in written.not_ready.summary


def test_an_object_whose_wait_goes_wrong_is_recorded_all_the_same(
    api: FakeApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PolledObject, "progress", lambda _: 1 / 0)
    written = run(create(session_with(api), JOB, 0, QUIET))
    assert written.identifier == "demo/job"
    assert written.not_ready is not None
    assert "waiting for it failed: division by zero" in written.not_ready.summary


def test_skip_await_does_not_wait(api: FakeApi) -> None:
    job = {**JOB, "metadata": {**JOB["metadata"], "annotations": {"pulumi.com/skipAwait": "true"}}}
    assert run(create(session_with(api), job, 0, QUIET)).not_ready is None


def test_a_deletion_goes_by_the_foreground_and_waits_until_the_object_is_gone(api: FakeApi) -> None:
    old = created(api)
    run(delete(session_with(api), "demo/settings", old, 0, QUIET))
    assert api.objects == {}
    assert api.bodies[-2]["propagationPolicy"] == "Foreground"
    assert api.methods()[-2:] == ["DELETE", "GET"]


def test_an_object_that_is_gone_already_counts_as_deleted(api: FakeApi) -> None:
    old = created(api)
    api.objects.clear()
    run(delete(session_with(api), "demo/settings", old, 0, QUIET))


def test_an_object_whose_kind_is_gone_counts_as_deleted(api: FakeApi) -> None:
    widget = {**CONFIG_MAP, "apiVersion": "missing.com/v1", "kind": "Widget"}
    run(
        delete(session_with(api), "demo/settings", Checkpoint(widget, widget, "missing.com/v1", ""), 0, QUIET)
    )


def test_an_object_that_stays_is_told_with_its_finalizers(api: FakeApi) -> None:
    old = created(api)
    api.lingering = True
    with pytest.raises(
        UserError, match=r"still there after 0\.01 s; held by the finalizers example\.com/keep"
    ):
        run(delete(session_with(api), "demo/settings", old, 0.01, QUIET))


def test_an_unreachable_cluster_can_be_forgotten(api: FakeApi) -> None:
    old = created(api)
    api.failures["DELETE"] = [
        ClusterUnreachableError("cannot reach it"),
        ClusterUnreachableError("cannot reach it"),
    ]
    with pytest.raises(UserError, match="PULUMI_K8S_DELETE_UNREACHABLE=true"):
        run(delete(session_with(api), "demo/settings", old, 0, QUIET))
    run(delete(session_with(api, delete_unreachable=True), "demo/settings", old, 0, QUIET))


def test_a_refresh_gives_the_live_values_of_what_the_program_set(api: FakeApi) -> None:
    old = created(api)
    api.objects[PATH]["data"] = {"greeting": "changed", "added": "by somebody"}
    reading = run(read(session_with(api), kind_of(CONFIG_MAP), "demo/settings", old, CONFIG_MAP, QUIET))
    assert reading is not None
    assert reading.inputs == {**CONFIG_MAP, "data": {"greeting": "changed"}}
    assert recorded(reading.outputs).live["data"] == {"greeting": "changed", "added": "by somebody"}


def test_a_refresh_of_a_secret_keeps_it_secret(api: FakeApi) -> None:
    secret = {**CONFIG_MAP, "kind": "Secret", "data": {"a": "eA=="}}
    old = created(api, secret)
    reading = run(read(session_with(api), kind_of(secret), "demo/settings", old, secret, QUIET))
    assert reading is not None
    assert reading.inputs["data"] == Secret({"a": "eA=="})
    assert reading.outputs["data"] == Secret({"a": "eA=="})


def test_a_refresh_of_a_vanished_object_gives_nothing(api: FakeApi) -> None:
    empty = Checkpoint(CONFIG_MAP, CONFIG_MAP, "v1", "")
    assert (
        run(read(session_with(api), kind_of(CONFIG_MAP), "demo/settings", empty, CONFIG_MAP, QUIET)) is None
    )


def test_a_refresh_of_a_workload_that_is_not_ready_records_why(api: FakeApi) -> None:
    old = recorded(run(create(session_with(api), JOB, 0.01, QUIET)).outputs)
    reading = run(read(session_with(api), kind_of(JOB), "demo/job", old, JOB, QUIET))
    assert reading is not None
    assert reading.not_ready is not None


def test_an_import_takes_the_whole_object(api: FakeApi) -> None:
    created(api)
    nothing = Checkpoint({}, {}, "", "")
    kind = GroupVersionKind("", "v1", "ConfigMap")
    reading = run(read(session_with(api), kind, "demo/settings", nothing, {}, QUIET))
    assert reading is not None
    assert reading.inputs == CONFIG_MAP


def test_a_broken_kubeconfig_is_told_when_the_cluster_is_needed() -> None:
    session = Session(session_with(FakeApi()).settings.__class__(kubeconfig="nonsense"), asyncio.Event())
    with pytest.raises(
        ClusterUnreachableError, match="neither the path of an existing file nor a kubeconfig"
    ):
        run(session.cluster())
