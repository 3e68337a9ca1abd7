"""TCP ports: whether one is free, and who holds it."""

import socket
from collections.abc import Callable, Collection
from pathlib import Path

from localcluster.errors import ClusterError
from localcluster.processes.table import PROC, command_line

LISTENING = "0A"
"""State of a listening socket in /proc/net/tcp (TCP_LISTEN)."""


def is_free(address: str, port: int) -> bool:
    """Tell whether a server could listen there now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As servers do: a port whose last connection is still being wound up counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError:
            return False
    return True


def holder(port: int, proc: Path = PROC) -> int | None:
    """Find the process that listens on a port, on any address.

    None when it belongs to no process that can be seen.
    """
    sockets = _listening_sockets(port, proc)
    for directory in proc.iterdir():
        if not directory.name.isdigit():
            continue
        try:
            if any(str(entry.readlink()) in sockets for entry in (directory / "fd").iterdir()):
                return int(directory.name)
        except OSError:
            continue  # it has ended meanwhile, or is not ours to look into
    return None


def _listening_sockets(port: int, proc: Path) -> set[str]:
    sockets = set()
    for table in ("net/tcp", "net/tcp6"):
        path = proc / table
        for line in path.read_text().splitlines()[1:] if path.exists() else []:
            fields = line.split()
            if fields[3] == LISTENING and int(fields[1].rpartition(":")[2], 16) == port:
                sockets.add(f"socket:[{fields[9]}]")
    return sockets


def choose_port(
    purpose: str,
    address: str,
    first: int,
    claimed: Collection[int],
    *,
    free: Callable[[str, int], bool] = is_free,
    find_holder: Callable[[int], int | None] = holder,
    is_cluster: Callable[[int], bool] = lambda _pid: False,
) -> int:
    """Choose `first`, or the next port that no other embedded cluster claims or holds.

    The search avoids only ports of other embedded clusters: any other process that holds the port is named in
    a ClusterError, because a URL that silently changes is worse than a sentence.
    """
    for port in range(first, first + 100):
        if port in claimed:
            continue
        if free(address, port):
            return port
        pid = find_holder(port)
        if pid is not None and is_cluster(pid):
            continue
        who = f"process {pid} ({command_line(pid)[:120]})" if pid is not None else "an unknown process"
        raise ClusterError(
            f"port {port} of {address}, which the {purpose} needs, is used by {who}: stop it and run "
            f"`up` again, or choose another port with LOCALCLUSTER_{purpose.upper()}_PORT; the "
            "program also works with any other cluster's kubeconfig"
        )
    raise ClusterError(
        f"no port from {first} to {first + 99} is free for the {purpose}: stop embedded clusters of "
        "other clones"
    )
