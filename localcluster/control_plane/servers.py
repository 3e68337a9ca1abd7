"""etcd and the Kubernetes control plane, reachable only from this machine and from the node."""

from pathlib import Path

from localcluster.control_plane.kubeconfigs import API_PORT, kubeconfig_path
from localcluster.instance import Instance
from localcluster.layout import Layout
from localcluster.node.network import SERVICE_RANGE
from localcluster.processes.components import Component
from localcluster.processes.health import http_ok

ETCD_PORT, ETCD_PEER_PORT, ETCD_METRICS_PORT = 2379, 2380, 2381
CONTROLLER_MANAGER_PORT, SCHEDULER_PORT = 10257, 10259


def control_plane(layout: Layout, instance: Instance, programs: Path) -> list[Component]:
    """Give etcd, the API server, the controller manager and the scheduler.

    `programs` is the directory of the built ones.
    """
    return [
        _etcd(layout, instance, programs),
        _api_server(layout, instance, programs),
        _controller_manager(layout, instance, programs),
        _scheduler(layout, instance, programs),
    ]


def _etcd(layout: Layout, instance: Instance, programs: Path) -> Component:
    certificates, address = layout.certificates, instance.network.loopback
    tls = []
    for side in ("", "peer-"):
        tls += [
            f"--{side}cert-file={certificates}/etcd.crt",
            f"--{side}key-file={certificates}/etcd.key",
            f"--{side}trusted-ca-file={certificates}/etcd-authority.crt",
            f"--{side}client-cert-auth=true",
        ]
    metrics = f"http://{address}:{ETCD_METRICS_PORT}"
    return Component(
        name="etcd",
        after=("kubernetes programs", "certificates"),
        command=(
            f"{programs}/etcd",
            "--name=localcluster",
            f"--data-dir={layout.state}/etcd",
            f"--listen-client-urls=https://{address}:{ETCD_PORT}",
            f"--advertise-client-urls=https://{address}:{ETCD_PORT}",
            f"--listen-peer-urls=https://{address}:{ETCD_PEER_PORT}",
            f"--initial-advertise-peer-urls=https://{address}:{ETCD_PEER_PORT}",
            f"--initial-cluster=localcluster=https://{address}:{ETCD_PEER_PORT}",
            f"--listen-metrics-urls={metrics}",
            *tls,
        ),
        is_ready=lambda: http_ok(f"{metrics}/readyz"),
    )


def _api_server(layout: Layout, instance: Instance, programs: Path) -> Component:
    certificates, network = layout.certificates, instance.network
    return Component(
        name="kube-apiserver",
        # The address of the machine's end of the cable, on which it listens, exists only once the node does.
        after=("etcd", "cable"),
        command=(
            f"{programs}/kube-apiserver",
            f"--etcd-servers=https://{network.loopback}:{ETCD_PORT}",
            f"--etcd-cafile={certificates}/etcd-authority.crt",
            f"--etcd-certfile={certificates}/api-server-to-etcd.crt",
            f"--etcd-keyfile={certificates}/api-server-to-etcd.key",
            f"--bind-address={network.host}",
            f"--advertise-address={network.host}",
            f"--secure-port={API_PORT}",
            f"--tls-cert-file={certificates}/api-server.crt",
            f"--tls-private-key-file={certificates}/api-server.key",
            f"--client-ca-file={certificates}/cluster-authority.crt",
            "--authorization-mode=Node,RBAC",
            "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
            f"--service-account-key-file={certificates}/service-account.pub",
            f"--service-account-signing-key-file={certificates}/service-account.key",
            f"--service-cluster-ip-range={SERVICE_RANGE}",
            # The node's name means nothing to the machine's resolver.
            "--kubelet-preferred-address-types=InternalIP",
            f"--kubelet-certificate-authority={certificates}/cluster-authority.crt",
            f"--kubelet-client-certificate={certificates}/api-server-to-kubelet.crt",
            f"--kubelet-client-key={certificates}/api-server-to-kubelet.key",
            f"--requestheader-client-ca-file={certificates}/front-proxy-authority.crt",
            "--requestheader-allowed-names=front-proxy-client",
            "--requestheader-extra-headers-prefix=X-Remote-Extra-",
            "--requestheader-group-headers=X-Remote-Group",
            "--requestheader-username-headers=X-Remote-User",
            f"--proxy-client-cert-file={certificates}/front-proxy.crt",
            f"--proxy-client-key-file={certificates}/front-proxy.key",
            # The machine has no way to Service addresses: aggregated servers and webhooks are reached at
            # their endpoints.
            "--enable-aggregator-routing=true",
        ),
        is_ready=lambda: http_ok(
            f"https://{network.host}:{API_PORT}/readyz", certificates / "cluster-authority.crt"
        ),
    )


def _controller_manager(layout: Layout, instance: Instance, programs: Path) -> Component:
    certificates, address = layout.certificates, instance.network.loopback
    kubeconfig = kubeconfig_path(layout, "controller-manager")
    return Component(
        name="kube-controller-manager",
        after=("kube-apiserver",),
        command=(
            f"{programs}/kube-controller-manager",
            f"--kubeconfig={kubeconfig}",
            f"--authentication-kubeconfig={kubeconfig}",
            f"--authorization-kubeconfig={kubeconfig}",
            f"--bind-address={address}",
            f"--secure-port={CONTROLLER_MANAGER_PORT}",
            f"--tls-cert-file={certificates}/api-server.crt",
            f"--tls-private-key-file={certificates}/api-server.key",
            f"--service-account-private-key-file={certificates}/service-account.key",
            f"--root-ca-file={certificates}/cluster-authority.crt",
            f"--cluster-signing-cert-file={certificates}/cluster-authority.crt",
            f"--cluster-signing-key-file={certificates}/cluster-authority.key",
            "--use-service-account-credentials=true",
            "--leader-elect=false",
            # A third of the default, so that trying out autoscaling takes seconds.
            "--horizontal-pod-autoscaler-sync-period=5s",
        ),
        is_ready=lambda: http_ok(
            f"https://{address}:{CONTROLLER_MANAGER_PORT}/healthz", certificates / "cluster-authority.crt"
        ),
    )


def _scheduler(layout: Layout, instance: Instance, programs: Path) -> Component:
    certificates, address = layout.certificates, instance.network.loopback
    kubeconfig = kubeconfig_path(layout, "scheduler")
    return Component(
        name="kube-scheduler",
        after=("kube-apiserver",),
        command=(
            f"{programs}/kube-scheduler",
            f"--kubeconfig={kubeconfig}",
            f"--authentication-kubeconfig={kubeconfig}",
            f"--authorization-kubeconfig={kubeconfig}",
            f"--bind-address={address}",
            f"--secure-port={SCHEDULER_PORT}",
            f"--tls-cert-file={certificates}/api-server.crt",
            f"--tls-private-key-file={certificates}/api-server.key",
            "--leader-elect=false",
        ),
        is_ready=lambda: http_ok(
            f"https://{address}:{SCHEDULER_PORT}/healthz", certificates / "cluster-authority.crt"
        ),
    )
