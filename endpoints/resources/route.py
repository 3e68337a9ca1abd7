"""How requests reach the Services of endpoints: by an Ingress, or by an HTTPRoute of a Gateway."""

import pulumi

from endpoints.resources.http_route import http_route
from endpoints.resources.identity import MetadataArgs
from endpoints.resources.ingress import ingress
from endpoints.resources.route_arguments import RouteArgs


def route_path(identity: MetadataArgs, args: RouteArgs) -> str:
    """Return the route's path in the API."""
    group, kind = ("networking.k8s.io", "ingresses")
    if "gateway" in args:
        group, kind = ("gateway.networking.k8s.io", "httproutes")
    return f"/apis/{group}/v1/namespaces/{identity['namespace']}/{kind}/{identity['object_name']}"


def route(
    name: str, identity: MetadataArgs, args: RouteArgs, opts: pulumi.ResourceOptions
) -> pulumi.Resource:
    """Declare the route as an object of this ``identity``, of the kind that the arguments ask for."""
    if "gateway" in args:
        return http_route(name, identity, args, args["gateway"], opts)
    return ingress(name, identity, args, args["ingress"], opts)
