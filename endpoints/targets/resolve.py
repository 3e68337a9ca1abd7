"""Finds the target that a stack names."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from endpoints.errors import ProjectError
from endpoints.settings import EmbeddedCluster, ManagedCluster, Settings, UserCluster
from endpoints.targets.embedded import embedded_target
from endpoints.targets.managed import ReadOutputs, managed_target
from endpoints.targets.target import Target
from endpoints.targets.user import user_target


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
