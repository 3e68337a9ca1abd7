"""What is about to be deployed, and where to."""

from collections.abc import Iterator
from dataclasses import dataclass

from endpoints.errors import Problem
from endpoints.plan import EndpointPlan, StackPlan
from endpoints.settings import Settings, Tls
from endpoints.targets import IngressRouter, Target
from endpoints.yaml_document import KeyPath


@dataclass(frozen=True)
class Intent:
    """Everything that the cluster is judged by."""

    settings: Settings
    plan: StackPlan
    target: Target

    @property
    def namespaces(self) -> tuple[str, ...]:
        """The namespaces of the deployments."""
        return tuple(deployment.namespace for deployment in self.plan.deployments)

    @property
    def endpoints(self) -> Iterator[EndpointPlan]:
        """The endpoints of all versions."""
        for deployment in self.plan.deployments:
            for version in deployment.versions:
                yield from version.endpoints

    @property
    def tls_secret(self) -> str | None:
        """The Secret whose certificate the stack's Ingresses are served with, if it is there by a name."""
        router = self.target.router
        return router.tls.secret_name if isinstance(router, IngressRouter) and router.tls else None

    @property
    def issued(self) -> Tls | None:
        """The HTTPS whose certificates cert-manager obtains, if it is that."""
        router = self.target.router
        tls = router.tls if isinstance(router, IngressRouter) else None
        return tls if tls is not None and tls.issuer is not None else None

    def problem(self, path: KeyPath, text: str) -> Problem:
        """Return a problem of the stack file's setting at `path`."""
        return self.settings.problem(path, text)

    def namespace_problem(self, namespace: str, text: str) -> Problem:
        """Return a problem of the deployment that has the namespace."""
        return self.problem(("deployments", self.namespaces.index(namespace)), text)
