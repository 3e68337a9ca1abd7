"""Plans a whole managing stack."""

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from endpoints.address import deployment_labels, deployment_namespace
from endpoints.errors import Problem, ProjectError
from endpoints.grant import (
    ContainerLimits,
    GrantedBuilder,
    GrantedRegistry,
    GrantedReplicas,
    GrantedRouter,
    GrantedTerms,
)
from endpoints.naming import label_value
from endpoints.settings import EmbeddedCluster, GatewayRouting, IngressRouting
from endpoints.targets import GatewayRouter, IngressRouter, RegistryAccess, Router, Target
from managed.plan.access import rules
from managed.plan.admission import POLICIES
from managed.plan.annotations import PREFIX, annotations
from managed.plan.grant import granted_terms
from managed.plan.models import SpacePlan, StackPlan, TeamPlan
from managed.plan.network import plan_network
from managed.settings import Container, Quota, Settings, Team

MARKER = "valohai.com/managed-by"
"""Label of a managing stack's namespaces, which its admission policies look for."""

TEAM = "valohai.com/team"
"""Label that names the team."""


def plan_stack(
    settings: Settings, stack: str, target: Target, registries: Mapping[str, RegistryAccess]
) -> StackPlan:
    """Plan everything that the settings ask for; `stack` is the managing stack's name.

    `registries` are the teams', by name.

    Raises ProjectError with every problem found.
    """
    access_namespace = f"endpoints-teams-{label_value(stack).lower()}"
    marker = (MARKER, label_value(stack))
    teams = tuple(
        _team(settings, index, marker, target, registries[team.name])
        for index, team in enumerate(settings.teams)
    )
    if problems := list(_collisions(settings, teams, access_namespace)):
        raise ProjectError(*problems)
    return StackPlan(
        access_namespace=access_namespace,
        marker=marker,
        policies=POLICIES,
        rules=rules(target.router.kind, settings.network.monitoring_namespace is not None),
        network=plan_network(settings, urlsplit(target.cluster.server).hostname or ""),
        token_seconds=settings.tokens.days * 24 * 3600,
        teams=teams,
    )


def _team(
    settings: Settings, index: int, marker: tuple[str, str], target: Target, registry: RegistryAccess
) -> TeamPlan:
    team = settings.teams[index]
    limits = team.limits or settings.limits
    router = _router(team, target)
    spaces = tuple(
        SpacePlan(
            deployment=f"{deployment.project}/{deployment.name}",
            listed=settings.problem(("teams", index, "deployments", number), ""),
            namespace=deployment_namespace(team.organization, deployment.project, deployment.name),
            labels={
                **deployment_labels(team.organization, deployment.project, deployment.name),
                TEAM: label_value(team.name),
                marker[0]: marker[1],
            },
            annotations=annotations(
                team.organization, deployment.project, deployment.name, router, registry.repository
            ),
        )
        for number, deployment in enumerate(team.deployments)
    )
    quota, container = _quota(limits.quota), _container(limits.container)
    return TeamPlan(
        name=team.name,
        spaces=spaces,
        registry=registry,
        quota=quota,
        container=container,
        grant=granted_terms(
            GrantedTerms(
                organization=team.organization,
                deployments={space.deployment: space.namespace for space in spaces},
                registry=GrantedRegistry(
                    repository=registry.repository, username=registry.username, password=registry.password
                ),
                router=router,
                replicas=GrantedReplicas(default=limits.replicas.default, max=limits.replicas.max),
                quota=quota,
                container=container,
                builder=_builder(settings, target),
                monitoring_namespace=settings.network.monitoring_namespace,
            )
        ),
    )


def _router(team: Team, target: Target) -> GrantedRouter:
    router = target.router
    hosts = team.hosts or ((router.host,) if router.host else ())
    return GrantedRouter(
        routing=_routing(router),
        hosts=hosts,
        base_url=router.base_url,
        https_port=router.https_port if isinstance(router, IngressRouter) else None,
    )


def _routing(router: Router) -> IngressRouting | GatewayRouting:
    """Return the settings that lead to this router: what the embedded cluster brings is in them, too."""
    match router:
        case IngressRouter():
            return IngressRouting(
                kind="ingress", ingress_class=router.ingress_class, host=router.host, tls=router.tls
            )
        case GatewayRouter():
            return GatewayRouting(
                kind="gateway",
                gateway=router.gateway,
                host=router.host,
                scheme="https" if router.base_url.startswith("https:") else "http",
                request_timeout_seconds=router.request_timeout_seconds,
            )


def _builder(settings: Settings, target: Target) -> GrantedBuilder | None:
    """Return the embedded cluster's builder; a team elsewhere builds with what its machine has."""
    if not isinstance(settings.cluster, EmbeddedCluster) or target.builder.name is None:
        return None
    return GrantedBuilder(name=target.builder.name, certificates=target.builder.certificates)


def _quota(quota: Quota) -> dict[str, str]:
    return {
        "requests.cpu": quota.requests.cpu,
        "requests.memory": quota.requests.memory,
        "limits.cpu": quota.limits.cpu,
        "limits.memory": quota.limits.memory,
        "pods": str(quota.pods),
        "requests.storage": quota.storage,
        **{f"requests.{device}": str(count) for device, count in sorted(quota.devices.items())},
        # A Service of either type would open a way in beside the router.
        "services.loadbalancers": "0",
        "services.nodeports": "0",
    }


def _container(container: Container) -> ContainerLimits:
    return ContainerLimits(
        requests=container.requests.model_dump(),
        limits=container.limits.model_dump(),
        max=container.max.model_dump(),
    )


def _collisions(settings: Settings, teams: tuple[TeamPlan, ...], access_namespace: str) -> Iterator[Problem]:
    """Find addresses that have become one namespace, in spite of the hashes in names."""
    owners = {access_namespace: "the teams' accounts"}
    for index, team in enumerate(teams):
        for number, space in enumerate(team.spaces):
            other = owners.setdefault(space.namespace, space.annotations[PREFIX])
            if other != space.annotations[PREFIX]:
                text = f"becomes the namespace {space.namespace}, as {other} does; rename it"
                yield settings.problem(("teams", index, "deployments", number), text)
