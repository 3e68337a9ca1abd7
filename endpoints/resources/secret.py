"""Environment variables of an endpoint's pods whose values nobody else may read."""

from typing import TypedDict

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_kubernetes.core.v1 import EnvVarArgsDict

from endpoints.resources.identity import IdentityArgs


class SecretArgs(TypedDict):
    """A Kubernetes Secret with environment variables."""

    name: str
    """Name in Pulumi, unique in the stack and legal in Kubernetes: the object's own name begins with it."""
    variables: dict[str, pulumi.Input[str]]
    """The values by variable."""


def secret(identity: IdentityArgs, args: SecretArgs, opts: pulumi.ResourceOptions) -> list[EnvVarArgsDict]:
    """Declare the Secret, and return the container's variables that refer to it.

    It has no fixed name, so that changed values make another Secret: pods are rolled over to it, and the old
    one goes when they are. With a fixed name the same change would not reach the pods, or would replace the
    workload. A checksum in the pods' annotations would roll them, too, but a short value can be guessed
    from it.
    """
    declared = kubernetes.core.v1.Secret(
        args["name"],
        metadata={"namespace": identity["namespace"], "labels": dict(identity["labels"])},
        immutable=True,
        string_data={name: pulumi.Output.secret(value) for name, value in args["variables"].items()},
        opts=opts,
    )
    object_name = declared.metadata.apply(lambda metadata: metadata.name)
    return [
        {"name": name, "value_from": {"secret_key_ref": {"name": object_name, "key": name}}}
        for name in sorted(args["variables"])
    ]
