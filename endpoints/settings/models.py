"""The shape of a stack file, with every default.

docs/stack-file.md explains each key to users; a test compares both.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr
from pydantic.alias_generators import to_camel


class Model(BaseModel):
    """Base of all settings: immutable, camelCase keys in YAML, unknown keys and coerced types refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, validate_by_name=True)


class UserCluster(Model):
    """A cluster of the user's own, reached as kubectl does.

    `kubeconfig` is a path relative to Pulumi.yaml's directory, or None for kubectl's default (KUBECONFIG,
    then ~/.kube/config). `context` has no default, so that nothing lands on whatever cluster happens to be
    current.
    """

    kind: Literal["user"]
    context: str = Field(min_length=1)
    kubeconfig: str | None = Field(default=None, min_length=1)


class EmbeddedCluster(Model):
    """The cluster that `python -m localcluster up` runs on this machine, found by its connection file."""

    kind: Literal["embedded"]


class ManagedCluster(Model):
    """A cluster that another Pulumi stack manages for several teams."""

    kind: Literal["managed"]
    stack: str = Field(min_length=1)
    team: str = Field(min_length=1)


class Registry(Model):
    """Where images are pushed to and pulled from: `host[:port]/path`, without tag.

    Without `username` and `password` the machine's own docker login is used for pushing.
    """

    repository: str
    username: str | None = Field(default=None, min_length=1)
    password: SecretStr | None = None


class Tls(Model):
    """HTTPS for the host, by a TLS Secret that exists in each deployment's namespace."""

    secret_name: str


class IngressRouting(Model):
    """Routes by a Kubernetes Ingress.

    `ingress_class` None means the cluster's default class. `host` None means that every host name is served.
    """

    kind: Literal["ingress"]
    ingress_class: str | None = None
    host: str | None = None
    tls: Tls | None = None


class Builder(Model):
    """Who builds images, and what a build needs to reach the package index.

    `name` is a buildx builder (None: the current one). `certificate_authority` is the path of a PEM file,
    needed where a proxy signs TLS anew; it reaches the build as a secret and is never part of an image.
    """

    name: str | None = Field(default=None, min_length=1)
    certificate_authority: str | None = Field(default=None, min_length=1)


class SecretReference(Model):
    """An environment variable whose value is an entry of the stack's `secrets`."""

    secret: str = Field(min_length=1)


Environment = Mapping[str, str | SecretReference]
"""Environment variables by name."""


class Replicas(Model):
    """How many pods an endpoint may have. One pod serves; the autoscaler adds up to three under load."""

    min: int = Field(default=1, ge=1)
    max: int = Field(default=4, ge=1)


class FileSettings(Model):
    """Where a model file of the manifest comes from.

    `path` is a local file, relative to Pulumi.yaml's directory; `uri` is the other choice. `sha256` is the
    expected digest in 64 hexadecimal digits; None means that any content is accepted.
    """

    path: str | None = Field(default=None, min_length=1)
    uri: str | None = Field(default=None, min_length=1)
    sha256: str | None = None


class ProbeSettings(Model):
    """How Kubernetes finds out that the server works.

    `kind` None means what fits the server: an HTTP health check for `wsgi`, TCP for `server-command`. `path`
    is for `http` alone and is relative to the endpoint's prefix. `startup_seconds` is how long a start may
    take: ten minutes, since models can be large.
    """

    kind: Literal["http", "tcp", "listening"] | None = None
    path: str | None = None
    startup_seconds: int = Field(default=600, ge=1)


class EndpointSettings(Model):
    """How one endpoint of a version is run.

    `cpu_utilization` is the percentage of the CPU request that the autoscaler aims at: 70 leaves room for the
    time a new pod needs. `timeout_seconds` is how long `pulumi up` waits for the endpoint to work.
    """

    replicas: Replicas = Replicas()
    cpu_utilization: int = Field(default=70, ge=1, le=100)
    files: Mapping[str, FileSettings] = Field(default_factory=dict)
    environment: Environment = Field(default_factory=dict)
    probe: ProbeSettings = ProbeSettings()
    timeout_seconds: int = Field(default=600, ge=1)


class VersionSettings(Model):
    """One version of a deployment, immutable by intent.

    `commit` None means the source directory as it stands. `endpoints` None means all endpoints of the
    manifest with default settings; otherwise only those listed are deployed.
    """

    name: str
    commit: str | None = None
    environment: Environment = Field(default_factory=dict)
    endpoints: Mapping[str, EndpointSettings] | None = None


class DeploymentSettings(Model):
    """A named group of versions of one project.

    `source` is a directory (relative to Pulumi.yaml's) or a git URL; `yaml` is the manifest's path inside it.
    """

    project: str
    name: str
    source: str = Field(min_length=1)
    yaml: str = Field(default="valohai.yaml", min_length=1)
    aliases: Mapping[str, str] = Field(default_factory=dict)
    environment: Environment = Field(default_factory=dict)
    versions: tuple[VersionSettings, ...]


class Settings(Model):
    """A whole stack.

    `registry` and `routing` are required for a `user` cluster and come from the connection file of an
    `embedded` one.
    """

    organization: str
    cluster: Annotated[UserCluster | EmbeddedCluster | ManagedCluster, Field(discriminator="kind")]
    registry: Registry | None = None
    routing: IngressRouting | None = None
    builder: Builder = Builder()
    environment: Environment = Field(default_factory=dict)
    secrets: Mapping[str, SecretStr] = Field(default_factory=dict)
    deployments: tuple[DeploymentSettings, ...]
