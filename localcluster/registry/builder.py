"""BuildKit: builds images on the machine's network, because builds fetch packages."""

import json
import os
from pathlib import Path

from localcluster.instance import Instance
from localcluster.layout import Layout
from localcluster.node.control_groups import group_name
from localcluster.processes.components import Component, Place
from localcluster.processes.health import accepts
from localcluster.programs.system import SystemPrograms

BUILDER_NAME = "localcluster"
CACHE_BYTES = 10 * 1000**3
"""The build cache is swept when it has grown to this size."""


def builder_socket(layout: Layout) -> Path:
    """Where buildkitd listens; only root may connect."""
    return layout.runtime / "buildkitd.sock"


def builder(layout: Layout, instance: Instance, programs: Path, system: SystemPrograms) -> Component:
    """Give buildkitd; proxy settings of the caller's environment are passed on to it."""
    settings = layout.configuration / "buildkitd.toml"
    text = f"""root = "{layout.state}/buildkit"

[grpc]
address = ["unix://{builder_socket(layout)}"]

[otel]
socketPath = "{layout.runtime}/buildkitd-traces.sock"

[worker.oci]
enabled = true
snapshotter = "overlayfs"
networkMode = "host"
defaultCgroupParent = "/{group_name(layout.identity)}/builds"
gc = true
maxUsedSpace = {CACHE_BYTES}

[worker.containerd]
enabled = false

[registry."docker.io"]
mirrors = ["{instance.registry}"]

[registry."{instance.registry}"]
http = true
"""
    proxies = {
        name: value
        for name, value in os.environ.items()
        if name.lower() in ("http_proxy", "https_proxy", "no_proxy")
    }
    return Component(
        name="buildkitd",
        place=Place.OWN_MOUNTS,
        after=("engine programs", "system programs", "preparation"),
        command=(f"{programs}/buildkitd", f"--config={settings}"),
        configuration={settings: text},
        leftovers=(
            builder_socket(layout),
            layout.runtime / "buildkitd-traces.sock",
            layout.state / "buildkit" / "buildkitd.lock",
        ),
        environment={**system.environment(), **proxies},
        is_ready=lambda: accepts(lambda: builder_socket(layout)),
    )


def write_builder_entry(layout: Layout) -> None:
    """Make the builder known to Docker Buildx, and so to Pulumi's docker-build, as `localcluster`."""
    node = {
        "Name": f"{BUILDER_NAME}0",
        "Endpoint": f"unix://{builder_socket(layout)}",
        "Platforms": None,
        "DriverOpts": None,
        "Flags": None,
        "Files": None,
    }
    entry = {"Name": BUILDER_NAME, "Driver": "remote", "Nodes": [node], "Dynamic": False}
    path = layout.buildx / "instances" / BUILDER_NAME
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(entry))
