"""Pods of `wsgi` stay up, whatever requests, clients and workers do, and say why where they cannot."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from textwrap import dedent
from typing import Any
from urllib.parse import urlsplit

import pytest

from benchmarks import pods
from tests.cluster.deployments.kubectl import Kubectl, wait_until
from tests.cluster.deployments.projects import deployment, write_project
from tests.cluster.deployments.requests import Answer, request
from tests.cluster.deployments.stack import Stack
from tests.cluster.engine import NAME

pytestmark = pytest.mark.cluster

NAMESPACE = "trial-serving-production"
ENDPOINTS = ("threads", "loop", "fast-threads", "fast-loop")
BUSY_SECONDS = 90
STALLED_CLIENTS = 8

MANIFEST = "".join(
    f"""
    - endpoint:
        name: {name}
        image: python:3.11-slim
        wsgi: busy:{"asgi" if name.endswith("loop") else "wsgi"}
        resources: {{cpu: {{min: 0.1, max: 1}}}}
    """
    for name in ENDPOINTS
)
APPLICATION = """
    import os
    import time

    def answer(query):
        if query:
            time.sleep(int(query))
        return str(os.getpid()).encode()

    def wsgi(environ, start_response):
        body = answer(environ["QUERY_STRING"])
        start_response("200 OK", [("Content-Length", str(len(body)))])
        return [body]

    async def asgi(scope, receive, send):
        if scope["type"] == "lifespan":
            raise NotImplementedError
        if scope["path"].endswith("/fail"):
            raise ValueError("expected 784 features")
        body = answer(scope["query_string"].decode())
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": body})
    """


@pytest.fixture(scope="module")
def stack(new_stack: Callable[[str], Stack]) -> Stack:
    made = new_stack("serving")
    write_project(made.directory / "busy", MANIFEST, busy__py=APPLICATION)
    chosen = {
        name.replace("-", "_"): {
            "replicas": {"min": 1, "max": 1},
            "server": "granian" if name.startswith("fast") else "gunicorn",
        }
        for name in ENDPOINTS
    }
    made.configure(
        organization="trial",
        cluster={"kind": "embedded"},
        deployments=[deployment("serving", Path("busy"), **chosen)],
    )
    made.up()
    return made


@pytest.fixture(scope="module")
def urls(stack: Stack) -> dict[str, str]:
    found = {address.rpartition("/")[2]: str(summary["url"]) for address, summary in stack.outputs().items()}
    for url in found.values():
        wait_until(lambda: request(url).status == 200, 60, f"{url} answers")  # noqa: B023
    return found


def state(kubectl: Kubectl, endpoint: str) -> tuple[bool, int]:
    """Return whether the endpoint's pod is ready, and how often it was started again."""
    selector = f"--selector=valohai.com/endpoint={endpoint}"
    (pod,) = kubectl.get("pods", NAMESPACE, selector)
    (container,) = pod["status"]["containerStatuses"]
    return bool(container["ready"]), int(container["restartCount"])


def test_pods_whose_threads_and_event_loops_are_busy_stay_ready(
    urls: dict[str, str], kubectl: Kubectl
) -> None:
    with ThreadPoolExecutor(64) as clients:
        busy = [
            clients.submit(slow, f"{url}?{BUSY_SECONDS if 'threads' in name else BUSY_SECONDS - 15}")
            for name, url in urls.items()
            for _ in range(4 if "threads" in name else 1)
        ]
        while not all(answer.done() for answer in busy):
            assert {state(kubectl, name) for name in urls} == {(True, 0)}
        assert {answer.result() for answer in busy} == {200}


def slow(url: str) -> int:
    """GET an answer that takes longer than `request` waits."""
    command = [sys.executable, "-c", f"import urllib.request as r; print(r.urlopen({url!r}).status)"]
    return int(subprocess.run(command, capture_output=True, text=True, timeout=180, check=True).stdout)


def test_clients_that_stand_still_leave_a_pod_ready_and_served(
    urls: dict[str, str], kubectl: Kubectl
) -> None:
    with ExitStack() as opened:
        for url in urls.values():
            parts = urlsplit(url)
            for _ in range(STALLED_CLIENTS):
                client = opened.enter_context(socket.create_connection((parts.hostname, parts.port)))
                head = f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Length: 100\r\n\r\nxx"
                client.sendall(head.encode())
        for name, url in urls.items():
            # As long as two rounds of four clients have.
            wait_until(lambda: request(url).status == 200, 120, f"{name} answers")  # noqa: B023
        assert {state(kubectl, name) for name in urls} == {(True, 0)}


