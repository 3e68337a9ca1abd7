"""Routes of aliases: other names for versions, which move from one to another."""

from typing import TypedDict

import pulumi

from endpoints.components.identity import MetadataArgs
from endpoints.components.route import route
from endpoints.components.route_arguments import RouteArgs


class AliasArgs(TypedDict):
    """An alias of one or more versions, for one of their endpoints."""

    metadata: MetadataArgs
    """How the route is named; the name stays when the alias moves."""
    versions: dict[str, int]
    """The versions that the alias stands for, with their weights."""
    endpoints: list[str]
    """The endpoints that serve it: their keys among those of the deployment, ``<version>/<endpoint>``."""
    route: RouteArgs
    """Where requests come from and go to."""


def alias(name: str, args: AliasArgs, opts: pulumi.ResourceOptions) -> pulumi.Resource:
    """Declare the alias's route.

    It should depend on the endpoints: an alias then moves once their pods work, and not at all where they do
    not.
    """
    return route(name, args["metadata"], args["route"], opts)
