"""While `pulumi up` waits for pods it tells why they do not start, and what to do."""

import json
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.deployments.kubectl import Kubectl, wait_until
from tests.cluster.deployments.projects import deployment, write_project
from tests.cluster.deployments.stack import Stack

pytestmark = pytest.mark.cluster

LABEL = "trial.example/waiting"
MANIFEST = """
    - endpoint:
        name: large
        image: python:3.11-slim
        server-command: python -m http.server 8000
        resources: {cpu: {min: 1000}}
    - endpoint:
        name: missing
        image: python:3.11-slim
        server-command: python -m http.server 8000
    """
PICKY = f"""
    - endpoint:
        name: picky
        image: python:3.11-slim
        server-command: python -m http.server 8000
        node-selector: {LABEL}=over
    """


def test_pods_that_no_node_takes_and_images_that_cannot_be_pulled_are_told_while_the_update_waits(
    new_stack: Callable[[str], Stack], connection: dict[str, Any], tmp_path: Path
) -> None:
    stack = new_stack("waiting")
    missing = f"{connection['registry']}/trial/is-not-there:1"
    project = write_project(tmp_path / "project", MANIFEST)
    stack.configure(
        organization="trial",
        cluster={"kind": "embedded"},
        deployments=[
            deployment(
                "waiting",
                project,
                large={"timeoutSeconds": 15},
                missing={"timeoutSeconds": 25, "image": missing},
            )
        ],
    )
    done = stack.up(check=False)
    assert done.returncode != 0
    during, _, diagnostics = done.stdout.partition("Diagnostics:")

    endpoint = "trial/waiting/production/20261101.0/large"
    place = f"{project}/valohai.yaml:6: large.resources.cpu"
    reason = "Unschedulable: 0/1 nodes are available: 1 Insufficient cpu"
    remedy = "request less, remove other pods, or add a larger node"
    (told,) = [line for line in during.splitlines() if f"warning: {reason}; {remedy} ({place})" in line]
    assert f"valohai:index:Endpoint {endpoint}" in told
    assert f"error: {place}: {endpoint} got no ready pods: {reason}; {remedy}" in diagnostics

    assert "not found; push it, or correct its name, here or in the stack file" in during
    assert f"warning: {reason}" not in diagnostics


def test_what_passed_before_the_time_was_over_leaves_no_trace(
    new_stack: Callable[[str], Stack], kubectl: Kubectl, tmp_path: Path
) -> None:
    stack = new_stack("picky")
    project = write_project(tmp_path / "project", PICKY)
    stack.configure(
        organization="trial",
        cluster={"kind": "embedded"},
        deployments=[deployment("picky", project, picky={"timeoutSeconds": 120})],
    )
    node = json.loads(kubectl.run("get", "nodes", "-o", "json"))["items"][0]["metadata"]["name"]
    output = tmp_path / "output"
    told = "didn't match Pod's node affinity/selector; correct it, or add these labels to a node"
    with output.open("wb") as written:
        running = stack.start("up", written)
        try:
            wait_until(lambda: told in output.read_text(), 60, "the update tells what its pods wait for")
            kubectl.run("label", "node", node, f"{LABEL}=over", "--overwrite")
            assert running.wait(timeout=60) == 0
        finally:
            kubectl.run("label", "node", node, f"{LABEL}-")
            running.send_signal(signal.SIGINT)
            running.wait(timeout=60)
    assert told not in output.read_text().partition("Diagnostics:")[2]
