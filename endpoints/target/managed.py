"""A cluster that another stack manages: the team gets in with what that stack grants it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import ValidationError

from endpoints.errors import Problem, ProjectError
from endpoints.stack_file import (
    GatewayReference,
    GatewayRouting,
    IngressRouting,
    ManagedCluster,
    Settings,
    Tls,
)
from endpoints.target.grant import Grant, GrantedRouter
from endpoints.target.target import (
    Cluster,
    GatewayRouter,
    ImageBuilder,
    IngressRouter,
    RegistryAccess,
    Router,
    Target,
    image_builder,
)
from endpoints.wording import listing, quote, suggestion

ReadOutputs = Callable[[str], Mapping[str, object]]
"""Returns a stack's outputs by its full name; raises ProjectError where they cannot be read."""

SPARE = timedelta(hours=1)
"""How long access must last at least: an update that it ends in would be left halfway."""


def managed_target(
    settings: Settings, cluster: ManagedCluster, root: Path, outputs: Mapping[str, object], now: datetime
) -> Target:
    """Return what the managing stack's `outputs` grant the team.

    The stack file's own registry and routing hold where the grant allows them, so that a stack file need not
    change otherwise when it moves here from a cluster of the team's own. Raises ProjectError for whatever
    goes beyond the grant.
    """
    grant = _grant(settings, cluster, outputs)
    problems = [*_ended(settings, cluster, grant, now), *_beyond(settings, cluster, grant)]
    if problems:
        raise ProjectError(*problems)
    return Target(
        Cluster(grant.access.kubeconfig, grant.access.context, grant.access.server),
        _registry(settings, grant),
        _router(settings, grant.router),
        _builder(settings, grant, root),
        grant,
        makes_namespaces=False,
    )


def _grant(settings: Settings, cluster: ManagedCluster, outputs: Mapping[str, object]) -> Grant:
    if cluster.team not in outputs:
        text = f"the stack {cluster.stack} has no team {quote(cluster.team)}; "
        hint = suggestion(cluster.team, outputs) if outputs else "it has no teams; run `pulumi up` there"
        raise ProjectError(settings.problem(("cluster", "team"), text + hint))
    try:
        return Grant.model_validate(outputs[cluster.team], by_alias=True, by_name=False)
    except ValidationError:
        # The engine leaves out what it cannot decrypt, and goes on. The cause would quote the credentials.
        text = (
            f"the team's output of {cluster.stack} cannot be read; this stack needs the passphrase "
            f"or key of {cluster.stack}, and both programs must have the same version"
        )
        raise ProjectError(settings.problem(("cluster", "stack"), text)) from None


def _ended(settings: Settings, cluster: ManagedCluster, grant: Grant, now: datetime) -> Iterator[Problem]:
    if grant.access.expires - now < SPARE:
        text = (
            f"the team's access ends at {grant.access.expires:%Y-%m-%d %H:%M} UTC; ask your cluster "
            f"administrator to renew it with `pulumi up` of {cluster.stack}"
        )
        yield settings.problem(("cluster", "team"), text)


def _beyond(settings: Settings, cluster: ManagedCluster, grant: Grant) -> Iterator[Problem]:
    """Find what the team may not use."""
    team = f"the team {cluster.team}"
    if settings.organization != grant.organization:
        text = f"found {quote(settings.organization)}; {team} has the organization {grant.organization}"
        yield settings.problem(("organization",), text)
        return  # every namespace would be wrong as well
    for index, deployment in enumerate(settings.deployments):
        name = f"{deployment.project}/{deployment.name}"
        if name not in grant.deployments:
            text = (
                f"{team} has no namespace for the deployment {name}; {suggestion(name, grant.deployments)}; "
                "ask your cluster administrator to add it"
            )
            yield settings.problem(("deployments", index, "name"), text)
    yield from _beyond_registry(settings, team, grant)
    yield from _beyond_routing(settings, team, grant.router)


