"""The connection to the cluster that a stack names."""

import pulumi
import pulumi_kubernetes as kubernetes
from pydantic import SecretStr

OF_ONE_COMMAND = frozenset({"delete_unreachable", "enable_patch_force", "upsert_existing_objects"})
"""Settings that people give by a variable, such as PULUMI_K8S_ENABLE_PATCH_FORCE, for one command.

The SDK would write them into the state, as a change of the provider now and another one with the next
command. The plugin reads the variables by itself.
"""


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
        opts=pulumi.ResourceOptions(transformations=[_lasting]),
    )


def _lasting(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult:
    props = {key: value for key, value in args.props.items() if key not in OF_ONE_COMMAND}
    return pulumi.ResourceTransformationResult(props, args.opts)
