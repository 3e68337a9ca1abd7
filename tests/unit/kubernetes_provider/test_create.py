"""Creating objects, waiting for them, and previewing both."""

from typing import Any

import pytest

from localcluster.kubernetes_provider.api.errors import ClusterUnreachableError
from localcluster.kubernetes_provider.checkpoint import recorded
from localcluster.kubernetes_provider.create import create, preview_creation
from localcluster.kubernetes_provider.failures import OperationCancelledError, UserError
from localcluster.kubernetes_provider.values import UNKNOWN
from localcluster.kubernetes_provider.waits.polling import PolledObject
from tests.unit.kubernetes_provider.fake_api import FakeApi, refusal, session_with
from tests.unit.kubernetes_provider.operations import CONFIG_MAP, JOB, PATH, QUIET, created, run


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
