"""What a pod asks for, and how many there are."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

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

SHARED_MEMORY = "shared-memory"
"""Name, within the pod, of the volume that is its /dev/shm."""

FsGroup = Literal["always", "onRootMismatch", "none"]


@dataclass(frozen=True)
class Volume:
    """A pod's volume: an existing `claim`, or (None) a new one of `size` GiB that lives as long as the pod.

    `storage_class` is of the new one; None means the cluster's default class. A claim that is `read_only` is
    mounted so everywhere in the pod. With `memory` it is neither, but so much of the pod's memory.
    """

    name: str
    claim: str | None = None
    size: int | None = None
    storage_class: str | None = None
    read_only: bool = False
    memory: str | None = None


@dataclass(frozen=True)
class Mount:
    """Where the container sees the volume of that name, or the directory `sub_path` of it."""

    volume: str
    path: str
    sub_path: str | None = None
    read_only: bool = False


@dataclass(frozen=True)
class Storage:
    """All volumes of a pod, and their mounts.

    `fs_group` tells whether files of volumes get the pods' group: at each start, only where the volume's top
    directory has another one, or never.
    """

    volumes: tuple[Volume, ...] = ()
    mounts: tuple[Mount, ...] = ()
    fs_group: FsGroup = "always"


def storage(endpoint: Endpoint, chosen: EndpointSettings) -> Storage:
    """Return the endpoint's volumes; a claim that is mounted at several places is one volume.

    Drivers leave volumes alone that are read-only for the pod, whatever its group.
    """
    written = {shared.claim_name for shared in endpoint.shared_volumes if not shared.read_only}
    claims = dict.fromkeys(shared.claim_name for shared in endpoint.shared_volumes)
    volumes = [Volume(_name(claim), claim=claim, read_only=claim not in written) for claim in claims]
    mounts = [_shared_mount(shared) for shared in endpoint.shared_volumes]
    workspace = endpoint.workspace_volume
    if workspace is not None:
        volumes.append(
            Volume(WORKSPACE, size=workspace.size, storage_class=workspace.storage_class_name),
        )
        mounts.append(Mount(WORKSPACE, workspace.mount_path))
    only_read = bool(volumes) and all(volume.read_only for volume in volumes)
    if chosen.shm_size is not None:
        volumes.append(Volume(SHARED_MEMORY, memory=chosen.shm_size))
        mounts.append(Mount(SHARED_MEMORY, "/dev/shm"))
    return Storage(tuple(volumes), tuple(mounts), chosen.fs_group or ("none" if only_read else "always"))


def unusable_shared_memory(chosen: EndpointSettings, resources: Resources) -> Iterator[tuple[KeyPath, str]]:
    """Find a /dev/shm that leaves the server no memory: the setting's path, and what is wrong."""
    limit, size = resources.memory.max, chosen.shm_bytes
    if limit is not None and size is not None and size >= limit * 1000**2:
        text = (
            f"found {chosen.shm_size}, which counts as memory of the pod, and its limit is {limit} MB; set "
            "resources: {memory: {max: MEGABYTES}} to more than both the server and /dev/shm need"
        )
        yield ("shmSize",), text


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
