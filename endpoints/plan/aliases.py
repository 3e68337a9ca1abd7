"""Decides where aliases lead."""

from collections.abc import Iterator, Sequence

from endpoints.alias import Alias
from endpoints.errors import Problem
from endpoints.plan.models import DeploymentPlan, VersionPlan
from endpoints.settings import DeploymentSettings, Settings


def plan_aliases(chosen: DeploymentSettings, versions: Sequence[VersionPlan]) -> tuple[Alias, ...]:
    """Return an alias for each endpoint of the version that it points to, in the stack file's order."""
    planned = {version.name: version for version in versions}
    return tuple(
        Alias(name, endpoint.address)
        for name, version in chosen.aliases.items()
        if version in planned  # else the version has a problem, which is told
        for endpoint in planned[version].endpoints
    )


def advise_on_aliases(settings: Settings, deployments: Sequence[DeploymentPlan]) -> Iterator[Problem]:
    """Find aliases of servers that know one prefix only."""
    for index, deployment in enumerate(deployments):
        commands = {
            endpoint.address
            for version in deployment.versions
            for endpoint in version.endpoints
            if not endpoint.takes_any_version
        }
        for alias in deployment.aliases:
            if alias.target in commands:
                text = (
                    f"leads to the server-command of {alias.target.endpoint}, which is told one prefix only: "
                    f"{alias.target.prefix}; requests for {alias.prefix} reach it as they are, and it must "
                    "know what to do with them; serve it by wsgi, or let it accept any version in its paths"
                )
                yield settings.problem(("deployments", index, "aliases", alias.name), text)
