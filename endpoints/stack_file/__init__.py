"""Reads and checks the settings of a stack."""

from endpoints.stack_file.builder import (
    Attestations,
    BuildCache,
    Builder,
    BuildkitBuilder,
    DockerBuilder,
    NoBuilder,
    PackageIndex,
)
from endpoints.stack_file.deployment import DeploymentSettings, VersionSettings
from endpoints.stack_file.endpoint import (
    EndpointDefaults,
    EndpointSettings,
    FileSettings,
    MetricsSettings,
    ProbeSettings,
    Shutdown,
)
from endpoints.stack_file.layers import EndpointLayers
from endpoints.stack_file.load import load_settings
from endpoints.stack_file.place import (
    EmbeddedCluster,
    ManagedCluster,
    Prices,
    PullSecret,
    Registry,
    UserCluster,
)
from endpoints.stack_file.routing import GatewayReference, GatewayRouting, IngressRouting, RoutingKind, Tls
from endpoints.stack_file.scaling import (
    ExternalMetric,
    Keda,
    KedaTrigger,
    MeasuredObject,
    Metric,
    ObjectMetric,
    PodsMetric,
    Replicas,
    Scaling,
)
from endpoints.stack_file.smoke_request import SmokeRequestSettings
from endpoints.stack_file.stack import Settings
from endpoints.stack_file.values import SecretReference

__all__ = [
    "Attestations",
    "BuildCache",
    "Builder",
    "BuildkitBuilder",
    "DeploymentSettings",
    "DockerBuilder",
    "EmbeddedCluster",
    "EndpointDefaults",
    "EndpointLayers",
    "EndpointSettings",
    "ExternalMetric",
    "FileSettings",
    "GatewayReference",
    "GatewayRouting",
    "IngressRouting",
    "Keda",
    "KedaTrigger",
    "ManagedCluster",
    "MeasuredObject",
    "Metric",
    "MetricsSettings",
    "NoBuilder",
    "ObjectMetric",
    "PackageIndex",
    "PodsMetric",
    "Prices",
    "ProbeSettings",
    "PullSecret",
    "Registry",
    "Replicas",
    "RoutingKind",
    "Scaling",
    "SecretReference",
    "Settings",
    "Shutdown",
    "SmokeRequestSettings",
    "Tls",
    "UserCluster",
    "VersionSettings",
    "load_settings",
]
