"""A deployment and its versions."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import BeforeValidator, Field

from endpoints.settings.alias import Shares
from endpoints.settings.endpoint import EndpointSettings
from endpoints.settings.model import Model
from endpoints.settings.values import (
    SENSITIVE,
    Commit,
    Environment,
    PathSegment,
    RelativePath,
    SourceLocation,
)


def _default_when_empty(value: object) -> object:
    """Read `predict-digit:` with nothing behind it as an endpoint with default settings."""
    return {} if value is None else value


class VersionSettings(Model):
    """One version of a deployment, immutable by intent.

    `commit` None means the source directory as it stands. `endpoints` None means all endpoints of the
    manifest with default settings; otherwise only those listed are deployed.
    """

    name: PathSegment
    commit: Commit | None = None
    environment: Environment = Field(default_factory=dict, json_schema_extra=SENSITIVE)
    endpoints: (
        Annotated[
            Mapping[str, Annotated[EndpointSettings, BeforeValidator(_default_when_empty)]],
            Field(min_length=1),
        ]
        | None
    ) = None


class DeploymentSettings(Model):
    """A named group of versions of one project.

    `source` is a directory (relative to Pulumi.yaml's) or a git URL; `yaml` is the manifest's path inside it.
    `aliases` maps an alias to the version it stands for, one of `versions`; it is served as if it were one.
    Several versions share an alias by weight.
    """

    project: PathSegment
    name: PathSegment
    source: SourceLocation
    yaml: RelativePath = "valohai.yaml"
    aliases: Mapping[PathSegment, Shares] = Field(default_factory=dict)
    environment: Environment = Field(default_factory=dict, json_schema_extra=SENSITIVE)
    versions: Annotated[tuple[VersionSettings, ...], Field(min_length=1)]
