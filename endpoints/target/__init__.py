"""Where a stack's endpoints run: how cluster, registry, router and image builder are reached."""

from endpoints.target.resolve import resolve_target
from endpoints.target.target import (
    Cluster,
    GatewayRouter,
    ImageBuilder,
    IngressRouter,
    Move,
    Ownership,
    RegistryAccess,
    Router,
    Target,
    route_path,
)

__all__ = [
    "Cluster",
    "GatewayRouter",
    "ImageBuilder",
    "IngressRouter",
    "Move",
    "Ownership",
    "RegistryAccess",
    "Router",
    "Target",
    "resolve_target",
    "route_path",
]
