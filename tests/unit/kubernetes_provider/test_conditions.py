from typing import Any

import pytest

from localcluster.kubernetes_provider.failures import UserError
from localcluster.kubernetes_provider.waits.conditions import assessment
from localcluster.kubernetes_provider.waits.simple_kinds import (
    assess_ingress,
    assess_job,
    assess_pod,
    assess_service,
    assess_stateful_set,
)

ROUTE: dict[str, Any] = {
    "metadata": {"generation": 2},
    "spec": {"count": 3},
    "status": {
        "phase": "Bound",
        "conditions": [{"type": "Ready", "status": "True"}],
        "parents": [
            {"controllerName": "a.b/c", "conditions": [{"type": "Accepted", "status": "True"}]},
            {"controllerName": "d.e/f", "conditions": [{"type": "Accepted", "status": "False"}]},
        ],
    },
}


@pytest.mark.parametrize(
    "expression",
    [
        "condition=Ready",
        "condition=Ready=True",
        "jsonpath={.status.phase}",
        "jsonpath={.status.phase}=Bound",
        "jsonpath={.spec.count}=3",
        "jsonpath=.status.phase=Bound",
        "jsonpath={$.status['phase']}=Bound",
        "jsonpath={.status.parents[1].controllerName}=d.e/f",
        'jsonpath={.status.parents[*].conditions[?(@.type=="Accepted")].status}=True',
        '["condition=Ready", "jsonpath={.status.phase}=Bound"]',
    ],
)
def test_an_expression_that_holds_ends_the_wait(expression: str) -> None:
    assert assessment(expression)(ROUTE).ready


@pytest.mark.parametrize(
    "expression",
    [
        "condition=Ready=False",
        "condition=Other",
        "jsonpath={.status.missing}",
        "jsonpath={.status.phase}=Pending",
        '["condition=Ready", "jsonpath={.status.phase}=Pending"]',
    ],
)
def test_an_expression_that_does_not_hold_is_waited_for_by_name(expression: str) -> None:
    progress = assessment(expression)(ROUTE)
    assert not progress.ready
    assert progress.message.startswith("waiting for ")


@pytest.mark.parametrize(
    "expression",
    [
        "condition=Accepted",
        'jsonpath={.status.conditions[?(@.type=="Accepted")].status}=True',
    ],
)
def test_a_condition_that_does_not_hold_says_why_itself(expression: str) -> None:
    refused = {
        "type": "Accepted",
        "status": "False",
        "reason": "NotAllowedByListeners",
        "message": "The namespace is not let in",
    }
    progress = assessment(expression)({"status": {"conditions": [refused]}})
    assert [problem.summary for problem in progress.problems] == [
        "Accepted: [NotAllowedByListeners] The namespace is not let in"
    ]


def test_a_status_of_an_older_generation_does_not_count() -> None:
    old = {**ROUTE, "status": {**ROUTE["status"], "observedGeneration": 1}}
    assert not assessment("condition=Ready")(old).ready


@pytest.mark.parametrize("expression", ["Ready", "[]", "jsonpath={.a[b}", '{"a": 1}', "[1]"])
def test_an_expression_that_cannot_be_read_is_refused(expression: str) -> None:
    with pytest.raises(UserError, match=r"pulumi\.com/waitFor"):
        assessment(expression)


def test_a_pod_is_ready_by_its_condition_or_when_it_has_succeeded() -> None:
    assert assess_pod({"status": {"conditions": [{"type": "Ready", "status": "True"}]}}).ready
    assert assess_pod({"status": {"phase": "Succeeded"}}).ready
    assert not assess_pod({"status": {"phase": "Pending"}}).ready


def test_a_job_is_ready_when_complete_and_failed_for_good_when_failed() -> None:
    assert assess_job({"status": {"conditions": [{"type": "Complete", "status": "True"}]}}).ready
    failed = {"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded", "message": "too often"}
    progress = assess_job({"status": {"conditions": [failed]}})
    assert progress.failed
    assert progress.message == "[BackoffLimitExceeded] too often"


def test_a_stateful_set_needs_all_replicas_of_the_newest_revision() -> None:
    done = {"readyReplicas": 2, "currentRevision": "b", "updateRevision": "b", "observedGeneration": 1}
    base = {"metadata": {"generation": 1}, "spec": {"replicas": 2}}
    assert assess_stateful_set({**base, "status": done}).ready
    for missing in ({"readyReplicas": 1}, {"currentRevision": "a"}, {"observedGeneration": 0}):
        assert not assess_stateful_set({**base, "status": done | missing}).ready


def test_an_ingress_and_a_load_balancer_need_an_address_and_other_services_nothing() -> None:
    address = {"status": {"loadBalancer": {"ingress": [{"ip": "10.0.0.1"}]}}}
    assert assess_ingress(address).ready
    assert not assess_ingress({}).ready
    balancer = {"spec": {"type": "LoadBalancer"}}
    assert assess_service({**balancer, **address}).ready
    assert not assess_service(balancer).ready
    assert assess_service({"spec": {"type": "ClusterIP"}}).ready