def test_a_killed_worker_is_replaced_and_its_pod_stays_ready(urls: dict[str, str], kubectl: Kubectl) -> None:
    for name, url in urls.items():
        before = request(url).body
        kubectl.run(
            "exec",
            "-n",
            NAMESPACE,
            f"deploy/{workload(kubectl, name)}",
            "--",
            "sh",
            "-c",
            f"kill -9 {before}",
        )

        def is_another() -> bool:
            answer: Answer = request(url)  # noqa: B023
            assert state(kubectl, name) == (True, 0)  # noqa: B023
            return answer.status == 200 and answer.body != before  # noqa: B023

        wait_until(is_another, 60, f"another worker of {name} answers")


def workload(kubectl: Kubectl, endpoint: str) -> str:
    (found,) = kubectl.get("deployments", NAMESPACE, f"--selector=valohai.com/endpoint={endpoint}")
    return str(found["metadata"]["name"])


def test_a_failure_of_an_asgi_application_is_in_the_log_once(urls: dict[str, str], run: Any) -> None:
    for name in ("loop", "fast-loop"):
        assert request(f"{urls[name]}/fail").status == 500
        wait_until(lambda: "784 features" in run("logs", name).stdout, 30, f"the log of {name}")  # noqa: B023
        assert run("logs", name).stdout.count("ValueError: expected 784 features") == 1


@pytest.fixture
def run(stack: Stack) -> Iterator[Callable[..., subprocess.CompletedProcess[str]]]:
    def command(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "endpoints", *arguments, "--stack", NAME],
            cwd=stack.directory,
            env=stack.environment,
            capture_output=True,
            text=True,
            timeout=120,
        )

    yield command


def test_a_master_that_stands_still_is_ended_and_status_says_why(
    urls: dict[str, str], kubectl: Kubectl, run: Any
) -> None:
    serving = {
        int(process)
        for file in pods.running(kubectl, NAMESPACE)["threads"].group.rglob("cgroup.procs")
        for process in file.read_text().split()
        if "serve.py" in Path(f"/proc/{process}/cmdline").read_text()
    }
    # Not the lowest number: process numbers start again at the bottom when they reach their maximum.
    (master,) = (process for process in serving if parent(process) not in serving)
    os.kill(master, signal.SIGSTOP)
    wait_until(lambda: state(kubectl, "threads") == (True, 1), 240, "the pod is started again")
    # The router hears of a ready pod a moment later.
    wait_until(lambda: request(urls["threads"]).status == 200, 60, "threads answers")
    assert "Liveness probe failed" in run("status").stdout


def parent(process: int) -> int:
    """Return the number of the process that started `process`."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(status.partition("\nPPid:")[2].split()[0])


def test_an_application_that_ends_itself_ends_pod_and_update_with_its_words(
    new_stack: Callable[[str], Stack], kubectl: Kubectl
) -> None:
    made = new_stack("ending")
    manifest = f"    - endpoint:{MANIFEST.split('- endpoint:')[1]}"
    write_project(made.directory / "ending", manifest, busy__py="import sys\nsys.exit('no model')\n")
    made.configure(
        organization="trial",
        cluster={"kind": "embedded"},
        deployments=[deployment("ending", Path("ending"), threads={"replicas": {"min": 1, "max": 1}})],
    )
    failed = made.up(check=False)
    assert failed.returncode != 0
    assert "The application ended itself while it was imported, by sys.exit('no model')." in failed.stdout
    # The engine was interrupted, rather than left to wait for the ten minutes of `timeoutSeconds`.
    assert "timed out" not in failed.stdout
    (pod,) = kubectl.get("pods", "trial-ending-production")
    (container,) = pod["status"]["containerStatuses"]
    assert container["restartCount"] < 6, "Kubernetes backs off"

    (made.directory / "ending/busy.py").write_text(dedent(APPLICATION))
    made.up()
    (summary,) = made.outputs().values()
    wait_until(lambda: request(str(summary["url"])).status == 200, 60, "the corrected application answers")
