"""Kubernetes objects that `up` applies: the router's class, rights, and Services outside the cluster."""

import base64
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from localcluster.commands import run
from localcluster.control_plane.metrics import METRICS_PORT
from localcluster.control_plane.rights import component_rights
from localcluster.control_plane.router_definitions import router_definitions
from localcluster.instance import Instance
from localcluster.layout import Layout
from localcluster.node.dns import DNS_LABELS, DNS_NAMESPACE, DNS_SERVICE
from localcluster.node.network import DNS_SERVICE_ADDRESS
from localcluster.router import INGRESS_CLASS

FIELD_MANAGER = "localcluster"


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
        *router_definitions(),
        *component_rights(),
        *_dns_service(instance),
        *_metrics_registration(instance, authority),
    ]


def _dns_service(instance: Instance) -> list[dict[str, Any]]:
    """Give CoreDNS the name and address that it has in other clusters."""
    ports = [
        {"name": "dns", "port": 53, "protocol": "UDP"},
        {"name": "dns-tcp", "port": 53, "protocol": "TCP"},
    ]
    service, addresses = _service(DNS_SERVICE, DNS_NAMESPACE, ports, ports, instance.network.dns)
    service["metadata"] = {**service["metadata"], "labels": DNS_LABELS}
    service["spec"]["clusterIP"] = DNS_SERVICE_ADDRESS
    return [service, addresses]


def _metrics_registration(instance: Instance, authority: bytes) -> list[dict[str, Any]]:
    """Lead the metrics API to the process on the machine."""
    port = {"name": "https", "port": METRICS_PORT, "protocol": "TCP"}
    return [
        *_service("metrics-server", "kube-system", [{**port, "port": 443}], [port], instance.network.host),
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


def _service(
    name: str, namespace: str, ports: list[dict[str, Any]], own_ports: list[dict[str, Any]], address: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Give a Service for a process outside the cluster, and its one address, which is written by hand.

    `ports` are the Service's, `own_ports` those at which the process listens.
    """
    metadata = {"name": name, "namespace": namespace}
    service = {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": {"ports": ports}}
    addresses = {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {**metadata, "labels": {"kubernetes.io/service-name": name}},
        "addressType": "IPv4",
        "ports": own_ports,
        "endpoints": [{"addresses": [address], "conditions": {"ready": True}}],
    }
    return service, addresses
