"""`down`: end every process of the cluster and leave nothing of it on the machine."""

import shutil
from concurrent.futures import ThreadPoolExecutor

from localcluster.command_line.progress import Progress
from localcluster.instance import exclusive
from localcluster.layout import Layout
from localcluster.node import control_groups, network
from localcluster.processes.launch import Launcher
from localcluster.processes.records import read_records

GRACE_SECONDS = 10.0
OWN_GRACE_SECONDS = {
    # The first process of the node takes everything inside with it, and cannot be asked to end.
    "node": 0.0,
    # It would wait for every open watch; what it has accepted is in etcd already.
    "kube-apiserver": 1.0,
}
WAVES = (
    ("traefik", "metrics-server", "coredns", "kwok", "buildkitd", "kubelet", "kube-proxy", "containerd"),
    ("network-policy",),
    ("node",),
    ("kube-scheduler", "kube-controller-manager"),
    ("kube-apiserver",),
    ("etcd", "registry", "registry-for-node"),
)
"""Clients before servers, so that none fills its log with errors about the end of another."""


def down(layout: Layout, progress: Progress, *, purge: bool = False) -> None:
    """End the cluster and remove its interface, control groups and sockets; `purge` removes its state too.

    What was killed or has lost its record is found and cleared too, and never anything of another cluster.
    """
    with exclusive(layout):
        launcher = Launcher(layout, progress)
        layout.connection.unlink(missing_ok=True)
        count = len(launcher.running())
        unlisted = tuple(
            name for name in read_records(layout.runtime) if not any(name in wave for wave in WAVES)
        )
        for wave in (*WAVES, unlisted):
            with ThreadPoolExecutor() as pool:
                list(
                    pool.map(
                        lambda name: launcher.stop(name, OWN_GRACE_SECONDS.get(name, GRACE_SECONDS)), wave
                    )
                )
        network.disconnect(layout.identity)
        control_groups.remove(layout.identity)
        if purge and layout.state.exists():
            shutil.rmtree(layout.state)
        shutil.rmtree(layout.runtime)
    what = f"{count} processes stopped" if count else "nothing was running"
    progress.say(f"embedded cluster down: {what}{', state removed' if purge else ''}")
