"""What each component of the cluster may do at the API server, beyond what Kubernetes' own ones may."""

from typing import Any

READING = ["get", "list", "watch"]
WRITING = [*READING, "create", "patch", "update", "delete"]
GATEWAY_KINDS = ("gatewayclasses", "gateways", "httproutes", "grpcroutes", "tlsroutes", "backendtlspolicies")
"""Kinds of the Gateway API into whose status Traefik writes what it makes of them."""


def component_rights() -> list[dict[str, Any]]:
    """Give a role and its binding for each component that has a user of its own."""
    return [
        *_rights(
            "localcluster:router",
            # As Traefik's documentation lists for its Ingress and Gateway providers; without the right to
            # write the status of an Ingress, which is not used.
            [
                _rule("", ["services", "secrets", "configmaps", "nodes", "namespaces"], READING),
                _rule("discovery.k8s.io", ["endpointslices"], ["list", "watch"]),
                _rule("networking.k8s.io", ["ingresses", "ingressclasses"], READING),
                _rule("gateway.networking.k8s.io", ["*"], READING),
                _rule("traefik.io", ["*"], READING),
                _rule("gateway.networking.k8s.io", [f"{kind}/status" for kind in GATEWAY_KINDS], ["update"]),
            ],
        ),
        *_rights(
            "localcluster:metrics-server",
            [
                _rule("", ["nodes/metrics"], ["get"]),
                _rule("", ["pods", "nodes", "namespaces", "configmaps"], READING),
            ],
        ),
        *_rights(
            # As the documentation of CoreDNS' kubernetes plugin lists.
            "localcluster:dns",
            [
                _rule("", ["services", "namespaces"], ["list", "watch"]),
                _rule("discovery.k8s.io", ["endpointslices"], ["list", "watch"]),
            ],
        ),
        *_rights(
            "localcluster:network-policy",
            [
                _rule("", ["pods", "namespaces"], ["list", "watch"]),
                _rule("networking.k8s.io", ["networkpolicies"], ["list", "watch"]),
            ],
        ),
        *_rights(
            # For the process that plays simulated nodes, see simulated_nodes.py.
            "localcluster:simulated-nodes",
            [
                _rule("", ["nodes", "nodes/status", "pods", "pods/status", "events"], WRITING),
                _rule("coordination.k8s.io", ["leases"], WRITING),
            ],
        ),
        _binding(
            "localcluster:metrics-server-delegation", "localcluster:metrics-server", "system:auth-delegator"
        ),
    ]


def _rights(user: str, rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    role = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": user},
        "rules": rules,
    }
    return [role, _binding(user, user, user)]


def _rule(group: str, resources: list[str], verbs: list[str]) -> dict[str, Any]:
    return {"apiGroups": [group], "resources": resources, "verbs": verbs}


def _binding(name: str, user: str, role: str) -> dict[str, Any]:
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": name},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user}],
    }
