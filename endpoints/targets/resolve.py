"""Finds the target that a stack names."""

from collections.abc import Mapping
from pathlib import Path

from endpoints.errors import ProjectError
from endpoints.settings import EmbeddedCluster, ManagedCluster, Settings, UserCluster
from endpoints.targets.embedded import embedded_target
from endpoints.targets.target import Target
from endpoints.targets.user import user_target


def resolve_target(settings: Settings, root: Path, environment: Mapping[str, str]) -> Target:
    """Find the target that the stack names. ``root`` is the directory of Pulumi.yaml.

    Raises:
        ProjectError: the cluster cannot be found, or a file that a setting names cannot be read.

    """
    match settings.cluster:
        case UserCluster() as cluster:
            return user_target(settings, cluster, root, environment)
        case EmbeddedCluster():
            return embedded_target(settings, root, environment)
        case ManagedCluster():
            text = "`managed` clusters are not available yet; use kind `user` with a kubeconfig context"
            raise ProjectError(settings.problem(("cluster", "kind"), text))
