"""Reads an endpoint's state, before and after, from the resources that belong to it."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from endpoints.container_resources import asked_for
from endpoints.pod_template import pod_spec
from endpoints.preview import Inputs, Resource
from endpoints.quantities import amount
from endpoints.report.models import EndpointState

WORKLOAD = "kubernetes:apps/v1:Deployment"

_AUTOSCALERS = {
    "HorizontalPodAutoscaler": ("minReplicas", 1, "maxReplicas"),
    "ScaledObject": ("minReplicaCount", 0, "maxReplicaCount"),
}
"""By kind: where the bounds stand in the spec, and what the lower one is where it is absent."""

_KEDA_MAXIMUM = 100
"""KEDA's own where `maxReplicaCount` is absent: https://keda.sh/docs/latest/reference/scaledobject-spec/."""


def endpoint_state(resources: Sequence[Resource], moment: str) -> EndpointState | None:
    """Return how an endpoint is at `moment`, which is `before` or `after`; None where it has no workload."""
    found = {
        resource.type: getattr(resource, moment)
        for resource in resources
        if getattr(resource, moment) is not None
    }
    workload = found.get(WORKLOAD)
    if workload is None:
        return None
    minimum, maximum = _replicas(workload, found.items())
    return EndpointState(workload["metadata"]["namespace"], minimum, maximum, _declared(pod_spec(workload)))


def _replicas(workload: Inputs, found: Iterable[tuple[str, Inputs]]) -> tuple[int, int]:
    for type_, inputs in found:
        if bounds := _AUTOSCALERS.get(type_.rpartition(":")[2]):
            lower, default, upper = bounds
            spec = inputs["spec"]
            return int(spec.get(lower, default)), int(spec.get(upper, _KEDA_MAXIMUM))
    count = int(workload["spec"].get("replicas", 1))
    return count, count


def _declared(pod: Mapping[str, Any]) -> Mapping[str, Decimal]:
    """Sum up the containers; one without a request is promised as much as its limit, as in Kubernetes."""
    total: dict[str, Decimal] = {}
    for container in pod["containers"]:
        for group, given in asked_for(container.get("resources", {})).items():
            for name in ("cpu", "memory"):
                if (quantity := amount(given.get(name))) is not None:
                    total[f"{group}.{name}"] = total.get(f"{group}.{name}", Decimal(0)) + quantity
    return total
