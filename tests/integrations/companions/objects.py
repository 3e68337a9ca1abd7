"""Kubernetes objects of companions without manifests of their own; each runs in a namespace of its name."""

from collections.abc import Sequence
from typing import Any


def rule(group: str, resources: Sequence[str], verbs: Sequence[str]) -> dict[str, Any]:
    return {"apiGroups": [group], "resources": list(resources), "verbs": list(verbs)}


def account(name: str) -> list[dict[str, Any]]:
    return [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}},
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": name}},
    ]


def cluster_role(name: str, rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a role, and its binding to the account of the same name."""
    group, version = "rbac.authorization.k8s.io", "rbac.authorization.k8s.io/v1"
    return [
        {"apiVersion": version, "kind": "ClusterRole", "metadata": {"name": name}, "rules": rules},
        {
            "apiVersion": version,
            "kind": "ClusterRoleBinding",
            "metadata": {"name": name},
            "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": name},
            "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": name}],
        },
    ]


def container(image: str, **settings: Any) -> dict[str, Any]:
    return {
        "name": "main",
        "image": image,
        "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}},
        "securityContext": {"readOnlyRootFilesystem": True, "allowPrivilegeEscalation": False},
        **settings,
    }


def workload(name: str, main: dict[str, Any], **pod: Any) -> dict[str, Any]:
    """Return a Deployment of one pod; there are never two of them at a time."""
    labels = {"app.kubernetes.io/name": name}
    described = {"serviceAccountName": name, "containers": [main], **pod}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": name},
        "spec": {
            "strategy": {"type": "Recreate"},
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": described},
        },
    }
