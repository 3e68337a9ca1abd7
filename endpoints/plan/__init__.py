"""Decides everything about a stack: settings and manifests in, plans for the components out."""

from endpoints.plan.metrics import MetricsPlan
from endpoints.plan.models import (
    DeploymentPlan,
    DockerImagePlan,
    EndpointPlan,
    ImagePlan,
    ReadyImage,
    StackPlan,
    VersionPlan,
)
from endpoints.plan.pods import Mount, Storage, Volume
from endpoints.plan.smoke_request import SmokeRequest
from endpoints.plan.stack import plan_stack

__all__ = [
    "DeploymentPlan",
    "DockerImagePlan",
    "EndpointPlan",
    "ImagePlan",
    "MetricsPlan",
    "Mount",
    "ReadyImage",
    "SmokeRequest",
    "StackPlan",
    "Storage",
    "VersionPlan",
    "Volume",
    "plan_stack",
]
