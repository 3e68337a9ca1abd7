"""Decides everything about a stack: settings and manifests in, plans for the components out."""

from endpoints.plan.models import (
    DeploymentPlan,
    EndpointPlan,
    ImagePlan,
    Replicas,
    StackPlan,
    VersionPlan,
)
from endpoints.plan.stack import plan_stack

__all__ = [
    "DeploymentPlan",
    "EndpointPlan",
    "ImagePlan",
    "Replicas",
    "StackPlan",
    "VersionPlan",
    "plan_stack",
]
