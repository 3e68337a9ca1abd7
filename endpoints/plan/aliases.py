"""Decides where aliases lead."""

from collections.abc import Callable, Iterator, Sequence

from endpoints.errors import Problem
from endpoints.plan.address import Address, Alias, Share
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
                Share(found.address, weights[version], found.takes_any_version, found.strips_prefix)
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
    settings: Settings,
    deployments: Sequence[DeploymentPlan],
    routing: RoutingKind,
    accepts_any_path: Callable[[Address], bool],
) -> Iterator[Problem]:
    """Find aliases of servers that know one prefix only, where the router does not rewrite paths.

    `accepts_any_path` tells whether an endpoint's server answers every path; it is asked only where that
    matters. Aliases of the same endpoints share one advice.
    """
    if routing == "gateway":
        return
    for index, deployment in enumerate(deployments):
        endpoints: dict[str, list[str]] = {}
        for alias in deployment.aliases:
            for share in alias.shares:
                knows_one = not share.takes_any_version and not share.strips_prefix
                if knows_one and not accepts_any_path(share.target):
                    endpoints.setdefault(alias.name, []).append(alias.endpoint)
        aliases: dict[str, list[str]] = {}
        for name, found in endpoints.items():
            aliases.setdefault(listing(dict.fromkeys(found)), []).append(name)
        for found_text, (first, *others) in aliases.items():
            also = f" (and so does {listing(others)})" if others else ""
            text = (
                f"leads to {found_text}{also}, whose server-command knows only the prefix of its version, "
                "and an Ingress passes on the alias's paths as they are: they get 404; use wsgi, let the "
                "server accept any version in its paths, or route by a Gateway, which rewrites them"
            )
            yield settings.problem(("deployments", index, "aliases", first), text)
