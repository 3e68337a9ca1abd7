"""The cluster's addresses, and the one cable between the machine and the node.

The machine gets no setting and no packet filter rule: one pair of virtual interfaces and one route to the
pods, no more.
"""

import ipaddress
import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from localcluster.commands import run
from localcluster.errors import ClusterError

NUMBERS = range(256)
SERVICE_RANGE = "10.96.0.0/16"
"""Addresses of Services; only the node and its pods use them, so every cluster can have the same."""
API_SERVICE_ADDRESS = "10.96.0.1"
DNS_SERVICE_ADDRESS = "10.96.0.10"


@dataclass(frozen=True)
class Network:
    """The addresses of the cluster with the given number (0 to 255)."""

    number: int

    @property
    def link_range(self) -> str:
        """The machine's and the node's ends of the cable."""
        return f"10.77.{self.number}.0/24"

    @property
    def pod_range(self) -> str:
        """The pods' addresses."""
        return f"10.78.{self.number}.0/24"

    @property
    def host(self) -> str:
        """The machine, as the node and its pods see it."""
        return f"10.77.{self.number}.1"

    @property
    def node(self) -> str:
        """The node, as the machine sees it."""
        return f"10.77.{self.number}.2"

    @property
    def dns(self) -> str:
        """The machine again, only for DNS: its own address, so that policies can distinguish it."""
        return f"10.77.{self.number}.10"

    @property
    def loopback(self) -> str:
        """Where components listen that only this machine may reach.

        Its own address keeps two clusters' ports apart.
        """
        return f"127.77.{self.number}.1"


def routes_in_use() -> list[str]:
    """Give the destinations of the machine's IPv4 routes, in CIDR notation and without the default route."""
    routes = json.loads(run(["ip", "-json", "-4", "route", "show"]))
    return [route["dst"] for route in routes if route["dst"] != "default"]


def choose_network(in_use: Iterable[str], claimed: Collection[int], preferred: int | None) -> Network:
    """Choose a network whose ranges touch no route of the machine and that no other cluster claims.

    The preferred number (the one of the last time) is kept if it is free, because the node's and pods'
    addresses are in the cluster's state. Raises ClusterError when every number is taken.
    """
    taken = [ipaddress.ip_network(destination, strict=False) for destination in in_use]
    numbers = [] if preferred is None else [preferred]
    for number in [*numbers, *NUMBERS]:
        network = Network(number)
        wanted = [ipaddress.ip_network(text) for text in (network.link_range, network.pod_range)]
        if number not in claimed and not any(one.overlaps(other) for one in wanted for other in taken):
            return network
    raise ClusterError(
        "every network 10.77.N.0/24 with 10.78.N.0/24 (N from 0 to 255) is used by this machine's "
        "routes or by other embedded clusters: stop one of those (`python -m localcluster down` in "
        "its clone), or use another cluster's kubeconfig"
    )


def interface_name(identity: str) -> str:
    """Name of the machine's end of the cable (15 characters at most)."""
    return f"lc-{identity}"


def connect(network: Network, identity: str, node_pid: int) -> None:
    """Lay the cable between the machine and the namespace of `node_pid`, and the route to the pods."""
    name = interface_name(identity)
    run(["ip", "link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", str(node_pid)])
    # The first one is what the machine's own connections to pods come from.
    for address in (network.host, network.dns):
        run(["ip", "address", "add", f"{address}/24", "dev", name])
    run(["ip", "link", "set", name, "up"])
    inside = ["nsenter", f"--net=/proc/{node_pid}/ns/net", "ip"]
    run([*inside, "address", "add", f"{network.node}/24", "dev", "eth0"])
    run([*inside, "link", "set", "lo", "up"])
    run([*inside, "link", "set", "eth0", "up"])
    run([*inside, "route", "add", "default", "via", network.host])
    run(["ip", "route", "add", network.pod_range, "via", network.node])


def is_connected(identity: str) -> bool:
    """Tell whether the machine's end of the cable exists."""
    links = json.loads(run(["ip", "-json", "link", "show"]))
    return any(link["ifname"] == interface_name(identity) for link in links)


def disconnect(identity: str) -> None:
    """Remove the cable, and with it its addresses and routes; nothing happens when there is none."""
    if is_connected(identity):
        run(["ip", "link", "delete", interface_name(identity)])
