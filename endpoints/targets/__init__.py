"""Where a stack's endpoints run: how cluster, registry, router and image builder are reached."""

from endpoints.targets.builder import ImageBuilder
from endpoints.targets.cluster import Cluster
from endpoints.targets.move import Move
from endpoints.targets.registry import RegistryAccess
from endpoints.targets.resolve import resolve_target
from endpoints.targets.router import GatewayRouter, IngressRouter, Router
from endpoints.targets.target import Target

__all__ = [
    "Cluster",
    "GatewayRouter",
    "ImageBuilder",
    "IngressRouter",
    "Move",
    "RegistryAccess",
    "Router",
    "Target",
    "resolve_target",
]
