"""Where a stack's endpoints run: how cluster, registry, router and image builder are reached."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from endpoints.errors import Problem, ProjectError
from endpoints.kubeconfig import find_server, kubeconfig_files
from endpoints.settings import EmbeddedCluster, ManagedCluster, Settings, UserCluster

CONNECTION_FILE = Path(".localcluster/connection.json")
"""Where ``python -m localcluster up`` tells how to reach its cluster, relative to Pulumi.yaml's directory."""

CONNECTION_VARIABLE = "LOCALCLUSTER_CONNECTION"
"""Environment variable that names another connection file."""


@dataclass(frozen=True)
class Cluster:
    """A Kubernetes API server and how to get in."""

    kubeconfig: str | None
    """Path of the kubeconfig file; None for kubectl's own choice (KUBECONFIG, then ``~/.kube/config``)."""
    context: str
    server: str
    """Address of the API server. It identifies the cluster: for another one everything is created anew."""


@dataclass(frozen=True)
class RegistryAccess:
    """Where images go; without credentials the machine's own ``docker login`` counts."""

    repository: str
    username: str | None = None
    password: SecretStr | None = None

    @property
    def address(self) -> str:
        """Host and port of the registry."""
        return self.repository.partition("/")[0]


@dataclass(frozen=True)
class Router:
    """Who routes requests to endpoints."""

    ingress_class: str | None
    host: str | None
    tls_secret: str | None
    base_url: str
    """Scheme and host that URLs begin with; empty where no host is known, so that URLs are bare paths."""


@dataclass(frozen=True)
class ImageBuilder:
    """Who builds images."""

    name: str | None
    """Name of a buildx builder; None for the current one."""
    certificates: str | None
    """PEM certificates that a build's downloads trust; None for those of the base image."""


@dataclass(frozen=True)
class Target:
    """Everything about the surroundings of a stack's endpoints."""

    cluster: Cluster
    registry: RegistryAccess
    router: Router
    builder: ImageBuilder


def resolve_target(settings: Settings, root: Path, environment: Mapping[str, str]) -> Target:
    """Find the target that the stack names. ``root`` is the directory of Pulumi.yaml.

    Raises:
        ProjectError: the cluster cannot be found, or a file that a setting names cannot be read.

    """
    match settings.cluster:
        case UserCluster() as cluster:
            return _user_target(settings, cluster, root, environment)
        case EmbeddedCluster():
            return _embedded_target(settings, root, environment)
        case ManagedCluster():
            text = "`managed` clusters are not available yet; use kind `user` with a kubeconfig context"
            raise ProjectError(settings.problem(("cluster", "kind"), text))


def _user_target(
    settings: Settings, cluster: UserCluster, root: Path, environment: Mapping[str, str]
) -> Target:
    registry, routing = settings.registry, settings.routing
    if registry is None or routing is None:
        raise ValueError("load_settings lets no user cluster without registry and routing through")
    files = kubeconfig_files(cluster.kubeconfig, root, environment)
    scheme = "https" if routing.tls else "http"
    return Target(
        Cluster(cluster.kubeconfig, cluster.context, find_server(files, cluster.context)),
        RegistryAccess(registry.repository, registry.username, registry.password),
        Router(
            routing.ingress_class,
            routing.host,
            routing.tls.secret_name if routing.tls else None,
            f"{scheme}://{routing.host}" if routing.host else "",
        ),
        _builder(settings, root),
    )


def _builder(settings: Settings, root: Path) -> ImageBuilder:
    authority = settings.builder.certificate_authority
    if authority is None:
        return ImageBuilder(settings.builder.name, None)
    try:
        return ImageBuilder(settings.builder.name, (root / authority).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        text = f"the file {authority} cannot be read: {reason}; give a file of PEM certificates"
        raise ProjectError(settings.problem(("builder", "certificateAuthority"), text)) from None


def _embedded_target(settings: Settings, root: Path, environment: Mapping[str, str]) -> Target:
    path = Path(environment.get(CONNECTION_VARIABLE) or root / CONNECTION_FILE)
    connection = _read_connection(path)
    kubeconfig, context = connection["kubeconfig"], connection["context"]
    builder = _builder(settings, root)
    authority = connection["buildCertificateAuthority"]
    return Target(
        Cluster(kubeconfig, context, find_server([Path(kubeconfig)], context)),
        RegistryAccess(connection["registry"]),
        Router(connection["router"]["ingressClass"], None, None, connection["router"]["url"]),
        ImageBuilder(
            builder.name or connection["builder"]["name"],
            builder.certificates or (Path(authority).read_text(encoding="utf-8") if authority else None),
        ),
    )


def _read_connection(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ProjectError(
            Problem(
                str(path),
                None,
                "",
                "there is no such file, so the embedded cluster of this stack does not run;"
                " start it with `python -m localcluster up`",
            )
        ) from None
