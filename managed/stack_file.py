"""The settings of a managed cluster: what its stack file may hold, and how it is loaded."""

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, PrivateAttr, model_validator
from pydantic.alias_generators import to_camel

from endpoints.cluster.names import DNS_LABEL
from endpoints.cluster.quantities import amount
from endpoints.errors import Problem, ProjectError
from endpoints.stack_file import (
    EmbeddedCluster,
    IngressRouting,
    Registry,
    Replicas,
    Routing,
    Tls,
    UserCluster,
)
from endpoints.stack_file.load import missing_for_user_cluster
from endpoints.stack_file.validation import Places, StackSettings, read_settings
from endpoints.stack_file.values import (
    Count,
    HostName,
    Model,
    ObjectName,
    Organization,
    PathSegment,
    Quantity,
    rule,
)
from endpoints.yaml_document import KeyPath
from managed.address_ranges import AddressRange


def _is_name(value: str) -> str:
    if not DNS_LABEL.fullmatch(value):
        raise rule("allowed: 1 to 63 lower-case letters, digits and dashes, with no dash at the ends")
    return value


def _is_device(value: str) -> str:
    if not re.fullmatch(r"[a-z0-9.-]+/[A-Za-z0-9._-]+", value):
        raise rule("allowed as a name: a device such as nvidia.com/gpu")
    return value


Name = Annotated[str, AfterValidator(_is_name)]
"""A name of this program's own, from which Kubernetes names are made."""

Device = Annotated[str, AfterValidator(_is_device)]
"""The name of an extended resource."""


class Resources(Model):
    """An amount of CPU and memory."""

    cpu: Quantity = Field(description="CPUs: `2`, `500m`")
    memory: Quantity = Field(description="Memory: `512Mi`, `16Gi`")


class ReplicaLimits(Model):
    """How many pods an endpoint may have."""

    default: Replicas = Field(
        default=Replicas(), description="Pods of an endpoint whose team's stack file sets no number"
    )
    max: Count = Field(default=10, description="Highest number of pods that an endpoint may ask for")

    @model_validator(mode="after")
    def _has_room_for_the_default(self) -> Self:
        low, high = self.default.min, self.default.max
        if not low <= high <= self.max:
            raise rule(
                f"the default, {low} to {high}, does not fit below max {self.max}; lower it or raise max"
            )
        return self


class Quota(Model):
    """What all pods of one deployment may use together: a ResourceQuota in each namespace."""

    requests: Resources = Field(
        default=Resources(cpu="8", memory="16Gi"),
        description="Sum of the pods' requests, which nodes reserve",
    )
    limits: Resources = Field(
        default=Resources(cpu="32", memory="32Gi"),
        description="Sum of the pods' limits, the most that they may use",
    )
    pods: Count = Field(default=50, description="Number of pods, with those that a rollout adds")
    storage: Quantity = Field(
        default="0",
        description="Storage of the pods' own volumes (`workspace-volume`). None by default, since such "
        "volumes are rare and disks fill up",
    )
    devices: Mapping[Device, Annotated[int, Field(strict=True, ge=0)]] = Field(
        default_factory=dict,
        description="Devices by name: `{nvidia.com/gpu: 2}`. Kubernetes does not limit devices that are not "
        "listed: list every kind that the cluster has",
    )


class Container(Model):
    """A LimitRange in each namespace, for one container.

    A quota refuses pods without requests and limits, so that there must be defaults.
    """

    requests: Resources = Field(
        default=Resources(cpu="100m", memory="256Mi"), description="Requests of a container that sets none"
    )
    limits: Resources = Field(
        default=Resources(cpu="2", memory="1Gi"), description="Limits of a container that sets none"
    )
    max: Resources = Field(
        default=Resources(cpu="8", memory="16Gi"), description="Highest limits that a container may have"
    )

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

    replicas: ReplicaLimits = Field(default=ReplicaLimits(), description="Number of pods of one endpoint")
    quota: Quota = Field(default=Quota(), description="What all pods of one deployment may use together")
    container: Container = Field(default=Container(), description="What each container may use")


class Network(Model):
    """A NetworkPolicy in each namespace denies all traffic, and others allow what is named here."""

    router_namespace: ObjectName | None = Field(
        default=None, description="Namespace of the router's pods, from which requests come in"
    )
    router_addresses: tuple[AddressRange, ...] = Field(
        default=(),
        description="Addresses of a router on the nodes' own network or outside the cluster: "
        "`[10.20.0.0/16]`, `[fd20::/48]`, or [both](#ipv6). `routerNamespace` or `routerAddresses` is "
        "required with a `user` cluster",
    )
    monitoring_namespace: ObjectName | None = Field(
        default=None,
        description="Namespace of a Prometheus that may read the pods' "
        "[metrics](observability.md#on-a-managed-cluster), and reach no other port of them",
    )
    egress: Literal["dns", "internet", "any"] = Field(
        default="dns",
        description="What pods may reach. `dns`: name servers only. `internet`: also everything but private "
        "addresses. `any`: everything",
    )
    private_addresses: tuple[AddressRange, ...] = Field(
        default=(),
        description="For `egress: internet`: further addresses that pods may not reach, such as public ones "
        "of nodes, pods and databases, which are common with [IPv6](#ipv6): `[2001:db8:7::/56]`",
    )


class Tokens(Model):
    """The credentials of the teams' stacks.

    Each update of the managing stack renews those that have less than a third of their time left, so that it
    should run at least that often.
    """

    days: Count = Field(
        default=30,
        description="Days after which a token expires. The API server may allow less. See [access that "
        "ends](#access-that-ends)",
    )


