"""What a person has changed in the cluster is told where an update would set it, or would be refused."""

from dataclasses import replace
from typing import Any

import pytest

from endpoints.preflight.checks.capacity import check_replicas, scaled_endpoints
from endpoints.preflight.checks.edits import check_hand_edits
from endpoints.preflight.facts import NamespaceFacts
from tests.unit.preflight.conftest import NAMESPACE, PREFIX, SOUND, MakeIntent

PROGRAM = "pulumi-kubernetes-1a2b3c4d"
FIXED = {"replicas": {"min": 2, "max": 2}}
BY_KEDA = {"scaling": {"keda": {"triggers": [{"type": "cron", "metadata": {"timezone": "UTC"}}]}}}


def workload(name: str, replicas: int, manager: str | None, **fields: Any) -> dict[str, Any]:
    """Return a Deployment; `manager` owns the number of pods, None where nobody does."""
    owners: list[tuple[str, Any]] = [(manager, {"f:replicas": {}})] if manager else []
    managed = [
        {"manager": owner, "fieldsV1": {"f:spec": owned}} for owner, owned in [*owners, *fields.items()]
    ]
    container = {
        "name": "endpoint",
        "resources": {"requests": {"cpu": "1", "memory": "2Gi"}},
        "ports": [{"containerPort": 8000, "name": "http"}],
    }
    return {
        "metadata": {"name": name, "managedFields": managed},
        "spec": {"replicas": replicas, "template": {"spec": {"containers": [container]}}},
    }


@pytest.mark.parametrize(
    ("replicas", "manager", "settings", "told"),
    [
        (0, None, {}, "somebody has set the number of pods"),
        (0, "kubectl-edit", {}, "kubectl-edit has set the number of pods"),
        (3, "kubectl", {}, None),
        (0, None, FIXED, "somebody has set the number of pods"),
        (1, "kubectl", FIXED, "kubectl has set the number of pods"),
        (1, PROGRAM, FIXED, None),
        (5, "kube-controller-manager", FIXED, None),
        (0, None, BY_KEDA, None),
    ],
)
def test_a_number_of_pods_that_a_person_has_set_is_told_where_no_autoscaler_corrects_it(
    intend: MakeIntent, replicas: int, manager: str | None, settings: dict[str, Any], told: str | None
) -> None:
    intent = intend(endpoint=settings)
    (endpoint,) = intent.endpoints
    there = workload(endpoint.address.object_name, replicas, manager)
    facts = replace(SOUND, namespaces={NAMESPACE: NamespaceFacts(workloads=(there,))})
    found = [str(finding.problem) for finding in check_replicas(intent, facts)]
    assert bool(found) is bool(list(scaled_endpoints(intent, facts))) is (told is not None)
    if told is not None:
        minimum = settings.get("replicas", {"min": 1})["min"]
        assert f"{told} of {PREFIX} to {replicas}; the update sets it to `min`, {minimum}, again" in found[0]


def owned(path: dict[str, Any]) -> dict[str, Any]:
    return {"f:template": {"f:spec": {"f:containers": {'k:{"name":"endpoint"}': path}}}}


@pytest.mark.parametrize(
    ("manager", "path", "told"),
    [
        ("lens", {"f:resources": {"f:requests": {"f:memory": {}}}}, ".resources.requests.memory of the"),
        ("lens", {"f:resources": {"f:requests": {"f:cpu": {}}}}, None),
        ("lens", {"f:resources": {"f:limits": {"f:cpu": {}}}}, None),
        ("lens", {"f:terminationGracePeriodSeconds": {}}, None),
        (PROGRAM, {"f:resources": {"f:requests": {"f:memory": {}}}}, None),
    ],
)
def test_a_field_that_somebody_has_set_to_another_value_than_planned_is_told(
    intend: MakeIntent, manager: str, path: dict[str, Any], told: str | None
) -> None:
    intent = intend()
    (endpoint,) = intent.endpoints
    there = workload(endpoint.address.object_name, 1, None, **{manager: owned(path)})
    facts = replace(SOUND, namespaces={NAMESPACE: NamespaceFacts(workloads=(there,))})
    found = [str(finding.problem) for finding in check_hand_edits(intent, facts)]
    assert len(found) == (told is not None)
    if told is not None:
        assert f"lens has set spec.template.spec.containers[endpoint]{told}" in found[0]
        assert 'to "2Gi" by hand' in found[0]
        assert "run `PULUMI_K8S_ENABLE_PATCH_FORCE=true pulumi up`" in found[0]
