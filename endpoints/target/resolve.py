"""Finds the target that a stack names."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from endpoints.cluster.kubeconfig import find_kubeconfig
from endpoints.cluster.names import SERVICE_ACCOUNT
from endpoints.errors import Problem, ProjectError
from endpoints.stack_file import (
    EmbeddedCluster,
    GatewayReference,
    GatewayRouting,
    ManagedCluster,
    Registry,
    SecretReference,
    Settings,
    UserCluster,
)
from endpoints.target.managed import ReadOutputs, managed_target
from endpoints.target.target import (
    Cluster,
    GatewayRouter,
    IngressRouter,
    RegistryAccess,
    Router,
    Target,
    image_builder,
    registry_access,
    router,
)


def user_target(
    settings: Settings, cluster: UserCluster, root: Path, environment: Mapping[str, str]
) -> Target:
    """Return what the settings say, with the API server that the kubeconfig names."""
    registry, routing = settings.registry, settings.routing
    if registry is None or routing is None:
        raise ValueError("load_settings lets no user cluster without registry and routing through")
    return Target(
        _cluster(settings, cluster, root, environment),
        _registry(settings, cluster, registry, environment),
        router(routing),
        image_builder(settings, root),
        makes_namespaces=cluster.namespaces == "create",
    )


def _registry(
    settings: Settings, cluster: UserCluster, registry: Registry, environment: Mapping[str, str]
) -> RegistryAccess:
    """Return where images go. In existing namespaces nodes pull with what is there for the pods' account."""
    if cluster.namespaces == "create":
        return registry_access(registry, settings, environment)
    if registry.pull_secret is not None and registry.pull_secret.kind != "none":
        text = (
            "requires namespaces that the stack creates; for existing namespaces, name the Secret "
            f"in imagePullSecrets of their ServiceAccount {SERVICE_ACCOUNT}, and remove this key"
        )
        raise ProjectError(settings.problem(("registry", "pullSecret"), text))
    return RegistryAccess(registry.repository, registry.username, registry.password)


def _cluster(settings: Settings, cluster: UserCluster, root: Path, environment: Mapping[str, str]) -> Cluster:
    kubeconfig: str | SecretStr | None
    if isinstance(cluster.kubeconfig, SecretReference):
        name = cluster.kubeconfig.name
        kubeconfig, named = _secret(settings, name), f"the secret {name}"
    else:
        kubeconfig, named = cluster.kubeconfig, ""
    try:
        server = find_kubeconfig(kubeconfig, root, environment, named).server(cluster.context)
    except ProjectError as error:
        # It is a setting of the stack that leads to the kubeconfig.
        raise ProjectError(
            *(settings.problem(("cluster",), str(problem)) for problem in error.problems)
        ) from None
    return Cluster(kubeconfig, cluster.context, server)


def _secret(settings: Settings, name: str) -> SecretStr:
    if name not in settings.secrets:
        raise ProjectError(settings.unknown_secret(("cluster", "kubeconfig"), name))
    return settings.secrets[name]


CONNECTION_FILE = Path(".localcluster/connection.json")
"""Where ``python -m localcluster up`` tells how to reach its cluster, relative to Pulumi.yaml's directory."""

CONNECTION_VARIABLE = "LOCALCLUSTER_CONNECTION"
"""Environment variable that names another connection file."""


def embedded_target(settings: Settings, root: Path, environment: Mapping[str, str]) -> Target:
    """Return what the connection file says; raises ProjectError where the cluster does not run."""
    path = Path(environment.get(CONNECTION_VARIABLE) or root / CONNECTION_FILE)
    connection = _read_connection(path)
    kubeconfig, context = connection["kubeconfig"], connection["context"]
    builder = image_builder(settings, root)
    authority = connection["buildCertificateAuthority"]
    return Target(
        Cluster(kubeconfig, context, find_kubeconfig(kubeconfig, root, environment).server(context)),
        RegistryAccess(connection["registry"]),
        _router(settings, connection["router"], path),
        replace(
            builder,
            name=builder.name or connection["builder"]["name"],
            certificates=builder.certificates
            or (Path(authority).read_text(encoding="utf-8") if authority else None),
        ),
    )


def _router(settings: Settings, connection: Mapping[str, Any], path: Path) -> Router:
    """Return the cluster's one router as the kind that the stack chooses: an Ingress unless it says so."""
    annotations = settings.routing.annotations if settings.routing else {}
    if not isinstance(settings.routing, GatewayRouting):
        https_port = connection.get("httpsAddress", "").rpartition(":")[2]
        return IngressRouter(
            connection["url"],
            ingress_class=connection["ingressClass"],
            https_port=int(https_port) if https_port else None,
            annotations=annotations,
            controller="traefik",
        )
    if "gateway" not in connection:
        text = f"{path} names no Gateway, so the embedded cluster is an older one; run"
        raise ProjectError(settings.problem(("routing", "kind"), f"{text} `python -m localcluster up` again"))
    gateway = GatewayReference(**connection["gateway"])
    return GatewayRouter(connection["url"], gateway, annotations=annotations)


def _read_connection(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ProjectError(
            Problem(
                str(path),
                None,
                "",
                "there is no such file, so the embedded cluster of this stack is not running; start "
                "it with `python -m localcluster up`",
            )
        ) from None


def resolve_target(
    settings: Settings, root: Path, environment: Mapping[str, str], read_outputs: ReadOutputs
) -> Target:
    """Find the target that the stack names. ``root`` is the directory of Pulumi.yaml.

    ``read_outputs`` is asked for the managing stack's outputs where there is one.

    Raises:
        ProjectError: the cluster cannot be found, or a file that a setting names cannot be read.

    """
    match settings.cluster:
        case UserCluster() as cluster:
            return user_target(settings, cluster, root, environment)
        case EmbeddedCluster():
            return embedded_target(settings, root, environment)
        case ManagedCluster() as cluster:
            try:
                outputs = read_outputs(cluster.stack)
            except ProjectError as error:
                raise ProjectError(settings.problem(("cluster", "stack"), str(error))) from None
            return managed_target(settings, cluster, root, outputs, datetime.now(UTC))
