"""Hooks of one cluster share a connection."""

from pathlib import Path

from endpoints.resources.cluster_connection import ClusterConnectionArgs, connect

FILE = Path(__file__).parents[2] / "fixtures/kubeconfig.yaml"
SERVER = "https://kubernetes.acme.example:6443"


def test_one_way_in_is_one_connection() -> None:
    by_path: ClusterConnectionArgs = {"kubeconfig": str(FILE), "context": "prod", "server": SERVER}
    by_content: ClusterConnectionArgs = {
        "kubeconfig_content": FILE.read_text(),
        "context": "prod",
        "server": SERVER,
    }
    assert connect(by_path) is connect({**by_path})
    assert connect(by_content) is not connect(by_path)
    assert connect(by_content).configuration.host == connect(by_path).configuration.host
