"""Kubernetes objects that `up` applies: the router's class and rights, metrics-server's registration."""

import base64
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from localcluster.commands import run
from localcluster.instance import Instance
from localcluster.layout import Layout
from localcluster.metrics import METRICS_PORT
from localcluster.router import INGRESS_CLASS

FIELD_MANAGER = "localcluster"
READING = ["get", "list", "watch"]
WRITING = [*READING, "create", "patch", "update", "delete"]
GATEWAY_KINDS = ("gatewayclasses", "gateways", "httproutes", "grpcroutes", "tlsroutes", "backendtlspolicies")
"""Kinds of the Gateway API into whose status Traefik writes what it makes of them."""


def apply_objects(layout: Layout, instance: Instance, programs: Path) -> None:
    """Apply every object that needs no definition of its own."""
    authority = (layout.certificates / "cluster-authority.crt").read_bytes()
    apply(layout, programs, cluster_objects(instance, authority), "objects")


def apply(layout: Layout, programs: Path, objects: Sequence[Mapping[str, Any]], name: str) -> None:
    """Apply the objects server-side; does nothing when the same ones were applied before under that name."""
    content = json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}, indent=1)
    stamp = layout.state / f"applied-{name}.json"
    if stamp.exists() and stamp.read_text() == content:
        return
    kubectl(
        layout,
        programs,
        "apply",
        "--server-side",
        "--force-conflicts",
        f"--field-manager={FIELD_MANAGER}",
        "--filename=-",
        standard_input=content,
    )
    stamp.write_text(content)


def kubectl(layout: Layout, programs: Path, *arguments: str, standard_input: str = "") -> None:
    """Run kubectl as the cluster's administrator; raises ClusterError when it fails."""
    run(
        [f"{programs}/kubectl", f"--kubeconfig={layout.kubeconfig}", *arguments],
        standard_input=standard_input,
    )


def cluster_objects(instance: Instance, authority: bytes) -> list[dict[str, Any]]:
    """Give the objects; `authority` is the certificate by which the API server knows metrics-server."""
    return [
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "IngressClass",
            "metadata": {
                "name": INGRESS_CLASS,
                "annotations": {"ingressclass.kubernetes.io/is-default-class": "true"},
            },
            "spec": {"controller": "traefik.io/ingress-controller"},
        },
        *_rights(
            "localcluster:router",
            # As Traefik's documentation lists for its Ingress and Gateway providers; without the right to
            # write the status of an Ingress, which is not used.
            [
                _rule("", ["services", "secrets", "configmaps", "nodes", "namespaces"], READING),
                _rule("discovery.k8s.io", ["endpointslices"], ["list", "watch"]),
                _rule("networking.k8s.io", ["ingresses", "ingressclasses"], READING),
                _rule("gateway.networking.k8s.io", ["*"], READING),
                _rule("gateway.networking.k8s.io", [f"{kind}/status" for kind in GATEWAY_KINDS], ["update"]),
            ],
        ),
        *_rights(
            "localcluster:metrics-server",
            [
                _rule("", ["nodes/metrics"], ["get"]),
                _rule("", ["pods", "nodes", "namespaces", "configmaps"], ["get", "list", "watch"]),
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
        *_metrics_registration(instance, authority),
    ]


def _metrics_registration(instance: Instance, authority: bytes) -> list[dict[str, Any]]:
    """Lead the metrics API to the process on the machine by a Service whose address is written by hand."""
    metadata = {"name": "metrics-server", "namespace": "kube-system"}
    port = {"name": "https", "port": METRICS_PORT, "protocol": "TCP"}
    return [
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": metadata,
            "spec": {"ports": [{**port, "port": 443}]},
        },
        {
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": {**metadata, "labels": {"kubernetes.io/service-name": "metrics-server"}},
            "addressType": "IPv4",
            "ports": [port],
            "endpoints": [{"addresses": [instance.network.host], "conditions": {"ready": True}}],
        },
        {
            "apiVersion": "apiregistration.k8s.io/v1",
            "kind": "APIService",
            "metadata": {"name": "v1beta1.metrics.k8s.io"},
            "spec": {
                "group": "metrics.k8s.io",
                "version": "v1beta1",
                "groupPriorityMinimum": 100,
                "versionPriority": 100,
                "service": {"name": "metrics-server", "namespace": "kube-system", "port": 443},
                "caBundle": base64.b64encode(authority).decode(),
            },
        },
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
