"""The cluster that endpoints run on."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Cluster:
    """A Kubernetes API server and how to get in."""

    kubeconfig: str | None
    """Path of the kubeconfig file; None for kubectl's own choice (KUBECONFIG, then ``~/.kube/config``)."""
    context: str
    server: str
    """Address of the API server. It identifies the cluster: for another one everything is created anew."""
