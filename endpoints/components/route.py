"""How requests reach the Services of endpoints: by an Ingress, or by an HTTPRoute of a Gateway."""

import pulumi

from endpoints.components.http_route import http_route
from endpoints.components.identity import MetadataArgs
from endpoints.components.ingress import ingress
from endpoints.components.route_arguments import RouteArgs


def route(
    name: str, identity: MetadataArgs, args: RouteArgs, opts: pulumi.ResourceOptions
) -> pulumi.Resource:
    """Declare the route as an object of this ``identity``, of the kind that the arguments ask for."""
    if "gateway" in args:
        return http_route(name, identity, args, args["gateway"], opts)
    return ingress(name, identity, args, args["ingress"], opts)
