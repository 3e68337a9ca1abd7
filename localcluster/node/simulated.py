"""Simulated nodes (kwok), for measuring how the program behaves at scale.

They carry the label `type=kwok` and a taint, so that real pods stay on the real node unless they ask
for these.
"""

import json
from pathlib import Path
from typing import Any

from localcluster.atomic_write import write_atomically
from localcluster.control_plane.kubeconfigs import kubeconfig_path
from localcluster.control_plane.objects import FIELD_MANAGER, kubectl
from localcluster.instance import Instance
from localcluster.layout import Layout
from localcluster.processes.components import Component
from localcluster.processes.health import http_ok

LABEL = ("type", "kwok")
TAINT = {"key": "kwok.x-k8s.io/node", "value": "fake", "effect": "NoSchedule"}
CAPACITY = {"cpu": "32", "memory": "256Gi", "pods": "500"}
PORT = 10247
STAGES = (
    "node-initialize.yaml",
    "node-heartbeat-with-lease.yaml",
    "pod-ready.yaml",
    "pod-complete.yaml",
    "pod-delete.yaml",
)
"""What kwok does to nodes and pods; the files come from its own module, see tools/kwok/build.toml."""


def wanted_count(layout: Layout, requested: int | None) -> int:
    """Give the number of nodes to have: the requested one, else that of the last time, else none."""
    return _kept_count(layout) if requested is None else requested


def kwok(layout: Layout, instance: Instance, programs: Path) -> Component:
    """Give the process that plays the nodes."""
    address = f"{instance.network.loopback}:{PORT}"
    key, value = LABEL
    return Component(
        name="kwok",
        after=("kwok programs", "objects"),
        command=(
            f"{programs}/kwok",
            f"--kubeconfig={kubeconfig_path(layout, 'simulated-nodes')}",
            *(f"--config={programs}/{stage}" for stage in STAGES),
            "--manage-all-nodes=false",
            f"--manage-nodes-with-label-selector={key}={value}",
            # Without leases the nodes count as lost after 40 s.
            "--node-lease-duration-seconds=40",
            f"--server-address={address}",
        ),
        is_ready=lambda: http_ok(f"http://{address}/healthz"),
    )


def adjust_nodes(layout: Layout, count: int, kubernetes: Path) -> None:
    """Make the cluster have exactly `count` simulated nodes."""
    before = _kept_count(layout)
    if count == before:
        return
    if surplus := [node_name(index) for index in range(count, before)]:
        kubectl(layout, kubernetes, "delete", "node", "--ignore-not-found", *surplus)
    if count:
        nodes = [node_object(index) for index in range(count)]
        kubectl(
            layout,
            kubernetes,
            "apply",
            "--server-side",
            f"--field-manager={FIELD_MANAGER}",
            "--filename=-",
            standard_input=json.dumps({"apiVersion": "v1", "kind": "List", "items": nodes}),
        )
    write_atomically(_count_file(layout), str(count))


def _kept_count(layout: Layout) -> int:
    path = _count_file(layout)
    return int(path.read_text()) if path.exists() else 0


def _count_file(layout: Layout) -> Path:
    return layout.state / "simulated-nodes"


def node_name(index: int) -> str:
    """Name a simulated node."""
    return f"simulated-{index:04}"


def node_object(index: int) -> dict[str, Any]:
    """Give the Node that kwok then brings to life."""
    key, value = LABEL
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": node_name(index),
            "labels": {key: value, "kubernetes.io/hostname": node_name(index), "kubernetes.io/os": "linux"},
        },
        "spec": {"taints": [TAINT]},
        "status": {"capacity": CAPACITY, "allocatable": CAPACITY},
    }
