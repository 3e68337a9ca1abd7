"""A deployment of a stack file: its versions, aliases and model files."""

import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from endpoints.stack_file.endpoint import EndpointDefaults, EndpointSettings
from endpoints.stack_file.model import Model
from endpoints.stack_file.values import (
    SENSITIVE,
    Commit,
    Environment,
    Flag,
    PathSegment,
    RelativePath,
    SourceLocation,
    rule,
)

GREATEST_WEIGHT = 1_000_000
"""What the Gateway API allows as the weight of a backend."""


_NUMBER = re.compile(r"[0-9](\.[0-9]+)?e\+[0-9]{2}")
"""What Pulumi makes of the name of a version that stands without quotes as a key."""


def _one_version_is_a_share_too(value: object) -> object:
    if isinstance(value, str):
        return {value: 1}
    if isinstance(value, Mapping):
        for name in filter(_NUMBER.fullmatch, map(str, value)):
            text = f'"{float(name):.1f}"'
            raise rule(f"has the number {name} as a name: YAML reads {text} so without quotes; add quotes")
        return value
    raise rule(
        "allowed: a text, in quotes where it looks like a number: the name of a version; "
        'or weights by version: {"20261101.0": 90, "20261102.0": 10}'
    )


def _somebody_answers(shares: Mapping[str, int]) -> Mapping[str, int]:
    if not any(shares.values()):
        raise rule("has no weight above 0, so that no version would answer; raise one")
    return shares


_Weights = Mapping[str, Annotated[int, Field(strict=True, ge=0, le=GREATEST_WEIGHT)]]

Shares = Annotated[
    _Weights,
    BeforeValidator(_one_version_is_a_share_too, json_schema_input_type=str | _Weights),
    AfterValidator(_somebody_answers),
]
"""Weights by version: of all requests a version gets its weight divided by their sum. One version has all."""


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
