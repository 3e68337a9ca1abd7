from typing import Any

import pytest

from localcluster.kubernetes_provider.waits.pods import pod_problems, unready_containers
from localcluster.kubernetes_provider.waits.progress import Problem
from localcluster.kubernetes_provider.waits.rollout import assess_rollout

REVISION = "deployment.kubernetes.io/revision"


def status(kind: str, value: str, reason: str = "", message: str = "") -> dict[str, str]:
    return {"type": kind, "status": value, "reason": reason, "message": message}


AVAILABLE = status("Available", "True")
PROGRESSED = status("Progressing", "True", "NewReplicaSetAvailable")


def deployment(
    *conditions: dict[str, str], revision: str = "1", observed: int = 1, **spec: Any
) -> dict[str, Any]:
    return {
        "kind": "Deployment",
        "metadata": {"name": "web", "uid": "d", "generation": 1, "annotations": {REVISION: revision}},
        "spec": spec,
        "status": {"observedGeneration": observed, "conditions": list(conditions)},
    }


def replica_set(ready: int, replicas: int = 1, revision: str = "1", owner: str = "d") -> dict[str, Any]:
    return {
        "metadata": {
            "uid": f"r{revision}",
            "annotations": {REVISION: revision},
            "ownerReferences": [{"uid": owner}],
        },
        "spec": {"replicas": replicas},
        "status": {"readyReplicas": ready},
    }


def pod(container: dict[str, Any], name: str = "web-1", owner: str = "r1", **more: Any) -> dict[str, Any]:
    return {
        "metadata": {"name": name, "ownerReferences": [{"uid": owner}]},
        "status": {
            "phase": "Pending",
            "containerStatuses": [{"name": "app", "ready": False, **container}],
            **more,
        },
    }


def test_a_first_revision_is_ready_when_it_is_available_and_its_pods_are_ready() -> None:
    assert assess_rollout(deployment(AVAILABLE), [replica_set(1)], [], [], 1).ready


def test_a_later_revision_needs_the_word_of_the_controller_too() -> None:
    later = deployment(AVAILABLE, revision="2")
    sets = [replica_set(1), replica_set(1, revision="2")]
    assert not assess_rollout(later, sets, [], [], 1).ready
    assert assess_rollout(deployment(AVAILABLE, PROGRESSED, revision="2"), sets, [], [], 1).ready


@pytest.mark.parametrize(
    ("live", "sets", "generation"),
    [
        (deployment(AVAILABLE, observed=0), [replica_set(1)], 1),
        (deployment(AVAILABLE), [replica_set(1)], 2),
        (deployment(AVAILABLE), [], 1),
        (deployment(AVAILABLE), [replica_set(1, owner="other")], 1),
        (deployment(AVAILABLE), [replica_set(1, replicas=2)], 1),
        (deployment(status("Available", "False")), [replica_set(1)], 1),
    ],
    ids=[
        "not observed",
        "older state",
        "no ReplicaSet",
        "another's ReplicaSet",
        "too few ready",
        "unavailable",
    ],
)
def test_what_is_missing_keeps_a_rollout_from_being_ready(
    live: dict[str, Any], sets: list[dict[str, Any]], generation: int
) -> None:
    assert not assess_rollout(live, sets, [], [], generation).ready


def test_no_replicas_are_ready_at_once() -> None:
    assert assess_rollout(deployment(AVAILABLE), [replica_set(0, replicas=0)], [], [], 1).ready


def test_an_unbound_claim_is_waited_for_and_named() -> None:
    volumes = [{"persistentVolumeClaim": {"claimName": "models"}}]
    live = deployment(AVAILABLE, template={"spec": {"volumes": volumes}})
    claim = {"metadata": {"name": "models"}, "status": {"phase": "Pending"}}
    progress = assess_rollout(live, [replica_set(1)], [], [claim], 1)
    assert progress.problems == (Problem("PersistentVolumeClaim models is not bound"),)
    bound = {**claim, "status": {"phase": "Bound"}}
    assert assess_rollout(live, [replica_set(1)], [], [bound], 1).ready


