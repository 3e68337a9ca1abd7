"""What a component of the cluster is: a program, its place, its configuration and a sign that it works."""

import enum
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path


class Place(enum.Enum):
    """Where a component runs."""

    MACHINE = "machine"
    """Directly on the machine."""
    OWN_MOUNTS = "own mounts"
    """On the machine's network, with its own mounts and processes, which vanish with it."""
    NEW_NODE = "new node"
    """As the first process of the node's namespaces."""
    NODE = "node"
    """Inside the node's namespaces."""


@dataclass(frozen=True)
class Component:
    """One long-running program.

    `after` names the steps that must be done before it starts. `is_ready` says whether it does its work, and
    is asked until it does or `patience_seconds` have passed. `environment` replaces the whole environment of
    the process. A change of the command, the environment or one of the `configuration` files (path to
    content) makes the next `up` restart it. `leftovers` are files that a killed predecessor leaves and that
    would be in the way.
    """

    name: str
    command: tuple[str, ...]
    is_ready: Callable[[], bool]
    after: tuple[str, ...] = ()
    place: Place = Place.MACHINE
    environment: Mapping[str, str] = field(default_factory=dict)
    configuration: Mapping[Path, str] = field(default_factory=dict)
    leftovers: tuple[Path, ...] = ()
    patience_seconds: float = 60.0
    grace_seconds: float = 5.0

    @property
    def fingerprint(self) -> str:
        """Changes whenever a running process no longer is what it should be."""
        configuration = sorted((str(path), text) for path, text in self.configuration.items())
        content = (self.command, sorted(self.environment.items()), configuration, self.place.value)
        return hashlib.sha256(repr(content).encode()).hexdigest()[:16]
