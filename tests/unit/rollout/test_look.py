"""Only the pods of the newest revision count, and only while its controller knows of it."""

from typing import Any

import pytest

from endpoints.cluster.api import Api, Object, Objects
from endpoints.rollout.look import look
from endpoints.rollout.troubles import ENDED, Trouble, pod_troubles

REVISION = "deployment.kubernetes.io/revision"
SELECTOR = {"app.kubernetes.io/instance": "greet"}


class Cluster(Api):
    """Answers by the kind at the end of the path; a kind that is not given may not be seen."""

    def __init__(self, **answers: list[dict[str, Any]]) -> None:
        self.answers = answers
        self.asked: list[str] = []

    def find(self, path: str) -> Objects:
        return self._answer(path.rpartition("/")[0])

    def list(self, path: str) -> Objects:
        return self._answer(path)

    def _answer(self, path: str) -> tuple[Object, ...] | None:
        self.asked.append(path)
        found = self.answers.get(path.partition("?")[0].rpartition("/")[2])
        return None if found is None else tuple(found)


def workload(revision: str = "2", observed: int = 5, **status: Any) -> dict[str, Any]:
    return {
        "metadata": {"name": "greet", "generation": 5, "annotations": {REVISION: revision}},
        "status": {"observedGeneration": observed, **status},
    }


def replica_set(name: str, revision: str) -> dict[str, Any]:
    return {"metadata": {"uid": name, "annotations": {REVISION: revision}}}


def pod(name: str, owner: str, reason: str, **metadata: Any) -> dict[str, Any]:
    waiting = {"state": {"waiting": {"reason": reason, "message": "why"}}}
    return {
        "metadata": {
            "name": name,
            "namespace": "shop",
            "uid": name,
            "ownerReferences": [{"uid": owner}],
            **metadata,
        },
        "status": {"containerStatuses": [waiting]},
    }


SETS = [replica_set("old", "1"), replica_set("new", "2")]


def seen(cluster: Api) -> list[Trouble]:
    return list(look(cluster, "shop", "greet", SELECTOR))


def test_pods_that_are_replaced_do_not_count_nor_those_that_end() -> None:
    pods = [
        pod("a", "old", "CrashLoopBackOff"),
        pod("b", "new", "ErrImagePull"),
        pod("c", "new", "ErrImagePull", deletionTimestamp="2026-11-28T00:00:00Z"),
    ]
    cluster = Cluster(deployments=[workload()], replicasets=SETS, pods=pods)
    assert seen(cluster) == [Trouble("b", "ErrImagePull", "why")]


def test_what_the_controller_said_of_the_workload_before_it_changed_does_not_count() -> None:
    failed = {
        "type": "ReplicaFailure",
        "status": "True",
        "reason": "FailedCreate",
        "message": "exceeded quota",
    }
    cluster = Cluster(deployments=[workload(observed=4, conditions=[failed])], replicasets=SETS, pods=[])
    assert seen(cluster) == []


def test_a_quota_that_refuses_all_pods_is_seen_without_any() -> None:
    failed = {
        "type": "ReplicaFailure",
        "status": "True",
        "reason": "FailedCreate",
        "message": "exceeded quota",
    }
    cluster = Cluster(deployments=[workload(conditions=[failed])], replicasets=SETS, pods=[])
    assert seen(cluster) == [Trouble("", "FailedCreate", "exceeded quota")]


def test_a_volume_that_cannot_be_mounted_is_told_by_the_pods_events() -> None:
    event = {"type": "Warning", "reason": "FailedMount", "message": "no such volume\n"}
    cluster = Cluster(
        deployments=[workload()],
        replicasets=SETS,
        pods=[pod("b", "new", "ContainerCreating")],
        events=[event],
    )
    assert seen(cluster) == [Trouble("b", "FailedMount", "no such volume")]
    assert cluster.asked[-1].endswith("/events?fieldSelector=involvedObject.uid%3Db")


