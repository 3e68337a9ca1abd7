"""The control group that holds everything the node and the image builds run.

Both versions of control groups are served.
"""

import contextlib
import os
import signal
import time
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")


def group_name(identity: str) -> str:
    """Name of this cluster's control group, directly under the root of each hierarchy."""
    return f"localcluster-{identity}"


def hierarchies(root: Path = ROOT) -> list[Path]:
    """Give the mounted hierarchies: the root itself for version 2, one per controller for version 1."""
    if (root / "cgroup.controllers").exists():
        return [root]
    return sorted(
        path
        for path in root.iterdir()
        if path.is_dir() and not path.is_symlink() and (path / "cgroup.procs").exists()
    )


def create(identity: str, root: Path = ROOT) -> None:
    """Create the cluster's control group in every hierarchy; the kubelet refuses to start without it."""
    for hierarchy in hierarchies(root):
        group = hierarchy / group_name(identity)
        group.mkdir(exist_ok=True)
        # Version 1: a new cpuset group has no processors and no memory, and can hold no process, until it is
        # given some.
        for setting in ("cpuset.mems", "cpuset.cpus"):
            parent = hierarchy / setting
            if parent.exists() and not (group / setting).read_text().strip():
                (group / setting).write_text(parent.read_text())
        if (hierarchy / "cgroup.controllers").exists():
            _hand_down_controllers(hierarchy, group)


def _hand_down_controllers(hierarchy: Path, group: Path) -> None:
    """Let a group of version 2 and its children use every controller; none is handed down by itself."""
    for name in (hierarchy / "cgroup.controllers").read_text().split():
        for level in (hierarchy, group):
            # One by one: some cannot be handed down on some machines, and the kubelet names what it lacks.
            with contextlib.suppress(OSError), (level / "cgroup.subtree_control").open("a") as file:
                file.write(f"+{name}\n")


def remove(identity: str, root: Path = ROOT) -> None:
    """End every process in the cluster's control group, and remove it from every hierarchy."""
    for hierarchy in hierarchies(root):
        group = hierarchy / group_name(identity)
        if not group.is_dir():
            continue
        deepest_first = sorted(
            (Path(path) for path, _, _ in os.walk(group)), key=lambda path: len(path.parts), reverse=True
        )
        for directory in deepest_first:
            _remove_one(directory)


def _remove_one(directory: Path) -> None:
    """Kill what is left in one group and remove it; a dying process keeps its group busy for a moment."""
    deadline = time.monotonic() + 5
    while True:
        for pid in (directory / "cgroup.procs").read_text().split():
            # Version 2 shows a process of a foreign pid namespace as 0; signalling 0 would reach ourselves.
            if int(pid) > 0:
                _kill(int(pid))
        try:
            directory.rmdir()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
