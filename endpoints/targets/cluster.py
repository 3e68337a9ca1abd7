"""The cluster that endpoints run on."""

from dataclasses import dataclass

from pydantic import SecretStr


@dataclass(frozen=True)
class Cluster:
    """A Kubernetes API server and how to get in."""

    kubeconfig: str | SecretStr | None
    """Path of the kubeconfig file, or (secret) its content.

    None is kubectl's own choice (KUBECONFIG, then ``~/.kube/config``).
    """
    context: str
    server: str
    """Address of the API server. It identifies the cluster: for another one everything is created anew."""
