"""Routes of aliases: other names for a version, which move from one to another."""

from typing import TypedDict

import pulumi
import pulumi_kubernetes as kubernetes

from endpoints.components.identity import IdentityArgs
from endpoints.components.route import RouteArgs, ingress


class AliasArgs(TypedDict):
    """An alias of a version, for one of its endpoints."""

    object_name: str
    """``metadata.name`` of the route; it stays when the alias moves."""
    labels: dict[str, str]
    """Labels of the route."""
    version: str
    """The version that the alias stands for."""
    endpoint: str
    """The endpoint that serves it: its key among those of the deployment, ``<version>/<endpoint>``."""
    route: RouteArgs
    """Where requests come from."""


def alias(
    name: str, identity: IdentityArgs, args: AliasArgs, opts: pulumi.ResourceOptions
) -> kubernetes.networking.v1.Ingress:
    """Declare the alias's route to the endpoint with this ``identity``.

    It should depend on the endpoint: an alias then moves once the endpoint's pods work, and not at all where
    they do not.
    """
    own: IdentityArgs = {**identity, "object_name": args["object_name"], "labels": args["labels"]}
    return ingress(name, own, identity["object_name"], args["route"], opts)
