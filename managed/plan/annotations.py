"""Annotations of a team's namespace that say what may be in it.

The admission policies read them. No team has any right to a Namespace object, so that nobody can widen them.
"""

from endpoints.address import deployment_prefix
from endpoints.grant import GrantedRouter
from endpoints.settings import GatewayRouting, IngressRouting

PREFIX = "valohai.com/route-prefix"
"""Every route is this path, or below it."""

HOSTS = "valohai.com/route-hosts"
"""Host names that routes may have, separated by commas; empty where they must have none."""

INGRESS_CLASS = "valohai.com/ingress-class"
"""The class that an Ingress must have; empty where the cluster's default class serves it."""

GATEWAY = "valohai.com/gateway"
"""The Gateway that an HTTPRoute must be attached to, `<namespace>/<name>`; empty where there is none."""

REPOSITORY = "valohai.com/image-repository"
"""Every image is below this path of a registry."""


def annotations(
    organization: str, project: str, deployment: str, router: GrantedRouter, repository: str
) -> dict[str, str]:
    """Return the annotations of one deployment's namespace."""
    routing = router.routing
    gateway = routing.gateway if isinstance(routing, GatewayRouting) else None
    return {
        PREFIX: deployment_prefix(organization, project, deployment),
        HOSTS: ",".join(router.hosts),
        INGRESS_CLASS: (routing.ingress_class or "") if isinstance(routing, IngressRouting) else "",
        GATEWAY: f"{gateway.namespace}/{gateway.name}" if gateway else "",
        REPOSITORY: repository,
    }
