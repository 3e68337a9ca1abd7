"""The address of an endpoint, and every name that follows from it: URL, Kubernetes objects, labels, image."""

from dataclasses import dataclass

from endpoints.naming import dns_label, image_tag, label_value, repository_component

OBJECT_NAME_LIMIT = 46
"""Longest object name: pods add `-<10>-<5>` to their Deployment's name and must stay within the 63 of a
DNS label."""

REPOSITORY_COMPONENT_LIMIT = 48
"""Longest component of an image repository: four of them and a registry's own name fit in the 255 of a
reference."""

SERVICE_ACCOUNT = "endpoints"
"""Name of the account that a deployment's pods run as, in its namespace."""

SEGMENT_PATTERN = r"[A-Za-z0-9._-]{1,128}"
"""One segment of the URL. These characters need no escaping and pass every router's path check unchanged."""


@dataclass(frozen=True, order=True)
class Address:
    """Where one endpoint of one version is served.

    Every part must match `SEGMENT_PATTERN` and be neither `.` nor `..` (settings and manifest check that).
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
        "app.kubernetes.io/managed-by": "pulumi",
        "valohai.com/organization": label_value(organization),
        "valohai.com/project": label_value(project),
        "valohai.com/deployment": label_value(deployment),
    }
