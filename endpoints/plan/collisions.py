"""Finds addresses that have become one name in Kubernetes."""

from collections.abc import Iterator, Sequence

from endpoints.address import Address
from endpoints.alias import Alias
from endpoints.errors import Problem
from endpoints.plan.models import DeploymentPlan
from endpoints.settings import Settings


def find_collisions(settings: Settings, deployments: Sequence[DeploymentPlan]) -> Iterator[Problem]:
    """Find addresses that have become one name in Kubernetes, in spite of the hashes in names."""
    namespaces: dict[str, str] = {}
    for index, deployment in enumerate(deployments):
        path = f"{deployment.organization}/{deployment.project}/{deployment.name}"
        other = namespaces.setdefault(deployment.namespace, path)
        if other != path:
            text = f"{path} and {other} both become the namespace {deployment.namespace}; rename one of them"
            yield settings.problem(("deployments", index, "name"), text)
        objects: dict[str, str] = {}
        served: list[Address | Alias] = [
            endpoint.address for version in deployment.versions for endpoint in version.endpoints
        ]
        for item in [*served, *deployment.aliases]:
            other = objects.setdefault(item.object_name, item.prefix)
            if other != item.prefix:
                key, kind = ("aliases", "an alias") if isinstance(item, Alias) else ("versions", "a version")
                text = f"{item.prefix} and {other} both become {item.object_name}; rename {kind}"
                yield settings.problem(("deployments", index, key), text)
