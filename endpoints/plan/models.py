"""What a stack will run, with every decision taken: the components only carry it out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from pydantic import SecretStr

from endpoints.cluster.quantities import taken_of_quota
from endpoints.errors import Problem
from endpoints.image.dockerfile import Download
from endpoints.manifest import Definition, Toleration
from endpoints.plan.address import Address, Alias, deployment_labels, deployment_namespace
from endpoints.plan.metrics import MetricsPlan
from endpoints.plan.pods import Storage
from endpoints.plan.server import Probe
from endpoints.plan.smoke_request import SmokeRequest
from endpoints.stack_file import (
    EndpointLayers,
    NodeAffinity,
    ObjectSettings,
    Replicas,
    Scaling,
    Shutdown,
)


@dataclass(frozen=True)
class ImagePlan:
    """How BuildKit builds an endpoint's image.

    Paths are relative to the directory of Pulumi.yaml, so that the state holds no machine's path. `base` is
    the image that valohai.yaml names, `dockerfile` the text to build by, `context` the repository's copy.
    `named_contexts` are the locations of further contexts: `serving`, `files` where there are local model
    files, and one for each that comes from an object store. `downloads` are those that the builder fetches.
    `content` tells what `context` holds, whatever its name; None where the builder's plugin looks for itself.
    `build_secrets` are variables that only the installation of requirements gets.
    """

    base: str
    dockerfile: str
    context: Path
    named_contexts: Mapping[str, str]
    downloads: tuple[Download, ...] = ()
    content: str | None = None
    build_secrets: Mapping[str, SecretStr] = field(default_factory=dict)


@dataclass(frozen=True)
class DockerImagePlan:
    """How a Docker daemon builds an endpoint's image: like `ImagePlan`, with everything in one directory.

    `context` holds the Dockerfile as well.
    """

    base: str
    context: Path
    downloads: tuple[Download, ...] = ()


@dataclass(frozen=True)
class ReadyImage:
    """An image that is not built: `reference` as the stack file or valohai.yaml names it."""

    reference: str


@dataclass(frozen=True)
class EndpointPlan:
    """One endpoint of one version.

    `definition` is its place in valohai.yaml, for what there is to say of it once the cluster is known.
    `secret_environment` are the variables with secret values. `requests` and `limits` map resource names to
    Kubernetes quantities. `takes_any_version` tells whether the server accepts any name as the version in
    its prefix, and so any alias; `strips_prefix` whether the router removes the prefix. `node_selector` are
    labels that a node must have, `node_affinity` further conditions. `timeout_seconds` is how long `pulumi
    up` waits for the workload to become available; `smoke_request` is sent after that. `metrics` None means
    that nothing is measured for Prometheus. `scaling` None means that always `replicas.min` pods run. At
    `health_port` the server itself answers the kubelet, out of reach of its requests; None where it has no
    such port. `objects` are settings of the Kubernetes objects; `layers` tell where the stack file has the
    endpoint's settings.
    """

    address: Address
    definition: Definition
    description: str | None
    image: ImagePlan | DockerImagePlan | ReadyImage
    takes_any_version: bool
    strips_prefix: bool
    command: tuple[str, ...]
    environment: Mapping[str, str]
    secret_environment: Mapping[str, SecretStr]
    port: int
    requests: Mapping[str, str]
    limits: Mapping[str, str]
    replicas: Replicas
    scaling: Scaling | None
    probe: Probe
    health_port: int | None
    node_selector: Mapping[str, str]
    tolerations: tuple[Toleration, ...]
    node_affinity: NodeAffinity
    storage: Storage
    shutdown: Shutdown
    metrics: MetricsPlan | None
    timeout_seconds: int
    smoke_request: SmokeRequest | None
    objects: ObjectSettings
    layers: EndpointLayers = field(compare=False, repr=False)

    def taken_of_quota(
        self, requests: Mapping[str, str] | None = None, limits: Mapping[str, str] | None = None
    ) -> dict[str, Decimal]:
        """Return what one pod takes of a ResourceQuota, by its names: `pods`, `requests.cpu` and so on.

        `requests` and `limits` are what a LimitRange gives a container that has none of its own.
        """
        limited = {**(limits or {}), **self.limits}
        requested = {**(requests or {}), **self.limits, **self.requests}
        sizes = [volume.size for volume in self.storage.volumes if volume.size is not None]
        return {
            **taken_of_quota({"requests": requested, "limits": limited}),
            "pods": Decimal(1),
            "persistentvolumeclaims": Decimal(len(sizes)),
            "requests.storage": Decimal(sum(sizes)) * 1024**3,
        }


@dataclass(frozen=True)
class VersionPlan:
    """A version of a deployment; `commit` is the full hash, None where the source has no commit."""

    name: str
    commit: str | None
    endpoints: tuple[EndpointPlan, ...]


@dataclass(frozen=True)
class DeploymentPlan:
    """A Valohai deployment: one Kubernetes namespace that holds its versions' endpoints.

    `listed` tells where the stack file has it; its text is empty.
    """

    organization: str
    project: str
    name: str
    listed: Problem
    versions: tuple[VersionPlan, ...]
    aliases: tuple[Alias, ...]

    @property
    def path(self) -> str:
        """Its name in Pulumi: `organization/project/deployment`, as its endpoints' paths begin."""
        return f"{self.organization}/{self.project}/{self.name}"

    @property
    def namespace(self) -> str:
        """The Kubernetes namespace."""
        return deployment_namespace(self.organization, self.project, self.name)

    def endpoint(self, address: Address) -> EndpointPlan:
        """Return the endpoint at an address, which must be one of the deployment's."""
        return next(
            endpoint
            for version in self.versions
            for endpoint in version.endpoints
            if endpoint.address == address
        )

    @property
    def labels(self) -> Mapping[str, str]:
        """Labels of what belongs to the whole deployment, such as the namespace."""
        return deployment_labels(self.organization, self.project, self.name)


@dataclass(frozen=True)
class StackPlan:
    """Everything that one stack deploys.

    `advice` names what may be a mistake; it is carried out nevertheless.
    """

    deployments: tuple[DeploymentPlan, ...]
    advice: tuple[Problem, ...] = ()
