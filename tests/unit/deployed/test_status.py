"""What the cluster says of an endpoint's objects becomes one judgement with its reasons."""

from typing import Any

from endpoints.deployed.status import endpoint_status

AUTOSCALER = {"spec": {"minReplicas": 2, "maxReplicas": 8}}


def workload(replicas: int, ready: int, *conditions: dict[str, str]) -> dict[str, Any]:
    return {
        "spec": {"replicas": replicas},
        "status": {"readyReplicas": ready, "conditions": list(conditions)},
    }


def pod(**status: Any) -> dict[str, Any]:
    return {"metadata": {"name": "greet-1"}, "status": status}


def test_an_endpoint_with_all_its_pods_is_available() -> None:
    status = endpoint_status(workload(2, 2), AUTOSCALER, [pod(containerStatuses=[{"restartCount": 3}])])
    assert (status.ready, status.wanted, status.bounds, status.restarts) == (2, 2, "2-8", 3)
    assert status.is_available


def test_an_endpoint_that_is_scaled_to_zero_is_available() -> None:
    assert endpoint_status(workload(0, 0), None, []).is_available


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
