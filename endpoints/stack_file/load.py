"""Loads a stack's settings."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path

from endpoints.errors import Problem, ProjectError
from endpoints.stack_file.cluster import GatewayRouting, Routing, UserCluster
from endpoints.stack_file.images import Registry
from endpoints.stack_file.layers import find_conflicts
from endpoints.stack_file.stack import Settings
from endpoints.stack_file.validation import PROJECT, Places, StackSettings, read_settings
from endpoints.wording import listing, quote, suggestion
from endpoints.yaml_document import KeyPath

_DATED = re.compile(r"(\d{8})\.(\d+)")


def next_version_name(existing: Iterable[str], today: date) -> str:
    """Return `YYYYMMDD.N` for a version made `today`: N is one above the highest of that day, or 0.

    `existing` are the names of one deployment, since Valohai counts the versions of each deployment. Names of
    another form are ignored.
    """
    day = today.strftime("%Y%m%d")
    numbers = [int(match[2]) for name in existing if (match := _DATED.fullmatch(name)) and match[1] == day]
    return f"{day}.{max(numbers, default=-1) + 1}"


_PASSWORDS: tuple[KeyPath, ...] = (("registry", "password"), ("registry", "pullSecret", "password"))
"""Settings beside `secrets` that may be encrypted."""


def load_settings(
    values: Mapping[str, object],
    stack_file: Path | None,
    namespace: str = PROJECT,
    today: date | None = None,
) -> Settings:
    """Return the stack's settings, checked and with defaults.

    `values` maps each key, without the project's namespace, to its plain value (lists and mappings decoded
    from JSON). `stack_file` gives the lines, and which values are encrypted; its keys begin with `namespace`,
    the Pulumi project's name. `today` is the day in version names that messages suggest; None is the current
    day in UTC. Raises ProjectError with all problems found; no message holds the value of a secret or of an
    environment variable.
    """
    places = Places(stack_file, namespace)
    settings = read_settings(Settings, values, places, _may_be_encrypted)
    problems = [
        *find_conflicts(settings),
        *_duplicates(settings, today or datetime.now(UTC).date()),
        *_wrong_aliases(settings),
        *_readable_secrets(settings, places),
        *_missing_for_cluster(settings),
    ]
    if problems:
        raise ProjectError(*sorted(problems, key=lambda problem: problem.line or 0))
    return settings


def _may_be_encrypted(path: KeyPath) -> bool:
    return path[0] == "secrets" or path in _PASSWORDS


def _readable_secrets(settings: Settings, places: Places) -> Iterator[Problem]:
    """Find secrets that are not encrypted in the stack file."""
    encrypted = [path for path in places.encrypted() if path[0] == "secrets"]
    for name in settings.secrets:
        path: KeyPath = ("secrets", name)
        if places.holds(path) and path not in encrypted and path[:1] not in encrypted:
            remedy = f"pulumi config set --secret --path '{places.key(path)}'"
            yield places.problem(path, f"is stored in plain text; encrypt it: {remedy}")


def _duplicates(settings: Settings, today: date) -> Iterator[Problem]:
    deployments = [(deployment.project, deployment.name) for deployment in settings.deployments]
    for index in _repeated(deployments):
        project, name = deployments[index]
        text = f"deployment {name} of project {project} is listed twice; put all its versions into one"
        yield settings.problem(("deployments", index, "name"), text)
    for number, deployment in enumerate(settings.deployments):
        versions = [version.name for version in deployment.versions]
        for index in _repeated(versions):
            path: KeyPath = ("deployments", number, "versions", index, "name")
            text = f"version {versions[index]} is listed twice; remove one, or rename the new one"
            yield settings.problem(path, f"{text}: {next_version_name(versions, today)} is free")


def _repeated(names: list[tuple[str, str]] | list[str]) -> Iterator[int]:
    """Yield the index of each item that is in the list before."""
    seen: Counter[object] = Counter()
    for index, name in enumerate(names):
        if seen[name]:
            yield index
        seen[name] += 1


def _wrong_aliases(settings: Settings) -> Iterator[Problem]:
    for index, deployment in enumerate(settings.deployments):
        versions = [version.name for version in deployment.versions]
        enabled = [version.name for version in deployment.versions if version.enabled]
        for alias, shares in deployment.aliases.items():
            path: KeyPath = ("deployments", index, "aliases", alias)
            if alias in versions:
                text = f"is also the name of a version; rename the alias; versions: {listing(versions)}"
                yield settings.problem(path, text)
            for version in shares:
                if version not in versions:
                    text = f"found {quote(version)}, which is not a version of this deployment"
                    yield settings.problem(path, f"{text}; {suggestion(version, versions)}")
                elif version not in enabled:
                    text = f"found {quote(version)}, which is disabled; enable it or choose another"
                    yield settings.problem(path, f"{text}; enabled: {listing(enabled)}")


def _missing_for_cluster(settings: Settings) -> Iterator[Problem]:
    if isinstance(settings.cluster, UserCluster):
        yield from missing_for_user_cluster(settings, settings.registry, settings.routing)


def missing_for_user_cluster(
    settings: StackSettings, registry: Registry | None, routing: Routing | None
) -> Iterator[Problem]:
    """Find what a cluster of kind `user` needs and `settings` do not have."""
    for key, given in (("registry", registry), ("routing", routing)):
        if given is None:
            yield settings.problem((key,), "is missing; a cluster of kind user needs it; add it")
    if isinstance(routing, GatewayRouting) and routing.gateway is None:
        text = "is missing; a cluster of kind user needs it; add {name: ..., namespace: ...}"
        yield settings.problem(("routing", "gateway"), text)
