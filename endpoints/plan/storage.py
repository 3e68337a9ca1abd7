"""From the volumes of a manifest to those of a pod."""

from dataclasses import dataclass

from endpoints.manifest import Endpoint, SharedVolume
from endpoints.naming import dns_label

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
