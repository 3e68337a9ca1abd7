"""A deployment and its versions."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import BeforeValidator, Field

from endpoints.settings.alias import Shares
from endpoints.settings.endpoint import EndpointDefaults, EndpointSettings
from endpoints.settings.model import Model
from endpoints.settings.values import (
    SENSITIVE,
    Commit,
    Environment,
    Flag,
    PathSegment,
    RelativePath,
    SourceLocation,
)


def _default_when_empty(value: object) -> object:
    """Read `predict-digit:` with nothing behind it as an endpoint with default settings."""
    return {} if value is None else value


Endpoints = Mapping[
    str,
    Annotated[
        EndpointSettings,
        BeforeValidator(_default_when_empty, json_schema_input_type=EndpointSettings | None),
    ],
]
"""Settings by the endpoint's name in valohai.yaml."""


class VersionSettings(Model):
    """One version of a deployment, immutable by intent.

    `enabled` false deploys nothing of it; its source is not looked at. `commit` None means the source
    directory as it stands. `endpoints` None means all endpoints of the manifest; otherwise only those listed
    are deployed.
    """

    name: PathSegment
    enabled: Flag = True
    commit: Commit | None = None
    environment: Environment = Field(default_factory=dict, json_schema_extra=SENSITIVE)
    endpoints: Annotated[Endpoints, Field(min_length=1)] | None = None


class DeploymentSettings(Model):
    """A named group of versions of one project.

    `source` is a directory (relative to Pulumi.yaml's) or a git URL; `yaml` is the manifest's path inside it.
    `aliases` maps an alias to the version it stands for, one of `versions`; it is served as if it were one.
    Several versions share an alias by weight.
    `defaults` and `endpoints` are for every version; unlike a version's own, `endpoints` here chooses none.
    """

    project: PathSegment
    name: PathSegment
    source: SourceLocation
    yaml: RelativePath = "valohai.yaml"
    aliases: Mapping[PathSegment, Shares] = Field(default_factory=dict)
    environment: Environment = Field(default_factory=dict, json_schema_extra=SENSITIVE)
    defaults: EndpointDefaults = EndpointDefaults()
    endpoints: Endpoints = Field(default_factory=dict)
    versions: Annotated[tuple[VersionSettings, ...], Field(min_length=1)]
