"""What the machine must offer, checked before anything is touched."""

import os
import platform
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from localcluster.commands import run
from localcluster.errors import ClusterError
from localcluster.layout import STATE_VARIABLE

ALTERNATIVE = "The program also works without the embedded cluster, with any kubeconfig: see README.md."
CAPABILITIES = {
    "CAP_SYS_ADMIN": (21, "create namespaces and mounts"),
    "CAP_NET_ADMIN": (12, "create network interfaces"),
    "CAP_NET_RAW": (13, "set up packet filter rules for Services"),
    "CAP_SYS_CHROOT": (18, "run containers"),
    "CAP_MKNOD": (27, "unpack images"),
    "CAP_SETUID": (7, "run containers as other users"),
    "CAP_SETGID": (6, "run containers as other groups"),
}
"""Bits of linux/capability.h, and what each is needed for."""
PROGRAMS = {
    "go": "Go builds the cluster's programs: install Go 1.26.4 or later (https://go.dev/dl)",
    "apt-get": "the container runtime comes from Debian packages: use Debian or Ubuntu",
    "dpkg-deb": "the container runtime comes from Debian packages: use Debian or Ubuntu",
    "ip": "install it with `apt-get install iproute2`",
    "nsenter": "install it with `apt-get install util-linux`",
    "perl": "it makes the base image: install it with `apt-get install perl`",
}


@dataclass(frozen=True)
class Machine:
    """What is looked at; the defaults are this machine's."""

    system: str = field(default_factory=platform.system)
    user: int = field(default_factory=os.geteuid)
    status: str = field(default_factory=lambda: _read(Path("/proc/self/status")))
    file_systems: str = field(default_factory=lambda: _read(Path("/proc/filesystems")))
    find_program: Callable[[str], str | None] = shutil.which
    state_file_system: str = ""
    """Type of the file system that holds the state directory, as `stat --file-system` names it."""


def check(machine: Machine) -> None:
    """Raise ClusterError for the first thing that is missing, with what to do about it."""
    if machine.system != "Linux":
        raise ClusterError(
            f"the embedded cluster needs Linux and this machine runs {machine.system}. {ALTERNATIVE}"
        )
    if machine.user != 0:
        raise ClusterError(
            f"the embedded cluster must be started by root, and this is user {machine.user}: use sudo. "
            f"{ALTERNATIVE}"
        )
    for name, purpose in missing_capabilities(machine.status):
        raise ClusterError(
            f"this user is root but lacks {name}, which is needed to {purpose}: start the container "
            f"with --privileged. {ALTERNATIVE}"
        )
    if machine.file_systems and "\toverlay\n" not in machine.file_systems:
        raise ClusterError(
            f"the kernel does not offer overlayfs: load it with `modprobe overlay`. {ALTERNATIVE}"
        )
    if machine.state_file_system == "overlayfs":
        raise ClusterError(
            "the state directory is on an overlay file system, where containers cannot create their "
            f"own overlay: set {STATE_VARIABLE} to a directory on another file system, such as a "
            f"volume. {ALTERNATIVE}"
        )
    for program, remedy in PROGRAMS.items():
        if machine.find_program(program) is None:
            raise ClusterError(f"the command {program!r} is not installed: {remedy}. {ALTERNATIVE}")


def missing_capabilities(status: str) -> list[tuple[str, str]]:
    """List the missing capabilities and what each is needed for, from the text of /proc/self/status."""
    effective = next(
        (int(line.split()[1], 16) for line in status.splitlines() if line.startswith("CapEff:")), 0
    )
    return [(name, purpose) for name, (bit, purpose) in CAPABILITIES.items() if not effective >> bit & 1]


def file_system_type(path: Path) -> str:
    """Name the type of the file system that holds a path, which need not exist yet; empty when unknown."""
    existing = next(place for place in (path, *path.parents) if place.exists())
    command = ["stat", "--file-system", "--format=%T", str(existing)]
    try:
        return run(command).strip()
    except ClusterError:
        return ""


def _read(path: Path) -> str:
    return path.read_text() if path.exists() else ""
