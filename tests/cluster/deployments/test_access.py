"""API keys from secret configuration: who has none is kept out, and changed keys lose no request."""

import base64
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cluster.deployments.kubectl import Kubectl
from tests.cluster.deployments.projects import deployment, write_project
from tests.cluster.deployments.requests import request, steady_requests
from tests.cluster.deployments.stack import Stack

pytestmark = pytest.mark.cluster

NAMESPACE = "trial-guarded-production"
KEY, NEXT = "partner-0123456789-s73577357", "partner-next-0123456789-s73577358"
MANIFEST = """
    - endpoint:
        name: guarded
        image: python:3.11-slim
        wsgi: guarded
    """
APPLICATION = """
    def application(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [environ["valohai.key"].encode()]
    """


def test_keys_let_in_are_replaced_without_a_failed_request_and_are_shown_nowhere(
    new_stack: Callable[[str], Stack], kubectl: Kubectl, tmp_path: Path
) -> None:
    stack = new_stack("guarded")
    project = write_project(tmp_path / "project", MANIFEST, guarded__py=APPLICATION)

    def configure(**keys: str) -> None:
        access = {"kind": "apiKeys", "keys": {name: {"secret": secret} for name, secret in keys.items()}}
        settings = {"access": access, "smokeRequest": {"contains": next(iter(keys))}}
        stack.configure(
            organization="trial",
            cluster={"kind": "embedded"},
            deployments=[deployment("guarded", project, guarded=settings)],
        )
        for name, value in (("old-key", KEY), ("next-key", NEXT)):
            if name in keys.values():
                stack.set_secret(name, value)

    configure(partner="old-key")
    shown = [stack.up().stdout]
    (summary,) = stack.outputs().values()
    url = str(summary["url"])
    assert request(url).status == 401
    assert request(url, headers={"X-API-Key": NEXT}).status == 401
    by_key = {"Authorization": f"Bearer {KEY}"}
    assert request(url, headers=by_key).body == "partner"
    assert stack.preview() == []

    configure(partner="old-key", successor="next-key")
    with steady_requests(url, headers=by_key) as statuses:
        shown.append(stack.up().stdout)
        assert request(url, headers={"X-API-Key": NEXT}).status in (200, 401)
    assert set(statuses) == {200}, statuses
    configure(successor="next-key")
    with steady_requests(url, headers={"X-API-Key": NEXT}) as statuses:
        shown.append(stack.up().stdout)
    assert set(statuses) == {200}, statuses
    assert request(url, headers={"X-API-Key": NEXT}).body == "successor"
    assert request(url, headers=by_key).status == 401

    shown += [
        stack.state(),
        stack.written(),
        kubectl.run("get", "all,secrets,events", "--namespace", NAMESPACE, "-o", "json"),
        kubectl.run("logs", "--namespace", NAMESPACE, "--selector=valohai.com/endpoint=guarded", "--tail=-1"),
    ]
    secret = [base64.b64encode(value.encode()).decode() for value in (KEY, NEXT)]
    assert not [value for value in (KEY, NEXT, *secret) for text in shown if value in text]
