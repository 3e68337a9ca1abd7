"""What somebody has changed or removed by hand is told, and `pulumi up` leads back to the stack file."""

import subprocess
import sys
from collections.abc import Callable

import pytest

from tests.cluster.deployments.kubectl import Kubectl, wait_until
from tests.cluster.deployments.projects import deployment, write_project
from tests.cluster.deployments.requests import request
from tests.cluster.deployments.stack import Stack
from tests.cluster.engine import NAME

pytestmark = pytest.mark.cluster

NAMESPACE = "trial-edited-production"
MANIFEST = "".join(
    f"""
    - endpoint:
        name: {name}
        image: python:3.11-slim
        wsgi: answer
        resources: {{cpu: {{min: 0.05}}, memory: {{max: {{memory}}}}}}
    """
    for name in ("scaled", "fixed")
)
APPLICATION = """
    def application(environ, start_response):
        start_response("200 OK", [("Content-Length", "0")])
        return []
    """
ENDPOINTS = {"scaled": {"replicas": {"min": 1, "max": 3}}, "fixed": {"replicas": {"min": 2, "max": 2}}}


def manifest(memory: int) -> str:
    return MANIFEST.replace("{memory}", str(memory))


@pytest.fixture(scope="module")
def stack(new_stack: Callable[[str], Stack]) -> Stack:
    made = new_stack("edited")
    project = write_project(made.directory / "project", manifest(128), answer__py=APPLICATION)
    made.configure(
        organization="trial",
        cluster={"kind": "embedded"},
        deployments=[deployment("edited", project, **ENDPOINTS)],
    )
    made.up()
    return made


@pytest.fixture(scope="module")
def workloads(stack: Stack, kubectl: Kubectl) -> dict[str, str]:
    """The names of the endpoints' objects."""
    assert stack.outputs()
    return {
        found["metadata"]["labels"]["valohai.com/endpoint"]: found["metadata"]["name"]
        for found in kubectl.get("deployments", NAMESPACE)
    }


def status(stack: Stack) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "endpoints", "status", "--stack", NAME],
        cwd=stack.directory,
        env=stack.environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


def urls(stack: Stack) -> list[str]:
    return [str(summary["url"]) for summary in stack.outputs().values()]


def serve_again(stack: Stack) -> None:
    for url in urls(stack):
        wait_until(lambda: request(url).status == 200, 60, f"{url} answers")  # noqa: B023


def test_endpoints_scaled_to_zero_by_hand_fail_the_status_and_run_again_after_an_update(
    stack: Stack, kubectl: Kubectl, workloads: dict[str, str]
) -> None:
    assert status(stack).returncode == 0
    for name in workloads.values():
        kubectl.run("scale", "--namespace", NAMESPACE, f"deployment/{name}", "--replicas=0")
    found = status(stack)
    assert found.returncode == 1
    assert found.stdout.count("somebody has set the number of pods to 0; run pulumi up") == 2

    update = ("update", "kubernetes:apps/v1:Deployment")
    steps = stack.preview()
    assert [(step.operation, step.type) for step in steps] == [update] * 2
    shown = stack.up().stdout
    assert "somebody has set the number of pods of /trial/edited/production/20261101.0/scaled to 0" in shown
    serve_again(stack)
    assert status(stack).returncode == 0
    counts = {
        found["metadata"]["labels"]["valohai.com/endpoint"]: found["spec"]["replicas"]
        for found in kubectl.get("deployments", NAMESPACE)
    }
    assert counts == {"scaled": 1, "fixed": 2}
    pods = {pod["metadata"]["uid"] for pod in kubectl.get("pods", NAMESPACE)}
    stack.up()
    assert pods == {pod["metadata"]["uid"] for pod in kubectl.get("pods", NAMESPACE)}
    assert stack.preview() == []


def test_objects_that_were_removed_by_hand_are_told_and_made_again(
    stack: Stack, kubectl: Kubectl, workloads: dict[str, str]
) -> None:
    for resource, endpoint in (
        ("service", "scaled"),
        ("ingress", "scaled"),
        ("hpa", "scaled"),
        ("deployment", "fixed"),
    ):
        kubectl.run("delete", resource, workloads[endpoint], "--namespace", NAMESPACE)
    found = status(stack)
    assert found.returncode == 1
    for told in (
        "its Service is missing",
        "its route is missing",
        "its autoscaler is missing",
        "is not in the cluster",
    ):
        assert f"{told}; run pulumi up --refresh" in found.stdout
    stack.succeed("up", "--yes", "--skip-preview", "--refresh")
    serve_again(stack)
    assert status(stack).returncode == 0


def test_an_edit_by_another_field_manager_is_told_by_preview_and_update_with_the_line_that_works(
    stack: Stack, kubectl: Kubectl, workloads: dict[str, str]
) -> None:
    edit = ("set", "resources", f"deployment/{workloads['scaled']}", "--limits=memory=160Mi")
    kubectl.run(*edit, f"--namespace={NAMESPACE}", "--field-manager=lens")
    (stack.directory / "project/valohai.yaml").write_text(manifest(192))
    path = "spec.template.spec.containers[endpoint].resources.limits.memory"
    told = f'lens has set {path} of the Deployment {workloads["scaled"]} to "160Mi" by hand'
    assert told in stack.succeed("preview")
    shown = stack.fail("up", "--yes", "--skip-preview")
    assert (
        f'conflict with "lens" using apps/v1: .{path.replace("[endpoint]", "")}'.partition(".containers")[0]
        in shown
    )
    assert "run `PULUMI_K8S_ENABLE_PATCH_FORCE=true pulumi up`. To keep it" in shown
    stack.succeed("up", "--yes", "--skip-preview", PULUMI_K8S_ENABLE_PATCH_FORCE="true")
    serve_again(stack)
    assert stack.preview() == []
    assert "lens" not in stack.succeed("preview")
