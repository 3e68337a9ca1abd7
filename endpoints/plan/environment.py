"""Decides a container's environment variables, and where those come from that nobody may read."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydantic import SecretStr

from endpoints.errors import Problem
from endpoints.server import escape_references
from endpoints.settings import BuildkitBuilder, SecretReference, Settings, UserCluster
from endpoints.yaml_document import KeyPath

Variables = Mapping[str, str | SecretReference]


@dataclass(frozen=True)
class Environment:
    """Variables by name: `plain` as a pod's manifest holds them, `secret` with the values themselves."""

    plain: Mapping[str, str]
    secret: Mapping[str, SecretStr]


def container_environment(
    server: Mapping[str, str], given: Variables, secrets: Mapping[str, SecretStr]
) -> Environment:
    """Return the variables of the server and those that are `given`, which win.

    References to secrets that do not exist are left out; `check_secrets` tells of them.
    """
    merged: dict[str, str | SecretReference] = dict(server)
    merged |= {
        name: escape_references(value) if isinstance(value, str) else value for name, value in given.items()
    }
    return Environment(
        plain={name: value for name, value in sorted(merged.items()) if isinstance(value, str)},
        secret={
            name: secrets[value.name]
            for name, value in sorted(merged.items())
            if isinstance(value, SecretReference) and value.name in secrets
        },
    )


def check_secrets(settings: Settings) -> Iterator[Problem]:
    """Find references to secrets that do not exist."""
    for path, secret in _references(settings):
        if secret not in settings.secrets:
            yield settings.unknown_secret(path, secret)


def advise_on_secrets(settings: Settings) -> Iterator[Problem]:
    """Find secrets that nothing refers to."""
    used = {secret for _, secret in _references(settings)}
    for secret in settings.secrets:
        if secret not in used:
            text = f"nothing uses this secret; remove it, or give a variable the value {{secret: {secret}}}"
            yield settings.problem(("secrets", secret), text)


def _references(settings: Settings) -> Iterator[tuple[KeyPath, str]]:
    """Return every reference to a secret: where it stands, and the secret's name."""
    if isinstance(settings.builder, BuildkitBuilder) and (index := settings.builder.index) and index.password:
        yield ("builder", "index", "password"), index.password.name
    if isinstance(settings.cluster, UserCluster) and isinstance(settings.cluster.kubeconfig, SecretReference):
        yield ("cluster", "kubeconfig"), settings.cluster.kubeconfig.name
    for path, variables in _environments(settings):
        for name, value in variables.items():
            if isinstance(value, SecretReference):
                yield (*path, "environment", name), value.name


def _environments(settings: Settings) -> Iterator[tuple[KeyPath, Variables]]:
    yield (), settings.environment
    for index, deployment in enumerate(settings.deployments):
        path: KeyPath = ("deployments", index)
        yield path, deployment.environment
        for name, endpoint in deployment.endpoints.items():
            yield (*path, "endpoints", name), endpoint.environment
        for number, version in enumerate(deployment.versions):
            at = (*path, "versions", number)
            yield at, version.environment
            for name, endpoint in (version.endpoints or {}).items():
                yield (*at, "endpoints", name), endpoint.environment
