"""Routes of aliases: other names for versions, which move from one to another."""

from typing import NotRequired, TypedDict

import pulumi

from endpoints.resources.claim import ClaimArgs, claim
from endpoints.resources.identity import MetadataArgs
from endpoints.resources.route import route, route_path
from endpoints.resources.route_arguments import RouteArgs


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
    claim: NotRequired[ClaimArgs]
    """Whose the route is, in a namespace that others may use, too."""


def alias(name: str, args: AliasArgs, opts: pulumi.ResourceOptions) -> pulumi.Resource:
    """Declare the alias's route.

    It should depend on the endpoints: an alias then moves once their pods work, and not at all where they do
    not.
    """
    if "claim" not in args:
        return route(name, args["metadata"], args["route"], opts)
    own = args["metadata"]
    hooks = claim(
        name,
        f"the route {own['object_name']} of the namespace {own['namespace']}",
        route_path(own, args["route"]),
        args["claim"],
    )
    return route(
        name, own, args["route"], pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(hooks=hooks))
    )
