"""Finds the cluster to manage, with its registry, router and builder, as a team's own stack would find it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from endpoints.cluster.kubeconfig import find_kubeconfig
from endpoints.stack_file import EmbeddedCluster
from endpoints.stack_file import Settings as EndpointsSettings
from endpoints.target import RegistryAccess, Target, resolve_target
from endpoints.target.target import registry_access
from managed.stack_file import Settings


@dataclass(frozen=True)
class ManagedTarget:
    """The cluster as an administrator reaches it.

    `target` is what a stack with this cluster would deploy to; `entry` is the cluster's entry of the
    kubeconfig, certificates included. `registries` are the teams': their own, or a path in the shared one.
    """

    target: Target
    entry: Mapping[str, Any]
    registries: Mapping[str, RegistryAccess]

    @property
    def kubeconfig(self) -> str | None:
        """Path of the administrator's kubeconfig; None for kubectl's own choice."""
        path = self.target.cluster.kubeconfig
        return None if isinstance(path, SecretStr) else path


def resolve_managed(settings: Settings, root: Path, environment: Mapping[str, str]) -> ManagedTarget:
    """Find the cluster that the stack names. `root` is the directory of the managing Pulumi.yaml.

    Raises ProjectError where the cluster cannot be found.
    """
    equivalent = EndpointsSettings(
        organization="managed",
        cluster=settings.cluster,
        registry=settings.registry,
        routing=settings.routing,
        deployments=(),
    ).placed_like(settings)
    # The embedded cluster belongs to the whole repository.
    start = root.parent if isinstance(settings.cluster, EmbeddedCluster) else root
    target = resolve_target(equivalent, start, environment, lambda _: {})
    registries = {
        team.name: replace(target.registry, repository=f"{target.registry.repository}/{team.name}")
        if team.registry is None
        else registry_access(team.registry, equivalent, environment)
        for team in settings.teams
    }
    found = ManagedTarget(target, {}, registries)
    kubeconfig = find_kubeconfig(found.kubeconfig, start, environment)
    return replace(found, entry=kubeconfig.portable_cluster(target.cluster.context))
