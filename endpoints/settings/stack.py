"""The shape of a stack file, with every default.

docs/stack-file.md explains each key to users; a test compares both.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, SecretStr

from endpoints.errors import Problem
from endpoints.settings.builder import Builder, BuildkitBuilder
from endpoints.settings.cluster import EmbeddedCluster, ManagedCluster, UserCluster
from endpoints.settings.deployment import DeploymentSettings
from endpoints.settings.endpoint import EndpointDefaults
from endpoints.settings.prices import Prices
from endpoints.settings.registry import Registry
from endpoints.settings.routing import GatewayRouting, IngressRouting
from endpoints.settings.stack_settings import StackSettings
from endpoints.settings.values import SENSITIVE, Environment, Organization
from endpoints.wording import quote, suggestion
from endpoints.yaml_document import KeyPath

Preflight = Literal["enforce", "advise", "off"]


class Settings(StackSettings):
    """A whole stack.

    `preflight` tells what becomes of a cluster that could not carry the stack out: an error before anything
    is changed (`enforce`), a warning (`advise`), or nothing, for previews that cannot reach the cluster or
    may not ask it (`off`). `registry` and `routing` are required for a `user` cluster and come from the
    connection file of an `embedded` one. `defaults` are for every endpoint of every deployment.
    """

    organization: Organization
    cluster: Annotated[UserCluster | EmbeddedCluster | ManagedCluster, Field(discriminator="kind")]
    registry: Registry | None = None
    routing: Annotated[IngressRouting | GatewayRouting, Field(discriminator="kind")] | None = None
    builder: Builder = BuildkitBuilder()
    environment: Environment = Field(default_factory=dict, json_schema_extra=SENSITIVE)
    defaults: EndpointDefaults = EndpointDefaults()
    secrets: Mapping[str, SecretStr] = Field(default_factory=dict, json_schema_extra=SENSITIVE)
    prices: Prices | None = None
    preflight: Preflight = "enforce"
    deployments: tuple[DeploymentSettings, ...]

    def unknown_secret(self, path: KeyPath, name: str) -> Problem:
        """Return the problem of a setting at `path` that refers to a secret which is not there."""
        known = f"{self.key(('secrets',))}; {suggestion(name, self.secrets)}"
        text = f"found secret {quote(name)}, which is not in {known}; or set it: "
        return self.problem(path, f"{text}pulumi config set --secret --path '{self.key(('secrets', name))}'")
