"""Where an endpoint and its aliases are: their paths, and the names of their objects."""

from dataclasses import dataclass, replace

from endpoints.cluster.names import dns_label, image_tag, label_value, repository_component
from endpoints.cluster.ownership import BY_PULUMI

OBJECT_NAME_LIMIT = 46
"""Longest object name: pods add `-<10>-<5>` to their Deployment's name and must stay within the 63 of a
DNS label."""

REPOSITORY_COMPONENT_LIMIT = 48
"""Longest component of an image repository: four of them and a registry's own name fit in the 255 of a
reference."""


@dataclass(frozen=True, order=True)
class Address:
    """Where one endpoint of one version is served.

    Every part matches `SEGMENT_PATTERN` and is neither `.` nor `..`: the files have been checked.
    """

    organization: str
    project: str
    deployment: str
    version: str
    endpoint: str

    @property
    def prefix(self) -> str:
        """The URL path: `/<organization>/<project>/<deployment>/<version>/<endpoint>`, no trailing slash."""
        deployment = deployment_prefix(self.organization, self.project, self.deployment)
        return f"{deployment}/{self.version}/{self.endpoint}"

    @property
    def namespace(self) -> str:
        """The Kubernetes namespace, one for each deployment."""
        return deployment_namespace(self.organization, self.project, self.deployment)

    @property
    def object_name(self) -> str:
        """The name of the endpoint's Kubernetes objects: unique in the namespace, legal for a Service."""
        return dns_label((self.endpoint, self.version), OBJECT_NAME_LIMIT)

    @property
    def deployment_labels(self) -> dict[str, str]:
        """Labels of what belongs to the whole deployment, such as the namespace."""
        return deployment_labels(self.organization, self.project, self.deployment)

    @property
    def labels(self) -> dict[str, str]:
        """Labels of the endpoint's objects: the recommended ones, and the address under valohai.com/."""
        return {
            **self.deployment_labels,
            **self.selector,
            "app.kubernetes.io/name": label_value(self.endpoint),
            "app.kubernetes.io/version": label_value(self.version),
            "valohai.com/version": label_value(self.version),
            "valohai.com/endpoint": label_value(self.endpoint),
        }

    @property
    def selector(self) -> dict[str, str]:
        """What the workload and the Service select pods by: immutable in Kubernetes, hence one label."""
        return {"app.kubernetes.io/instance": self.object_name}

    def image_repository(self, registry_repository: str) -> str:
        """Return the repository of this endpoint's images, below `registry_repository` (`host[:port]/path`).

        All versions of an endpoint share it, so that a registry stores their common layers once.
        """
        parts = (self.organization, self.project, self.deployment, self.endpoint)
        components = [repository_component(part, REPOSITORY_COMPONENT_LIMIT) for part in parts]
        return "/".join([registry_repository.rstrip("/"), *components])

    @property
    def image_tag(self) -> str:
        """The image tag that people see; pods are given the digest, never the tag."""
        return image_tag(self.version)

    def url(self, base_url: str) -> str:
        """Return the endpoint's URL below `base_url`, such as `https://models.acme.example`."""
        return base_url.rstrip("/") + self.prefix


def deployment_namespace(organization: str, project: str, deployment: str) -> str:
    """Return the Kubernetes namespace of one Valohai deployment."""
    return dns_label((organization, project, deployment))


def deployment_prefix(organization: str, project: str, deployment: str) -> str:
    """Return the URL path that all endpoints of one Valohai deployment are below, no trailing slash."""
    return f"/{organization}/{project}/{deployment}"


def deployment_labels(organization: str, project: str, deployment: str) -> dict[str, str]:
    """Return the labels that all objects of one Valohai deployment share."""
    return {
        "app.kubernetes.io/part-of": label_value(project),
        **BY_PULUMI,
        "valohai.com/organization": label_value(organization),
        "valohai.com/project": label_value(project),
        "valohai.com/deployment": label_value(deployment),
    }


@dataclass(frozen=True)
class Share:
    """A version's part in an alias: of all requests its weight divided by the sum of the weights.

    `takes_any_version` tells whether its server accepts the alias in the version's place of its prefix,
    `strips_prefix` whether the router removes the prefix from the paths that the server gets.
    """

    target: Address
    weight: int = 1
    takes_any_version: bool = True
    strips_prefix: bool = False


def shares(served: "Address | Alias") -> tuple[Share, ...]:
    """Return who answers: the endpoint itself, or the versions that share the alias."""
    return (Share(served),) if isinstance(served, Address) else served.shares


@dataclass(frozen=True)
class Alias:
    """An alias of a version, for one of its endpoints; `shares` tell where that is served, at least once.

    `name` matches `SEGMENT_PATTERN` and is no version's name: the stack file has been checked.
    """

    name: str
    shares: tuple[Share, ...]

    @property
    def endpoint(self) -> str:
        """The endpoint that has this alias."""
        return self.shares[0].target.endpoint

    @property
    def prefix(self) -> str:
        """The URL path: `/<organization>/<project>/<deployment>/<alias>/<endpoint>`, no trailing slash."""
        return replace(self.shares[0].target, version=self.name).prefix

    @property
    def namespace(self) -> str:
        """The Kubernetes namespace, that of the deployment."""
        return self.shares[0].target.namespace

    @property
    def object_name(self) -> str:
        """The name of the alias's route in Kubernetes. It holds no version, so that a move is an update."""
        return dns_label((self.endpoint, "alias", self.name))

    @property
    def labels(self) -> dict[str, str]:
        """Labels of the route: the alias, and what its targets' objects have in common."""
        first, *others = (share.target.labels for share in self.shares)
        common = {
            key: value for key, value in first.items() if all(labels.get(key) == value for labels in others)
        }
        return {**common, "valohai.com/alias": label_value(self.name)}

    def url(self, base_url: str) -> str:
        """Return the alias's URL below `base_url`, such as `https://models.acme.example`."""
        return base_url.rstrip("/") + self.prefix
