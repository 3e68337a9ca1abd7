"""Reads and checks the settings of a stack."""

from endpoints.settings.load import load_settings
from endpoints.settings.models import (
    Builder,
    DeploymentSettings,
    EmbeddedCluster,
    EndpointSettings,
    FileSettings,
    IngressRouting,
    ManagedCluster,
    ProbeSettings,
    Registry,
    Replicas,
    Settings,
    Tls,
    UserCluster,
    VersionSettings,
)
from endpoints.settings.values import SecretReference

__all__ = [
    "Builder",
    "DeploymentSettings",
    "EmbeddedCluster",
    "EndpointSettings",
    "FileSettings",
    "IngressRouting",
    "ManagedCluster",
    "ProbeSettings",
    "Registry",
    "Replicas",
    "SecretReference",
    "Settings",
    "Tls",
    "UserCluster",
    "VersionSettings",
    "load_settings",
]
