"""The agent as a component of the cluster, and its network plugin."""

import shlex
import sys
from collections.abc import Callable
from pathlib import Path

from localcluster.atomic_write import write_atomically
from localcluster.control_plane.certificates import NODE_NAME
from localcluster.control_plane.kubeconfigs import API_PORT
from localcluster.instance import Instance
from localcluster.layout import Layout
from localcluster.network_policy import attachment
from localcluster.node.dns import DNS_LABELS, DNS_NAMESPACE
from localcluster.processes.components import Component, Place
from localcluster.programs.system import SystemPrograms

PLUGIN = "localcluster-network-policy"
OTHER_PLUGINS = ("loopback", "ptp", "host-local", "portmap")
HEALTH_SECONDS = 2.0


def network_policy(
    layout: Layout, instance: Instance, system: SystemPrograms, node_pid: Callable[[], int | None]
) -> Component:
    """Give the agent.

    `node_pid` tells the first process of the node's namespaces, None while there is none.
    """

    def is_ready() -> bool:
        pid = node_pid()
        try:
            seen_from_here = f"/proc/{pid}/root{agent_socket(layout)}"
            return attachment.ask(seen_from_here, {"command": "READY"}, HEALTH_SECONDS) is None
        except OSError:
            return False

    label = next("=".join(pair) for pair in DNS_LABELS.items())
    return Component(
        name="network-policy",
        place=Place.NODE,
        after=("node", "system programs", "kube-apiserver"),
        command=(
            sys.executable,
            "-m",
            "localcluster.network_policy",
            f"--server=https://{instance.network.host}:{API_PORT}",
            f"--authority={layout.certificates}/cluster-authority.crt",
            f"--identity={layout.certificates}/network-policy",
            f"--node={NODE_NAME}",
            f"--socket={agent_socket(layout)}",
            f"--stand-in={DNS_NAMESPACE}/coredns/{label}/{instance.network.dns}",
        ),
        environment={**system.environment(), "PYTHONPATH": str(layout.clone)},
        is_ready=is_ready,
    )


def agent_socket(layout: Layout) -> Path:
    """Where the network plugin asks the agent, inside the node."""
    return layout.node_runtime / "network-policy.sock"


def plugin_directory(layout: Layout) -> Path:
    """Where the container runtime looks for network plugins: the agent's own, and links to Debian's."""
    return layout.state / "network-plugins"


def install_plugins(layout: Layout, system: SystemPrograms) -> None:
    """Fill the directory of network plugins."""
    directory = plugin_directory(layout)
    directory.mkdir(exist_ok=True)
    for name in OTHER_PLUGINS:
        link, target = directory / name, system.directory / "usr/lib/cni" / name
        if not link.is_symlink() or link.readlink() != target:
            link.unlink(missing_ok=True)
            link.symlink_to(target)
    # Without the packages of the virtual environment, it starts in a third of the time.
    command = [sys.executable, "-I", "-S", attachment.__file__]
    write_atomically(directory / PLUGIN, f"#!/bin/sh\nexec {shlex.join(command)}\n", mode=0o755)