def test_a_refusal_by_quota_is_told_once() -> None:
    refused = status("ReplicaFailure", "True", "FailedCreate", "exceeded quota: team")
    sets = [replica_set(0) | {"status": {"conditions": [refused]}}]
    progress = assess_rollout(deployment(refused), sets, [], [], 1)
    assert progress.problems == (Problem("[FailedCreate] exceeded quota: team"),)


def test_only_pods_of_the_current_revision_are_told_about() -> None:
    crashed = {"state": {"waiting": {"reason": "ErrImagePull", "message": "no such image"}}}
    pods = [pod(crashed, name="old", owner="r0"), pod(crashed, name="new")]
    progress = assess_rollout(deployment(), [replica_set(0)], pods, [], 1)
    assert [problem.pod for problem in progress.problems] == ["new"]
    assert progress.message == "waiting for the pods of the current version (0 of 1 ready)"


@pytest.mark.parametrize("reason", ["ContainerCreating", "PodInitializing"])
def test_a_normal_start_is_no_problem(reason: str) -> None:
    assert pod_problems(pod({"state": {"waiting": {"reason": reason}}})) == []


def test_a_failed_pull_gives_the_registrys_answer() -> None:
    waiting = {"reason": "ImagePullBackOff", "message": 'Back-off pulling image "x": not found'}
    [problem] = pod_problems(pod({"state": {"waiting": waiting}}))
    assert (
        problem.summary
        == 'container app cannot start: [ImagePullBackOff] Back-off pulling image "x": not found'
    )
    assert not problem.crashed


def test_a_crash_loop_gives_exit_code_and_count() -> None:
    ended = {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}
    waiting = {"waiting": {"reason": "CrashLoopBackOff"}}
    [problem] = pod_problems(pod({"restartCount": 2, "state": waiting, "lastState": ended}))
    assert problem.summary == "[CrashLoopBackOff] container app crashed 3 times (OOMKilled, exit code 137)"
    assert problem.crashed


def test_the_termination_message_is_kept_apart_from_the_summary() -> None:
    ended = {"terminated": {"exitCode": 1, "reason": "Error", "message": "loading\nno model\n"}}
    [problem] = pod_problems(pod({"state": ended}))
    assert problem.summary == "container app crashed (Error, exit code 1)"
    assert problem.last_words == "loading\nno model"


def test_the_first_crash_is_told_before_the_back_off() -> None:
    [problem] = pod_problems(pod({"state": {"terminated": {"exitCode": 1, "reason": "Error"}}}))
    assert problem.summary == "container app crashed (Error, exit code 1)"


def test_an_init_container_that_fails_is_told() -> None:
    init = [{"name": "fetch", "state": {"terminated": {"exitCode": 2}}}]
    problems = pod_problems(
        pod({"state": {"waiting": {"reason": "PodInitializing"}}}, initContainerStatuses=init)
    )
    assert [problem.container for problem in problems] == ["fetch"]


def test_a_pod_that_fits_nowhere_gives_the_schedulers_reason() -> None:
    unscheduled = status("PodScheduled", "False", "Unschedulable", "0/1 nodes are available")
    assert pod_problems({"metadata": {"name": "a"}, "status": {"conditions": [unscheduled]}}) == [
        Problem("[Unschedulable] 0/1 nodes are available", pod="a")
    ]


def test_a_ready_pod_that_once_crashed_has_no_problem() -> None:
    ended = {"terminated": {"exitCode": 1}}
    ready = pod(
        {"state": {"running": {}}, "restartCount": 1, "lastState": ended},
        conditions=[status("Ready", "True")],
    )
    assert pod_problems(ready) == []


def test_a_container_whose_probes_do_not_pass_runs_unready() -> None:
    assert unready_containers(pod({"state": {"running": {}}})) == ["app"]
