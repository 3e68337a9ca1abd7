"""The settings of a managed cluster."""

import ipaddress
import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, PrivateAttr, model_validator

from endpoints.cluster.names import DNS_LABEL
from endpoints.cluster.quantities import amount
from endpoints.stack_file import (
    EmbeddedCluster,
    GatewayRouting,
    IngressRouting,
    Replicas,
    UserCluster,
)
from endpoints.stack_file.model import Model
from endpoints.stack_file.place import Registry
from endpoints.stack_file.stack import Places, StackSettings
from endpoints.stack_file.values import Count, HostName, ObjectName, Organization, PathSegment, Quantity, rule


def _is_name(value: str) -> str:
    if not DNS_LABEL.fullmatch(value):
        raise rule("allowed: 1 to 63 lower-case letters, digits and dashes, with no dash at the ends")
    return value


def _is_network(value: str) -> str:
    try:
        return str(ipaddress.ip_network(value))
    except ValueError:
        raise rule("allowed: an address range such as 10.20.0.0/16 or fd00::/8") from None


def _is_device(value: str) -> str:
    if not re.fullmatch(r"[a-z0-9.-]+/[A-Za-z0-9._-]+", value):
        raise rule("allowed as a name: a device such as nvidia.com/gpu")
    return value


Name = Annotated[str, AfterValidator(_is_name)]
"""A name of this program's own, from which Kubernetes names are made."""

AddressRange = Annotated[str, AfterValidator(_is_network)]
"""A network in CIDR notation."""

Device = Annotated[str, AfterValidator(_is_device)]
"""The name of an extended resource."""


class Resources(Model):
    """An amount of CPU and memory."""

    cpu: Quantity
    memory: Quantity


class ReplicaLimits(Model):
    """How many pods an endpoint has that asks for no number, and the most that it may ask for."""

    default: Replicas = Replicas()
    max: Count = 10

    @model_validator(mode="after")
    def _has_room_for_the_default(self) -> Self:
        low, high = self.default.min, self.default.max
        if not low <= high <= self.max:
            raise rule(
                f"the default, {low} to {high}, does not fit below max {self.max}; lower it or raise max"
            )
        return self


class Quota(Model):
    """What all pods of one deployment may use together: a ResourceQuota in each namespace.

    `requests` is what the scheduler sets aside, `limits` what pods may use at most. `storage` is for the
    volumes that pods have of their own: none, since such volumes are rare and disks fill up. `devices` has no
    default, and Kubernetes does not limit what a quota does not name: list each kind that the cluster has.
    """

    requests: Resources = Resources(cpu="8", memory="16Gi")
    limits: Resources = Resources(cpu="32", memory="32Gi")
    pods: Count = 50
    storage: Quantity = "0"
    devices: Mapping[Device, Annotated[int, Field(strict=True, ge=0)]] = Field(default_factory=dict)


class Container(Model):
    """A LimitRange in each namespace: what a container gets that asks for nothing, and the most it may have.

    A quota refuses pods without requests and limits, so that there must be defaults.
    """

    requests: Resources = Resources(cpu="100m", memory="256Mi")
    limits: Resources = Resources(cpu="2", memory="1Gi")
    max: Resources = Resources(cpu="8", memory="16Gi")

    @model_validator(mode="after")
    def _rises(self) -> Self:
        """Refuse what Kubernetes refuses: https://kubernetes.io/docs/concepts/policy/limit-range/."""
        amounts = {"requests": self.requests, "limits": self.limits, "max": self.max}
        for lower, upper in pairwise(amounts):
            for name in Resources.model_fields:
                less, more = (str(getattr(amounts[key], name)) for key in (lower, upper))
                if (amount(less) or 0) > (amount(more) or 0):
                    raise rule(
                        f"{lower}.{name}, {less}, is above {upper}.{name}, {more}; "
                        f"lower {lower}.{name} or raise {upper}.{name}"
                    )
        return self


class Limits(Model):
    """All limits of a team's deployments."""

    replicas: ReplicaLimits = ReplicaLimits()
    quota: Quota = Quota()
    container: Container = Container()


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


class Tokens(Model):
    """The credentials of the teams' stacks.

    They end `days` after they were given; the API server may allow less. Each update of the managing stack
    renews those that have less than a third of their time left, so that it should run at least that often.
    """

    days: Count = 30


class TeamDeployment(Model):
    """A deployment that the team may fill: one namespace, and every URL below its address."""

    project: PathSegment
    name: PathSegment


class Team(Model):
    """A team: `organization` and `deployments` are the addresses that it may route.

    `hosts` are the host names that it may route, the first being the default; without them that of the
    stack's `routing`. `registry` is where its images go; without it the path `<team>` of the stack's
    registry, with the stack's credentials. `limits` replace those of the stack.
    """

    name: Name
    organization: Organization
    deployments: Annotated[tuple[TeamDeployment, ...], Field(min_length=1)]
    hosts: tuple[HostName, ...] = ()
    registry: Registry | None = None
    limits: Limits | None = None


PROJECT = "managed"
"""Name of the Pulumi project, which begins every key of a stack file."""


class Settings(StackSettings):
    """A whole managing stack.

    `registry` and `routing` are required for a `user` cluster, and come from the embedded one itself.
    """

    cluster: Annotated[UserCluster | EmbeddedCluster, Field(discriminator="kind")]
    registry: Registry | None = None
    routing: Annotated[IngressRouting | GatewayRouting, Field(discriminator="kind")] | None = None
    network: Network = Network()
    tokens: Tokens = Tokens()
    limits: Limits = Limits()
    teams: Annotated[tuple[Team, ...], Field(min_length=1)]
    _places: Places = PrivateAttr(default_factory=lambda: Places(None, PROJECT))