class TeamDeployment(Model):
    """A deployment that the team may fill: one namespace, and every URL below its address."""

    project: PathSegment = Field(description="Second part of the URL")
    name: PathSegment = Field(description="Third part of the URL")


class Team(Model):
    """A team, and the addresses that it may route: `organization` and `deployments`."""

    name: Name = Field(
        description="Name of the team, in lower-case letters, digits and dashes; the stack's output has the "
        "same name",
    )
    organization: Organization = Field(
        description="First part of all URLs of the team. Several teams may have the same"
    )
    deployments: Annotated[tuple[TeamDeployment, ...], Field(min_length=1)] = Field(
        description="Deployments that the team may have, at least one"
    )
    hosts: tuple[HostName, ...] = Field(
        default=(),
        description="Host names that the team may route; the first is its default. Without it, the host of "
        "`routing`",
    )
    registry: Registry | None = Field(
        default=None,
        description="The team's own registry, with its own credentials. Without it, the path `<team>` of "
        "the stack's registry, with the stack's credentials",
    )
    limits: Limits | None = Field(
        default=None, description="The team's own limits. They replace those of the stack as a whole"
    )


PROJECT = "managed"
"""Name of the Pulumi project, which begins every key of a stack file."""


class Settings(StackSettings):
    """A whole managing stack."""

    cluster: Annotated[UserCluster | EmbeddedCluster, Field(discriminator="kind")] = Field(
        description="The cluster: `{kind: user, context: ...}` or `{kind: embedded}`"
    )
    registry: Registry | None = Field(
        default=None,
        description="Where images go; each team gets the path `<team>` below it. Required with a `user` "
        "cluster; the embedded cluster has its own",
    )
    routing: Routing | None = Field(
        default=None,
        description="How requests come in, by an Ingress or a Gateway. Required with a `user` cluster; the "
        "embedded cluster has its own router. The Secret of `tls` must exist in each namespace; "
        "`tls.issuer` is refused, since teams could read the keys of other teams' hosts",
    )
    network: Network = Field(default=Network(), description="Who may reach pods, and what pods may reach")
    tokens: Tokens = Field(default=Tokens(), description="How long the teams' credentials last")
    limits: Limits = Field(default=Limits(), description="What each team may use")
    teams: Annotated[tuple[Team, ...], Field(min_length=1)] = Field(
        description="Teams that share the cluster, at least one"
    )
    _places: Places = PrivateAttr(default_factory=lambda: Places(None, PROJECT))


def load_settings(
    values: Mapping[str, object], stack_file: Path | None, namespace: str = PROJECT
) -> Settings:
    """Return the stack's settings, checked and with defaults, as `endpoints.stack_file.load_settings` does.

    Raises ProjectError with all problems found; no message holds the value of a secret.
    """
    places = Places(stack_file, namespace)
    settings = read_settings(Settings, values, places, lambda path: path[-1] == "password")
    if problems := [*_twice(settings), *_wrong_for_cluster(settings), *_idle(settings.network, settings)]:
        raise ProjectError(*problems)
    return settings


def _twice(settings: Settings) -> Iterator[Problem]:
    """Find teams and deployments that exist twice: one namespace cannot belong to two teams."""
    teams: set[str] = set()
    owners: dict[tuple[str, str, str], str] = {}
    for index, team in enumerate(settings.teams):
        if team.name in teams:
            yield settings.problem(
                ("teams", index, "name"), f"team {team.name} is listed twice; rename or merge"
            )
        teams.add(team.name)
        for number, deployment in enumerate(team.deployments):
            address = (team.organization, deployment.project, deployment.name)
            if address in owners:
                path: KeyPath = ("teams", index, "deployments", number)
                text = f"{'/'.join(address)} belongs to team {owners[address]} already; remove one of them"
                yield settings.problem(path, text)
            owners.setdefault(address, team.name)


def _idle(network: Network, settings: Settings) -> Iterator[Problem]:
    """Find addresses to keep closed where everything is open, or nothing."""
    if network.private_addresses and network.egress != "internet":
        text = (
            f"is for egress: internet, and egress is {network.egress}; set egress: internet, or remove "
            "privateAddresses"
        )
        yield settings.problem(("network", "privateAddresses"), text)


def _wrong_for_cluster(settings: Settings) -> Iterator[Problem]:
    """Find settings that the cluster needs and the file lacks, and settings that the cluster has itself."""
    match settings.cluster:
        case UserCluster():
            yield from _missing(settings)
        case EmbeddedCluster():
            given = settings.routing.model_fields_set - {"kind", "annotations"} if settings.routing else set()
            keys: list[KeyPath] = [("routing", to_camel(key)) for key in sorted(given)]
            for path in [*keys, *([("registry",)] if settings.registry else [])]:
                yield settings.problem(path, "is set by the embedded cluster; remove it")


def _missing(settings: Settings) -> Iterator[Problem]:
    yield from missing_for_user_cluster(settings, settings.registry, settings.routing)
    match settings.routing:
        case IngressRouting(tls=Tls(issuer=str())):
            text = (
                "would let teams obtain certificates for hosts of other teams; name a Secret that exists in "
                "their namespaces: tls: {secretName: ...}"
            )
            yield settings.problem(("routing", "tls", "issuer"), text)
    network = settings.network
    if network.router_namespace is None and not network.router_addresses:
        text = (
            "names no router, so no request would reach a pod; set routerNamespace, the namespace of "
            "the router's pods, or routerAddresses"
        )
        yield settings.problem(("network",), text)
