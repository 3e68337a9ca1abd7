"""Who may reach the teams' pods, and what these may reach."""

from typing import Literal

from endpoints.settings.model import Model
from endpoints.settings.values import ObjectName
from managed.settings.values import AddressRange


class Network(Model):
    """A NetworkPolicy in each namespace denies all traffic, and others allow what is named here.

    Requests come in from the router: from the pods of `router_namespace`, and from `router_addresses`, which
    is for routers that run on the nodes' own network or outside the cluster. From `monitoring_namespace` a
    Prometheus reaches the pods' ports for metrics, and nothing else of them. `egress` is what pods may reach:
    `dns` name servers alone, `internet` everything but private addresses as well, `any` everything.
    """

    router_namespace: ObjectName | None = None
    router_addresses: tuple[AddressRange, ...] = ()
    monitoring_namespace: ObjectName | None = None
    egress: Literal["dns", "internet", "any"] = "dns"
