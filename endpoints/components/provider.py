"""The connection to the cluster that a stack names."""

import pulumi
import pulumi_kubernetes as kubernetes
from pydantic import SecretStr


def provider(name: str, kubeconfig: str | SecretStr | None, context: str, server: str) -> kubernetes.Provider:
    """Declare the provider of everything in the stack; ``kubeconfig`` is a path, or (secret) a content.

    The server's address is the cluster's identity, so that renewed credentials or a moved kubeconfig never
    replace running endpoints, and another cluster always does.
    """
    return kubernetes.Provider(
        name,
        kubeconfig=pulumi.Output.secret(kubeconfig.get_secret_value())
        if isinstance(kubeconfig, SecretStr)
        else kubeconfig,
        context=context,
        cluster_identifier=server,
    )
