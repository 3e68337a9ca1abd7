"""Credentials that the nodes pull a deployment's images with."""

import base64
import json
from typing import TypedDict

import pulumi
import pulumi_kubernetes as kubernetes

from endpoints.image.docker_login import PULL_SECRET_TYPE


class PullSecretArgs(TypedDict):
    """A Kubernetes Secret with the credentials of one registry."""

    name: str
    """Name in Pulumi, unique in the stack and legal in Kubernetes: the object's own name begins with it."""
    server: str
    """The registry, as Docker's configuration files name it."""
    username: str
    """User name that may pull."""
    password: pulumi.Input[str]
    """Password or token; always a secret."""


def _configuration(args: PullSecretArgs) -> pulumi.Output[str]:
    """Write the credentials as ``~/.docker/config.json`` does."""

    def written(password: str) -> str:
        login = f"{args['username']}:{password}".encode()
        entry = {
            "username": args["username"],
            "password": password,
            "auth": base64.b64encode(login).decode(),
        }
        return json.dumps({"auths": {args["server"]: entry}})

    return pulumi.Output.secret(args["password"]).apply(written)


def pull_secret(
    namespace: str, labels: dict[str, str], args: PullSecretArgs, opts: pulumi.ResourceOptions
) -> pulumi.Output[str]:
    """Declare the Secret, and return the object's name for the account that pods run as.

    Changed credentials make another Secret, to which the account is changed before the old one goes. Pods are
    not restarted: those that start later get it from the account.
    """
    declared = kubernetes.core.v1.Secret(
        args["name"],
        metadata={"namespace": namespace, "labels": dict(labels)},
        type=PULL_SECRET_TYPE,
        immutable=True,
        string_data={".dockerconfigjson": _configuration(args)},
        opts=opts,
    )
    return declared.metadata["name"]
