"""A stack that moves from one cluster to another."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Move:
    """What the stack's state tells of the cluster that it leaves."""

    servers: tuple[str, ...]
    """Addresses of the API servers that have objects of the stack; not of the one that it moves to."""
    uids: frozenset[str]
    """Those of the stack's objects, with some of the new cluster's where a move has ended halfway."""
