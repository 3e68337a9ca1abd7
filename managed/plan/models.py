"""What a managing stack sets up, with every decision taken."""

from collections.abc import Mapping
from dataclasses import dataclass

from endpoints.errors import Problem
from endpoints.grant import ContainerLimits
from endpoints.targets import RegistryAccess
from managed.plan.access import Rule
from managed.plan.admission import Policy


@dataclass(frozen=True)
class NetworkPlan:
    """Who reaches pods (`router_namespace`, `router_ranges`), their metrics, and what these may reach.

    `egress` maps address ranges to those within them that stay closed; name servers are open in any case.
    """

    router_namespace: str | None
    router_ranges: tuple[str, ...]
    monitoring_namespace: str | None
    egress: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class SpacePlan:
    """The namespace of one deployment. `annotations` tell the admission policies what may be in it.

    `listed` tells where the deployment is listed in the stack file; its text is empty.
    """

    deployment: str
    listed: Problem
    namespace: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]


@dataclass(frozen=True)
class TeamPlan:
    """A team's access, namespaces and limits.

    `quota` is by the names of a ResourceQuota. `grant` is the team's output in JSON, except for its `access`,
    which only exists once the cluster has given a token.
    """

    name: str
    spaces: tuple[SpacePlan, ...]
    registry: RegistryAccess
    quota: Mapping[str, str]
    container: ContainerLimits
    grant: Mapping[str, object]


@dataclass(frozen=True)
class StackPlan:
    """Everything that one managing stack sets up.

    The teams' accounts are in `access_namespace`, where no team has any rights. `marker` is the label that
    tells this stack's namespaces from all others. `rules` are what a team may do in its own.
    """

    access_namespace: str
    marker: tuple[str, str]
    policies: tuple[Policy, ...]
    rules: tuple[Rule, ...]
    network: NetworkPlan
    token_seconds: int
    teams: tuple[TeamPlan, ...]
