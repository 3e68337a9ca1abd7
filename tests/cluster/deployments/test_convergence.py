"""What happens when a deployment fails, or dies, halfway."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cluster.deployments.kubectl import Kubectl, wait_until
from tests.cluster.deployments.projects import deployment, write_project
from tests.cluster.deployments.requests import request
from tests.cluster.deployments.stack import Stack

pytestmark = pytest.mark.cluster

MANIFEST = """
    - endpoint:
        name: greet
        image: python:3.11-slim
        server-command: {command}
    """
SERVER = """
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    class Greeting(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"hello")

    ThreadingHTTPServer(("0.0.0.0", 8000), Greeting).serve_forever()
    """


def test_a_crash_at_start_fails_within_its_timeout_and_converges_once_mended(
    new_stack: Callable[[str], Stack], tmp_path: Path
) -> None:
    stack = new_stack("crash")
    project = write_project(
        tmp_path / "project",
        MANIFEST.format(command="python server.py"),
        server__py='raise SystemExit("the model file is damaged")',
    )
    stack.configure(
        organization="trial",
        cluster={"kind": "embedded"},
        deployments=[deployment("crash", project, greet={"timeoutSeconds": 25})],
    )

    failed = stack.up(check=False)

    shown = failed.stdout + failed.stderr
    assert failed.returncode != 0
    assert "trial/crash/production/20261101.0/greet" in shown
    assert "CrashLoopBackOff" in shown or "exit code 1" in shown
    assert "the model file is damaged" in shown

    (project / "server.py").write_text(SERVER.replace("\n    ", "\n"))
    stack.up()

    (summary,) = stack.outputs().values()
    assert request(summary["url"]).body == "hello"
    assert stack.preview() == []


def test_an_update_killed_halfway_converges_with_the_next_one(
    new_stack: Callable[[str], Stack], kubectl: Kubectl, tmp_path: Path
) -> None:
    stack = new_stack("killed")
    project = write_project(
        tmp_path / "project", MANIFEST.format(command="sleep 8 && python server.py"), server__py=SERVER
    )
    stack.configure(
        organization="trial",
        cluster={"kind": "embedded"},
        deployments=[deployment("killed", project, greet={})],
    )
    running = stack.start("up")

    def workload_exists() -> bool:
        exists = "trial-killed-production" in kubectl.namespaces()
        return exists and bool(kubectl.get("deployments", "trial-killed-production"))

    wait_until(workload_exists, 120, "the workload was created")
    assert running.poll() is None
    os.killpg(running.pid, signal.SIGKILL)
    running.wait(timeout=10)

    stack.recover()

    (summary,) = stack.outputs().values()
    assert request(summary["url"]).body == "hello"
    names = {item["metadata"]["name"] for item in kubectl.get("deployments", "trial-killed-production")}
    assert len(names) == 1
    assert "pending_operations" not in stack.state()
    # Another death while one of these is written would have left a state that cannot be read.
    assert list(stack.state_directory.rglob("*.attrs")) == []


def test_destroying_leaves_no_object_behind(
    new_stack: Callable[[str], Stack], kubectl: Kubectl, tmp_path: Path
) -> None:
    stack = new_stack("destroyed")
    project = write_project(
        tmp_path / "project", MANIFEST.format(command="python server.py"), server__py=SERVER
    )
    stack.configure(
        organization="trial",
        cluster={"kind": "embedded"},
        deployments=[deployment("destroyed", project, greet={"replicas": {"min": 2, "max": 3}})],
    )
    stack.up()
    assert "trial-destroyed-production" in kubectl.namespaces()
    assert kubectl.get("poddisruptionbudgets", "trial-destroyed-production")

    stack.destroy()

    assert "trial-destroyed-production" not in kubectl.namespaces()
    assert "trial-destroyed-production" not in kubectl.run("get", "ingresses", "--all-namespaces")
