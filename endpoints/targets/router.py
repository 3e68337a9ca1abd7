"""Who routes requests to endpoints."""

from dataclasses import dataclass
from typing import ClassVar

from endpoints.settings import GatewayReference, GatewayRouting, IngressRouting, RoutingKind, Tls


@dataclass(frozen=True)
class IngressRouter:
    """Whoever serves Ingresses of a class; None for the cluster's default class."""

    base_url: str
    """Scheme and host that URLs begin with; empty where no host is known, so that URLs are bare paths."""
    host: str | None = None
    """The only host name that is served; None for all."""
    ingress_class: str | None = None
    tls: Tls | None = None
    """Where the certificate for the host comes from; None for HTTP."""
    https_port: int | None = None
    """Where HTTPS is answered if that is not port 443, as of the embedded cluster's router."""
    kind: ClassVar[RoutingKind] = "ingress"


@dataclass(frozen=True)
class GatewayRouter:
    """A Gateway that exists, and whoever serves its HTTPRoutes."""

    base_url: str
    """Scheme and host that URLs begin with; empty where no host is known, so that URLs are bare paths."""
    gateway: GatewayReference
    host: str | None = None
    """The only host name that is served; None for all of the listener's."""
    request_timeout_seconds: int | None = None
    """How long an answer may take; None leaves it to the router."""
    kind: ClassVar[RoutingKind] = "gateway"


Router = IngressRouter | GatewayRouter


def router(routing: IngressRouting | GatewayRouting) -> Router:
    """Return the router of a cluster that brings none of its own, as the settings say."""
    match routing:
        case IngressRouting():
            url = _base_url("https" if routing.tls else "http", routing.host)
            return IngressRouter(url, routing.host, routing.ingress_class, routing.tls)
        case GatewayRouting():
            if routing.gateway is None:
                raise ValueError("load_settings lets no such routing through")
            url = _base_url(routing.scheme, routing.host)
            return GatewayRouter(url, routing.gateway, routing.host, routing.request_timeout_seconds)


def _base_url(scheme: str, host: str | None) -> str:
    return f"{scheme}://{host}" if host else ""
