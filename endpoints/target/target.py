"""Everything about the surroundings of a stack's endpoints."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from pydantic import SecretStr

from endpoints.errors import ProjectError
from endpoints.image.docker_login import Credentials, docker_login
from endpoints.image.requirements import pip_configuration
from endpoints.plan.address import Address, Alias
from endpoints.stack_file import (
    Attestations,
    BuildkitBuilder,
    DockerBuilder,
    GatewayReference,
    GatewayRouting,
    IngressRouting,
    PackageIndex,
    Registry,
    RoutingKind,
    Settings,
    Ssh,
    Tls,
)
from endpoints.stack_file.cluster import IngressController
from endpoints.stack_file.stack import Preflight
from endpoints.target.grant import Grant


@dataclass(frozen=True)
class Cluster:
    """A Kubernetes API server and how to get in."""

    kubeconfig: str | SecretStr | None
    """Path of the kubeconfig file, or (secret) its content.

    None is kubectl's own choice (KUBECONFIG, then ``~/.kube/config``).
    """
    context: str
    server: str
    """Address of the API server. It identifies the cluster: for another one, everything is created again."""


@dataclass(frozen=True)
class RegistryAccess:
    """Where images go; without credentials the machine's own ``docker login`` counts."""

    repository: str
    username: str | None = None
    password: SecretStr | None = None
    pull_credentials: Credentials | None = None
    """What nodes pull with; without them and `pull_secret` they know by themselves how to pull."""
    pull_secret: str | None = None
    """Name of a Secret with such credentials that is in each deployment's namespace."""

    @property
    def address(self) -> str:
        """Host and port of the registry."""
        return self.repository.partition("/")[0]


def registry_access(registry: Registry, settings: Settings, environment: Mapping[str, str]) -> RegistryAccess:
    """Return what the settings say; raises ProjectError where a docker login is needed and not there."""
    access = RegistryAccess(registry.repository, registry.username, registry.password)
    return RegistryAccess(
        access.repository,
        access.username,
        access.password,
        _pull_credentials(registry, access.address, settings, environment),
        registry.pull_secret.name if registry.pull_secret else None,
    )


def _pull_credentials(
    registry: Registry, address: str, settings: Settings, environment: Mapping[str, str]
) -> Credentials | None:
    chosen = registry.pull_secret
    if chosen is None:
        return _credentials(registry.username, registry.password)
    if chosen.kind == "docker-login":
        try:
            return docker_login(address, environment)
        except ProjectError as error:
            raise ProjectError(settings.problem(("registry", "pullSecret"), str(error))) from None
    return _credentials(chosen.username, chosen.password)


def _credentials(username: str | None, password: SecretStr | None) -> Credentials | None:
    return None if username is None or password is None else Credentials(username, password)


@dataclass(frozen=True)
class ImageBuilder:
    """Who builds images, and what builds are given beyond what they are made of."""

    name: str | None
    """Name of a buildx builder; None for the current one."""
    certificates: str | None
    """PEM certificates that a build's downloads trust; None for those of the base image."""
    platforms: tuple[str, ...] = ()
    """What images are built for; none means the builder's own platform."""
    cache: str | None = None
    """Repository below which layers are kept for other builders."""
    index: str | None = None
    """URL of the package index; None for pip's own choice."""
    pip_configuration: SecretStr | None = None
    """Text of pip's configuration, with the index and its credentials."""
    attestations: Attestations | None = None
    """What is pushed with each image, to tell of it."""
    known_hosts: str | None = None
    """Public keys of the hosts that git may reach with this machine's SSH agent; None for no agent."""


def image_builder(settings: Settings, root: Path) -> ImageBuilder:
    """Return the builder that the settings name; raises ProjectError where its file cannot be read."""
    match settings.builder:
        case BuildkitBuilder() as builder:
            return ImageBuilder(
                name=builder.name,
                certificates=_certificates(builder.certificate_authority, settings, root),
                platforms=builder.platforms,
                cache=builder.cache.repository if builder.cache else None,
                index=builder.index.url if builder.index else None,
                pip_configuration=_pip_configuration(builder.index, settings) if builder.index else None,
                attestations=builder.attestations,
                known_hosts=_known_hosts(builder.ssh, settings, root) if builder.ssh else None,
            )
        case DockerBuilder(platform=str(platform)):
            return ImageBuilder(None, None, (platform,))
        case _:
            return ImageBuilder(None, None)


