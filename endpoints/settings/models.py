"""The shape of a stack file, with every default.

docs/stack-file.md explains each key to users; a test compares both.
"""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr, SecretStr, model_validator
from pydantic.alias_generators import to_camel

from endpoints.errors import Problem
from endpoints.settings.places import Places
from endpoints.settings.values import (
    SENSITIVE,
    Commit,
    Count,
    Environment,
    HostName,
    ObjectName,
    Organization,
    PathSegment,
    Percentage,
    RelativePath,
    Repository,
    Sha256,
    SourceLocation,
    Text,
    UrlPath,
    rule,
)
from endpoints.yaml_document import KeyPath


class Model(BaseModel):
    """Base of all settings: immutable, camelCase keys in a stack file, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, validate_by_name=True)


class UserCluster(Model):
    """A cluster of the user's own, reached as kubectl does.

    `kubeconfig` is a path relative to Pulumi.yaml's directory, or None for kubectl's default (KUBECONFIG,
    then ~/.kube/config). `context` has no default, so that nothing lands on whatever cluster happens to be
    current.
    """

    kind: Literal["user"]
    context: Text
    kubeconfig: Text | None = None


class EmbeddedCluster(Model):
    """The cluster that `python -m localcluster up` runs on this machine, found by its connection file."""

    kind: Literal["embedded"]


class ManagedCluster(Model):
    """A cluster that another Pulumi stack manages for several teams."""

    kind: Literal["managed"]
    stack: Text
    team: Text


class Registry(Model):
    """Where images are pushed to and pulled from: `host[:port]/path`, without tag.

    Without `username` and `password` the machine's own docker login is used for pushing.
    """

    repository: Repository
    username: Text | None = None
    password: SecretStr | None = Field(default=None, json_schema_extra=SENSITIVE)

    @model_validator(mode="after")
    def _has_both_credentials_or_none(self) -> Self:
        if (self.username is None) != (self.password is None):
            missing = "username" if self.username is None else "password"
            raise rule(f"{missing} is missing; give username and password, or neither to use docker login")
        return self


class Tls(Model):
    """HTTPS for the host, by a TLS Secret that exists in each deployment's namespace."""

    secret_name: ObjectName


class IngressRouting(Model):
    """Routes by a Kubernetes Ingress.

    `ingress_class` None means the cluster's default class. `host` None means that every host name is served.
    """

    kind: Literal["ingress"]
    ingress_class: ObjectName | None = None
    host: HostName | None = None
    tls: Tls | None = None

    @model_validator(mode="after")
    def _has_a_host_for_tls(self) -> Self:
        if self.tls is not None and self.host is None:
            raise rule("tls needs host, the name that the certificate is for; add host")
        return self


class Builder(Model):
    """Who builds images, and what a build needs to reach the package index.

    `name` is a buildx builder (None: the current one). `certificate_authority` is the path of a PEM file,
    needed where a proxy signs TLS anew; it reaches the build as a secret and is never part of an image.
    """

    name: Text | None = None
    certificate_authority: Text | None = None


class Replicas(Model):
    """How many pods an endpoint may have: one is enough to serve, up to three more are added under load."""

    min: Count = 1
    max: Count = 4

    @model_validator(mode="after")
    def _min_is_not_above_max(self) -> Self:
        if self.min > self.max:
            raise rule(f"min {self.min} is above max {self.max}; lower min or raise max")
        return self


class FileSettings(Model):
    """Where a model file of the manifest comes from.

    `path` is a local file, relative to Pulumi.yaml's directory; `uri` is the other choice. `sha256` is the
    expected digest in 64 hexadecimal digits; None means that any content is accepted.
    """

    path: Text | None = None
    uri: Text | None = None
    sha256: Sha256 | None = None

    @model_validator(mode="after")
    def _has_one_origin(self) -> Self:
        if (self.path is None) == (self.uri is None):
            raise rule("allowed: exactly one of path and uri")
        return self


class ProbeSettings(Model):
    """How Kubernetes finds out that the server works.

    `kind` None means what fits the server: a health check for `wsgi`, TCP for `server-command`. `path` is for
    `http` alone and is relative to the endpoint's prefix. `startup_seconds` is how long a start may take: ten
    minutes, since models can be large.
    """

    kind: Literal["http", "tcp", "listening"] | None = None
    path: UrlPath | None = None
    startup_seconds: Count = 600

    @model_validator(mode="after")
    def _has_a_path_for_http_only(self) -> Self:
        if self.path is not None and self.kind != "http":
            raise rule("path is for probes by HTTP; add kind: http, or remove path")
        return self


def _default_when_empty(value: object) -> object:
    """Read `predict-digit:` with nothing behind it as an endpoint with default settings."""
    return {} if value is None else value


class EndpointSettings(Model):
    """How one endpoint of a version is run.

    `cpu_utilization` is the percentage of the CPU request that the autoscaler aims at: 70 leaves room for the
    time that a new pod needs. `scale_down_seconds` is how long the load must have been lower before pods are
    taken away: Kubernetes' own 5 minutes. `timeout_seconds` is how long `pulumi up` waits for the endpoint.
    """

    replicas: Replicas = Replicas()
    cpu_utilization: Percentage = 70
    scale_down_seconds: Annotated[int, Field(strict=True, ge=0, le=3600)] = 300
    files: Mapping[str, FileSettings] = Field(default_factory=dict)
    environment: Environment = Field(default_factory=dict, json_schema_extra=SENSITIVE)
    probe: ProbeSettings = ProbeSettings()
    timeout_seconds: Count = 600


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
    """

    project: PathSegment
    name: PathSegment
    source: SourceLocation
    yaml: RelativePath = "valohai.yaml"
    aliases: Mapping[PathSegment, str] = Field(default_factory=dict)
    environment: Environment = Field(default_factory=dict, json_schema_extra=SENSITIVE)
    versions: Annotated[tuple[VersionSettings, ...], Field(min_length=1)]


class Settings(Model):
    """A whole stack.

    `registry` and `routing` are required for a `user` cluster and come from the connection file of an
    `embedded` one.
    """

    organization: Organization
    cluster: Annotated[UserCluster | EmbeddedCluster | ManagedCluster, Field(discriminator="kind")]
    registry: Registry | None = None
    routing: IngressRouting | None = None
    builder: Builder = Builder()
    environment: Environment = Field(default_factory=dict, json_schema_extra=SENSITIVE)
    secrets: Mapping[str, SecretStr] = Field(default_factory=dict, json_schema_extra=SENSITIVE)
    deployments: tuple[DeploymentSettings, ...]
    _places: Places = PrivateAttr(default_factory=lambda: Places(None))

    def problem(self, path: KeyPath, text: str) -> Problem:
        """Return a problem of the setting at a path such as `("deployments", 0, "source")`."""
        return self._places.problem(path, text)