def _beyond_registry(settings: Settings, team: str, grant: Grant) -> Iterator[Problem]:
    registry, granted = settings.registry, grant.registry.repository
    if registry is not None and not f"{registry.repository}/".startswith(f"{granted}/"):
        text = f"found {quote(registry.repository)}; images of {team} must go to {granted} or below it"
        yield settings.problem(("registry", "repository"), f"{text}; remove `registry` to use that")


def _beyond_routing(settings: Settings, team: str, granted: GrantedRouter) -> Iterator[Problem]:
    routing, expected = settings.routing, granted.routing
    if routing is None:
        return
    if routing.kind != expected.kind:
        text = f"found {routing.kind}; the cluster's routing is {expected.kind}; remove `routing`"
        yield settings.problem(("routing", "kind"), text)
    if routing.host is not None and routing.host not in granted.hosts:
        text = (
            f"found {quote(routing.host)}; hosts of {team}: {listing(granted.hosts)}; remove it or "
            "choose one of these"
        )
        yield settings.problem(("routing", "host"), text)
    match routing, expected:
        case IngressRouting(ingress_class=str(found)), IngressRouting(ingress_class=known) if found != known:
            text = f"found {quote(found)}; the cluster's is {known or 'its default'}; remove it"
            yield settings.problem(("routing", "ingressClass"), text)
        case IngressRouting(tls=Tls(issuer=str())), _:
            text = f"needs permissions that {team} does not have; name a Secret: tls: {{secretName: ...}}"
            yield settings.problem(("routing", "tls", "issuer"), text)
        case GatewayRouting(gateway=GatewayReference() as found), GatewayRouting(gateway=known) if known and (
            (found.namespace, found.name) != (known.namespace, known.name)
        ):
            text = f"the cluster's is {known.name} in the namespace {known.namespace}; remove `gateway`"
            yield settings.problem(("routing", "gateway"), text)


def _registry(settings: Settings, grant: Grant) -> RegistryAccess:
    chosen = settings.registry
    if chosen is None:
        # Nodes have their pull secret from the managing stack.
        return RegistryAccess(grant.registry.repository, grant.registry.username, grant.registry.password)
    username, password = chosen.username, chosen.password
    if username is None:
        username, password = grant.registry.username, grant.registry.password
    return RegistryAccess(chosen.repository, username, password)


def _router(settings: Settings, granted: GrantedRouter) -> Router:
    chosen, routing = settings.routing, granted.routing
    host = (chosen.host if chosen else None) or next(iter(granted.hosts), None)
    annotations = {**routing.annotations, **(chosen.annotations if chosen else {})}
    match routing:
        case IngressRouting():
            tls = (chosen.tls if isinstance(chosen, IngressRouting) else None) or routing.tls
            url = _https_url(granted, host) if tls and host else _base_url(granted.base_url, host)
            return IngressRouter(url, host, routing.ingress_class, tls, granted.https_port, annotations)
        case GatewayRouting():
            own = chosen if isinstance(chosen, GatewayRouting) else routing
            gateway = own.gateway or routing.gateway
            if gateway is None:
                raise ValueError("no managing stack grants such routing")
            timeout = own.request_timeout_seconds or routing.request_timeout_seconds
            url = _base_url(granted.base_url, host)
            return GatewayRouter(url, gateway, host, timeout, annotations)


def _https_url(granted: GrantedRouter, host: str) -> str:
    """Return what URLs with the host's certificate begin with: HTTPS has a port of its own."""
    return f"https://{host}" if granted.https_port is None else f"https://{host}:{granted.https_port}"


def _base_url(cluster: str, host: str | None) -> str:
    """Return what URLs begin with: the cluster's scheme and port, and the host if there is one."""
    base = urlsplit(cluster)
    address = base.netloc
    if host is not None:
        address = host if base.port is None else f"{host}:{base.port}"
    return f"{base.scheme or 'http'}://{address}" if address else ""


def _builder(settings: Settings, grant: Grant, root: Path) -> ImageBuilder:
    """Return the stack file's builder; what it leaves open is the embedded cluster's, where there is one."""
    builder, granted = image_builder(settings, root), grant.builder
    if granted is None:
        return builder
    return replace(
        builder,
        name=builder.name or granted.name,
        certificates=builder.certificates or granted.certificates,
    )
