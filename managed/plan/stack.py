"""Plans a whole managing stack."""

import ipaddress
import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from endpoints.cluster.names import label_value
from endpoints.errors import Problem, ProjectError
from endpoints.plan.address import deployment_labels, deployment_namespace
from endpoints.stack_file import EmbeddedCluster, GatewayRouting, IngressRouting
from endpoints.target import GatewayRouter, IngressRouter, RegistryAccess, Router, Target
from endpoints.target.grant import (
    ContainerLimits,
    GrantedBuilder,
    GrantedRegistry,
    GrantedReplicas,
    GrantedRouter,
    GrantedTerms,
)
from managed.address_ranges import EVERY_IPV4, EVERY_IPV6, internet
from managed.plan.admission import POLICIES, PREFIX, annotations
from managed.plan.models import NetworkPlan, StackPlan, TeamNamespacePlan, TeamPlan, rules
from managed.stack_file import Container, Network, Quota, Settings, Team


def granted_terms(terms: GrantedTerms) -> dict[str, object]:
    """Return a team's output in JSON's types, without its `access`; the registry's password is in plain."""
    shown = terms.model_dump(mode="json", by_alias=True, exclude_none=True)
    # A program of an older version reads the output as long as it has nothing new.
    if not shown["router"]["routing"]["annotations"]:
        del shown["router"]["routing"]["annotations"]
    if terms.registry.password is not None:
        shown["registry"]["password"] = terms.registry.password.get_secret_value()
    return shown


def granted_access(entry: Mapping[str, Any], team: str, token: str, expires: str) -> dict[str, str]:
    """Return the `access` of a team's output: a kubeconfig for `entry`, the cluster of the administrator's.

    `expires` is a time in ISO 8601, as the API server gives it. The text of the kubeconfig is JSON, which
    is YAML.
    """
    kubeconfig = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "cluster", "cluster": dict(entry)}],
        "users": [{"name": team, "user": {"token": token}}],
        "contexts": [{"name": team, "context": {"cluster": "cluster", "user": team}}],
        "current-context": team,
    }
    return {
        "server": str(entry["server"]),
        "context": team,
        "kubeconfig": json.dumps(kubeconfig),
        "expires": expires,
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
    return NetworkPlan(network.router_namespace, ranges, network.monitoring_namespace, _egress(network))


def _egress(network: Network) -> dict[str, tuple[str, ...]]:
    match network.egress:
        case "dns":
            return {}
        case "internet":
            return internet(network.private_addresses)
        case "any":
            return {EVERY_IPV4: (), EVERY_IPV6: ()}


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
    namespaces = tuple(
        TeamNamespacePlan(
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
        namespaces=namespaces,
        registry=registry,
        quota=quota,
        container=container,
        grant=granted_terms(
            GrantedTerms(
                organization=team.organization,
                deployments={planned.deployment: planned.namespace for planned in namespaces},
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
                kind="ingress",
                ingress_class=router.ingress_class,
                host=router.host,
                tls=router.tls,
                annotations=router.annotations,
            )
        case GatewayRouter():
            return GatewayRouting(
                kind="gateway",
                gateway=router.gateway,
                host=router.host,
                scheme="https" if router.base_url.startswith("https:") else "http",
                request_timeout_seconds=router.request_timeout_seconds,
                annotations=router.annotations,
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
        for number, planned in enumerate(team.namespaces):
            other = owners.setdefault(planned.namespace, planned.annotations[PREFIX])
            if other != planned.annotations[PREFIX]:
                text = f"maps to the namespace {planned.namespace}, already used by {other}; rename it"
                yield settings.problem(("teams", index, "deployments", number), text)
