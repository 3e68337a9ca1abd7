"""The connection to the cluster that a stack names."""

import pulumi
import pulumi_kubernetes as kubernetes
from pydantic import SecretStr


def provider(kubeconfig: str | SecretStr | None, context: str, server: str) -> kubernetes.Provider:
    """Declare the provider of everything in the stack; ``kubeconfig`` is a path, or (secret) a content.

    The server's address is the cluster's identity, so that renewed credentials or a moved kubeconfig never
    replace running endpoints, and another cluster always does. It is the name as well: the engine knows by
    the name alone what a provider was before, and would take for unchanged what an update that failed halfway
    from one cluster to another has not come to (``providerChanged`` in resource/deploy/step_generator.go).
    """
    return kubernetes.Provider(
        server,
        kubeconfig=pulumi.Output.secret(kubeconfig.get_secret_value())
        if isinstance(kubeconfig, SecretStr)
        else kubeconfig,
        context=context,
        cluster_identifier=server,
    )
