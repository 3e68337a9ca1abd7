"""metrics-server outside the cluster: what `kubectl top` and the HorizontalPodAutoscaler read."""

from pathlib import Path

from localcluster.control_plane.kubeconfigs import kubeconfig_path
from localcluster.instance import Instance
from localcluster.layout import Layout
from localcluster.processes.components import Component
from localcluster.processes.health import http_ok

METRICS_PORT = 4443


def metrics_server(layout: Layout, instance: Instance, programs: Path) -> Component:
    """Give metrics-server; it measures every 10 seconds, the shortest interval that it supports."""
    certificates, address = layout.certificates, instance.network.host
    kubeconfig = kubeconfig_path(layout, "metrics-server")
    return Component(
        name="metrics-server",
        after=("kubernetes programs", "objects"),
        command=(
            f"{programs}/metrics-server",
            f"--kubeconfig={kubeconfig}",
            f"--authentication-kubeconfig={kubeconfig}",
            f"--authorization-kubeconfig={kubeconfig}",
            f"--bind-address={address}",
            f"--secure-port={METRICS_PORT}",
            f"--tls-cert-file={certificates}/metrics-server.crt",
            f"--tls-private-key-file={certificates}/metrics-server.key",
            f"--kubelet-certificate-authority={certificates}/cluster-authority.crt",
            "--kubelet-preferred-address-types=InternalIP",
            "--metric-resolution=10s",
            "--kubelet-request-timeout=5s",
        ),
        # /readyz waits for two measurements, 20 s after a start; /livez tells that it answers.
        is_ready=lambda: http_ok(
            f"https://{address}:{METRICS_PORT}/livez", certificates / "cluster-authority.crt"
        ),
    )
