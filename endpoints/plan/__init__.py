"""Decides everything about a stack: settings and manifests in, plans for the components out."""

from endpoints.plan.models import (
    DeploymentPlan,
    EndpointPlan,
    ImagePlan,
    StackPlan,
    VersionPlan,
)
from endpoints.plan.replicas import Replicas
from endpoints.plan.stack import plan_stack
from endpoints.plan.storage import Mount, Storage, Volume

__all__ = [
    "DeploymentPlan",
    "EndpointPlan",
    "ImagePlan",
    "Mount",
    "Replicas",
    "StackPlan",
    "Storage",
    "VersionPlan",
    "Volume",
    "plan_stack",
]
