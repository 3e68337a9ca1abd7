"""Start a process apart from its starter, in new namespaces or those of another process, and print its id.

Run as a program of its own, because forking is only safe in a process without threads:

    python namespaces.py create [KIND,KIND...] -- COMMAND...
    python namespaces.py join PID -- COMMAND...

The command inherits standard error as its output. The printed id is the one that the caller's /proc knows.
"""

import ctypes
import os
import sys
from collections.abc import Sequence

# From linux/sched.h and linux/mount.h; Python offers them only from 3.12 on.
CLONE_FLAGS = {"mnt": 0x00020000, "uts": 0x04000000, "ipc": 0x08000000, "pid": 0x20000000, "net": 0x40000000}
MS_REC, MS_PRIVATE, MS_SHARED = 0x4000, 0x40000, 0x100000
NODE_KINDS = ("mnt", "uts", "ipc", "pid", "net")
"""The kinds that make up a node of its own: everything but users and control groups, which it shares with the
machine.
"""

_libc = ctypes.CDLL(None, use_errno=True)


def _check(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def mount(source: str, target: str, kind: str | None, flags: int = 0, options: str | None = None) -> None:
    """Mount a file system as the system call of this name does; raises OSError."""
    result = _libc.mount(
        source.encode(),
        target.encode(),
        kind.encode() if kind else None,
        flags,
        options.encode() if options else None,
    )
    _check(result, f"mounting {target}")


def create(kinds: Sequence[str]) -> None:
    """Move this process (for processes: its children) into new namespaces of the given kinds."""
    flags = 0
    for kind in kinds:
        flags |= CLONE_FLAGS[kind]
    _check(_libc.unshare(flags), f"creating namespaces ({', '.join(kinds)})")


def join(pid: int) -> None:
    """Move this process (for processes: its children) into every namespace of the process `pid`."""
    # All are opened first: after joining the mount namespace, /proc shows other processes.
    descriptors = [os.open(f"/proc/{pid}/ns/{kind}", os.O_RDONLY | os.O_CLOEXEC) for kind in NODE_KINDS]
    for descriptor in descriptors:
        _check(_libc.setns(descriptor, 0), f"joining the namespaces of process {pid}")
        os.close(descriptor)


def enter_own_mounts() -> None:
    """Keep this mount namespace's mounts from the machine, and show its own processes."""
    mount("none", "/", None, MS_REC | MS_PRIVATE)
    mount("none", "/", None, MS_REC | MS_SHARED)
    mount("proc", "/proc", "proc")


def main(arguments: Sequence[str]) -> None:
    """Do what the module's text says."""
    action, which, separator, *command = arguments
    if action not in ("create", "join") or separator != "--" or not command:
        sys.exit(__doc__)
    kinds = [kind for kind in which.split(",") if kind]
    if action == "create":
        create(kinds)
    else:
        join(int(which))
    child = os.fork()
    if child:
        print(child, flush=True)
        return
    os.setsid()
    os.dup2(2, 1)
    if action == "create" and {"mnt", "pid"} <= set(kinds):
        enter_own_mounts()
    os.chdir("/")
    os.execvp(command[0], command)


if __name__ == "__main__":
    main(sys.argv[1:])
