from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from endpoints.plan import plan_stack
from endpoints.preflight.checks import CHECKS
from endpoints.preflight.facts import Facts, Finding, Intent, NamespaceFacts
from endpoints.stack_file import Settings
from endpoints.target import resolve_target

NAMESPACE = "acme-greeting-production"
PREFIX = "/acme/greeting/production/1/greet"

KUBECONFIG = """
clusters: [{name: c, cluster: {server: "https://prod.example:6443"}}]
contexts: [{name: prod, context: {cluster: c, user: u}}]
"""
MANIFEST = """
- endpoint:
    name: greet
    image: python:3.11
    server-command: python server.py --port 8000
    resources: {cpu: {min: 1}, memory: {min: 500, max: 500}}
"""


def objects(kind: str, *names: str, **annotations: str) -> tuple[dict[str, Any], ...]:
    return tuple({"kind": kind, "metadata": {"name": name, "annotations": annotations}} for name in names)


SOUND = Facts(
    version=(1, 34),
    groups={
        "metrics.k8s.io": {"v1beta1": frozenset({"pods", "nodes"})},
        "networking.k8s.io": {"v1": frozenset({"ingresses"})},
    },
    ingress_classes=objects("IngressClass", "traefik"),
    nodes=({"metadata": {"name": "one"}, "status": {"allocatable": {"cpu": "4", "memory": "8Gi"}}},),
    namespaces={NAMESPACE: NamespaceFacts()},
)
"""What is seen in a cluster that can carry out the stack of these tests, which is new there."""

MakeIntent = Callable[..., Intent]
Judge = Callable[..., list[Finding]]


@pytest.fixture
def intend(tmp_path: Path, settings_of: Callable[[str], Settings]) -> MakeIntent:
    """Plan a stack of one endpoint on a cluster of one's own; keywords replace or add settings."""

    def make(*, manifest: str = MANIFEST, endpoint: dict[str, Any] | None = None, **changes: Any) -> Intent:
        (tmp_path / "config").write_text(KUBECONFIG)
        (tmp_path / "project").mkdir(exist_ok=True)
        (tmp_path / "project/valohai.yaml").write_text(manifest)
        versions = [{"name": "1", "endpoints": {"greet": endpoint or {}}}]
        settings = {
            "organization": "acme",
            "cluster": {"kind": "user", "context": "prod", "kubeconfig": "config"},
            "registry": {"repository": "registry.example:5000/ml"},
            "routing": {"kind": "ingress", "ingressClass": "traefik"},
            "deployments": [
                {"project": "greeting", "name": "production", "source": "project", "versions": versions}
            ],
        } | changes
        text = yaml.safe_dump({"config": {f"endpoints:{key}": value for key, value in settings.items()}})
        loaded = settings_of(text)
        target = resolve_target(loaded, tmp_path, {}, lambda _: {})
        return Intent(loaded, plan_stack(loaded, tmp_path, target.router.kind), target)

    return make


@pytest.fixture
def judge(intend: MakeIntent) -> Judge:
    """Judge a sound cluster of which the facts in `but` (of the namespace: `within`) are otherwise."""

    def run(
        *, but: dict[str, Any] | None = None, within: dict[str, Any] | None = None, **stack: Any
    ) -> list[Finding]:
        facts = replace(SOUND, **(but or {}))
        if within:
            facts = replace(facts, namespaces={NAMESPACE: NamespaceFacts(**within)})
        intent = intend(**stack)
        return [finding for check in CHECKS for finding in check(intent, facts)]

    return run
