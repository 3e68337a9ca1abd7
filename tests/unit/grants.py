"""A grant of a managed cluster, as the managing stack's outputs hold it."""

from copy import deepcopy
from typing import Any

OUTPUT: dict[str, Any] = {
    "form": 1,
    "organization": "acme",
    "deployments": {"shapes/production": "acme-shapes-production"},
    "access": {
        "server": "https://10.0.0.1:6443",
        "context": "fraud",
        "kubeconfig": '{"users": [{"user": {"token": "hush"}}]}',
        "expires": "2026-12-01T00:00:00+00:00",
    },
    "registry": {"repository": "registry.example/fraud", "username": "fraud", "password": "hush"},
    "router": {
        "routing": {"kind": "ingress", "ingressClass": "traefik"},
        "hosts": ["models.example", "fraud.example"],
        "baseUrl": "http://models.example",
    },
    "replicas": {"default": {"min": 1, "max": 2}, "max": 5},
    "quota": {
        "requests.cpu": "2",
        "requests.memory": "4Gi",
        "limits.cpu": "20",
        "limits.memory": "8Gi",
        "pods": "12",
        "requests.storage": "0",
    },
    "container": {
        "requests": {"cpu": "100m", "memory": "256Mi"},
        "limits": {"cpu": "1", "memory": "512Mi"},
        "max": {"cpu": "4", "memory": "2Gi"},
    },
}


def output(**changes: Any) -> dict[str, Any]:
    """Return the team's output, with whole parts replaced."""
    return deepcopy(OUTPUT) | changes