def test_an_account_that_may_see_nothing_has_nothing_to_tell() -> None:
    assert seen(Cluster()) == []
    assert seen(Cluster(deployments=[workload()])) == []


def test_an_account_that_may_not_see_events_is_told_of_pods_nevertheless() -> None:
    cluster = Cluster(
        deployments=[workload()],
        replicasets=SETS,
        pods=[pod("a", "new", "ContainerCreating"), pod("b", "new", "ErrImagePull")],
    )
    assert seen(cluster) == [Trouble("b", "ErrImagePull", "why")]


@pytest.mark.parametrize(
    ("exit_code", "restarts", "state", "is_final"),
    [
        (4, 1, {"running": {}}, True),
        (4, 1, {"waiting": {"reason": "CrashLoopBackOff"}}, True),
        (3, 1, {"running": {}}, False),
        (3, 1, {"waiting": {"reason": "CrashLoopBackOff"}}, True),
        (3, 2, {"running": {}}, True),
        (1, 9, {"waiting": {"reason": "CrashLoopBackOff"}}, False),
        (137, 9, {"running": {}}, False),
    ],
)
def test_ends_by_the_launchers_exit_codes_are_final_where_no_restart_helps(
    exit_code: int, restarts: int, state: dict[str, Any], is_final: bool
) -> None:
    crashed = pod("greet-1", "new", "")
    crashed["status"]["containerStatuses"] = [
        {
            "ready": False,
            "restartCount": restarts,
            "state": state,
            "lastState": {"terminated": {"exitCode": exit_code}},
        }
    ]
    (ended,) = (trouble for trouble in pod_troubles(crashed) if trouble.reason == ENDED)
    assert ended.is_final is is_final


@pytest.mark.parametrize(
    ("message", "requested", "held"),
    [
        (
            "0/1 nodes are available: 1 Insufficient nvidia.com/gpu.",
            "nvidia.com/gpu",
            "nvidia.com/gpu on its node",
        ),
        ("0/1 nodes are available: 1 Insufficient nvidia.com/gpu.", "cpu", None),
        ("0/1 nodes are available: 1 Insufficient cpu.", "cpu", None),
    ],
)
def test_an_old_pod_that_holds_the_device_for_which_the_new_one_waits_is_named(
    message: str, requested: str, held: str | None
) -> None:
    old, new = pod("greet-old", "old", ""), pod("greet-new", "new", "")
    old["spec"] = {"containers": [{"resources": {"requests": {requested: "1"}}}]}
    waiting = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message}
    new["status"] = {"conditions": [waiting]}
    (found,) = seen(Cluster(deployments=[workload()], replicasets=SETS, pods=[old, new]))
    expected = f"; the pod that it replaces, greet-old, holds {held} until then"
    assert (expected in found.message) if held else (found.message == message)


def test_an_old_pod_that_fills_the_quota_is_named() -> None:
    refused = {
        "type": "ReplicaFailure",
        "status": "True",
        "reason": "FailedCreate",
        "message": "pods is forbidden: exceeded quota: q",
    }
    described = workload(conditions=[refused])
    (found,) = seen(Cluster(deployments=[described], replicasets=SETS, pods=[pod("greet-old", "old", "")]))
    assert "the pod that it replaces, greet-old, holds its share of the quota until then" in found.message


def test_a_proxy_that_cannot_start_is_named_once_though_the_server_waits_for_it_and_events_tell_it() -> None:
    waiting = {"waiting": {"reason": "ImagePullBackOff", "message": "not found"}}
    status = {
        "initContainerStatuses": [{"name": "proxy", "ready": False, "state": waiting}],
        "containerStatuses": [{"name": "endpoint", "state": {"waiting": {"reason": "PodInitializing"}}}],
    }
    event = {"type": "Warning", "reason": "Failed", "message": "not found"}
    (found,) = pod_troubles({"metadata": {"name": "b"}, "status": status}, [event])
    assert str(found) == "pod b: container proxy: ImagePullBackOff: not found"
