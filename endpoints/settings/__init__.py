"""Reads and checks the settings of a stack."""

from endpoints.settings.models import (
    Builder,
    DeploymentSettings,
    EmbeddedCluster,
    EndpointSettings,
    IngressRouting,
    ManagedCluster,
    Registry,
    Settings,
    Tls,
    UserCluster,
    VersionSettings,
)

__all__ = [
    "Builder",
    "DeploymentSettings",
    "EmbeddedCluster",
    "EndpointSettings",
    "IngressRouting",
    "ManagedCluster",
    "Registry",
    "Settings",
    "Tls",
    "UserCluster",
    "VersionSettings",
]
