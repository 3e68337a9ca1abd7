"""Secret environment variables: they reach the pods, and nothing else shows them."""

import base64
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cluster.deployments.kubectl import Kubectl
from tests.cluster.deployments.projects import deployment, write_project
from tests.cluster.deployments.requests import request, steady_requests
from tests.cluster.deployments.stack import Stack, count_types

pytestmark = pytest.mark.cluster

NAMESPACE = "trial-secrets-production"
SECRET = "kubernetes:core/v1:Secret"
WORKLOAD = "kubernetes:apps/v1:Deployment"
OLD, NEW, PIN = "old-s73577357", "new-s73577357", "0073577357"

MANIFEST = """
    - endpoint:
        name: unlock
        image: python:3.11-slim
        wsgi: unlock
    """
APPLICATION = """
    import json
    import os

    def application(environ, start_response):
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps([os.environ["API_KEY"], os.environ["PIN"]]).encode()]
    """


def test_a_changed_secret_rolls_the_pods_and_is_shown_nowhere(
    new_stack: Callable[[str], Stack], kubectl: Kubectl, tmp_path: Path
) -> None:
    stack = new_stack("secrets")
    project = write_project(tmp_path / "project", MANIFEST, unlock__py=APPLICATION)
    environment = {"API_KEY": {"secret": "api-key"}, "PIN": {"secret": "pin"}}
    stack.configure(
        organization="trial",
        cluster={"kind": "embedded"},
        deployments=[deployment("secrets", project, unlock={"environment": environment})],
    )
    stack.set_secret("api-key", OLD)
    stack.set_secret("pin", PIN)
    shown = [stack.up().stdout]
    (summary,) = stack.outputs().values()
    assert json.loads(request(summary["url"]).body) == [OLD, PIN]
    assert stack.preview() == []

    stack.set_secret("api-key", NEW)
    changes = count_types(stack.preview())
    assert changes[("replace", SECRET)] == changes[("update", WORKLOAD)] == 1
    assert {kind for _, kind in changes} == {SECRET, WORKLOAD}
    with steady_requests(summary["url"]) as statuses:
        shown.append(stack.up().stdout)

    assert set(statuses) == {200}, statuses
    assert json.loads(request(summary["url"]).body) == [NEW, PIN]
    (secret,) = kubectl.get("secrets", NAMESPACE)
    assert secret["data"].keys() == {"API_KEY", "PIN"}
    shown += [
        stack.state(),
        stack.written(),
        kubectl.run("get", "pods,deployments,events", "--namespace", NAMESPACE, "-o", "json"),
        (stack.directory / "stacks/Pulumi.trial.yaml").read_text(),
    ]
    assert "unlock" in stack.written()
    encoded = [base64.b64encode(value.encode()).decode() for value in (OLD, NEW, PIN)]
    assert not [value for value in (OLD, NEW, PIN, *encoded) for text in shown if value in text]
    assert stack.preview() == []
