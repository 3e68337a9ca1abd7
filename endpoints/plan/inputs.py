"""What the plan of an endpoint is made from."""

from dataclasses import dataclass
from pathlib import Path

from endpoints.address import Address
from endpoints.errors import Problem
from endpoints.manifest import Endpoint, Manifest
from endpoints.plan.environment import Variables
from endpoints.settings import EndpointSettings, Settings
from endpoints.source import Source
from endpoints.yaml_document import KeyPath


@dataclass(frozen=True)
class EndpointInputs:
    """Everything that is known of an endpoint before anything is decided.

    `path` is where its settings stand, or would stand, in the stack file. `environments` are the variables of
    organization, deployment and version, the later ones winning. `serving` is the copy of endpoints/serving.
    """

    root: Path
    settings: Settings
    path: KeyPath
    address: Address
    manifest: Manifest
    endpoint: Endpoint
    endpoint_settings: EndpointSettings
    environments: tuple[Variables, ...]
    source: Source
    serving: Path

    def problem(self, path: KeyPath, text: str) -> Problem:
        """Return a problem of one of the endpoint's settings."""
        return self.settings.problem((*self.path, *path), text)
