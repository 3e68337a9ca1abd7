"""What the agent keeps of the API's pods, namespaces and policies."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

ENDED = ("Succeeded", "Failed")
"""Phases of pods whose addresses may belong to others by now."""


@dataclass(frozen=True)
class Pod:
    """A pod of this node that has a network of its own.

    `addresses` holds what the API knows, which is nothing until the pod's containers start. `named_ports`
    leads from a name and a protocol to a number.
    """

    uid: str
    namespace: str
    name: str
    labels: Mapping[str, str]
    addresses: tuple[Address, ...] = ()
    named_ports: Mapping[tuple[str, str], int] | None = None


@dataclass(frozen=True)
class Policy:
    """A NetworkPolicy, and the `spec` as the API gives it."""

    namespace: str
    name: str
    spec: Mapping[str, Any]


def read_pod(content: Mapping[str, Any]) -> Pod | None:
    """Read a Pod of the API; None for one on the host's network, and for one that has ended.

    Network policies do not apply to the host's network, and do not find pods on it by their labels.
    """
    metadata, spec, status = content["metadata"], content["spec"], content.get("status", {})
    if spec.get("hostNetwork") or status.get("phase") in ENDED:
        return None
    # A sidecar is an init container that goes on running.
    containers = [*spec["containers"], *(spec.get("initContainers") or ())]
    ports = [port for container in containers for port in container.get("ports") or ()]
    return Pod(
        uid=metadata["uid"],
        namespace=metadata["namespace"],
        name=metadata["name"],
        labels=metadata.get("labels") or {},
        addresses=tuple(ipaddress.ip_address(entry["ip"]) for entry in status.get("podIPs") or ()),
        named_ports={
            (port["name"], port.get("protocol", "TCP")): port["containerPort"]
            for port in ports
            if port.get("name")
        },
    )


def read_namespace(content: Mapping[str, Any]) -> Mapping[str, str]:
    """Read the labels of a Namespace of the API."""
    labels: Mapping[str, str] = content["metadata"].get("labels") or {}
    return labels


def read_policy(content: Mapping[str, Any]) -> Policy:
    """Read a NetworkPolicy of the API."""
    metadata = content["metadata"]
    return Policy(metadata["namespace"], metadata["name"], content["spec"])
