"""The node: kubelet, kube-proxy and containerd in namespaces of their own, behind one cable."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

from localcluster.control_plane.certificates import NODE_NAME
from localcluster.control_plane.kubeconfigs import kubeconfig_path
from localcluster.instance import Instance
from localcluster.layout import Layout
from localcluster.node.containerd import containerd
from localcluster.node.control_groups import group_name
from localcluster.node.dns import CLUSTER_DOMAIN, pod_resolver_text
from localcluster.node.network import DNS_SERVICE_ADDRESS
from localcluster.processes.components import Component, Place
from localcluster.processes.health import http_ok
from localcluster.programs.system import SystemPrograms

KUBELET_HEALTH_PORT, KUBE_PROXY_HEALTH_PORT = 10248, 10256
MAXIMUM_PODS = 200
"""Above Kubernetes' default of 110, below the 253 addresses of the pod network."""


def node(
    layout: Layout,
    instance: Instance,
    programs: Path,
    system: SystemPrograms,
    node_pid: Callable[[], int | None],
) -> list[Component]:
    """Give the node's components.

    `node_pid` tells the first process of its namespaces, None while there is none.
    """
    return [
        _first_process(layout, node_pid),
        containerd(layout, instance, system, node_pid),
        _kubelet(layout, instance, programs, system),
        _kube_proxy(layout, instance, programs, system),
    ]


def _first_process(layout: Layout, node_pid: Callable[[], int | None]) -> Component:
    def is_prepared() -> bool:
        pid = node_pid()
        return pid is not None and Path(f"/proc/{pid}/root{layout.node_runtime}/prepared").exists()

    script = Path(__file__).with_name("init.py")
    return Component(
        name="node",
        place=Place.NEW_NODE,
        after=("preparation",),
        command=(sys.executable, "-I", "-S", str(script), str(layout.node_runtime), NODE_NAME),
        is_ready=is_prepared,
        grace_seconds=0.0,
    )


def _kubelet(layout: Layout, instance: Instance, programs: Path, system: SystemPrograms) -> Component:
    certificates, address = layout.certificates, instance.network.node
    settings = {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "authentication": {
            "x509": {"clientCAFile": f"{certificates}/cluster-authority.crt"},
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
        },
        "authorization": {"mode": "Webhook"},
        "tlsCertFile": f"{certificates}/kubelet.crt",
        "tlsPrivateKeyFile": f"{certificates}/kubelet.key",
        "address": address,
        "healthzBindAddress": address,
        "healthzPort": KUBELET_HEALTH_PORT,
        "containerRuntimeEndpoint": f"unix://{layout.node_runtime}/containerd.sock",
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/{group_name(layout.identity)}",
        "failSwapOn": False,
        # Lowering a process's score below its parent's needs CAP_SYS_RESOURCE, which containers such as CI
        # jobs lack.
        "oomScoreAdj": 0,
        "maxPods": MAXIMUM_PODS,
        "podCIDR": instance.network.pod_range,
        "clusterDomain": CLUSTER_DOMAIN,
        "clusterDNS": [DNS_SERVICE_ADDRESS],
        "resolvConf": f"{layout.configuration}/resolv.conf",
        "volumePluginDir": f"{layout.state}/kubelet/volume-plugins",
        "podLogsDir": f"{layout.logs}/pods",
        # The disk is the developer's own: stop only where the machine itself would be in trouble.
        "evictionHard": {"nodefs.available": "1%", "imagefs.available": "1%", "memory.available": "100Mi"},
        "imageGCHighThresholdPercent": 99,
        "imageGCLowThresholdPercent": 98,
        "syncFrequency": "5s",
        # One at a time, as is the default, a large image would keep all other pods of the only node waiting.
        "serializeImagePulls": False,
        "maxParallelImagePulls": 4,
    }
    kubelet_settings = layout.configuration / "kubelet.json"
    return Component(
        name="kubelet",
        place=Place.NODE,
        after=("containerd", "kube-apiserver"),
        command=(
            f"{programs}/kubelet",
            f"--config={kubelet_settings}",
            f"--kubeconfig={kubeconfig_path(layout, 'kubelet')}",
            f"--hostname-override={NODE_NAME}",
            f"--node-ip={address}",
            f"--root-dir={layout.state}/kubelet",
            f"--cert-dir={layout.state}/kubelet/pki",
            # The kubelet's cAdvisor looks for it elsewhere, and would then measure containers without telling
            # whose they are.
            f"--containerd={layout.node_runtime}/containerd.sock",
        ),
        environment=system.environment(),
        configuration={
            kubelet_settings: json.dumps(settings, indent=1),
            # The machine's name servers cannot be reached from a pod.
            layout.configuration / "resolv.conf": pod_resolver_text(instance),
        },
        is_ready=lambda: http_ok(f"http://{address}:{KUBELET_HEALTH_PORT}/healthz"),
    )


def _kube_proxy(layout: Layout, instance: Instance, programs: Path, system: SystemPrograms) -> Component:
    address = instance.network.node
    return Component(
        name="kube-proxy",
        place=Place.NODE,
        after=("node", "kube-apiserver", "system programs"),
        command=(
            f"{programs}/kube-proxy",
            f"--kubeconfig={kubeconfig_path(layout, 'kube-proxy')}",
            f"--hostname-override={NODE_NAME}",
            "--proxy-mode=iptables",
            f"--cluster-cidr={instance.network.pod_range}",
            f"--healthz-bind-address={address}:{KUBE_PROXY_HEALTH_PORT}",
            # The connection tracker's limits belong to the machine.
            "--conntrack-max-per-core=0",
            "--conntrack-tcp-timeout-established=0s",
            "--conntrack-tcp-timeout-close-wait=0s",
        ),
        environment=system.environment(),
        is_ready=lambda: http_ok(f"http://{address}:{KUBE_PROXY_HEALTH_PORT}/livez"),
    )
