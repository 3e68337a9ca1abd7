"""Reads and checks the settings of a stack."""

from endpoints.settings.builder import (
    Attestations,
    BuildCache,
    Builder,
    BuildkitBuilder,
    DockerBuilder,
    NoBuilder,
    PackageIndex,
)
from endpoints.settings.cluster import EmbeddedCluster, ManagedCluster, UserCluster
from endpoints.settings.deployment import DeploymentSettings, VersionSettings
from endpoints.settings.endpoint import EndpointDefaults, EndpointSettings
from endpoints.settings.layers import EndpointLayers
from endpoints.settings.load import load_settings
from endpoints.settings.metrics import MetricsSettings
from endpoints.settings.model_file import FileSettings
from endpoints.settings.prices import Prices
from endpoints.settings.probe import ProbeSettings
from endpoints.settings.registry import PullSecret, Registry
from endpoints.settings.routing import GatewayReference, GatewayRouting, IngressRouting, RoutingKind
from endpoints.settings.scaling import (
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
from endpoints.settings.shutdown import ShutdownSettings
from endpoints.settings.smoke_request import SmokeRequestSettings
from endpoints.settings.stack import Settings
from endpoints.settings.tls import Tls
from endpoints.settings.values import SecretReference

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
    "ShutdownSettings",
    "SmokeRequestSettings",
    "Tls",
    "UserCluster",
    "VersionSettings",
    "load_settings",
]
