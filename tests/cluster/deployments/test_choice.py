"""A version is disabled while another one answers on."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.deployments.kubectl import Kubectl, wait_until
from tests.cluster.deployments.projects import write_project
from tests.cluster.deployments.requests import request, steady_requests
from tests.cluster.deployments.stack import Stack

pytestmark = pytest.mark.cluster

NAMESPACE = "trial-choice-production"
OLD, NEW = "20261101.0", "20261102.0"
ADDRESS = "trial/choice/production/{}/whoami"

MANIFEST = """
    - endpoint:
        name: whoami
        image: python:3.11-slim
        wsgi: whoami
    """
APPLICATION = """
    import os

    def application(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [os.environ["WHO"].encode()]
    """


def settings(project: Path, **new: Any) -> dict[str, Any]:
    """Return two versions; what both share stands in one place."""
    return {
        "organization": "trial",
        "cluster": {"kind": "embedded"},
        "defaults": {"replicas": {"max": 1}},
        "deployments": [
            {
                "project": "choice",
                "name": "production",
                "source": str(project),
                "endpoints": {"whoami": {"environment": {"WHO": "both"}}},
                "versions": [
                    {"name": OLD},
                    {"name": NEW, "endpoints": {"whoami": {"environment": {"WHO": "new"}}}, **new},
                ],
            }
        ],
    }


def test_a_disabled_version_goes_and_the_other_answers_on(
    new_stack: Callable[[str], Stack], kubectl: Kubectl, tmp_path: Path
) -> None:
    project = write_project(tmp_path / "choice", MANIFEST, whoami__py=APPLICATION)
    stack = new_stack("choice")
    stack.configure(**settings(project))
    stack.up()
    old, new = (stack.outputs()[ADDRESS.format(version)]["url"] for version in (OLD, NEW))
    wait_until(lambda: request(old).body == "both", 60, "the old version answered with what both share")
    wait_until(lambda: request(new).body == "new", 60, "the new version answered with its own")

    stack.configure(**settings(project, enabled=False))
    assert {step.operation for step in stack.preview()} <= {"delete", "update"}
    deleted = [step.name for step in stack.preview() if step.operation == "delete"]
    assert deleted
    assert {ADDRESS.format(NEW)} == set(deleted), "nothing of the other version"
    with steady_requests(old) as statuses:
        stack.up()
        wait_until(lambda: request(new).status == 404, 60, "the disabled version was gone from the router")

    assert statuses.keys() == {200}
    (workload,) = kubectl.get("deployment", NAMESPACE)
    assert workload["metadata"]["labels"]["valohai.com/version"] == OLD
