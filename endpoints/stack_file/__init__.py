"""Reads and checks the settings of a stack."""

from endpoints.stack_file.cluster import (
    EmbeddedCluster,
    GatewayReference,
    GatewayRouting,
    IngressRouting,
    IssuerKind,
    ManagedCluster,
    Routing,
    RoutingKind,
    Tls,
    UserCluster,
)
from endpoints.stack_file.endpoint import (
    EndpointDefaults,
    EndpointSettings,
    MetricsSettings,
    ProbeSettings,
    Shutdown,
)
from endpoints.stack_file.images import (
    Attestations,
    BuildCache,
    Builder,
    BuildkitBuilder,
    DockerBuilder,
    FileSettings,
    NoBuilder,
    PackageIndex,
    PullSecret,
    Registry,
    Ssh,
)
from endpoints.stack_file.layers import EndpointLayers
from endpoints.stack_file.load import load_settings
from endpoints.stack_file.objects import ObjectSettings, RolloutSettings
from endpoints.stack_file.overrides import Overrides
from endpoints.stack_file.placement import NodeAffinity, PlacementSettings
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
from endpoints.stack_file.stack import DeploymentSettings, Prices, Settings, VersionSettings
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
    "IssuerKind",
    "Keda",
    "KedaTrigger",
    "ManagedCluster",
    "MeasuredObject",
    "Metric",
    "MetricsSettings",
    "NoBuilder",
    "NodeAffinity",
    "ObjectMetric",
    "ObjectSettings",
    "Overrides",
    "PackageIndex",
    "PlacementSettings",
    "PodsMetric",
    "Prices",
    "ProbeSettings",
    "PullSecret",
    "Registry",
    "Replicas",
    "RolloutSettings",
    "Routing",
    "RoutingKind",
    "Scaling",
    "SecretReference",
    "Settings",
    "Shutdown",
    "SmokeRequestSettings",
    "Ssh",
    "Tls",
    "UserCluster",
    "VersionSettings",
    "load_settings",
]
