"""What a managed cluster's stack is planned to be."""

from collections.abc import Mapping
from dataclasses import dataclass

from endpoints.cluster import rbac
from endpoints.cluster.rbac import Rule
from endpoints.errors import Problem
from endpoints.stack_file import RoutingKind
from endpoints.target import RegistryAccess
from endpoints.target.grant import ContainerLimits
from managed.plan.admission import Policy

_ROUTES: Mapping[RoutingKind, Rule] = {"ingress": rbac.INGRESSES, "gateway": rbac.HTTP_ROUTES}

_RULES = (
    rbac.SECRETS,
    rbac.SERVICES,
    rbac.DEPLOYMENTS,
    rbac.AUTOSCALERS,
    rbac.DISRUPTION_BUDGETS,
    # A rollout is followed through these, and what holds it up is told from them.
    rbac.REPLICA_SETS,
    Rule("", ("events", *rbac.ENDPOINTS_AND_CLAIMS.resources), rbac.SEEN),
    Rule("", rbac.PODS.resources, ("get", *rbac.SEEN)),
    Rule("", ("pods/log",), ("get",)),
    rbac.PORT_FORWARDS,
    # Previews see that both are there; a stack that has made them lets go of them by reading them.
    Rule("", ("namespaces", "serviceaccounts"), ("get",)),
)


def rules(routing: RoutingKind, monitored: bool) -> tuple[Rule, ...]:
    """Return the rules of a team's Role, where requests are routed by Ingresses or by HTTPRoutes.

    Where endpoints are `monitored` at all, the team may tell Prometheus of its own.
    """
    return (*_RULES, _ROUTES[routing], *([rbac.POD_MONITORS] if monitored else []))


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
class TeamNamespacePlan:
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
    namespaces: tuple[TeamNamespacePlan, ...]
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
