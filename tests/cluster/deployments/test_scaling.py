"""The number of pods is handed from the program to the autoscaler and back. The tests build on each other."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.cluster.deployments.kubectl import Kubectl, wait_until
from tests.cluster.deployments.projects import deployment, write_project
from tests.cluster.deployments.stack import Stack

pytestmark = pytest.mark.cluster

NAMESPACE = "trial-scaling-production"

MANIFEST = """
    - endpoint:
        name: files
        image: python:3.11-slim
        server-command: exec python -m http.server --directory / 8000
        resources: {cpu: {min: 0.05}, memory: {min: 32}}
    """
KEDA = {"triggers": [{"type": "cron", "metadata": {"timezone": "UTC", "desiredReplicas": 2}}]}


@pytest.fixture(scope="module")
def scale(new_stack: Callable[[str], Stack], tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    """Run `pulumi up` with an endpoint's settings; return what the engine said if it may fail."""
    stack = new_stack("scaling")
    project = write_project(tmp_path_factory.mktemp("scaling") / "project", MANIFEST)

    def run(*, check: bool = True, preflight: str = "enforce", **settings: Any) -> str:
        stack.configure(
            organization="trial",
            cluster={"kind": "embedded"},
            preflight=preflight,
            deployments=[deployment("scaling", project, files=settings)],
        )
        done = stack.up(check=check)
        assert check or done.returncode != 0
        return done.stdout + done.stderr

    return run


def replicas(kubectl: Kubectl) -> int:
    (workload,) = kubectl.get("deployments", NAMESPACE)
    found = workload["spec"]["replicas"]
    assert isinstance(found, int)
    return found


def living(kubectl: Kubectl) -> set[str]:
    """Return the pods that nothing has told to end."""
    pods = kubectl.get("pods", NAMESPACE)
    return {pod["metadata"]["uid"] for pod in pods if "deletionTimestamp" not in pod["metadata"]}


def test_a_fixed_number_of_pods_runs_without_an_autoscaler(
    scale: Callable[..., str], kubectl: Kubectl
) -> None:
    scale(replicas={"min": 3, "max": 3})
    assert (replicas(kubectl), len(living(kubectl))) == (3, 3)
    assert not kubectl.get("horizontalpodautoscalers", NAMESPACE)
    assert kubectl.get("poddisruptionbudgets", NAMESPACE)


def test_the_pods_are_left_alone_when_an_autoscaler_takes_over(
    scale: Callable[..., str], kubectl: Kubectl
) -> None:
    before = living(kubectl)
    scale(replicas={"min": 1, "max": 5}, scaling={"memoryUtilization": 90})
    assert replicas(kubectl) == 3
    assert living(kubectl) == before
    (found,) = kubectl.get("horizontalpodautoscalers", NAMESPACE)
    assert {metric["resource"]["name"] for metric in found["spec"]["metrics"]} == {"cpu", "memory"}


def test_an_update_keeps_the_number_that_was_fixed_before_and_changed_since(
    scale: Callable[..., str], kubectl: Kubectl
) -> None:
    (workload,) = kubectl.get("deployments", NAMESPACE)
    kubectl.run(
        "scale", "--namespace", NAMESPACE, f"deployment/{workload['metadata']['name']}", "--replicas=4"
    )
    scale(replicas={"min": 1, "max": 5}, environment={"CHANGED": "yes"})
    assert replicas(kubectl) == 4


def test_a_number_is_fixed_again_whoever_set_it_last(scale: Callable[..., str], kubectl: Kubectl) -> None:
    scale(replicas={"min": 2, "max": 2})
    wait_until(lambda: len(living(kubectl)) == 2, 60, "two pods are left")
    assert replicas(kubectl) == 2
    assert not kubectl.get("horizontalpodautoscalers", NAMESPACE)


def test_a_cluster_without_keda_is_told_so(scale: Callable[..., str], kubectl: Kubectl) -> None:
    if kubectl.run("api-resources", "--api-group=keda.sh", "--output=name"):
        pytest.skip("this cluster has KEDA's kinds")
    shown = scale(check=False, preflight="advise", replicas={"min": 1, "max": 2}, scaling={"keda": KEDA})
    assert "the cluster has no scaledobjects.keda.sh/v1alpha1, which KEDA brings" in shown
    assert "trial/scaling/production/20261101.0/files" in shown
    assert "ScaledObject" in shown
    assert 'no matches for kind "ScaledObject" in version "keda.sh/v1alpha1"' in shown
    assert "Traceback" not in shown
