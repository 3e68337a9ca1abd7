"""Deleting objects, and reading them for refresh and import."""

import asyncio

import pytest

from localcluster.kubernetes_provider.api.errors import ClusterUnreachableError
from localcluster.kubernetes_provider.checkpoint import Checkpoint, recorded
from localcluster.kubernetes_provider.create import create
from localcluster.kubernetes_provider.deletion import delete
from localcluster.kubernetes_provider.failures import UserError
from localcluster.kubernetes_provider.objects import GroupVersionKind, kind_of
from localcluster.kubernetes_provider.reading import read
from localcluster.kubernetes_provider.session import Session
from localcluster.kubernetes_provider.values import Secret
from tests.unit.kubernetes_provider.fake_api import FakeApi, session_with
from tests.unit.kubernetes_provider.operations import CONFIG_MAP, JOB, PATH, QUIET, created, run


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
