"""Everything about the surroundings of a stack's endpoints."""

from dataclasses import dataclass

from endpoints.grant import Grant
from endpoints.targets.builder import ImageBuilder
from endpoints.targets.cluster import Cluster
from endpoints.targets.move import Move
from endpoints.targets.registry import RegistryAccess
from endpoints.targets.router import Router


@dataclass(frozen=True)
class Target:
    """Everything about the surroundings of a stack's endpoints."""

    cluster: Cluster
    registry: RegistryAccess
    router: Router
    builder: ImageBuilder
    grant: Grant | None = None
    """What limits the stack on a managed cluster; None elsewhere."""
    makes_namespaces: bool = True
    """Whether stacks make the namespaces of their deployments, with the account of the pods in each."""
    move: Move | None = None
    """Where the stack moves here from; None where it is here already, or new."""
    handed_over: frozenset[str] = frozenset()
    """Namespaces that the stack has made in this cluster, and that somebody else is to manage from now on."""
    pull_secrets: frozenset[tuple[str, str]] = frozenset()
    """Secrets of the stack that nodes pull with, by namespace and name; they go from what is handed over."""
