"""Plays kube-state-metrics, whose Go module is not served: the metrics that the dashboard takes from it.

Names and labels are those of its documentation; the numbers are the API server's.
https://github.com/kubernetes/kube-state-metrics/tree/main/docs/metrics
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from endpoints.cluster.quantities import amount
from tests.cluster.deployments.kubectl import Kubectl

_UNITS = {"cpu": "core", "memory": "byte"}


def render(kubectl: Kubectl, namespace: str) -> str:
    """Return the page about the objects of one namespace."""
    lines = [
        *_deployments(kubectl.get("deployments", namespace)),
        *_autoscalers(kubectl.get("horizontalpodautoscalers", namespace)),
        *_pods(kubectl.get("pods", namespace)),
    ]
    return "".join(f"{line}\n" for line in lines)


@contextmanager
def served(kubectl: Kubectl, namespace: str, host: str) -> Iterator[str]:
    """Answer Prometheus at an address of the machine until the block ends; yields host and port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = render(kubectl, namespace).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer((host, 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"{host}:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def _deployments(found: list[dict[str, Any]]) -> Iterator[str]:
    for one in found:
        labels = {"namespace": one["metadata"]["namespace"], "deployment": one["metadata"]["name"]}
        yield _line("kube_deployment_spec_replicas", labels, one["spec"]["replicas"])
        ready = one["status"].get("readyReplicas", 0)
        yield _line("kube_deployment_status_replicas_ready", labels, ready)


def _autoscalers(found: list[dict[str, Any]]) -> Iterator[str]:
    for one in found:
        described = one["metadata"]
        labels = {"namespace": described["namespace"], "horizontalpodautoscaler": described["name"]}
        most = one["spec"]["maxReplicas"]
        yield _line("kube_horizontalpodautoscaler_spec_max_replicas", labels, most)


def _pods(found: list[dict[str, Any]]) -> Iterator[str]:
    for one in found:
        described = one["metadata"]
        pod = {"namespace": described["namespace"], "pod": described["name"], "uid": described["uid"]}
        for container in one["spec"]["containers"]:
            for resource, limit in container.get("resources", {}).get("limits", {}).items():
                labels = {**pod, "container": container["name"], "node": one["spec"].get("nodeName", "")}
                labels |= {"resource": resource, "unit": _UNITS[resource]}
                yield _line("kube_pod_container_resource_limits", labels, amount(limit))
        for status in one["status"].get("containerStatuses", []):
            labels = {**pod, "container": status["name"]}
            yield _line("kube_pod_container_status_restarts_total", labels, status["restartCount"])


def _line(name: str, labels: dict[str, str], value: object) -> str:
    described = ",".join(f'{label}="{text}"' for label, text in labels.items())
    return f"{name}{{{described}}} {value}"
