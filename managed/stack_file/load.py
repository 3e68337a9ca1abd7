"""Loads a managing stack's settings."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic.alias_generators import to_camel

from endpoints.errors import Problem, ProjectError
from endpoints.manifest.yaml_document import KeyPath
from endpoints.stack_file import EmbeddedCluster, GatewayRouting, IngressRouting, Tls, UserCluster
from endpoints.stack_file.stack import Places, read_settings
from managed.stack_file.models import PROJECT, Settings


def load_settings(
    values: Mapping[str, object], stack_file: Path | None, namespace: str = PROJECT
) -> Settings:
    """Check the stack's configuration and fill in the defaults, as `endpoints.stack_file.load_settings` does.

    Raises ProjectError with all problems found; no message holds the value of a secret.
    """
    places = Places(stack_file, namespace)
    settings = read_settings(Settings, values, places, lambda path: path[-1] == "password")
    if problems := [*_twice(settings), *_wrong_for_cluster(settings)]:
        raise ProjectError(*problems)
    return settings


def _twice(settings: Settings) -> Iterator[Problem]:
    """Find teams and deployments that exist twice: one namespace cannot belong to two teams."""
    teams: set[str] = set()
    owners: dict[tuple[str, str, str], str] = {}
    for index, team in enumerate(settings.teams):
        if team.name in teams:
            yield settings.problem(
                ("teams", index, "name"), f"team {team.name} is listed twice; rename or merge"
            )
        teams.add(team.name)
        for number, deployment in enumerate(team.deployments):
            address = (team.organization, deployment.project, deployment.name)
            if address in owners:
                path: KeyPath = ("teams", index, "deployments", number)
                text = f"{'/'.join(address)} belongs to team {owners[address]} already; remove one of them"
                yield settings.problem(path, text)
            owners.setdefault(address, team.name)


def _wrong_for_cluster(settings: Settings) -> Iterator[Problem]:
    """Find what the cluster lacks, and what it brings itself."""
    match settings.cluster:
        case UserCluster():
            yield from _missing(settings)
        case EmbeddedCluster():
            given = settings.routing.model_fields_set - {"kind"} if settings.routing else set()
            keys: list[KeyPath] = [("routing", to_camel(key)) for key in sorted(given)]
            for path in [*keys, *([("registry",)] if settings.registry else [])]:
                yield settings.problem(path, "is the embedded cluster's own; remove it")


def _missing(settings: Settings) -> Iterator[Problem]:
    for key in ("registry", "routing"):
        if getattr(settings, key) is None:
            yield settings.problem((key,), "is missing; a cluster of kind user needs it; add it")
    match settings.routing:
        case GatewayRouting(gateway=None):
            text = "is missing; a cluster of kind user needs it; add {name: ..., namespace: ...}"
            yield settings.problem(("routing", "gateway"), text)
        case IngressRouting(tls=Tls(issuer=str())):
            text = (
                "would let teams obtain certificates for the hosts of others; name a Secret that exists in "
                "the teams' namespaces: tls: {secretName: ...}"
            )
            yield settings.problem(("routing", "tls", "issuer"), text)
    network = settings.network
    if network.router_namespace is None and not network.router_addresses:
        text = (
            "names no router, so that no request would reach any pod; give routerNamespace, the namespace of "
            "the router's pods, or routerAddresses"
        )
        yield settings.problem(("network",), text)
