"""What keeps one deployment apart from others: its namespace and the account that its pods run as."""

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_kubernetes.meta.v1 import ObjectMetaArgsDict

POD_SECURITY = {
    "pod-security.kubernetes.io/enforce": "restricted",
    "pod-security.kubernetes.io/warn": "restricted",
}
"""https://kubernetes.io/docs/concepts/security/pod-security-admission/#pod-security-admission-labels-for-namespaces"""


def namespace(
    name: str,
    object_name: str,
    labels: dict[str, str],
    annotations: dict[str, str],
    opts: pulumi.ResourceOptions,
) -> kubernetes.core.v1.Namespace:
    """Declare the namespace of one deployment, in which only pods of the ``restricted`` standard may run."""
    described: ObjectMetaArgsDict = {"name": object_name, "labels": {**labels, **POD_SECURITY}}
    if annotations:
        described["annotations"] = dict(annotations)
    return kubernetes.core.v1.Namespace(name, metadata=described, opts=opts)


def service_account(
    name: str,
    object_name: str,
    namespace_name: str,
    labels: dict[str, str],
    pull_secret: pulumi.Input[str] | None,
    opts: pulumi.ResourceOptions,
) -> kubernetes.core.v1.ServiceAccount:
    """Declare the account of the deployment's pods.

    It has no rights and no token: endpoints do not talk to the API server. Nodes pull the pods' images with
    the Secret named ``pull_secret``.
    """
    return kubernetes.core.v1.ServiceAccount(
        name,
        metadata={"name": object_name, "namespace": namespace_name, "labels": dict(labels)},
        automount_service_account_token=False,
        image_pull_secrets=[{"name": pull_secret}] if pull_secret is not None else None,
        opts=opts,
    )


def let_go(name: str, namespace_name: str, account_name: str, opts: pulumi.ResourceOptions) -> None:
    """Stop managing a namespace and its account without deleting them.

    What is merely read is not Pulumi's own, and reading something under the name and identifier of what it
    has made lets go of that: "relinquish" in the engine's resource/deploy/step_generator.go.
    """
    kubernetes.core.v1.Namespace.get(name, namespace_name, opts)
    kubernetes.core.v1.ServiceAccount.get(name, f"{namespace_name}/{account_name}", opts)