def _certificates(path: str | None, settings: Settings, root: Path) -> str | None:
    if path is None:
        return None
    try:
        return (root / path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not a text file"
        text = f"the file {path} cannot be read: {reason}; give a file of PEM certificates"
        raise ProjectError(settings.problem(("builder", "certificateAuthority"), text)) from None


def _known_hosts(ssh: Ssh, settings: Settings, root: Path) -> str:
    if not os.environ.get("SSH_AUTH_SOCK"):
        text = "needs an SSH agent on this machine, and SSH_AUTH_SOCK is not set; run ssh-agent and ssh-add"
        raise ProjectError(settings.problem(("builder", "ssh"), text))
    try:
        return (root / ssh.known_hosts).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not a text file"
        text = f"the file {ssh.known_hosts} cannot be read: {reason}; write it with ssh-keyscan"
        raise ProjectError(settings.problem(("builder", "ssh", "knownHosts"), text)) from None


def _pip_configuration(index: PackageIndex, settings: Settings) -> SecretStr:
    # A secret that does not exist is told by the plan.
    known = settings.secrets.get(index.password.name) if index.password else None
    password = known.get_secret_value() if known else None
    return SecretStr(pip_configuration(index.url, index.extra_urls, index.username, password))


@dataclass(frozen=True)
class IngressRouter:
    """The controller that serves Ingresses of a class; None for the cluster's default class."""

    base_url: str
    """Scheme and host that URLs begin with; empty where no host is known, so that URLs are bare paths."""
    host: str | None = None
    """The only host name that is served; None for all."""
    ingress_class: str | None = None
    tls: Tls | None = None
    """Where the certificate for the host comes from; None for HTTP."""
    https_port: int | None = None
    """Where HTTPS is answered if that is not port 443, as of the embedded cluster's router."""
    annotations: Mapping[str, str] = field(default_factory=dict)
    """What each route has for the router."""
    controller: IngressController | None = None
    """What serves the class, where its way to remove a prefix may be used; None where it is not known."""
    kind: ClassVar[RoutingKind] = "ingress"
    routes: ClassVar[tuple[str, str]] = ("networking.k8s.io", "ingresses")
    """API group, in its version 1, and resource of the routes that it takes."""


@dataclass(frozen=True)
class GatewayRouter:
    """An existing Gateway, and the controller that serves its HTTPRoutes."""

    base_url: str
    """Scheme and host that URLs begin with; empty where no host is known, so that URLs are bare paths."""
    gateway: GatewayReference
    host: str | None = None
    """The only host name that is served; None for all of the listener's."""
    request_timeout_seconds: int | None = None
    """How long an answer may take; None leaves it to the router."""
    annotations: Mapping[str, str] = field(default_factory=dict)
    """What each route has for the router."""
    kind: ClassVar[RoutingKind] = "gateway"
    routes: ClassVar[tuple[str, str]] = ("gateway.networking.k8s.io", "httproutes")
    """API group, in its version 1, and resource of the routes that it takes."""


Router = IngressRouter | GatewayRouter


def route_path(served: Address | Alias, router: Router) -> str:
    """Return the path, in the API, of the route of an address or alias."""
    group, resource = router.routes
    return f"/apis/{group}/v1/namespaces/{served.namespace}/{resource}/{served.object_name}"


def router(routing: IngressRouting | GatewayRouting) -> Router:
    """Return the router of a cluster that brings none of its own, as the settings say."""
    match routing:
        case IngressRouting():
            url = _base_url("https" if routing.tls else "http", routing.host)
            return IngressRouter(
                url,
                routing.host,
                routing.ingress_class,
                routing.tls,
                annotations=routing.annotations,
                controller=routing.known_controller,
            )
        case GatewayRouting():
            if routing.gateway is None:
                raise ValueError("load_settings lets no such routing through")
            url = _base_url(routing.scheme, routing.host)
            return GatewayRouter(
                url, routing.gateway, routing.host, routing.request_timeout_seconds, routing.annotations
            )


def _base_url(scheme: str, host: str | None) -> str:
    return f"{scheme}://{host}" if host else ""


@dataclass(frozen=True)
class Move:
    """What the stack's state tells of the cluster that it leaves."""

    servers: tuple[str, ...]
    """Addresses of the API servers that have objects of the stack; not of the one that it moves to."""
    uids: frozenset[str]
    """Those of the stack's objects, with some of the new cluster's where a move has ended halfway."""


@dataclass(frozen=True)
class Ownership:
    """Which stack makes objects, and what it does where they are there already."""

    stack: str
    """The stack, ``<organization>/<project>/<stack>``."""
    preflight: Preflight
    """``enforce``: objects of others are an error; ``advise``: advice; ``off``: nothing."""
    uids: frozenset[str] = frozenset()
    """Those of the objects in the stack's state, which it may be about to replace."""


@dataclass(frozen=True)
class Target:
    """Everything about the surroundings of a stack's endpoints."""

    cluster: Cluster
    registry: RegistryAccess
    router: Router
    builder: ImageBuilder
    grant: Grant | None = None
    """What limits the stack on a managed cluster; None elsewhere."""
    makes_namespaces: bool = True
    """Whether stacks make the namespaces of their deployments, with the account of the pods in each."""
    move: Move | None = None
    """Where the stack moves here from; None where it is here already, or new."""
    handed_over: frozenset[str] = frozenset()
    """Namespaces that the stack created in this cluster, and that another owner manages from now on."""
    ownership: Ownership | None = None
    """Whose the objects are; None where nothing is made."""
    pull_secrets: frozenset[tuple[str, str]] = frozenset()
    """Secrets of the stack that nodes pull with, by namespace and name; they go from what is handed over."""
    scaled: frozenset[Address] = frozenset()
    """Endpoints whose number of pods a person has set; the update sets it again."""
