"""A cluster of the user's own."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import SecretStr

from endpoints.address import SERVICE_ACCOUNT
from endpoints.cluster.kubeconfig import find_kubeconfig
from endpoints.errors import ProjectError
from endpoints.settings import Registry, SecretReference, Settings, UserCluster
from endpoints.targets.builder import image_builder
from endpoints.targets.cluster import Cluster
from endpoints.targets.registry import RegistryAccess, registry_access
from endpoints.targets.router import router
from endpoints.targets.target import Target


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
            f"needs namespaces that the stack makes; name the Secret in imagePullSecrets of the account "
            f"{SERVICE_ACCOUNT} of the existing ones, and remove this key"
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
