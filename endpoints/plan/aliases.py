"""Decides where aliases lead."""

from collections.abc import Iterator, Sequence

from endpoints.errors import Problem
from endpoints.plan.address import Alias, Share
from endpoints.plan.models import DeploymentPlan, VersionPlan
from endpoints.stack_file import DeploymentSettings, RoutingKind, Settings
from endpoints.wording import listing


def plan_aliases(chosen: DeploymentSettings, versions: Sequence[VersionPlan]) -> tuple[Alias, ...]:
    """Return an alias for each endpoint of the versions that it stands for, in the stack file's order.

    A version that is not planned has a problem, which is told; its share is left out.
    """
    planned = {
        version.name: {endpoint.address.endpoint: endpoint for endpoint in version.endpoints}
        for version in versions
    }
    aliases = []
    for name, weights in chosen.aliases.items():
        served = [version for version in weights if version in planned]
        for endpoint in dict.fromkeys(endpoint for version in served for endpoint in planned[version]):
            shares = (
                Share(found.address, weights[version], found.takes_any_version)
                for version in served
                if (found := planned[version].get(endpoint))
            )
            aliases.append(Alias(name, tuple(shares)))
    return tuple(aliases)


def check_idle_aliases(settings: Settings, index: int, versions: Sequence[VersionPlan]) -> Iterator[Problem]:
    """Find aliases of versions of which nothing is deployed; `index` is the deployment's."""
    idle = {version.name for version in versions if not version.endpoints}
    for name, weights in settings.deployments[index].aliases.items():
        for version in (version for version in weights if version in idle):
            text = f"points to {version}, where every endpoint is disabled; enable one, or move the alias"
            yield settings.problem(("deployments", index, "aliases", name), text)


def check_shared_aliases(
    settings: Settings, deployments: Sequence[DeploymentPlan], routing: RoutingKind
) -> Iterator[Problem]:
    """Find aliases of several versions that cannot be: by an Ingress, or of an endpoint that one lacks.

    To be asked only where all endpoints could be planned: those that could not would be missed here, too.
    """
    for index, deployment in enumerate(deployments):
        for name, weights in settings.deployments[index].aliases.items():
            if len(weights) > 1 and routing == "ingress":
                text = (
                    "is shared by several versions, which an Ingress cannot do; give it one "
                    "version, or use a Gateway: routing: {kind: gateway, ...}"
                )
                yield settings.problem(("deployments", index, "aliases", name), text)
        for alias in deployment.aliases:
            having = [share.target.version for share in alias.shares]
            lacking = settings.deployments[index].aliases[alias.name].keys() - having
            if lacking:
                text = (
                    f"is shared by several versions, and not all have the endpoint {alias.endpoint}: "
                    f"with it: {listing(having)}; without it: {listing(lacking)}; deploy it in all "
                    "of them, or give the alias one version"
                )
                yield settings.problem(("deployments", index, "aliases", alias.name), text)


def advise_on_aliases(
    settings: Settings, deployments: Sequence[DeploymentPlan], routing: RoutingKind
) -> Iterator[Problem]:
    """Find aliases of servers that know one prefix only, where the router does not rewrite paths."""
    if routing == "gateway":
        return
    for index, deployment in enumerate(deployments):
        for alias in deployment.aliases:
            for share in alias.shares:
                if not share.takes_any_version:
                    text = (
                        f"points to the server-command of {alias.endpoint}, which gets one prefix "
                        f"only: {share.target.prefix}; requests for {alias.prefix} reach it "
                        "unchanged, so it must handle both; serve it with wsgi, let it accept any "
                        "version in its paths, or use a Gateway, which rewrites the paths"
                    )
                    yield settings.problem(("deployments", index, "aliases", alias.name), text)
