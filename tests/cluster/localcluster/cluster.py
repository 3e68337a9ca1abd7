"""A cluster of the tests' own, beside the one that other tests share."""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from localcluster.layout import Layout
from localcluster.plan import find_programs
from localcluster.processes.records import read_records
from localcluster.processes.table import is_running


@dataclass(frozen=True)
class Cluster:
    """Runs the command line of `localcluster` for one state directory."""

    layout: Layout

    def command(self, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        """Run a command to its end, whatever its exit code; keywords are further environment variables."""
        return subprocess.run(
            [sys.executable, "-m", "localcluster", *arguments],
            cwd=self.layout.clone,
            env={**os.environ, "LOCALCLUSTER_STATE": str(self.layout.state), **environment},
            capture_output=True,
            text=True,
            check=False,
        )

    def succeed(self, *arguments: str) -> str:
        """Run a command that must succeed, and give what it printed."""
        finished = self.command(*arguments)
        assert finished.returncode == 0, finished.stdout + finished.stderr
        return finished.stdout

    def pids(self) -> dict[str, int]:
        """Process ids of the components that run."""
        records = read_records(self.layout.runtime)
        return {name: record.process.pid for name, record in records.items() if is_running(record.process)}

    def kubectl(self, *arguments: str, stdin: str | None = None) -> str:
        program = find_programs(self.layout).directories["kubernetes"] / "kubectl"
        finished = subprocess.run(
            [program, f"--kubeconfig={self.layout.kubeconfig}", *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
        assert finished.returncode == 0, finished.stderr
        return finished.stdout

    def apply(self, *objects: dict[str, Any]) -> None:
        content = json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})
        self.kubectl("apply", "--server-side", "--filename=-", stdin=content)

    def connection(self) -> dict[str, Any]:
        content = json.loads(self.layout.connection.read_text())
        assert isinstance(content, dict)
        return content

    def http_status(self, path: str) -> int:
        """Status with which the router answers, 0 when it does not."""
        try:
            with urllib.request.urlopen(self.connection()["router"]["url"] + path, timeout=5) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            with error:
                return error.code
        except OSError:
            return 0


def await_true(condition: Callable[[], bool], what: str, seconds: float = 60) -> None:
    """Wait until a condition holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"still waiting after {seconds:.0f} s until {what}"
        time.sleep(0.1)


def await_value(observe: Callable[[], object], expected: object, seconds: float = 60) -> None:
    """Wait until an observation gives the expected value; a failure tells what it gave last."""
    deadline = time.monotonic() + seconds
    while (observed := observe()) != expected:
        assert time.monotonic() < deadline, f"still {observed!r} after {seconds:.0f} s, not {expected!r}"
        time.sleep(0.1)


def web_server(name: str, image: str = "python:3.11-slim", replicas: int = 1) -> list[dict[str, Any]]:
    """Objects of a web server at `/<name>` that keeps to the restricted Pod Security Standard."""
    labels = {"app": name}
    code = (
        "import http.server as h\n"
        "class Answer(h.BaseHTTPRequestHandler):\n"
        "  def do_GET(self): self.send_response(200); self.end_headers(); self.wfile.write(b'hello')\n"
        "print('serving', flush=True); h.ThreadingHTTPServer(('', 8000), Answer).serve_forever()\n"
    )
    container = {
        "name": "web",
        "image": image,
        "command": ["python", "-c", code],
        "ports": [{"containerPort": 8000}],
        "readinessProbe": {"httpGet": {"path": "/", "port": 8000}, "periodSeconds": 1},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
    }
    pod = {
        "terminationGracePeriodSeconds": 1,
        "automountServiceAccountToken": False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": 10001,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [container],
    }
    backend = {"service": {"name": name, "port": {"number": 80}}}
    path = {"path": f"/{name}", "pathType": "Prefix", "backend": backend}
    return [
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": name},
            "spec": {
                "replicas": replicas,
                "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": pod},
            },
        },
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": name},
            "spec": {"selector": labels, "ports": [{"port": 80, "targetPort": 8000}]},
        },
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "Ingress",
            "metadata": {"name": name},
            "spec": {"ingressClassName": "traefik", "rules": [{"http": {"paths": [path]}}]},
        },
    ]
