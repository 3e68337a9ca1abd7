"""`status`, `logs` and `try` find a deployed endpoint, its pods and its answers."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.deployments.kubectl import Kubectl, wait_until
from tests.cluster.deployments.projects import deployment, write_project
from tests.cluster.deployments.stack import Stack
from tests.cluster.engine import NAME

pytestmark = pytest.mark.cluster

MANIFEST = """
    - endpoint:
        name: echo
        image: python:3.11-slim
        wsgi: echo
    """
APPLICATION = """
    def application(environ, start_response):
        body = environ["wsgi.input"].read()
        print("asked with", body.decode(), flush=True)
        start_response("404 Not Found" if body == b"missing" else "200 OK", [("Content-Type", "text/plain")])
        return [body or environ["SCRIPT_NAME"].encode()]
    """


@pytest.fixture(scope="module")
def stack(new_stack: Callable[[str], Stack]) -> Stack:
    made = new_stack("commands")
    write_project(made.directory / "echo", MANIFEST, echo__py=APPLICATION)
    chosen: dict[str, Any] = deployment("commands", Path("echo"), echo={"replicas": {"min": 1, "max": 1}})
    chosen["aliases"] = {"latest": "20261101.0"}
    made.configure(organization="trial", cluster={"kind": "embedded"}, deployments=[chosen])
    made.up()
    return made


@pytest.fixture
def run(stack: Stack) -> Callable[..., subprocess.CompletedProcess[str]]:
    def command(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "endpoints", *arguments, "--stack", NAME],
            cwd=stack.directory,
            env=stack.environment,
            capture_output=True,
            text=True,
            timeout=120,
        )

    return command


Run = Callable[..., subprocess.CompletedProcess[str]]


def test_an_endpoint_is_tried_by_its_name_and_by_its_alias(run: Run) -> None:
    wait_until(lambda: run("try", "echo").returncode == 0, 60, "the endpoint is routed")
    assert run("try", "echo").stdout == "/trial/commands/production/20261101.0/echo"
    assert run("try", "latest/echo").stdout == "/trial/commands/production/latest/echo"
    answered = run("try", "echo", "--json", '{"a": 1}')
    assert (answered.returncode, answered.stdout) == (0, '{"a": 1}')
    assert "/trial/commands/production/20261101.0/echo: 200 OK" in answered.stderr


def test_an_answer_above_400_is_a_failure_that_shows_the_answer(run: Run, tmp_path: Path) -> None:
    (tmp_path / "body").write_text("missing")
    answered = run("try", "echo", "--file", str(tmp_path / "body"))
    assert (answered.returncode, answered.stdout) == (1, "missing")
    assert "404 Not Found" in answered.stderr


def test_the_logs_hold_what_the_server_said(run: Run) -> None:
    run("try", "echo", "--json", '"a word for the log"')
    shown = wait_until(
        lambda: found if "a word for the log" in (found := run("logs", "latest/echo").stdout) else None,
        60,
        "the log has the request",
    )
    assert 'asked with "a word for the log"' in shown
    assert len(run("logs", "echo", "--lines", "1").stdout.splitlines()) == 1


def test_the_status_tells_how_many_pods_are_ready(run: Run) -> None:
    shown = run("status")
    assert (shown.returncode, shown.stdout) == (
        0,
        "ok trial/commands/production/20261101.0/echo: 1 of 1 pods ready\n",
    )


def test_the_status_of_pods_that_the_cluster_refuses_gives_its_reason(run: Run, kubectl: Kubectl) -> None:
    namespace = "trial-commands-production"
    kubectl.run("create", "quota", "none", "--namespace", namespace, "--hard=pods=0")
    try:
        kubectl.run("delete", "pods", "--all", "--namespace", namespace, "--wait=false")
        shown = wait_until(
            lambda: found if "exceeded quota" in (found := run("status")).stdout else None,
            60,
            "the refusal is told",
        )
        assert shown.returncode == 1
        assert shown.stdout.startswith("!! trial/commands/production/20261101.0/echo: ")
    finally:
        kubectl.run("delete", "quota", "none", "--namespace", namespace)


def test_an_endpoint_that_is_not_there_is_told_with_those_that_are(run: Run) -> None:
    answered = run("logs", "ecco")
    assert answered.returncode == 1
    assert "did you mean" in answered.stderr or "known: trial/commands/production" in answered.stderr
    assert "Traceback" not in answered.stderr
