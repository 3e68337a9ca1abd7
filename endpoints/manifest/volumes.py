"""Reads the volumes that an endpoint mounts."""

import posixpath

from endpoints.dockerfile import HOME_DIRECTORY, REPOSITORY_DIRECTORY, SERVING_DIRECTORY
from endpoints.kubernetes_syntax import DNS_SUBDOMAIN
from endpoints.manifest.findings import Findings, Item
from endpoints.manifest.models import SharedVolume, WorkspaceVolume
from endpoints.wording import quote
from endpoints.yaml_document import KeyPath

_PACKAGES = f"{HOME_DIRECTORY}/.local"

_NEEDED = {
    REPOSITORY_DIRECTORY: "the project's code",
    _PACKAGES: "the Python packages",
    SERVING_DIRECTORY: "the serving code",
    "/dev/shm": "the shared memory",
    "/proc": "the kernel's view of processes",
    "/sys": "the kernel's view of devices",
}
"""What a container cannot do without. A volume at such a place, or above it, would hide it."""

_NOT_WITHIN = (_PACKAGES, SERVING_DIRECTORY, "/dev/shm", "/proc", "/sys")
"""Places below which nothing may be mounted, either."""


def read_volumes(item: Item, findings: Findings) -> tuple[tuple[SharedVolume, ...], WorkspaceVolume | None]:
    """Return shared volumes and workspace volume, mount paths in normal form and no two alike."""
    mounted: dict[str, str] = {}
    shared = []
    for index, entry in enumerate(item.get("shared-volumes", ())):
        at = ("shared-volumes", index)
        _check_name(entry["pvc-name"], (*at, "pvc-name"), findings)
        shared.append(
            SharedVolume(
                claim_name=entry["pvc-name"],
                mount_path=_mount_path(entry["mount-path"], (*at, "mount-path"), mounted, findings),
                sub_path=_sub_path(entry.get("sub-path"), (*at, "sub-path"), findings),
                read_only=entry.get("read-only", False),
            )
        )
    entry = item.get("workspace-volume")
    if entry is None:
        return tuple(shared), None
    storage_class = entry.get("storage-class-name")
    if storage_class is not None:
        _check_name(storage_class, ("workspace-volume", "storage-class-name"), findings)
    path = _mount_path(entry["mount-path"], ("workspace-volume", "mount-path"), mounted, findings)
    return tuple(shared), WorkspaceVolume(path, int(entry["size"]), storage_class)


def _check_name(name: str, path: KeyPath, findings: Findings) -> None:
    if not DNS_SUBDOMAIN.fullmatch(name):
        allowed = "the name of a Kubernetes object: lower-case letters, digits, dashes and dots"
        findings.add(path, f"found {quote(name)}; allowed: {allowed}")


def _mount_path(written: str, path: KeyPath, mounted: dict[str, str], findings: Findings) -> str:
    """Return the normal form and note it in `mounted`; `/w` and `/w/` are one place."""
    allowed = "allowed: an absolute path below /, without .. and colons, such as /models"
    normal = posixpath.normpath("/" + written.lstrip("/"))
    if not written.startswith("/") or normal == "/" or ".." in written.split("/") or ":" in written:
        findings.add(path, f"found {quote(written)}; {allowed}")
    elif hidden := _hidden(normal):
        text = f"{hidden} holds {_NEEDED[hidden]}, which a volume would hide; choose another, such as /models"
        findings.add(path, f"found {quote(written)}; {text}")
    elif normal in mounted:
        findings.add(
            path, f"found {quote(written)}, where {mounted[normal]} is mounted already; choose another"
        )
    mounted.setdefault(normal, f"{path[0]}[{path[1]}]")
    return normal


def _hidden(mount_path: str) -> str | None:
    """Return the place that a volume at `mount_path` would hide or break, if there is one."""
    for place in _NEEDED:
        within = place in _NOT_WITHIN and mount_path.startswith(f"{place}/")
        if within or f"{place}/".startswith(f"{mount_path}/"):
            return place
    return None


def _sub_path(written: str | None, path: KeyPath, findings: Findings) -> str | None:
    if written is None:
        return None
    if not written or written.startswith("/") or ".." in written.split("/"):
        allowed = "a path relative to the volume's root, without .."
        findings.add(path, f"found {quote(written)}; allowed: {allowed}")
    return written
