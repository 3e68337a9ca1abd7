"""Decides who reaches the teams' pods, and what these may reach."""

import ipaddress

from endpoints.settings import EmbeddedCluster
from managed.plan.models import NetworkPlan
from managed.settings import Settings

PRIVATE_RANGES = {
    "0.0.0.0/0": ("10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"),
    "::/0": ("fc00::/7", "fe80::/10"),
}
"""All addresses, and in each family those that are no one's on the Internet: pods, nodes, cloud metadata.

RFC 1918, 6598 and 3927; RFC 4193 and 4291.
"""

_EGRESS: dict[str, dict[str, tuple[str, ...]]] = {
    "dns": {},
    "internet": PRIVATE_RANGES,
    "any": {"0.0.0.0/0": (), "::/0": ()},
}


def plan_network(settings: Settings, api_server: str) -> NetworkPlan:
    """Return what is open; `api_server` is the host in the API server's address.

    The embedded cluster's router is a process of the machine, so that its requests come from where the API
    server is.
    """
    network = settings.network
    ranges = network.router_addresses
    if isinstance(settings.cluster, EmbeddedCluster) and not ranges:
        ranges = (str(ipaddress.ip_network(api_server)),)
    return NetworkPlan(
        network.router_namespace, ranges, network.monitoring_namespace, _EGRESS[network.egress]
    )
