"""The first process of the node's namespaces: it prepares them, and then collects orphaned processes.

Everything that the node starts, mounts or configures lives in these namespaces, so killing this one process
clears it all away. Run by `namespaces.py create` as `python init.py RUNTIME_DIRECTORY HOST_NAME`, apart
from the package.
"""

import ctypes
import signal
import sys
from pathlib import Path

MS_NOSUID, MS_NODEV = 0x2, 0x4


def mount_memory(target: str) -> None:
    """Mount an empty file system in memory over a directory."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(b"tmpfs", target.encode(), b"tmpfs", MS_NOSUID | MS_NODEV, b"mode=0755") != 0:
        raise OSError(ctypes.get_errno(), f"mounting {target}")


def main(runtime_directory: str, host_name: str) -> None:
    """Prepare the namespaces, say so by creating `RUNTIME_DIRECTORY/prepared`, and wait for ever."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel then collects orphans by itself
    # containerd and the kubelet have fixed paths under these two; the machine's own must not be touched.
    mount_memory("/run")
    mount_memory("/var/log")
    ctypes.CDLL(None).sethostname(host_name.encode(), len(host_name))
    Path("/proc/sys/net/ipv4/ip_forward").write_text("1")
    Path(runtime_directory).mkdir(parents=True)
    Path(runtime_directory, "prepared").touch()
    while True:
        signal.pause()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
