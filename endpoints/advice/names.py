"""Addresses that are too much alike."""

from collections.abc import Iterator, Mapping

from endpoints.errors import Problem
from endpoints.manifest.yaml_document import KeyPath
from endpoints.stack_file import DeploymentSettings, Settings


def advise_on_names(settings: Settings) -> Iterator[Problem]:
    """Find names that differ in case alone, and so do the prefixes of all endpoints below them.

    They are different addresses: paths are case-sensitive. Names of endpoints are lower case by the schema.
    """
    prefixes: dict[str, str] = {}
    for index, deployment in enumerate(settings.deployments):
        prefix = f"/{settings.organization}/{deployment.project}/{deployment.name}"
        place: KeyPath = ("deployments", index, "name")
        told = list(_alike(settings, {prefix: place}, prefixes))
        yield from told
        if not told:
            places = _names(prefix, index, deployment)
            yield from _alike(settings, places, prefixes)


def _names(prefix: str, index: int, deployment: DeploymentSettings) -> Mapping[str, KeyPath]:
    """Return the place of each version and alias by its prefix."""
    above: KeyPath = ("deployments", index)
    versions = {
        f"{prefix}/{version.name}": (*above, "versions", number, "name")
        for number, version in enumerate(deployment.versions)
        if version.enabled
    }
    return {**versions, **{f"{prefix}/{alias}": (*above, "aliases", alias) for alias in deployment.aliases}}


def _alike(settings: Settings, places: Mapping[str, KeyPath], seen: dict[str, str]) -> Iterator[Problem]:
    for prefix, place in places.items():
        other = seen.setdefault(prefix.lower(), prefix)
        if other != prefix:
            text = (
                f"{prefix} and {other} differ in case alone; they are two addresses, but people and tools "
                "mix them up; rename one of them"
            )
            yield settings.problem(place, text)
