"""Prometheus in a pod of the namespace `monitoring`, asked through the API server."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.cluster.deployments.kubectl import Kubectl
from tests.integrations.companions.images import push
from tests.integrations.companions.objects import account, cluster_role, container, rule, workload

NAMESPACE = NAME = "monitoring"
PORT = 9090
ADDRESS = f"http://{NAME}.{NAMESPACE}.svc:{PORT}"
"""Where pods reach it."""

_FILE = "prometheus.json"
_READING = ("get", "list", "watch")


@dataclass(frozen=True)
class Prometheus:
    """`image` holds its program."""

    image: str
    kubectl: Kubectl

    def start(self, *jobs: dict[str, Any]) -> None:
        """Run it with these scrape jobs, in place of what ran before; wait until it answers.

        It has no series then. The Service stays, so that KEDA's triggers can name it in the meantime.
        """
        every = {"scrape_interval": "5s", "scrape_timeout": "4s"}
        text = json.dumps({"global": every, "scrape_configs": jobs})
        self.kubectl.apply(*_objects(self.image, text))
        self.kubectl.run("rollout", "status", f"deployment/{NAME}", f"--namespace={NAMESPACE}", seconds=180)

    def query(self, expression: str) -> list[dict[str, Any]]:
        """Return the series of an instant query, each with `metric` and `value`."""
        found: list[dict[str, Any]] = self._ask(f"query?query={quote(expression, safe='')}")["result"]
        return found

    def value(self, expression: str) -> float | None:
        """Return the value of an expression that has one series or none."""
        found = self.query(expression)
        assert len(found) < 2, found
        return float(found[0]["value"][1]) if found else None

    def targets(self) -> list[dict[str, Any]]:
        """Return what it scrapes, as `/api/v1/targets` tells it."""
        found: list[dict[str, Any]] = self._ask("targets?state=active")["activeTargets"]
        return found

    def version(self) -> str:
        return str(self._ask("status/buildinfo")["version"])

    def _ask(self, path: str) -> dict[str, Any]:
        service = f"/api/v1/namespaces/{NAMESPACE}/services/{NAME}:{PORT}/proxy"
        answer = json.loads(self.kubectl.run("get", "--raw", f"{service}/api/v1/{path}"))
        assert answer["status"] == "success", answer
        data = answer["data"]
        assert isinstance(data, dict)
        return data


def install_prometheus(programs: Path, registry: str, kubectl: Kubectl) -> Prometheus:
    """Run Prometheus without anything to scrape."""
    prometheus = Prometheus(push(registry, programs, "prometheus"), kubectl)
    prometheus.start()
    return prometheus


def _objects(image: str, configuration: str) -> list[dict[str, Any]]:
    rules = [
        rule("", ["pods", "nodes"], _READING),
        rule("", ["nodes/metrics"], ("get",)),
    ]
    # A Deployment whose configuration has another name is rolled out anew.
    stored = f"{NAME}-{hashlib.sha256(configuration.encode()).hexdigest()[:10]}"
    main = container(
        image,
        args=[
            f"--config.file=/etc/prometheus/{_FILE}",
            "--storage.tsdb.path=/data",
            f"--web.listen-address=:{PORT}",
        ],
        command=["/prometheus"],
        ports=[{"containerPort": PORT}],
        readinessProbe={"httpGet": {"path": "/-/ready", "port": PORT}, "periodSeconds": 1},
        volumeMounts=[
            {"name": "configuration", "mountPath": "/etc/prometheus"},
            {"name": "data", "mountPath": "/data"},
        ],
    )
    volumes = [{"name": "configuration", "configMap": {"name": stored}}, {"name": "data", "emptyDir": {}}]
    place = {"name": NAME, "namespace": NAMESPACE}
    return [
        *account(NAMESPACE),
        *cluster_role(NAME, rules),
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": stored, "namespace": NAMESPACE},
            "data": {_FILE: configuration},
        },
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": place,
            "spec": {"selector": {"app.kubernetes.io/name": NAME}, "ports": [{"port": PORT}]},
        },
        workload(NAME, main, volumes=volumes, securityContext={"fsGroup": 65535}),
    ]
