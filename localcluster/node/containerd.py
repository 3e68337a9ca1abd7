"""containerd: the container runtime of the node, and how it finds images."""

from collections.abc import Callable
from pathlib import Path

from localcluster.instance import Instance
from localcluster.layout import Layout
from localcluster.network_policy.component import PLUGIN, agent_socket, plugin_directory
from localcluster.node.network import Network
from localcluster.processes.components import Component, Place
from localcluster.processes.health import answers_call
from localcluster.programs.system import SystemPrograms

PAUSE_IMAGE = "localcluster/pause:1"
"""The container that holds a pod's namespaces; built here, because the usual one's registry may be out of
reach.
"""


def containerd(
    layout: Layout, instance: Instance, system: SystemPrograms, node_pid: Callable[[], int | None]
) -> Component:
    """Give containerd with its configuration, its registries and its network plugin."""

    def socket_seen_from_here() -> Path | None:
        pid = node_pid()
        return Path(f"/proc/{pid}/root{layout.node_runtime}/containerd.sock") if pid else None

    settings = layout.configuration / "containerd.toml"
    registries = layout.configuration / "registries"
    return Component(
        name="containerd",
        place=Place.NODE,
        # The node's loopback interface, on which containerd listens as well, is up once the cable is laid.
        after=("cable", "network plugins"),
        command=(f"{system.directory}/usr/bin/containerd", f"--config={settings}"),
        environment=system.environment(),
        configuration={
            settings: settings_text(layout, instance),
            registries / "docker.io" / "hosts.toml": hosts_text(instance),
            registries / instance.registry / "hosts.toml": hosts_text(instance),
            layout.configuration / "cni" / "10-localcluster.conflist": network_text(layout, instance.network),
        },
        # It accepts connections before it is ready for kubelet, which ends where it is not.
        is_ready=lambda: answers_call(socket_seen_from_here, "/runtime.v1.RuntimeService/Version"),
    )


def settings_text(layout: Layout, instance: Instance) -> str:
    """containerd.toml.

    What must outlive the node lies in the state directory, all else in the node's own /run.
    """
    return f"""version = 2
root = "{layout.state}/containerd"
state = "{layout.node_runtime}/containerd"

[grpc]
address = "{layout.node_runtime}/containerd.sock"

[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "{instance.registry}/{PAUSE_IMAGE}"
# Without CAP_SYS_RESOURCE no score can be lowered, and loading AppArmor profiles would change the machine.
restrict_oom_score_adj = true
disable_apparmor = true

[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "{plugin_directory(layout)}"
conf_dir = "{layout.configuration}/cni"

[plugins."io.containerd.grpc.v1.cri".registry]
config_path = "{layout.configuration}/registries"

[plugins."io.containerd.grpc.v1.cri".containerd]
snapshotter = "overlayfs"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
SystemdCgroup = false
"""


def hosts_text(instance: Instance) -> str:
    """hosts.toml: both the registry's own name and docker.io lead to the embedded registry.

    There is deliberately no second server: the node has no way to the Internet, and "not found" at once says
    more than a time-out.
    """
    server = f"http://{instance.network.host}:{instance.registry_port}"
    return f'server = "{server}"\n\n[host."{server}"]\ncapabilities = ["pull", "resolve"]\n'


def network_text(layout: Layout, network: Network) -> str:
    """Render the pod network: a cable from each pod to the node, no bridge; leases in the node's own /run."""
    return f"""{{
 "cniVersion": "0.4.0",
 "name": "localcluster",
 "plugins": [
  {{
   "type": "ptp",
   "ipMasq": false,
   "ipam": {{
    "type": "host-local",
    "dataDir": "{layout.node_runtime}/leases",
    "ranges": [[{{"subnet": "{network.pod_range}"}}]],
    "routes": [{{"dst": "0.0.0.0/0"}}]
   }}
  }},
  {{"type": "portmap", "capabilities": {{"portMappings": true}}}},
  {{"type": "{PLUGIN}", "agent": "{agent_socket(layout)}"}}
 ]
}}
"""
