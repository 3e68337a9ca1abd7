"""A cluster of the user's own."""

from collections.abc import Mapping
from pathlib import Path

from endpoints.kubeconfig import find_server, kubeconfig_files
from endpoints.settings import Settings, UserCluster
from endpoints.targets.builder import image_builder
from endpoints.targets.cluster import Cluster
from endpoints.targets.registry import registry_access
from endpoints.targets.router import router
from endpoints.targets.target import Target


def user_target(
    settings: Settings, cluster: UserCluster, root: Path, environment: Mapping[str, str]
) -> Target:
    """Return what the settings say, with the API server that the kubeconfig names."""
    registry, routing = settings.registry, settings.routing
    if registry is None or routing is None:
        raise ValueError("load_settings lets no user cluster without registry and routing through")
    files = kubeconfig_files(cluster.kubeconfig, root, environment)
    return Target(
        Cluster(cluster.kubeconfig, cluster.context, find_server(files, cluster.context)),
        registry_access(registry, settings, environment),
        router(routing),
        image_builder(settings, root),
    )
