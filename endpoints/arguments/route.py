"""Arguments of a route."""

from endpoints.address import Address
from endpoints.alias import Alias
from endpoints.components.route import RouteArgs
from endpoints.targets import Target


def route_arguments(served: Address | Alias, target: Target) -> RouteArgs:
    """Return where an address or alias is routed by the target's router."""
    router = target.router
    arguments: RouteArgs = {"prefix": served.prefix, "url": served.url(router.base_url)}
    if router.ingress_class is not None:
        arguments["ingress_class"] = router.ingress_class
    if router.host is not None:
        arguments["host"] = router.host
    if router.tls_secret is not None:
        arguments["tls_secret"] = router.tls_secret
    return arguments
