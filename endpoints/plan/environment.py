"""Decides a container's environment variables, and the sources of secret ones."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydantic import SecretStr

from endpoints.errors import Problem
from endpoints.plan.server import escape_references
from endpoints.stack_file import (
    BuildkitBuilder,
    EndpointDefaults,
    EndpointSettings,
    SecretReference,
    Settings,
    UserCluster,
)
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
            text = f"this secret is not used; remove it, or give a variable the value {{secret: {secret}}}"
            yield settings.problem(("secrets", secret), text)


def _references(settings: Settings) -> Iterator[tuple[KeyPath, str]]:
    """Return every reference to a secret: where it stands, and the secret's name."""
    if isinstance(settings.builder, BuildkitBuilder) and (index := settings.builder.index) and index.password:
        yield ("builder", "index", "password"), index.password.name
    if isinstance(settings.cluster, UserCluster) and isinstance(settings.cluster.kubeconfig, SecretReference):
        yield ("cluster", "kubeconfig"), settings.cluster.kubeconfig.name
    for path, values in _values(settings):
        for name, value in values.items():
            if isinstance(value, SecretReference):
                yield (*path, name), value.name


def _values(settings: Settings) -> Iterator[tuple[KeyPath, Variables]]:
    """Return environments, build secrets, headers of smoke requests and API keys, with where they stand."""
    yield ("environment",), settings.environment
    yield from _of_defaults(("defaults",), settings.defaults)
    for index, deployment in enumerate(settings.deployments):
        path: KeyPath = ("deployments", index)
        yield (*path, "environment"), deployment.environment
        yield from _of_defaults((*path, "defaults"), deployment.defaults)
        for name, endpoint in deployment.endpoints.items():
            yield from _of_endpoint((*path, "endpoints", name), endpoint)
        for number, version in enumerate(deployment.versions):
            at = (*path, "versions", number)
            yield (*at, "environment"), version.environment
            for name, endpoint in (version.endpoints or {}).items():
                yield from _of_endpoint((*at, "endpoints", name), endpoint)


def _of_endpoint(path: KeyPath, endpoint: EndpointSettings) -> Iterator[tuple[KeyPath, Variables]]:
    yield (*path, "environment"), endpoint.environment
    yield from _of_defaults(path, endpoint)


def _of_defaults(path: KeyPath, chosen: EndpointDefaults) -> Iterator[tuple[KeyPath, Variables]]:
    yield (*path, "buildSecrets"), chosen.build_secrets
    if chosen.access is not None:
        yield (*path, "access", "keys"), chosen.access.keys
    if chosen.smoke_request is not None:
        yield (*path, "smokeRequest", "headers"), chosen.smoke_request.headers
