"""Arguments of a route."""

from endpoints.plan.address import Address, Alias
from endpoints.resources.route_arguments import BackendArgs, GatewayArgs, IngressArgs, RouteArgs
from endpoints.target import GatewayRouter, IngressRouter, Target

CERTIFICATE_SECRET = "endpoints-tls"
"""Name of the Secret, in each deployment's namespace, for certificates that cert-manager obtains."""

ACCEPTANCE_SECONDS = 120
"""How long a Gateway may take to accept a route: most need a second, those of clouds up to a minute."""


def route_arguments(
    served: Address | Alias, target: Target, timeout_seconds: int = ACCEPTANCE_SECONDS
) -> RouteArgs:
    """Return where an address or alias is routed by the target's router.

    `timeout_seconds` is how long may be waited for the route, where that is shorter than usual.
    """
    router = target.router
    rewrites = isinstance(router, GatewayRouter)
    arguments: RouteArgs = {
        "prefix": served.prefix,
        "url": served.url(router.base_url),
        "backends": _backends(served, rewrites=rewrites),
    }
    if router.host is not None:
        arguments["host"] = router.host
    match router:
        case IngressRouter():
            arguments["ingress"] = _ingress(router)
        case GatewayRouter():
            arguments["gateway"] = _gateway(router, min(timeout_seconds, ACCEPTANCE_SECONDS))
    return arguments


def _backends(served: Address | Alias, *, rewrites: bool) -> list[BackendArgs]:
    """Return who answers; a server that knows its own version's prefix alone is given that."""
    if isinstance(served, Address):
        return [{"service": served.object_name, "weight": 1}]
    backends: list[BackendArgs] = []
    for share in served.shares:
        backend: BackendArgs = {"service": share.target.object_name, "weight": share.weight}
        if rewrites and not share.takes_any_version:
            backend["prefix"] = share.target.prefix
        backends.append(backend)
    return backends


def _ingress(router: IngressRouter) -> IngressArgs:
    arguments: IngressArgs = {}
    if router.ingress_class is not None:
        arguments["ingress_class"] = router.ingress_class
    if router.tls is not None:
        arguments["tls_secret"] = router.tls.secret_name or CERTIFICATE_SECRET
    return arguments


def _gateway(router: GatewayRouter, acceptance_seconds: int) -> GatewayArgs:
    arguments: GatewayArgs = {
        "name": router.gateway.name,
        "namespace": router.gateway.namespace,
        "acceptance_seconds": acceptance_seconds,
    }
    if router.gateway.listener is not None:
        arguments["listener"] = router.gateway.listener
    if router.request_timeout_seconds is not None:
        arguments["request_timeout_seconds"] = router.request_timeout_seconds
    return arguments
