"""Who routes requests to endpoints."""

from dataclasses import dataclass

from endpoints.settings import RoutingKind


@dataclass(frozen=True)
class Router:
    """Who routes requests to endpoints."""

    kind: RoutingKind
    ingress_class: str | None
    host: str | None
    tls_secret: str | None
    base_url: str
    """Scheme and host that URLs begin with; empty where no host is known, so that URLs are bare paths."""
