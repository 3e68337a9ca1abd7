"""Decides everything about a stack: settings and manifests in, plans for the components out."""

from endpoints.plan.metrics import MetricsPlan, PodMonitorPlan
from endpoints.plan.models import (
    DeploymentPlan,
    DockerImagePlan,
    EndpointPlan,
    ImagePlan,
    ReadyImage,
    StackPlan,
    VersionPlan,
)
from endpoints.plan.pods import Mount, Replicas, Storage, Volume
from endpoints.plan.smoke_request import SmokeRequestPlan
from endpoints.plan.stack import plan_stack

__all__ = [
    "DeploymentPlan",
    "DockerImagePlan",
    "EndpointPlan",
    "ImagePlan",
    "MetricsPlan",
    "Mount",
    "PodMonitorPlan",
    "ReadyImage",
    "Replicas",
    "SmokeRequestPlan",
    "StackPlan",
    "Storage",
    "VersionPlan",
    "Volume",
    "plan_stack",
]
