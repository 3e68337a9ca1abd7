"""Decides how many pods an endpoint has, and what that follows."""

from collections.abc import Iterator
from dataclasses import dataclass

from endpoints.manifest import Resources
from endpoints.settings import EndpointSettings, Scaling
from endpoints.yaml_document import KeyPath


@dataclass(frozen=True)
class Replicas:
    """How many pods run: between `minimum` and `maximum` as `scaling` has it; None means always `minimum`."""

    minimum: int
    maximum: int
    scaling: Scaling | None


def plan_replicas(chosen: EndpointSettings) -> Replicas:
    """Return how many pods run.

    A minimum that is the maximum leaves nothing to decide, unless no pod at all may run in between.
    """
    minimum, maximum, scaling = chosen.replicas.min, chosen.replicas.max, chosen.scaling
    to_zero = scaling.keda is not None and scaling.keda.scale_to_zero
    return Replicas(minimum, maximum, scaling if minimum < maximum or to_zero else None)


def unusable_scaling(replicas: Replicas, resources: Resources) -> Iterator[tuple[KeyPath, str]]:
    """Find scaling that Kubernetes would accept and never act by: the setting's path, and what is wrong."""
    memory = resources.memory
    if (
        replicas.scaling is not None
        and replicas.scaling.memory_utilization is not None
        and memory.minimum is None
        and memory.maximum is None
    ):
        text = (
            "counts in percent of the memory that the endpoint requests, which is none; add"
            " resources: {memory: {min: MEGABYTES}} to it in valohai.yaml, or remove this key"
        )
        yield ("scaling", "memoryUtilization"), text
