"""New code replaces two pods while at least 200 requests come each second, whichever server they run."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.deployments.kubectl import Kubectl, wait_until
from tests.cluster.deployments.projects import deployment, write_project
from tests.cluster.deployments.requests import request
from tests.cluster.deployments.stack import Stack
from tests.cluster.load import load

pytestmark = pytest.mark.cluster

RATE = 220
"""A little above what is asked for, since a sender can be late and never early."""
LOAD_SECONDS = 40

MANIFEST = """
    - endpoint:
        name: answer
        image: python:3.11-slim
        wsgi: answer
    """
APPLICATION = """
    def application(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "5")])
        return [b"first"]
    """


@pytest.fixture(scope="module", params=["gunicorn", "granian"])
def server(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, server: str) -> Path:
    return write_project(tmp_path_factory.mktemp(server) / "project", MANIFEST, answer__py=APPLICATION)


@pytest.fixture(scope="module")
def stack(new_stack: Callable[[str], Stack], project: Path, server: str) -> Stack:
    stack = new_stack(f"rollouts-{server}")
    answer = {"replicas": {"min": 2, "max": 2}, "accessLog": "none", "server": server}
    stack.configure(
        organization="trial",
        cluster={"kind": "embedded"},
        deployments=[deployment(f"rollouts-{server}", project, answer=answer)],
    )
    stack.up()
    return stack


@pytest.mark.parametrize(
    ("keep_alive", "before", "after"),
    [(True, "first", "later"), (False, "later", "third")],
    ids=["connections are kept", "a connection for each request"],
)
def test_no_request_fails_while_both_pods_are_replaced(
    stack: Stack,
    kubectl: Kubectl,
    project: Path,
    capsys: pytest.CaptureFixture[str],
    server: str,
    keep_alive: bool,
    before: str,
    after: str,
) -> None:
    def pods() -> set[str]:
        return {pod["metadata"]["uid"] for pod in kubectl.get("pods", summary["namespace"])}

    def finished(old: set[str], loaded: Any) -> bool:
        return loaded.elapsed >= LOAD_SECONDS and not old & pods()

    (summary,) = stack.outputs().values()
    wait_until(lambda: request(summary["url"]).body == before, 30, f"the endpoint answers {before}")
    old = pods()
    code = project / "answer.py"
    code.write_text(code.read_text().replace(before, after))

    with load(summary["url"], connections=32, rate=RATE, keep_alive=keep_alive) as loaded:
        stack.up()
        wait_until(lambda: finished(old, loaded), 120, "the load has lasted and the old pods have gone")

    with capsys.disabled():
        print(f"\nrollout of 2 pods of {server}, {'keep-alive' if keep_alive else 'no keep-alive'}: {loaded}")
    assert request(summary["url"]).body == after
    assert len(pods()) == 2
    assert set(loaded.statuses) == {200}, loaded
    assert loaded.statuses.total() >= 200 * LOAD_SECONDS, loaded
