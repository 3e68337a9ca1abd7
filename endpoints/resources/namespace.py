"""A deployment's namespace, the account that its pods run as, and credentials to pull their images with."""

import base64
import json
from collections.abc import Mapping

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_kubernetes.meta.v1 import ObjectMetaArgsDict

from endpoints.cluster.names import SERVICE_ACCOUNT
from endpoints.image.docker_login import PULL_SECRET_TYPE, Credentials, server_key
from endpoints.target import RegistryAccess

POD_SECURITY = {
    "pod-security.kubernetes.io/enforce": "restricted",
    "pod-security.kubernetes.io/warn": "restricted",
}
"""https://kubernetes.io/docs/concepts/security/pod-security-admission/#pod-security-admission-labels-for-namespaces"""


def namespace(
    name: str,
    object_name: str,
    labels: Mapping[str, str],
    annotations: Mapping[str, str],
    opts: pulumi.ResourceOptions,
) -> kubernetes.core.v1.Namespace:
    """Declare the namespace of one deployment, in which only pods of the ``restricted`` standard may run."""
    described: ObjectMetaArgsDict = {"name": object_name, "labels": {**labels, **POD_SECURITY}}
    if annotations:
        described["annotations"] = dict(annotations)
    return kubernetes.core.v1.Namespace(name, metadata=described, opts=opts)


def service_account(
    name: str,
    namespace_name: str,
    labels: Mapping[str, str],
    pull_secret: pulumi.Input[str] | None,
    opts: pulumi.ResourceOptions,
) -> kubernetes.core.v1.ServiceAccount:
    """Declare the account of the deployment's pods.

    It has no rights and no token: endpoints do not talk to the API server. Nodes pull the pods' images with
    the Secret named ``pull_secret``.
    """
    return kubernetes.core.v1.ServiceAccount(
        name,
        metadata={"name": SERVICE_ACCOUNT, "namespace": namespace_name, "labels": dict(labels)},
        automount_service_account_token=False,
        image_pull_secrets=[{"name": pull_secret}] if pull_secret is not None else None,
        opts=opts,
    )


def let_go(name: str, namespace_name: str, opts: pulumi.ResourceOptions) -> None:
    """Stop managing a namespace and its account without deleting them.

    What is merely read is not Pulumi's own, and reading something under the name and identifier of what it
    has made lets go of that: "relinquish" in the engine's resource/deploy/step_generator.go.
    """
    kubernetes.core.v1.Namespace.get(name, namespace_name, opts)
    kubernetes.core.v1.ServiceAccount.get(name, f"{namespace_name}/{SERVICE_ACCOUNT}", opts)


def pull_secret(
    namespace_name: str, labels: Mapping[str, str], registry: RegistryAccess, opts: pulumi.ResourceOptions
) -> pulumi.Input[str] | None:
    """Return the name of the Secret that nodes pull with, if any; declare it where there are credentials.

    Changed credentials make another Secret, to which the account is changed before the old one goes. Pods are
    not restarted: those that start later get it from the account.
    """
    credentials = registry.pull_credentials
    if credentials is None:
        return registry.pull_secret
    declared = kubernetes.core.v1.Secret(
        # A namespace is a DNS label, so that the dot makes a name that nothing else has.
        f"{namespace_name}.registry",
        metadata={"namespace": namespace_name, "labels": dict(labels)},
        type=PULL_SECRET_TYPE,
        immutable=True,
        string_data={".dockerconfigjson": _configuration(server_key(registry.address), credentials)},
        opts=opts,
    )
    return declared.metadata["name"]


def _configuration(server: str, credentials: Credentials) -> pulumi.Output[str]:
    """Write the credentials as ``~/.docker/config.json`` does."""
    password = credentials.password.get_secret_value()
    entry = {
        "username": credentials.username,
        "password": password,
        "auth": base64.b64encode(f"{credentials.username}:{password}".encode()).decode(),
    }
    return pulumi.Output.secret(json.dumps({"auths": {server: entry}}))
