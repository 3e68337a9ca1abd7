"""Arguments of volumes and their mounts."""

from endpoints.plan import Mount, Volume
from endpoints.resources.storage import MountArgs, VolumeArgs


def volume_arguments(volume: Volume) -> VolumeArgs:
    """Return the volume; what the plan leaves open is left to Kubernetes."""
    arguments: VolumeArgs = {"name": volume.name}
    if volume.claim is not None:
        arguments["claim"] = volume.claim
    if volume.size is not None:
        arguments["size"] = f"{volume.size}Gi"
    if volume.storage_class is not None:
        arguments["storage_class"] = volume.storage_class
    return arguments


def mount_arguments(mount: Mount) -> MountArgs:
    """Return where the container sees a volume."""
    arguments: MountArgs = {"volume": mount.volume, "path": mount.path, "read_only": mount.read_only}
    if mount.sub_path is not None:
        arguments["sub_path"] = mount.sub_path
    return arguments
