"""What the cluster says of an endpoint's objects becomes one judgement with its reasons."""

from typing import Any

import pytest

from endpoints.deployed.cluster import endpoint_status
from endpoints.rollout.troubles import needs_events

AUTOSCALER = {"spec": {"minReplicas": 2, "maxReplicas": 8}}


def workload(replicas: int, ready: int, *conditions: dict[str, str]) -> dict[str, Any]:
    return {
        "metadata": {},
        "spec": {"replicas": replicas},
        "status": {"readyReplicas": ready, "conditions": list(conditions)},
    }


def pod(**status: Any) -> dict[str, Any]:
    return {"metadata": {"name": "greet-1"}, "status": status}


def started_again(ended: dict[str, Any]) -> dict[str, Any]:
    """Return a pod that is ready, and whose container had ended before."""
    container = {
        "ready": True,
        "restartCount": 1,
        "state": {"running": {}},
        "lastState": {"terminated": ended},
    }
    return pod(containerStatuses=[container])


def test_an_endpoint_with_all_its_pods_is_available() -> None:
    status = endpoint_status(workload(2, 2), AUTOSCALER, [pod(containerStatuses=[{"restartCount": 3}])])
    assert (status.ready, status.wanted, status.bounds, status.restarts) == (2, 2, "2-8", 3)
    assert status.is_available


def test_an_endpoint_that_keda_has_scaled_to_zero_is_available() -> None:
    assert endpoint_status(workload(0, 0), None, [], by_keda=True).is_available


@pytest.mark.parametrize("autoscaler", [AUTOSCALER, None])
def test_an_endpoint_that_a_person_has_scaled_to_zero_is_not(autoscaler: dict[str, Any] | None) -> None:
    status = endpoint_status(workload(0, 0), autoscaler, [])
    assert not status.is_available
    assert status.problems == ("somebody has set the number of pods to 0; run pulumi up",)


def test_objects_that_are_missing_are_told() -> None:
    status = endpoint_status(workload(1, 1), AUTOSCALER, [], missing=["Service", "route"])
    assert not status.is_available
    assert status.problems == (
        "its Service is missing; run pulumi up --refresh",
        "its route is missing; run pulumi up --refresh",
    )


def test_an_endpoint_that_lacks_pods_is_not() -> None:
    assert not endpoint_status(workload(2, 1), AUTOSCALER, []).is_available


def test_an_endpoint_that_the_cluster_does_not_have_says_what_to_do() -> None:
    status = endpoint_status(None, None, [])
    assert not status.is_available
    assert status.problems == ("is not in the cluster; run pulumi up",)


def test_what_a_quota_refuses_is_told_though_there_are_no_pods() -> None:
    condition = {
        "type": "ReplicaFailure",
        "status": "True",
        "reason": "FailedCreate",
        "message": 'pods "greet-1" is forbidden: exceeded quota',
    }
    status = endpoint_status(workload(1, 0, condition), None, [])
    assert status.problems == ('FailedCreate: pods "greet-1" is forbidden: exceeded quota',)


def test_a_pod_that_no_node_takes_is_told_with_the_reason() -> None:
    condition = {
        "type": "PodScheduled",
        "status": "False",
        "reason": "Unschedulable",
        "message": "0/1 nodes are available: 1 Insufficient cpu.",
    }
    status = endpoint_status(workload(1, 0), None, [pod(conditions=[condition])])
    assert status.problems == ("pod greet-1: Unschedulable: 0/1 nodes are available: 1 Insufficient cpu.",)


def test_a_server_that_ends_again_and_again_is_told_with_its_last_words() -> None:
    container = {
        "restartCount": 4,
        "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 40s"}},
        "lastState": {"terminated": {"exitCode": 1, "message": "Traceback\nModuleNotFoundError: flask\n"}},
    }
    status = endpoint_status(workload(1, 0), None, [pod(containerStatuses=[container])])
    assert status.problems == (
        "pod greet-1: CrashLoopBackOff: back-off 40s",
        "pod greet-1: ended with 1: ModuleNotFoundError: flask",
    )


def test_a_pod_that_is_being_made_is_no_problem() -> None:
    container = {"restartCount": 0, "state": {"waiting": {"reason": "ContainerCreating"}}}
    assert endpoint_status(workload(1, 0), None, [pod(containerStatuses=[container])]).problems == ()


def test_the_last_words_are_those_of_the_application_not_of_gunicorn_that_ends_after_it() -> None:
    said = """ModuleNotFoundError: No module named 'serivce'
[2026-11-24 17:25:39 +0000] [8] [INFO] Worker exiting (pid: 8)
[2026-11-24 17:25:39 +0000] [1] [ERROR] Reason: Worker failed to boot.
"""
    container = {
        "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 40s"}},
        "lastState": {"terminated": {"exitCode": 3, "reason": "Error", "message": said}},
    }
    status = endpoint_status(workload(1, 0), None, [pod(containerStatuses=[container])])
    assert status.problems[1] == "pod greet-1: ended with 3: ModuleNotFoundError: No module named 'serivce'"


