"""Decides everything about a managed cluster: settings and target in, plans for the components out."""

from managed.plan.models import NetworkPlan, StackPlan, TeamNamespacePlan, TeamPlan
from managed.plan.stack import plan_stack

__all__ = ["NetworkPlan", "StackPlan", "TeamNamespacePlan", "TeamPlan", "plan_stack"]
