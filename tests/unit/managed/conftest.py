"""Managing stacks from text, on a cluster that is known from a kubeconfig."""

from collections.abc import Callable
from pathlib import Path

import pytest

from endpoints.target import Cluster, ImageBuilder, IngressRouter, RegistryAccess, Target
from managed.plan import StackPlan, plan_stack
from managed.stack_file import Settings, load_settings
from tests.unit.stack_text import written

STACK = """
config:
  managed:cluster: {kind: user, context: prod}
  managed:registry: {repository: registry.acme.example/ml}
  managed:routing: {kind: ingress, ingressClass: traefik, host: models.acme.example}
  managed:network: {routerNamespace: traefik}
  managed:teams:
    - name: fraud
      organization: acme
      deployments:
        - {project: cards, name: production}
        - {project: cards, name: staging}
    - name: growth
      organization: acme
      deployments:
        - {project: offers, name: production}
      hosts: [offers.acme.example, models.acme.example]
      limits:
        replicas: {default: {max: 2}, max: 3}
        quota: {requests: {cpu: 2, memory: 4Gi}, pods: 12, devices: {nvidia.com/gpu: 1}}
"""
"""A stack file in line 2 to 19."""

REGISTRIES = {
    "fraud": RegistryAccess("registry.acme.example/ml/fraud"),
    "growth": RegistryAccess("registry.acme.example/ml/growth"),
    "a": RegistryAccess("localhost:5000/a"),
}

Load = Callable[[str], Settings]
Plan = Callable[[str], StackPlan]


@pytest.fixture
def stack() -> str:
    return STACK


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Load settings from the text of a stack file; `{secure: TEXT}` arrives as TEXT."""

    return lambda text: load_settings(*written(text, tmp_path, "managed"))


@pytest.fixture
def target() -> Target:
    return Target(
        Cluster("config", "prod", "https://10.0.0.1:6443"),
        RegistryAccess("registry.acme.example/ml"),
        IngressRouter("http://models.acme.example", "models.acme.example", "traefik"),
        ImageBuilder("localcluster", "PEM"),
    )


@pytest.fixture
def plan(load: Load, target: Target) -> Plan:
    return lambda text: plan_stack(load(text), "prod", target, REGISTRIES)
