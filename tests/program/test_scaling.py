"""What decides the number of pods: nothing, Kubernetes' autoscaler, or KEDA."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.program.conftest import Configure
from tests.program.recording import Recording

WORKLOAD = "kubernetes:apps/v1:Deployment"
AUTOSCALER = "kubernetes:autoscaling/v2:HorizontalPodAutoscaler"
SCALED_OBJECT = "kubernetes:keda.sh/v1alpha1:ScaledObject"
BUDGET = "kubernetes:policy/v1:PodDisruptionBudget"

METRICS = [
    {"kind": "pods", "metric": "requests_in_flight", "average": 20},
    {
        "kind": "object",
        "metric": "requests_per_second",
        "object": {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "name": "digits"},
        "value": "1k",
    },
    {"kind": "external", "metric": "queue_length", "labels": {"queue": "digits"}, "average": "30"},
]
KEDA = {
    "scaleToZero": True,
    "triggers": [
        {
            "type": "prometheus",
            "metadata": {"serverAddress": "http://prometheus", "query": "waiting", "threshold": 5},
            "authentication": "prometheus",
        }
    ],
}


@pytest.fixture
def greet(project: Path, declare: Configure) -> Callable[..., Recording]:
    """Declare the project's `greet` alone, with these settings."""

    def run(**settings: Any) -> Recording:
        version = {"name": "20261101.0", "endpoints": {"greet": settings}}
        return declare(
            deployments=[
                {"project": "digits", "name": "production", "source": str(project), "versions": [version]}
            ]
        )

    return run


def test_a_fixed_number_of_pods_is_declared_and_has_no_autoscaler(greet: Callable[..., Recording]) -> None:
    recording = greet(replicas={"min": 2, "max": 2})
    workload = recording.only(WORKLOAD)
    assert workload.inputs["spec"]["replicas"] == 2
    assert workload.options["ignore_changes"] == []
    assert workload.inputs["metadata"]["annotations"]["pulumi.com/patchForce"] == "true"
    assert not recording.of_type(AUTOSCALER)
    assert recording.only(BUDGET)


def test_a_number_that_was_fixed_before_is_left_to_the_autoscaler(greet: Callable[..., Recording]) -> None:
    workload = greet(replicas={"min": 2, "max": 3}).only(WORKLOAD)
    assert "replicas" not in workload.inputs["spec"]
    assert workload.options["ignore_changes"] == ["spec.replicas"]
    assert "pulumi.com/patchForce" not in workload.inputs["metadata"].get("annotations", {})


def test_every_kind_of_measure_reaches_the_autoscaler(
    greet: Callable[..., Recording], golden: Callable[[str, object], None]
) -> None:
    scaling = {"cpuUtilization": 50, "scaleUpSeconds": 30, "scaleDownSeconds": 600, "metrics": METRICS}
    golden("autoscaler", greet(scaling=scaling).only(AUTOSCALER).inputs)


def test_keda_takes_the_place_of_the_autoscaler(
    greet: Callable[..., Recording], golden: Callable[[str, object], None]
) -> None:
    recording = greet(replicas={"min": 2, "max": 6}, scaling={"cpuUtilization": 60, "keda": KEDA})
    golden("scaled-object", recording.only(SCALED_OBJECT).inputs)
    assert not recording.of_type(AUTOSCALER)
    assert "replicas" not in recording.only(WORKLOAD).inputs["spec"]


def test_the_scaled_object_scales_the_workload(greet: Callable[..., Recording]) -> None:
    recording = greet(scaling={"keda": KEDA})
    target = recording.only(SCALED_OBJECT).inputs["spec"]["scaleTargetRef"]
    assert target["name"] == recording.only(WORKLOAD).inputs["metadata"]["name"]


def test_a_pod_has_the_time_that_the_settings_give_it(greet: Callable[..., Recording]) -> None:
    shutdown = {"preStopSeconds": 10, "gracePeriodSeconds": 300}
    pod = greet(shutdown=shutdown).only(WORKLOAD).inputs["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert pod["terminationGracePeriodSeconds"] == 300
    assert container["lifecycle"]["preStop"] == {"sleep": {"seconds": 10}}
