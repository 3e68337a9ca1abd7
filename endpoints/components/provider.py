"""The connection to the cluster that a stack names."""

import pulumi_kubernetes as kubernetes


def provider(name: str, kubeconfig: str | None, context: str, server: str) -> kubernetes.Provider:
    """Declare the provider of everything in the stack.

    The server's address is the cluster's identity, so that renewed credentials or a moved kubeconfig never
    replace running endpoints, and another cluster always does.
    """
    return kubernetes.Provider(name, kubeconfig=kubeconfig, context=context, cluster_identifier=server)
