"""Kubeconfigs of the administrator and of the components, each with its own certificate."""

import base64
import json
from pathlib import Path

from localcluster.atomic_write import write_atomically
from localcluster.layout import Layout
from localcluster.node.network import Network

API_PORT = 6443
CONTEXT = "localcluster"
USERS = (
    "administrator",
    "controller-manager",
    "scheduler",
    "kubelet",
    "kube-proxy",
    "router",
    "dns",
    "metrics-server",
    "simulated-nodes",
)


def write_kubeconfigs(layout: Layout, network: Network) -> None:
    """Write the kubeconfig of every user; only root may read them. They are JSON, which is YAML too."""
    for user in USERS:
        content = json.dumps(_kubeconfig(layout.certificates, user, network), indent=1)
        _write_private(kubeconfig_path(layout, user), content)
    _write_private(layout.kubeconfig, kubeconfig_path(layout, "administrator").read_text())


def kubeconfig_path(layout: Layout, user: str) -> Path:
    """Where the kubeconfig of a component lies."""
    return layout.certificates / f"{user}.kubeconfig"


def _kubeconfig(certificates: Path, user: str, network: Network) -> dict[str, object]:
    def encoded(name: str) -> str:
        return base64.b64encode((certificates / name).read_bytes()).decode()

    cluster = {
        "server": f"https://{network.host}:{API_PORT}",
        "certificate-authority-data": encoded("cluster-authority.crt"),
    }
    credentials = {
        "client-certificate-data": encoded(f"{user}.crt"),
        "client-key-data": encoded(f"{user}.key"),
    }
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": CONTEXT,
        "clusters": [{"name": CONTEXT, "cluster": cluster}],
        "users": [{"name": user, "user": credentials}],
        "contexts": [{"name": CONTEXT, "context": {"cluster": CONTEXT, "user": user}}],
    }


def _write_private(path: Path, content: str) -> None:
    """Replace a file that only its owner may read; unchanged content is left alone."""
    if path.exists() and path.read_text() == content:
        return
    write_atomically(path, content, mode=0o600)
