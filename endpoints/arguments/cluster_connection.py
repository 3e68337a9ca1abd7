"""Arguments of the connection to the API server."""

from pydantic import SecretStr

from endpoints.resources.cluster_connection import ClusterConnectionArgs
from endpoints.target import Cluster


def cluster_connection_arguments(cluster: Cluster) -> ClusterConnectionArgs:
    """Return how an update reaches the API server."""
    arguments: ClusterConnectionArgs = {"context": cluster.context, "server": cluster.server}
    if isinstance(cluster.kubeconfig, SecretStr):
        arguments["kubeconfig_content"] = cluster.kubeconfig.get_secret_value()
    elif cluster.kubeconfig is not None:
        arguments["kubeconfig"] = cluster.kubeconfig
    return arguments