def test_a_server_that_took_too_much_memory_is_told_with_the_key_to_raise() -> None:
    container = {
        "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 40s"}},
        "lastState": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}},
    }
    status = endpoint_status(workload(1, 0), None, [pod(containerStatuses=[container])])
    assert status.problems[1] == (
        "pod greet-1: ended with 137 (OOMKilled); raise resources.memory.max in valohai.yaml"
    )


def test_why_a_server_that_answers_again_had_ended_is_told_and_is_no_failure() -> None:
    ended = {"exitCode": 137, "reason": "OOMKilled", "finishedAt": "2026-11-24T17:25:00Z", "message": ""}
    status = endpoint_status(workload(1, 1), None, [started_again(ended)])
    assert status.is_available
    assert status.ended == (
        "pod greet-1: at 2026-11-24T17:25:00Z ended with 137 (OOMKilled); "
        "raise resources.memory.max in valohai.yaml",
    )


def test_lines_about_requests_are_no_last_words() -> None:
    written = 'ValueError: no model\n10.0.0.1 "GET /acme/greet HTTP/1.1" 200 47 0ms "curl/7.88.1"\n'
    ended = {"exitCode": 3, "finishedAt": "2026-11-24T17:25:00Z", "message": written}
    status = endpoint_status(workload(1, 1), None, [started_again(ended)])
    assert status.ended == ("pod greet-1: at 2026-11-24T17:25:00Z ended with 3: ValueError: no model",)


UNREADY = {"ready": False, "restartCount": 0, "state": {"running": {"startedAt": "2026-11-24T17:25:00Z"}}}


def test_a_server_whose_probe_does_not_pass_is_told_with_the_latest_failure() -> None:
    events = [
        {
            "reason": "Unhealthy",
            "lastTimestamp": "2026-11-24T17:25:09Z",
            "message": "Startup probe failed: b",
        },
        {
            "reason": "Unhealthy",
            "lastTimestamp": "2026-11-24T17:25:07Z",
            "message": "Startup probe failed: a",
        },
        {"reason": "Started", "lastTimestamp": "2026-11-24T17:25:30Z", "message": "Started container"},
    ]
    unready = pod(containerStatuses=[UNREADY])
    assert needs_events(unready)
    status = endpoint_status(workload(1, 0), None, [unready], {"greet-1": events})
    assert status.problems == ("pod greet-1: runs but is not ready: Startup probe failed: b",)


def test_a_server_that_is_not_ready_is_told_though_the_account_may_see_no_events() -> None:
    status = endpoint_status(workload(1, 0), None, [pod(containerStatuses=[UNREADY])])
    assert status.problems == ("pod greet-1: runs but is not ready",)


def test_an_end_before_a_server_became_ready_is_no_problem() -> None:
    ready = {**UNREADY, "ready": True, "lastState": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}}
    assert not needs_events(pod(containerStatuses=[ready]))
    assert endpoint_status(workload(1, 1), None, [pod(containerStatuses=[ready])]).problems == ()


def test_an_end_by_a_failed_liveness_probe_is_told_as_such() -> None:
    events = [
        {
            "reason": "Unhealthy",
            "lastTimestamp": "2026-11-24T17:25:09Z",
            "message": "Liveness probe failed: HTTP probe failed with statuscode: 503",
        },
        {
            "reason": "Killing",
            "lastTimestamp": "2026-11-24T17:25:10Z",
            "message": "Container endpoint failed liveness probe, will be restarted",
        },
    ]
    ended = {
        "exitCode": 137,
        "reason": "Error",
        "finishedAt": "2026-11-24T17:26:10Z",
        "message": "last words",
    }
    restarted = started_again(ended)
    assert needs_events(restarted)
    status = endpoint_status(workload(1, 1), None, [restarted], {"greet-1": events})
    assert status.ended == (
        "pod greet-1: at 2026-11-24T17:26:10Z ended with 137, by the kubelet: Liveness probe failed: HTTP"
        " probe failed with statuscode: 503",
    )


def test_an_end_for_another_reason_than_the_liveness_probe_is_not_told_as_such() -> None:
    events = [
        {
            "reason": "Killing",
            "lastTimestamp": "2026-11-24T17:25:10Z",
            "message": "Stopping container endpoint",
        }
    ]
    ended = {"exitCode": 3, "finishedAt": "2026-11-24T17:26:10Z", "message": "no model"}
    status = endpoint_status(workload(1, 1), None, [started_again(ended)], {"greet-1": events})
    assert status.ended == ("pod greet-1: at 2026-11-24T17:26:10Z ended with 3: no model",)
