"""The shape of a managing stack's file, with every default.

docs/managed.md explains each key; a test compares both.
"""

from typing import Annotated

from pydantic import Field, PrivateAttr

from endpoints.settings import EmbeddedCluster, GatewayRouting, IngressRouting, Registry, UserCluster
from endpoints.settings.places import Places
from endpoints.settings.stack_settings import StackSettings
from managed.settings.limits import Limits
from managed.settings.network import Network
from managed.settings.team import Team
from managed.settings.tokens import Tokens

PROJECT = "managed"
"""Name of the Pulumi project, which begins every key of a stack file."""


class Settings(StackSettings):
    """A whole managing stack.

    `registry` and `routing` are required for a `user` cluster, and come from the embedded one itself.
    """

    cluster: Annotated[UserCluster | EmbeddedCluster, Field(discriminator="kind")]
    registry: Registry | None = None
    routing: Annotated[IngressRouting | GatewayRouting, Field(discriminator="kind")] | None = None
    network: Network = Network()
    tokens: Tokens = Tokens()
    limits: Limits = Limits()
    teams: Annotated[tuple[Team, ...], Field(min_length=1)]
    _places: Places = PrivateAttr(default_factory=lambda: Places(None, PROJECT))
