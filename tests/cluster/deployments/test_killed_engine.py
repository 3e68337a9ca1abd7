"""The engine dies at any moment, and one documented line brings the stack back, or removes all of it.

    ENGINE_KILLS=10 pytest tests/cluster/deployments/test_killed_engine.py

kills each command ten times, by turns with and without checkpoints; once is enough for every day.
"""

import contextlib
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable

import pytest

from tests.cluster.deployments.kubectl import Kubectl
from tests.cluster.deployments.projects import deployment, write_project
from tests.cluster.deployments.requests import request
from tests.cluster.deployments.stack import Stack

pytestmark = pytest.mark.cluster

KILLS = int(os.environ.get("ENGINE_KILLS", "1"))
"""How often each command is killed."""
NAMESPACE = "trial-mortal-production"
KINDS = "namespaces,serviceaccounts,secrets,deployments,services,ingresses,hpa,poddisruptionbudgets"
MANIFEST = """
    - endpoint:
        name: greet
        image: python:3.11-slim
        server-command: python server.py
    - endpoint:
        name: answer
        image: python:3.11-slim
        server-command: python server.py
    """
SERVER = """
    import os
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    class Greeting(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(os.environ["KEY"].encode())

    ThreadingHTTPServer(("0.0.0.0", 8000), Greeting).serve_forever()
    """


@pytest.fixture(scope="module")
def stack(new_stack: Callable[[str], Stack], tmp_path_factory: pytest.TempPathFactory) -> Stack:
    project = write_project(tmp_path_factory.mktemp("mortal") / "project", MANIFEST, server__py=SERVER)
    environment = {"KEY": {"secret": "key"}}
    described = deployment(
        "mortal",
        project,
        greet={"environment": environment, "replicas": {"min": 2, "max": 3}},
        answer={"environment": environment},
    )
    described["aliases"] = {"latest": "20261101.0"}
    made = new_stack("mortal")
    made.configure(organization="trial", cluster={"kind": "embedded"}, deployments=[described])
    made.set_secret("key", "hush")
    return made


@pytest.fixture(scope="module")
def seconds(stack: Stack) -> dict[str, float]:
    """Return how long each command takes that nobody kills; they leave nothing deployed."""
    taken = {}
    for command in ("up", "destroy"):
        started = time.monotonic()
        stack.succeed(command, "--yes", "--skip-preview")
        taken[command] = time.monotonic() - started
    return taken


def kill(stack: Stack, command: str, within: float, *, checkpoints: bool) -> str:
    """Start a command and kill it, with all that it has started, at a moment of these seconds."""
    variables = {} if checkpoints else {"PULUMI_SKIP_CHECKPOINTS": "true"}
    moment = random.uniform(0, within)
    running = stack.start(command, variables=variables)
    with contextlib.suppress(subprocess.TimeoutExpired):
        running.wait(timeout=moment)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(running.pid, signal.SIGKILL)
    running.wait(timeout=10)
    return f"`pulumi {command}` was killed {moment:.1f} s after its start"


def objects(kubectl: Kubectl) -> set[str]:
    """Return everything in the cluster that the stack has made, by kind and name."""
    found = kubectl.run(
        "get", KINDS, "--all-namespaces", "--output=name", "--selector=valohai.com/project=mortal"
    )
    return set(found.split())


@pytest.mark.parametrize("number", range(KILLS))
def test_an_update_that_was_killed_at_any_moment_is_brought_back(
    stack: Stack,
    seconds: dict[str, float],
    kubectl: Kubectl,
    number: int,
) -> None:
    checkpoints = number % 2 == 1
    killed = kill(stack, "up", seconds["up"], checkpoints=checkpoints)
    stack.recover(checkpoints=checkpoints)
    for summary in stack.outputs().values():
        assert request(summary["url"]).body == "hush", killed
    assert stack.preview() == [], killed
    assert "pending_operations" not in stack.state(), killed
    made = objects(kubectl)
    assert f"namespace/{NAMESPACE}" in made
    stack.destroy()
    assert objects(kubectl) == set(), killed


@pytest.mark.parametrize("number", range(KILLS))
def test_a_destruction_that_was_killed_at_any_moment_is_finished_by_the_next(
    stack: Stack,
    seconds: dict[str, float],
    kubectl: Kubectl,
    number: int,
) -> None:
    stack.up()
    killed = kill(stack, "destroy", seconds["destroy"], checkpoints=number % 2 == 0)
    stack.succeed("cancel", "--yes")
    stack.destroy()
    assert objects(kubectl) == set(), killed
    assert stack.resources() == [], killed
