"""How Prometheus is told of pods."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.program.conftest import Configure
from tests.program.recording import Recording

WORKLOAD = "kubernetes:apps/v1:Deployment"
POD_MONITOR = "kubernetes:monitoring.coreos.com/v1:PodMonitor"
SERVICE = "kubernetes:core/v1:Service"


@pytest.fixture
def predict(project: Path, declare: Configure) -> Callable[..., Recording]:
    """Declare the project's `predict-digit` alone, with these settings of metrics."""

    def run(**metrics: Any) -> Recording:
        files = {"model": {"path": str(project.parent / "model.bin")}}
        version = {"name": "20261101.0", "endpoints": {"predict-digit": {"metrics": metrics, "files": files}}}
        return declare(
            deployments=[
                {"project": "digits", "name": "production", "source": str(project), "versions": [version]}
            ]
        )

    return run


def ports(recording: Recording) -> dict[str, int]:
    (container,) = recording.only(WORKLOAD).inputs["spec"]["template"]["spec"]["containers"]
    return {port["name"]: port["containerPort"] for port in container["ports"]}


def test_annotations_name_the_page_of_each_pod(predict: Callable[..., Recording]) -> None:
    recording = predict(scrape="annotations", port=9500)
    template = recording.only(WORKLOAD).inputs["spec"]["template"]
    assert template["metadata"]["annotations"] == {
        "prometheus.io/scrape": "true",
        "prometheus.io/port": "9500",
        "prometheus.io/path": "/metrics",
    }
    assert ports(recording) == {"http": 8000, "health": 9465, "metrics": 9500}
    assert not recording.of_type(POD_MONITOR)


def test_a_pod_monitor_selects_the_pods_of_one_endpoint(predict: Callable[..., Recording]) -> None:
    recording = predict(scrape="podMonitor", labels={"release": "main"}, intervalSeconds=15)
    monitor = recording.only(POD_MONITOR).inputs
    workload = recording.only(WORKLOAD).inputs
    template = workload["spec"]["template"]
    assert "annotations" not in template["metadata"]
    assert ports(recording) == {"http": 8000, "health": 9465, "metrics": 9464}
    spec = monitor["spec"]
    assert spec["selector"] == workload["spec"]["selector"]
    assert spec["podMetricsEndpoints"] == [{"port": "metrics", "path": "/metrics", "interval": "15s"}]
    assert set(spec["podTargetLabels"]) == set(template["metadata"]["labels"])
    assert monitor["metadata"]["labels"]["release"] == "main"


def test_no_service_leads_to_the_metrics(predict: Callable[..., Recording]) -> None:
    service = predict(scrape="podMonitor").only(SERVICE).inputs
    assert [port["targetPort"] for port in service["spec"]["ports"]] == ["http"]


def test_without_metrics_pods_are_as_they_were(predict: Callable[..., Recording]) -> None:
    recording = predict(scrape="none")
    assert ports(recording) == {"http": 8000, "health": 9465}
    assert "annotations" not in recording.only(WORKLOAD).inputs["spec"]["template"]["metadata"]
