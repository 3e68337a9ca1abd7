"""What the plan of an endpoint is made from."""

from dataclasses import dataclass
from pathlib import Path

from endpoints.errors import Problem
from endpoints.manifest import Endpoint, Manifest
from endpoints.plan.address import Address
from endpoints.source import Source, StoreAccess
from endpoints.stack_file import EndpointLayers, EndpointSettings, Settings
from endpoints.yaml_document import KeyPath


@dataclass(frozen=True)
class EndpointInputs:
    """Everything that is known of an endpoint before anything is decided.

    `layers` are its settings as they stand in several places of the stack file, `endpoint_settings` what they
    say together. `serving` is the copy of endpoints/serving.
    `access` is how far object stores may be asked for model files.
    """

    root: Path
    settings: Settings
    layers: EndpointLayers
    address: Address
    manifest: Manifest
    endpoint: Endpoint
    endpoint_settings: EndpointSettings
    source: Source
    serving: Path
    access: StoreAccess

    @property
    def path_prefix(self) -> str:
        """What paths begin with when they reach the server; empty if the router removes the prefix."""
        return "" if self.endpoint_settings.prefix == "strip" else self.address.prefix

    def problem(self, path: KeyPath, text: str) -> Problem:
        """Return a problem of one of the endpoint's settings, at the place that counts."""
        return self.layers.problem(path, text)
