"""What a pod asks for, and how many there are."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from endpoints.cluster.names import dns_label
from endpoints.manifest import Endpoint, Resources, SharedVolume
from endpoints.stack_file import EndpointSettings, Scaling
from endpoints.yaml_document import KeyPath

DEFAULT_CPU_REQUEST = Decimal("0.1")
"""vCPUs requested where the manifest asks for none, Valohai's own default. There must be a request, since the
autoscaler counts in percent of it."""


def requests(resources: Resources) -> Mapping[str, str]:
    """Return what is reserved for a pod: the minimums, and a share of CPU in any case."""
    ceiling = resources.cpu.max
    default = DEFAULT_CPU_REQUEST if ceiling is None else min(DEFAULT_CPU_REQUEST, ceiling)
    return _quantities(
        resources.cpu.min or default,
        resources.memory.min,
        resources.ephemeral_storage.min,
        resources.devices,
    )


def limits(resources: Resources) -> Mapping[str, str]:
    """Return what a pod may use at most: the maximums, where the manifest sets any."""
    return _quantities(
        resources.cpu.max,
        resources.memory.max,
        resources.ephemeral_storage.max,
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


WORKSPACE = "workspace"
"""Name, within the pod, of the volume that each pod has for itself."""


@dataclass(frozen=True)
class Volume:
    """A pod's volume: an existing `claim`, or (None) a new one of `size` GiB that lives as long as the pod.

    `storage_class` is of the new one; None means the cluster's default class.
    """

    name: str
    claim: str | None = None
    size: int | None = None
    storage_class: str | None = None


@dataclass(frozen=True)
class Mount:
    """Where the container sees the volume of that name, or the directory `sub_path` of it."""

    volume: str
    path: str
    sub_path: str | None = None
    read_only: bool = False


@dataclass(frozen=True)
class Storage:
    """All volumes of a pod that the manifest asks for, and their mounts."""

    volumes: tuple[Volume, ...] = ()
    mounts: tuple[Mount, ...] = ()


def storage(endpoint: Endpoint) -> Storage:
    """Return the endpoint's volumes; a claim that is mounted at several places is one volume."""
    claims = dict.fromkeys(shared.claim_name for shared in endpoint.shared_volumes)
    volumes = [Volume(_name(claim), claim=claim) for claim in claims]
    mounts = [_shared_mount(shared) for shared in endpoint.shared_volumes]
    workspace = endpoint.workspace_volume
    if workspace is not None:
        volumes.append(
            Volume(WORKSPACE, size=workspace.size, storage_class=workspace.storage_class_name),
        )
        mounts.append(Mount(WORKSPACE, workspace.mount_path))
    return Storage(tuple(volumes), tuple(mounts))


def _shared_mount(shared: SharedVolume) -> Mount:
    return Mount(_name(shared.claim_name), shared.mount_path, shared.sub_path, shared.read_only)


def _name(claim: str) -> str:
    """Return a name within the pod: claims may have longer ones, with dots."""
    return dns_label([f"claim-{claim}"])


def plan_scaling(chosen: EndpointSettings) -> Scaling | None:
    """Return what decides the number of pods; None where it is fixed.

    A minimum that is the maximum leaves nothing to decide, unless no pod at all may run in between.
    """
    replicas, scaling = chosen.replicas, chosen.scaling
    to_zero = scaling.keda is not None and scaling.keda.scale_to_zero
    return scaling if replicas.min < replicas.max or to_zero else None


def unusable_scaling(scaling: Scaling | None, resources: Resources) -> Iterator[tuple[KeyPath, str]]:
    """Find scaling that Kubernetes would accept and never act by: the setting's path, and what is wrong."""
    memory = resources.memory
    if (
        scaling is not None
        and scaling.memory_utilization is not None
        and memory.min is None
        and memory.max is None
    ):
        text = (
            "is a percentage of the endpoint's memory request, which is not set; add resources: "
            "{memory: {min: MEGABYTES}} to the endpoint in valohai.yaml, or remove this key"
        )
        yield ("scaling", "memoryUtilization"), text
