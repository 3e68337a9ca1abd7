"""A whole stack file, and the deployments and versions in it."""

import re
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from endpoints.errors import Problem
from endpoints.stack_file.cluster import (
    EmbeddedCluster,
    ManagedCluster,
    Routing,
    UserCluster,
)
from endpoints.stack_file.endpoint import EndpointDefaults, EndpointSettings
from endpoints.stack_file.images import Builder, BuildkitBuilder, Registry
from endpoints.stack_file.validation import StackSettings
from endpoints.stack_file.values import (
    SENSITIVE,
    Commit,
    Environment,
    Flag,
    Model,
    Organization,
    PathSegment,
    RelativePath,
    SourceLocation,
    Text,
    rule,
)
from endpoints.wording import quote, suggestion
from endpoints.yaml_document import KeyPath

GREATEST_WEIGHT = 1_000_000
"""What the Gateway API allows as the weight of a backend."""

_NUMBER = re.compile(r"[0-9](\.[0-9]+)?e\+[0-9]{2}")
"""What Pulumi makes of the name of a version that is a key without quotes."""


def _one_version_has_all(value: object) -> object:
    if isinstance(value, str):
        return {value: 1}
    if isinstance(value, Mapping):
        for name in filter(_NUMBER.fullmatch, map(str, value)):
            text = f'"{float(name):.1f}"'
            raise rule(
                f"has the number {name} as a name: without quotes YAML reads {text} as a number; add quotes"
            )
        return value
    raise rule(
        "allowed: a string, in quotes where it looks like a number: the name of a version; "
        'or weights by version: {"20261101.0": 90, "20261102.0": 10}'
    )


def _has_a_weight(shares: Mapping[str, int]) -> Mapping[str, int]:
    if not any(shares.values()):
        raise rule("has no weight above 0, so that no version would answer; raise one")
    return shares


_Weights = Mapping[str, Annotated[int, Field(strict=True, ge=0, le=GREATEST_WEIGHT)]]

Shares = Annotated[
    _Weights,
    BeforeValidator(_one_version_has_all, json_schema_input_type=str | _Weights),
    AfterValidator(_has_a_weight),
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
    """One version of a deployment, immutable by intent."""

    name: PathSegment = Field(
        description="Fourth part of the URL: letters, digits, dots, dashes and underscores"
    )
    enabled: Flag = Field(
        default=True,
        description="`false`: nothing of the version is deployed, and it keeps its place in the file",
    )
    commit: Commit | None = Field(
        default=None,
        description="Hash of a commit, 7 or more hexadecimal digits. Without it, the directory as it is now",
    )
    environment: Environment = Field(
        default_factory=dict,
        json_schema_extra=SENSITIVE,
        description="Environment variables of the version; they override those of the deployment",
    )
    endpoints: Annotated[Endpoints, Field(min_length=1)] | None = Field(
        default=None,
        description="Endpoints to deploy, by their names in valohai.yaml, each with settings or nothing. "
        "Without it, all endpoints",
    )


class DeploymentSettings(Model):
    """A named group of versions of one project."""

    project: PathSegment = Field(description="Second part of the URL")
    name: PathSegment = Field(description="Third part of the URL")
    source: SourceLocation = Field(
        description="The project: a directory, relative to that of Pulumi.yaml, or a git URL "
        "(`https://...`, `git@host:path`) without a password",
    )
    yaml: RelativePath = Field(default="valohai.yaml", description="Path of valohai.yaml in the source")
    aliases: Mapping[PathSegment, Shares] = Field(
        default_factory=dict,
        description='Further names of versions: `{latest: "20261101.0"}`, see [aliases](#aliases)',
    )
    environment: Environment = Field(
        default_factory=dict,
        json_schema_extra=SENSITIVE,
        description="Environment variables of the deployment; they override those of the stack",
    )
    defaults: EndpointDefaults = Field(
        default=EndpointDefaults(),
        description="Settings of all endpoints of the deployment, in every version, see [layers](#layers)",
    )
    endpoints: Endpoints = Field(
        default_factory=dict,
        description="Settings of single endpoints, in every version that deploys them. They do not choose "
        "which are deployed",
    )
    versions: Annotated[tuple[VersionSettings, ...], Field(min_length=1)] = Field(
        description="Versions of the deployment, at least one"
    )


Price = Annotated[float, Field(strict=True, ge=0)]
"""An amount of money; strings are refused rather than converted."""


class Prices(Model):
    """Prices of what pods request. They have no defaults, since a guessed price is worse than none."""

    cpu_hour: Price = Field(description="Price of one CPU for an hour")
    memory_gib_hour: Price = Field(description="Price of one GiB (2^30 bytes) of memory for an hour")
    currency: Text = Field(description="Currency of both, shown behind amounts: `EUR`")


Preflight = Literal["enforce", "advise", "off"]


class Settings(StackSettings):
    """A whole stack."""

    organization: Organization = Field(description="First part of every URL and of every namespace")
    cluster: Annotated[UserCluster | EmbeddedCluster | ManagedCluster, Field(discriminator="kind")] = Field(
        description="Where the endpoints run"
    )
    registry: Registry | None = Field(
        default=None,
        description="Where images go. Required with a `user` cluster; the embedded cluster has its own, and "
        "a managed cluster names one",
    )
    routing: Routing | None = Field(
        default=None,
        description="How requests come in, by an Ingress or a Gateway. Required with a `user` cluster; the "
        "embedded cluster has its own router, and a managed cluster names one",
    )
    builder: Builder = Field(default=BuildkitBuilder(), description="How images are built")
    environment: Environment = Field(
        default_factory=dict,
        json_schema_extra=SENSITIVE,
        description="[Environment variables](#environment-variables) of all endpoints",
    )
    defaults: EndpointDefaults = Field(
        default=EndpointDefaults(),
        description="Settings of all endpoints of every deployment, see [layers](#layers)",
    )
    secrets: Mapping[str, SecretStr] = Field(
        default_factory=dict,
        json_schema_extra=SENSITIVE,
        description="Encrypted values by name, to which `{secret: NAME}` refers elsewhere. Set one with "
        "`pulumi config set --secret --path 'endpoints:secrets.NAME'`",
    )
    prices: Prices | None = Field(
        default=None, description="What capacity costs, for [reports](pull-requests.md)"
    )
    preflight: Preflight = Field(
        default="enforce",
        description="What happens when the cluster cannot run the stack. `enforce`: an error before "
        "anything is changed. `advise`: a warning. `off`: the cluster is not asked, for previews that "
        "cannot reach it. See [clusters.md](clusters.md#preflight)",
    )
    deployments: tuple[DeploymentSettings, ...] = Field(description="What is deployed")

    def unknown_secret(self, path: KeyPath, name: str) -> Problem:
        """Return the problem of a setting at `path` that refers to a secret which is not there."""
        known = f"{self.key(('secrets',))}; {suggestion(name, self.secrets)}"
        text = f"found secret {quote(name)}, which is not in {known}; or set it: "
        return self.problem(path, f"{text}pulumi config set --secret --path '{self.key(('secrets', name))}'")
