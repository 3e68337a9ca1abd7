"""Arguments of what tells why pods are not ready."""

from endpoints.arguments.cluster_connection import cluster_connection_arguments
from endpoints.plan import EndpointPlan
from endpoints.resources.rollout import RolloutArgs
from endpoints.target import Target


def rollout_arguments(plan: EndpointPlan, target: Target) -> RolloutArgs:
    """Return where to look for the endpoint's pods, and where what there is to mend stands."""
    return {
        "connection": cluster_connection_arguments(target.cluster),
        "definition": {
            "file": plan.definition.file,
            "name": plan.definition.name,
            "line": plan.definition.line,
            "key_lines": dict(plan.definition.key_lines),
        },
    }
