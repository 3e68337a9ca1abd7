"""The volumes of an endpoint's pods, and where its container sees them."""

from typing import NotRequired, TypedDict

from pulumi_kubernetes.core.v1 import (
    PersistentVolumeClaimSpecArgsDict,
    VolumeArgsDict,
    VolumeMountArgsDict,
)


class VolumeArgs(TypedDict):
    """Storage that outlives a container's restart: an existing claim, or new space for each pod."""

    name: str
    """Name within the pod, by which mounts refer to it."""
    claim: NotRequired[str]
    """An existing PersistentVolumeClaim of the namespace; without it, each pod gets space of its own."""
    size: NotRequired[str]
    """Size of a pod's own space, as a Kubernetes quantity."""
    storage_class: NotRequired[str]
    """StorageClass of a pod's own space; the cluster's default class when absent."""


class MountArgs(TypedDict):
    """Where the container sees a volume, or a part of it."""

    volume: str
    """The volume's name."""
    path: str
    """Absolute path in the container."""
    sub_path: NotRequired[str]
    """Directory of the volume to show in place of its root."""
    read_only: bool
    """Whether the container may only read."""


def volume(args: VolumeArgs) -> VolumeArgsDict:
    """Build a pod's volume.

    A pod's own space is a generic ephemeral volume: a claim that is made and deleted with the pod.
    https://kubernetes.io/docs/concepts/storage/ephemeral-volumes/#generic-ephemeral-volumes
    """
    if "claim" in args:
        return {"name": args["name"], "persistent_volume_claim": {"claim_name": args["claim"]}}
    spec: PersistentVolumeClaimSpecArgsDict = {
        "access_modes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": args["size"]}},
    }
    if "storage_class" in args:
        spec["storage_class_name"] = args["storage_class"]
    return {"name": args["name"], "ephemeral": {"volume_claim_template": {"spec": spec}}}


def mount(args: MountArgs) -> VolumeMountArgsDict:
    """Build the mount of a volume in the container."""
    built: VolumeMountArgsDict = {"name": args["volume"], "mount_path": args["path"]}
    if "sub_path" in args:
        built["sub_path"] = args["sub_path"]
    if args["read_only"]:
        built["read_only"] = True
    return built
