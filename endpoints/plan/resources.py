"""From the resources of a manifest to Kubernetes requests and limits."""

from collections.abc import Mapping
from decimal import Decimal

from endpoints.manifest import Resources

DEFAULT_CPU_REQUEST = Decimal("0.1")
"""vCPUs requested where the manifest asks for none, Valohai's own default. There must be a request, since the
autoscaler counts in percent of it."""


def requests(resources: Resources) -> Mapping[str, str]:
    """Return what is reserved for a pod: the minimums, and a share of CPU in any case."""
    ceiling = resources.cpu.maximum
    default = DEFAULT_CPU_REQUEST if ceiling is None else min(DEFAULT_CPU_REQUEST, ceiling)
    return _quantities(
        resources.cpu.minimum or default,
        resources.memory.minimum,
        resources.ephemeral_storage.minimum,
        resources.devices,
    )


def limits(resources: Resources) -> Mapping[str, str]:
    """Return what a pod may use at most: the maximums, where the manifest sets any."""
    return _quantities(
        resources.cpu.maximum,
        resources.memory.maximum,
        resources.ephemeral_storage.maximum,
        resources.devices,
    )


def _quantities(
    cpu: Decimal | None, memory: Decimal | None, storage: Decimal | None, devices: Mapping[str, int]
) -> Mapping[str, str]:
    """Write amounts as Kubernetes does; devices are both request and limit, since they cannot be shared."""
    quantities = {name: str(count) for name, count in sorted(devices.items())}
    if cpu is not None:
        quantities["cpu"] = str(int(cpu)) if cpu == int(cpu) else f"{int(cpu * 1000)}m"
    if memory is not None:
        quantities["memory"] = f"{int(memory)}M"
    if storage is not None:
        quantities["ephemeral-storage"] = f"{int(storage)}M"
    return dict(sorted(quantities.items()))
